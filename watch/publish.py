"""Put an asset's folder where readers look: staged whole beside its place, then swapped in by name.

A worker stages; the watcher swaps. So a worker that outlives its watcher can never publish, and nothing is published
whose drop has changed meanwhile. A crash at any point is mended by `recover`.

Where no rename can be had (a folder that another program holds open on Windows, a mount or an overlay between), the new
version is put beside its place as `ASSET.versions/N` and the file `ASSET.current`, replaced in one step, names it.
`current` is how a reader finds the folder either way.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from toolchain.manifest import MANIFEST
from validators.child import alive
from watch import fault
from watch.late import rescue
from watch.names import size
from watch.place import PRIVATE
from watch.swap import swap

POINTER, VERSIONS = ".current", ".versions"
#: A rename that will not work however often it is tried: across volumes, or held open by another program.
_HELD = {errno.EXDEV, errno.EBUSY, errno.ENOTEMPTY}
SPARE = 1 << 20  # bytes kept free: the journal must be able to write


class DiskFull(OSError):
    """There is no room for what must be written; says where and how much is needed."""

    def __init__(self, place: Path, needed: int, free: int | None = None) -> None:
        have = f"{size(free)} free" if free is not None else "the disk is full"
        super().__init__(errno.ENOSPC, f"{size(needed)} needed, {have}", str(place))


@dataclass(frozen=True)
class Staged:
    """A folder that is whole and on disk, and where it is to go. Travels from worker to watcher."""

    root: Path  # the folder that holds the places: the outbox, or a folder of an engine's project
    name: str
    work: Path  # holds `new`
    keep: int = 0  # previous versions to be kept
    findings: tuple[dict[str, Any], ...] = ()  # of what stands in an engine's project, for the outcome


def stage(root: Path, name: str, files: dict[str, bytes], keep: int = 0) -> Staged:
    """Write `files` (path -> bytes) to a staging folder on `root`'s volume. Raises DiskFull and other OSError."""
    staging = root / PRIVATE / "staging"
    staging.mkdir(parents=True, exist_ok=True)
    needed, free = sum(map(len, files.values())), shutil.disk_usage(staging).free
    if free < needed + SPARE:
        raise DiskFull(root, needed + SPARE, free)
    work = Path(tempfile.mkdtemp(prefix=f"{name}.{os.getpid()}.", dir=staging))
    try:
        for path, data in files.items():
            target = work / "new" / path
            target.parent.mkdir(parents=True, exist_ok=True)
            with target.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
    except OSError as error:
        shutil.rmtree(work, ignore_errors=True)
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DiskFull(root, needed) from error
        raise
    return Staged(root, name, work, keep)


def discard(staged: Staged) -> None:
    """Throw a staged folder away."""
    shutil.rmtree(staged.work, ignore_errors=True)


def publish(staged: Staged) -> None:
    """Put a staged folder into its place. Raises OSError; the old one then stands, and so does what is staged."""
    place, old = staged.root / staged.name, staged.work / "old"
    fault.point("staged")
    try:
        swap(staged.work / "new", place, old)
    except OSError as error:
        if error.errno not in _HELD and not isinstance(error, PermissionError):
            raise
        if not place.exists() or not (staged.work / "new").is_dir():
            raise
        _point_at(staged, place)
    else:
        place.with_name(staged.name + POINTER).unlink(missing_ok=True)
        shutil.rmtree(place.with_name(staged.name + VERSIONS), ignore_errors=True)
        fault.point("swapped")
        rescue(staged.work, place)
        if staged.keep and old.is_dir():
            keep_old(staged.root / PRIVATE / "previous" / staged.name, old, staged.keep)
    discard(staged)


def _point_at(staged: Staged, place: Path) -> None:
    """Publish beside a place that cannot be renamed: the version first, then the pointer in one step."""
    versions = place.with_name(staged.name + VERSIONS)
    versions.mkdir(exist_ok=True)
    numbers = [int(p.name) for p in versions.iterdir() if p.name.isdigit()]
    version = versions / str(max(numbers, default=0) + 1)
    (staged.work / "new").rename(version)
    pointer = staged.work / "pointer"
    pointer.write_text(f"{versions.name}/{version.name}\n", encoding="utf-8")
    pointer.replace(place.with_name(staged.name + POINTER))
    for number in sorted(numbers)[: -max(1, staged.keep)]:
        shutil.rmtree(versions / str(number), ignore_errors=True)


def keep_old(away: Path, old: Path, keep: int) -> None:
    """Move the folder `old` below `away`, on the same volume, as the newest of `keep` numbered versions."""
    away.mkdir(parents=True, exist_ok=True)
    numbers = sorted(int(p.name) for p in away.iterdir() if p.name.isdigit())
    old.rename(away / str((numbers or [0])[-1] + 1))
    for number in numbers[: max(0, len(numbers) + 1 - keep)]:
        shutil.rmtree(away / str(number), ignore_errors=True)


def current(root: Path, name: str) -> Path:
    """The folder to read: the one that the pointer file names, if there is one, else the place itself."""
    try:
        text = (root / f"{name}{POINTER}").read_text(encoding="utf-8").strip()
    except OSError:
        return root / name
    return root / text


def published(outbox: Path, asset: str) -> dict[str, Any] | None:
    """The manifest in the outbox when every file it names is there at its size; else None."""
    place = current(outbox, asset)
    try:
        manifest = json.loads((place / MANIFEST).read_text(encoding="utf-8"))
        whole = all((place / path).stat().st_size == count for path, count in manifest["files"].items())
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return manifest if whole else None


def recover(root: Path) -> None:
    """After a crash: give back an old folder whose place is empty, and clear what dead processes staged."""
    for work in sorted((root / PRIVATE / "staging").glob("*.*")):
        name, pid = work.name.split(".")[:2]
        if pid.isdigit() and int(pid) != os.getpid() and alive(int(pid)):
            continue
        place = root / name
        if (work / "old").is_dir() and not place.exists():
            (work / "old").rename(place)
        rescue(work, place)
        shutil.rmtree(work, ignore_errors=True)
