"""A dropped or downloaded model as a Sculpt: axes, units and colours brought to the canonical ones."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from toolchain.asset import F32, SEEN, Dropped, Mesh, Painted, Sculpt

AXES = ("+X", "-X", "+Y", "-Y", "+Z", "-Z")


def sculpt_of(
    dropped: Dropped, *, generator: str, rung: str, reason: str, notes: dict[str, Any] | None = None
) -> Sculpt:
    """The Sculpt of `dropped`: canonical axes, metres where the file has a unit, else its own numbers.

    Its mesh is welded by position, for what is solid must be joined; `painted` keeps the splits, the UVs and the
    textures. Colours are the textures' at the vertices. Evidence is SEEN all over: the file states its surface.
    `size_source` is "": the caller says whether the file's size is meant (`replace(..., size_source="file")`).
    """
    painted = _turned(dropped)
    mesh, index = weld(painted.mesh)
    colour = colours(painted)
    count = np.maximum(np.bincount(index, minlength=len(mesh.positions)), 1)[:, None]
    total = np.stack([np.bincount(index, colour[:, k], len(mesh.positions)) for k in range(3)], axis=1)
    told: dict[str, Any] = {
        "format": dropped.format,
        "up": dropped.up,
        "front": dropped.front,
        "unit_m": dropped.unit_m,
        "materials": [p.name for p in painted.paints],
        "maps": sorted({name for p in painted.paints for name in p.maps}),
        **(notes or {}),
    }
    return Sculpt(
        mesh,
        (total / count).astype(np.float32),
        np.full(len(mesh.positions), SEEN, np.uint8),
        generator,
        rung,
        reason,
        "",
        told,
        painted,
    )


def axis(name: str) -> NDArray[np.float64]:
    """Unit vector of an axis written as `+Y`."""
    out = np.zeros(3)
    out["XYZ".index(name[1])] = 1.0 if name[0] == "+" else -1.0
    return out


def _turned(dropped: Dropped) -> Painted:
    """The painted surface in canonical axes and metres: a proper rotation, so winding and tangents' signs stay."""
    up, front = axis(dropped.up), axis(dropped.front)
    turn = np.stack((np.cross(up, front), up, front))  # rows: where +X, +Y and +Z lie in the file
    mesh = dropped.painted.mesh
    positions = mesh.positions.astype(np.float64) @ turn.T * (dropped.unit_m or 1.0)
    tangents = mesh.tangents
    if tangents is not None:
        tangents = np.concatenate((tangents[:, :3] @ turn.T, tangents[:, 3:]), axis=1).astype(np.float32)
    return replace(
        dropped.painted,
        mesh=replace(
            mesh,
            positions=positions.astype(np.float32),
            normals=None if mesh.normals is None else (mesh.normals @ turn.T).astype(np.float32),
            tangents=tangents,
        ),
    )


def weld(mesh: Mesh) -> tuple[Mesh, NDArray[np.int64]]:
    """(positions and faces alone, vertices at one and the same place made one; the new index of each vertex).

    Faces that a shared place makes degenerate are left out.
    """
    rows = np.ascontiguousarray(mesh.positions, np.float32) + np.float32(0)  # one zero
    _, first, index = np.unique(rows.view(np.dtype((np.void, 12))).reshape(-1), return_index=True, return_inverse=True)
    order = np.argsort(first, kind="stable")
    place = np.zeros(len(order), np.int64)
    place[order] = np.arange(len(order))
    index = place[index.reshape(-1)]
    faces = index[mesh.faces].astype(np.int32)
    whole = (faces[:, 0] != faces[:, 1]) & (faces[:, 1] != faces[:, 2]) & (faces[:, 2] != faces[:, 0])
    return Mesh(rows[first[order]], faces[whole]), index


def colours(painted: Painted) -> F32:
    """(V, 3) linear base colour at each vertex of a painted surface: its texture, times factor and vertex colour."""
    from toolchain.surface.maps import sample

    mesh = painted.mesh
    out = np.full((len(mesh.positions), 3), 0.5, np.float32)
    slots = mesh.slot_of_faces()
    for i, paint in enumerate(painted.paints):
        rows = np.unique(mesh.faces[slots == i])
        value = np.array((paint.factors.get("albedo", ()) or (1.0,) * 3), np.float32)
        if "albedo" in paint.maps and mesh.uv is not None:
            out[rows] = sample(paint.maps["albedo"], mesh.uv[rows], srgb=True) * value
        else:
            out[rows] = value
    return np.clip(out if painted.colour is None else out * painted.colour, 0.0, 1.0).astype(np.float32)
