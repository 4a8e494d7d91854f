"""Garbage collection of the store: artefacts that no asset's manifest names go, oldest first, beyond a bound.

What a manifest names is needed: a rebuild finds it. The rest is what edits have left behind; some of it is worth
keeping, because people go back and forth. Collected only while nobody builds, which the caller sees to.
"""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

KEEP_BYTES, KEEP_DAYS = 5_000_000_000, 30.0


@dataclass(frozen=True)
class Collected:
    """What a collection found and removed."""

    needed: int
    spare: int  # not needed, and kept
    removed: int
    freed_bytes: int


def needed_keys(manifests: Iterable[Path]) -> set[str]:
    """The keys that manifests name. Raises OSError or ValueError for one that is there and cannot be read: what it
    names is not known then, and nothing may be collected."""
    keys: set[str] = set()
    for path in manifests:
        if path.is_file():
            keys |= {record["key"] for record in json.loads(path.read_text(encoding="utf-8"))["stages"]}
    return keys


def collect(root: Path, needed: set[str], keep_bytes: int = KEEP_BYTES, keep_days: float = KEEP_DAYS) -> Collected:
    """Remove artefacts of the store at `root` outside `needed` that are too old or, oldest first, too many.

    The caller sees to it that nobody builds meanwhile.
    """
    spare: list[tuple[float, int, Path]] = []
    found = 0
    for place in root.glob("??/*"):
        try:
            parts = [p.stat() for p in place.iterdir()]
            used = (place / "made.json").stat().st_mtime
        except OSError:  # no index: nothing can find it
            parts, used = [], 0.0
        if place.name in needed and used:
            found += 1
        else:
            spare.append((used, sum(p.st_size for p in parts), place))
    newest = max((used for used, _, _ in spare), default=0.0)
    oldest = max(newest, _now(root)) - keep_days * 86400
    spare.sort(reverse=True)
    total = removed = freed = 0
    for used, size, place in spare:
        total += size
        if used >= oldest and total <= keep_bytes:
            continue
        shutil.rmtree(place, ignore_errors=True)
        removed, freed = removed + 1, freed + size
    return Collected(found, len(spare) - removed, removed, freed)


def _now(root: Path) -> float:
    """The file system's clock: a policy about age, and no part of any output."""
    probe = root / ".clock"
    try:
        probe.touch()
        return probe.stat().st_mtime
    except OSError:
        return time.monotonic()  # never later than any file: nothing counts as old
