"""Fixes that cannot change the look, one after the other, each judged before it is kept.

A fix is kept only if no kind of error or warning becomes more frequent and the asset's shape, size, materials and
textures are what they were. The result is written beside the file as NAME.fixed.glb, so that the artist can compare,
or by rename over the file itself when told so: a source file is never changed unasked.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from engine_profiles.schema import Profile
from validators.finding import Finding
from validators.fix import (
    fbx_names,
    fbx_paths,
    fbx_unit,
    gltf_extras,
    gltf_faces,
    gltf_names,
    gltf_normals,
    gltf_pivot,
    gltf_points,
    gltf_tangents,
)
from validators.fix.fbx import Fbx
from validators.fix.gltf import Gltf
from validators.judge import judge_scene
from validators.read import read
from validators.readers.files import MOST_BYTES, read_bytes
from validators.readers.notes import Bad
from validators.rules.case import Case
from validators.rules.shape import face_of_triangle
from validators.scene import Scene

#: By format: what opens a file, and its fixes in order. Names come last, so that what goes before may count on them.
FIXES: dict[str, tuple[Callable[[bytes], Any], dict[str, Callable[[Any, Case], list[str]]]]] = {
    "glb": (
        Gltf,
        {
            "cameras and lights": gltf_extras.fix,
            "degenerate triangles": gltf_faces.fix,
            "unused vertices": gltf_points.fix,
            "normals": gltf_normals.fix,
            "tangents": gltf_tangents.fix,
            "pivot": gltf_pivot.fix,
            "names": gltf_names.fix,
        },
    ),
    "fbx": (Fbx, {"unit": fbx_unit.fix, "paths": fbx_paths.fix, "names": fbx_names.fix}),
}
_CLOSE = 1e-5  # of the size
_BROKEN = ("file.malformed", "file.truncated", "file.too_big", "file.unsupported", "file.unreadable", "file.ascii_fbx")


@dataclass(frozen=True)
class Fixed:
    """What became of one file."""

    file: Path
    written: Path | None  # None where nothing was changed
    changes: tuple[str, ...]  # "pivot: moved by ..."
    left: tuple[str, ...]  # fixes that were not possible or that were taken back, and why
    before: tuple[Finding, ...] = ()
    after: tuple[Finding, ...] = ()


def fix_file(path: Path, profile: Profile, *, tier: str = "prop", in_place: bool = False) -> Fixed:
    """Fix a GLB or FBX by a profile. Never raises for the file's content; OSError where it cannot be written."""
    path = Path(path)
    scene = read(path)
    before = tuple(judge_scene(scene, profile, tier=tier))
    if scene.format not in FIXES:
        return Fixed(path, None, (), ("only GLB and FBX files are fixed",), before, before)
    if any(f.severity == "error" and f.code in _BROKEN for f in scene.findings):
        return Fixed(path, None, (), ("the file is broken; export it again",), before, before)
    opened, fixes = FIXES[scene.format]
    data, changes, left, now = read_bytes(path, MOST_BYTES), [], [], before
    for name, fix in fixes.items():
        try:
            document = opened(data)
            told = fix(document, Case(scene, profile, tier))
            if not told:
                continue
            made = document.encode()
            after_scene = _read_again(made, path, scene.file)
            after = tuple(judge_scene(after_scene, profile, tier=tier))
            fault = _worse(now, after) or _changed(scene, after_scene, moved=name == "pivot")
        except Bad as error:
            fault = str(error)
        except (ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError, ValueError) as error:
            fault = f"the file is built in a way that was not foreseen ({type(error).__name__})"
        if fault:
            left.append(f"{name}: {fault}")
            continue
        data, scene, now = made, after_scene, after
        changes += [f"{name}: {line}" for line in told]
    target = path if in_place else path.with_name(f"{path.stem}.fixed{path.suffix}")
    if changes:
        _write(target, data)
    return Fixed(path, target if changes else None, tuple(changes), tuple(left), before, now)


def _read_again(data: bytes, path: Path, file: str) -> Scene:
    """The scene of `data` as if it lay at `path`, so that what lies beside it is found."""
    with _beside(path) as (handle, name):
        with os.fdopen(handle, "wb") as out:
            out.write(data)
        return replace(read(Path(name), path.parent), file=file)


def _write(path: Path, data: bytes) -> None:
    with _beside(path) as (handle, name):
        with os.fdopen(handle, "wb") as out:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
        if path.exists():
            Path(name).chmod(path.stat().st_mode & 0o777)
        Path(name).replace(path)


@contextlib.contextmanager
def _beside(path: Path) -> Any:
    """A temporary file in the same folder; gone afterwards unless it was renamed."""
    handle, name = tempfile.mkstemp(prefix=".dropforge-", suffix=path.suffix, dir=path.parent)
    try:
        yield handle, name
    finally:
        Path(name).unlink(missing_ok=True)


def _worse(before: tuple[Finding, ...], after: tuple[Finding, ...]) -> str:
    """What became worse, or ""."""
    was, now = (_amounts(found) for found in (before, after))
    more = sorted(code for (code, severity), n in now.items() if severity != "info" and n > was[code, severity])
    return f"it would bring {', '.join(more)}; taken back" if more else ""


def _amounts(found: tuple[Finding, ...]) -> Counter[tuple[str, str]]:
    return Counter((f.code, f.severity) for f in found)


def _changed(before: Scene, after: Scene, moved: bool) -> str:
    """What of the look is not as it was, or ""."""
    was, now = (_look(s, moved) for s in (before, after))
    names = ("materials", "textures", "size", "area by material")
    for name, a, b in zip(names, was, now, strict=True):
        same = np.shape(a) == np.shape(b) and np.allclose(a, b, rtol=_CLOSE, atol=_CLOSE * max(np.max(was[2]), 1e-12))
        if not same:
            return f"it would change the {name}; taken back"
    return ""


def _look(scene: Scene, moved: bool) -> tuple[Any, ...]:
    """(materials, textures, box, area by material): numbers that a fix may not change; metres."""
    unit = scene.unit_m or 1.0
    nodes = scene.render_nodes()
    area = np.zeros(len(scene.materials) + 1)
    low, high = np.full(3, np.inf), np.full(3, -np.inf)
    for node in nodes:
        mesh = scene.meshes[node.mesh] if node.mesh is not None else None
        if mesh is None or not len(mesh.triangles):
            continue
        world = scene.world_points(node)
        a, b, c = (world[mesh.triangle_points[:, k]] * unit for k in range(3))
        with np.errstate(all="ignore"):
            size = np.nan_to_num(np.linalg.norm(np.cross(b - a, c - a), axis=1) / 2)
        area += np.bincount(mesh.face_material[face_of_triangle(mesh)] + 1, size, len(area))
        drawn = np.nan_to_num(np.concatenate((a, b, c)))
        low, high = np.minimum(low, drawn.min(axis=0)), np.maximum(high, drawn.max(axis=0))
    box = np.nan_to_num(high - low if moved else np.concatenate((low, high)), posinf=0.0, neginf=0.0)
    return len(scene.materials), len(scene.textures), box, area
