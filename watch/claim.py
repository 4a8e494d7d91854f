"""A job's own copy of what was dropped: every byte it reads, it reads from there.

A file may be replaced while it is built; the copy may not. Each file is opened once, never through a link, and hashed
as it is copied, so that what is built is what the hash says.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from toolchain.asset import Concept
from watch.names import shown
from watch.scan import refusal
from watch.whole import open_dropped

CHUNK = 1 << 20


class Gone(Exception):
    """A dropped file cannot be read any more; one sentence."""


@dataclass(frozen=True)
class Claim:
    """The concept with its paths in the copy, and the sha256 of each file by both its paths."""

    concept: Concept
    hashes: dict[Path, str]  # original path -> hex digest
    copied: dict[Path, str]  # path of the copy -> hex digest


@contextlib.contextmanager
def claim(concept: Concept, folder: Path, follow_links: bool = False) -> Iterator[Claim]:
    """Copy `concept`'s files below `folder` (on a local disk), for as long as the context lasts.

    Raises Gone for a file that is no longer there, not a file, or unreadable; OSError where the copy cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=f"{os.getpid()}.{concept.id}.", dir=folder))
    hashes: dict[Path, str] = {}
    copied: dict[Path, str] = {}

    def take(path: Path, place: str) -> Path:
        target = work / place
        target.parent.mkdir(parents=True, exist_ok=True)
        copied[target] = hashes[path] = _copy(path, target, follow_links)
        return target

    try:
        views = {k: take(p, f"view.{k}/{shown(p.name)}") for k, p in sorted(concept.views.items())}
        slots = {k: take(p, f"slots.{k}/{shown(p.name)}") for k, p in sorted(concept.slots.items())}
        sidecar = take(concept.sidecar, f"sidecar/{shown(concept.sidecar.name)}") if concept.sidecar else None
        model, companions = None, []
        if concept.model is not None:
            model = take(concept.model, f"model/{shown(concept.model.name)}")
            companions = [take(p, f"model/{_inside(p, concept.model)}") for p in concept.companions]
        mine = replace(concept, views=views, slots=slots, sidecar=sidecar, model=model, companions=tuple(companions))
        yield Claim(mine, hashes, copied)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _inside(path: Path, model: Path) -> str:
    return path.relative_to(model.parent).as_posix()


def _copy(source: Path, target: Path, follow_links: bool) -> str:
    """Copy one file; its sha256. Faults of reading are Gone, faults of writing OSError."""
    try:
        file = source.open("rb") if follow_links else open_dropped(source)
    except OSError as error:
        raise Gone(f"{shown(source.name)} cannot be read: {(error.strerror or str(error)).lower()}.") from None
    with file:
        found = os.fstat(file.fileno())
        if not follow_links and (why := refusal(found.st_mode, found.st_nlink)):
            raise Gone(f"{shown(source.name)} is {why}.")
        digest = hashlib.sha256()
        with target.open("wb") as out:
            while True:
                try:
                    chunk = file.read(CHUNK)
                except OSError as error:
                    raise Gone(f"{shown(source.name)} cannot be read: {error.strerror}.") from None
                if not chunk:
                    return digest.hexdigest()
                digest.update(chunk)
                out.write(chunk)
