"""Straight into an engine's project: `--publish unity=Game/Assets/Props` puts each passed delivery at `Props/ASSET`.

An asset folder in a project may hold what people put there (a prefab made from the mesh, an importer's own files), and
may have edits of what we put there. `watch.edits` says what becomes of them; here they are staged and carried over.
"""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

from watch.edits import NEW, OURS, settle, walk
from watch.late import snapshot
from watch.publish import Staged, current, stage


def stage_project(root: Path, asset: str, engine: str, files: dict[str, bytes], build: str) -> Staged:
    """Stage one engine's `files` for `root/asset`, with what of the folder that stands there is to stay."""
    standing_at = current(root, asset)
    seen = snapshot(standing_at)  # before anything is read: what changes from here on is late
    settled = settle(files, standing_at, standing(root, asset))
    told = [f.as_json() | {"stage": "publish", "engine": engine} for f in settled.findings]
    listed = {"schema": 2, "asset": asset, "engine": engine, "build": build, "files": settled.files}
    listed |= {"offered": settled.offered, "findings": told}
    record = (json.dumps(listed, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode()
    staged = stage(root, asset, {**settled.ours, OURS: record})
    try:
        for path, source in settled.theirs.items():
            _copy(standing_at / source, staged.work / "new" / path)
        seen.write(staged.work)
    except OSError:
        shutil.rmtree(staged.work, ignore_errors=True)
        raise
    return replace(staged, findings=tuple(told))


def standing(root: Path, asset: str) -> dict[str, Any]:
    """What our list in `root/asset` says; empty when there is none."""
    try:
        found = json.loads((current(root, asset) / OURS).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def stands(root: Path, asset: str, build: str) -> bool:
    """Whether `build` is what stands in the project, every file of it and every one that was offered."""
    record, place = standing(root, asset), current(root, asset)
    files = [*record.get("files", ()), *(f"{NEW}/{path}" for path in record.get("offered", ()))]
    return record.get("build") == build and all((place / path).is_file() for path in files)


def foreign(folder: Path, ours: set[str]) -> set[str]:
    """Paths in `folder` that are not among `ours`."""
    return set(walk(folder)) - ours


def _copy(source: Path, target: Path) -> None:
    """Copy a file of theirs, times and all, onto the disk itself: the one it was copied from will be gone."""
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(source, target, follow_symlinks=False)
    if not target.is_symlink():
        with target.open("rb") as file:
            os.fsync(file.fileno())
