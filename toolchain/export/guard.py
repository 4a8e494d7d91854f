"""What every writer may take for granted about a Model, checked once before a byte is written.

A format's own limits are the writer's to check; here stands what no file may hold: a NaN, an index into
nothing, a normal that is none, a texture on a mesh without UVs.
"""

from __future__ import annotations

import numpy as np

from toolchain.asset import Mesh
from toolchain.export.model import Model

#: A float32 normal that was turned and stored is off by 1e-6; more than this and it was never one.
UNIT_TOLERANCE = 5e-3


def require_sound(model: Model) -> None:
    """Raise ValueError in one sentence when `model` cannot be written honestly."""
    if not model.meshes:
        raise ValueError(f"{model.object} has no mesh")
    textured = {i for i, material in enumerate(model.materials) if material.textures}
    for item in model.meshes:
        _mesh(item.name, item.mesh)
        used = used_slots(item.mesh)
        if used[0] < 0 or used[-1] >= len(model.materials):
            raise ValueError(f"{item.name}: a face asks for slot {used[-1]} of {len(model.materials)} materials")
        if item.mesh.uv is None and textured & set(used):
            raise ValueError(f"{item.name}: a texture is bound and the mesh has no UVs")
    for item in model.hulls:
        _mesh(item.name, item.mesh)


def used_slots(mesh: Mesh) -> list[int]:
    """The slots that faces of `mesh` use, rising."""
    return [int(s) for s in np.unique(mesh.slot_of_faces())]


def materials_in_use(model: Model) -> list[int]:
    """Indices into `model.materials` of those that a render mesh uses, rising."""
    return sorted({slot for item in model.meshes for slot in used_slots(item.mesh)})


def _mesh(name: str, mesh: Mesh) -> None:
    count = len(mesh.positions)
    if not count or not len(mesh.faces):
        raise ValueError(f"{name}: the mesh is empty")
    if mesh.faces.min() < 0 or mesh.faces.max() >= count:
        raise ValueError(f"{name}: a face asks for vertex {mesh.faces.max()} of {count}")
    streams = {
        "positions": mesh.positions,
        "normals": mesh.normals,
        "uv": mesh.uv,
        "uv_light": mesh.uv_light,
        "tangents": mesh.tangents,
    }
    for stream, values in streams.items():
        if values is None:
            continue
        if len(values) != count:
            raise ValueError(f"{name}: {len(values)} {stream} for {count} vertices")
        if not np.isfinite(values).all():
            raise ValueError(f"{name}: {stream} hold a number that is not finite")
    for stream in ("normals", "tangents"):
        values = streams[stream]
        if values is not None:
            off = np.abs(np.linalg.norm(values[:, :3].astype(np.float64), axis=1) - 1.0)
            if off.max() > UNIT_TOLERANCE:
                raise ValueError(f"{name}: {int((off > UNIT_TOLERANCE).sum())} {stream} are not of unit length")
    if mesh.tangents is not None and not (np.abs(mesh.tangents[:, 3]) == 1.0).all():
        raise ValueError(f"{name}: a tangent's sign is neither 1 nor -1")
