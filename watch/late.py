"""Edits that come between staging and publishing: what an artist saved in a project's folder just before its swap.

The folder is looked at before it is copied, and again, under its old name, after the swap and before it is removed.
What changed in between is put back into its place; a crash in between is made good by `watch.publish.recover`.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

from watch.edits import NEW, OURS, aside, digest_of, is_sidecar, walk

_FILE = "seen.json"


@dataclass(frozen=True)
class Snapshot:
    """Sizes and times of a folder's files, by path."""

    files: dict[str, list[int]]

    def write(self, work: Path) -> None:
        """Lay it down in a staging folder whose `new` is whole."""
        new = (work / "new").stat()
        text = json.dumps({"new": [new.st_dev, new.st_ino], "files": self.files})
        with (work / _FILE).open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())


def snapshot(folder: Path) -> Snapshot:
    """`folder` as it is now; empty where there is none."""
    return Snapshot({path: _mark(folder / path) for path in walk(folder)})


def rescue(work: Path, place: Path) -> None:
    """Put late edits of the folder that `work` holds since the swap into `place`. Doing it again changes nothing.

    Does nothing where no snapshot was taken or no swap has happened. Raises OSError.
    """
    try:
        seen = json.loads((work / _FILE).read_text(encoding="utf-8"))
        there = place.stat()
    except (OSError, ValueError):
        return
    if [there.st_dev, there.st_ino] != seen["new"]:
        return
    old = work / "old" if (work / "old").is_dir() else work / "new"  # exchanged, and not yet renamed
    if not old.is_dir():
        return
    listed = json.loads((place / OURS).read_text(encoding="utf-8"))["files"]
    for path in list(walk(old)):
        if path.startswith(f"{NEW}/") or _mark(old / path) == seen["files"].get(path):
            continue
        mine = path in listed and not is_sidecar(path)
        target = place / (aside(path, digest_of(old / path)) if mine else path)
        target.parent.mkdir(parents=True, exist_ok=True)
        (old / path).replace(target)


def _mark(path: Path) -> list[int]:
    found = path.lstat()
    return [found.st_size, found.st_mtime_ns]
