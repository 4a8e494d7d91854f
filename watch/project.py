"""Straight into an engine's project: `--publish unity=Game/Assets/Props` puts each passed delivery at `Props/ASSET`.

An asset folder in a project may hold what people put there (a prefab made from the mesh, an importer's own files).
Those are theirs: whatever we did not write is carried over into the new folder.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from watch.publish import Staged, current, stage

#: Lists what of the folder is ours. Hidden, so that no engine imports it.
OURS = ".dropforge.json"


def stage_project(root: Path, asset: str, engine: str, files: dict[str, bytes], build: str) -> Staged:
    """Stage one engine's `files` for `root/asset`, with the strangers' files of the folder that stands there."""
    listed = {"schema": 1, "asset": asset, "engine": engine, "build": build, "files": sorted(files)}
    staged = stage(root, asset, {**files, OURS: json.dumps(listed, indent=1, sort_keys=True).encode()})
    try:
        for path in foreign(current(root, asset)):
            target = staged.work / "new" / path
            if not target.exists():
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(current(root, asset) / path, target)
    except OSError:
        shutil.rmtree(staged.work, ignore_errors=True)
        raise
    return staged


def standing(root: Path, asset: str) -> dict[str, Any]:
    """What our list in `root/asset` says; empty when there is none."""
    try:
        found = json.loads((current(root, asset) / OURS).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def foreign(folder: Path) -> Iterator[str]:
    """Paths in `folder` that our list does not name, relative to it."""
    if not folder.is_dir():
        return
    ours = {OURS, *standing(folder.parent, folder.name).get("files", [])}
    for at, _, names in os.walk(folder):
        for name in names:
            path = (Path(at) / name).relative_to(folder).as_posix()
            if path not in ours:
                yield path
