"""Put an asset's folder into the outbox by rename: a reader sees the old one or the new one, whole.

A folder cannot be replaced in one call everywhere, so the old one is renamed aside, the new one renamed
in, and the old one removed; a crash between the two renames is mended by the next publish or `recover`.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

from toolchain.manifest import MANIFEST, Folder

#: Everything of ours that is not an asset lives here, inside the outbox so that renames stay on one volume.
PRIVATE = ".dropforge"


def publish(outbox: Path, asset: str, folder: Folder) -> None:
    """Write `folder` beside its place and rename it to `outbox/asset`. Raises OSError; the old one then stands."""
    staging = outbox / PRIVATE / "staging"
    staging.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=f"{asset}.", dir=staging))
    try:
        for path, data in folder.files.items():
            target = work / "new" / path
            target.parent.mkdir(parents=True, exist_ok=True)
            with target.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
        place, old = outbox / asset, work / "old"
        if place.exists():
            place.rename(old)
        try:
            (work / "new").rename(place)
        except OSError:
            if old.exists() and not place.exists():
                old.rename(place)
            raise
    finally:
        shutil.rmtree(work, ignore_errors=True)


def published(outbox: Path, asset: str) -> dict[str, Any] | None:
    """The manifest in the outbox when every file it names is there at its size; else None."""
    place = outbox / asset
    try:
        manifest = json.loads((place / MANIFEST).read_text(encoding="utf-8"))
        whole = all((place / path).stat().st_size == size for path, size in manifest["files"].items())
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return manifest if whole else None


def recover(outbox: Path) -> None:
    """After a crash: give back an old folder whose place is empty, and clear the staging area."""
    staging = outbox / PRIVATE / "staging"
    for work in sorted(staging.glob("*.*")):
        place = outbox / work.name.rpartition(".")[0]
        if (work / "old").is_dir() and not place.exists():
            (work / "old").rename(place)
        shutil.rmtree(work, ignore_errors=True)
