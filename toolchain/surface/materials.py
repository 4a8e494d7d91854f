"""Slots from the materials that a model came with: each face of the sculpt takes the material of the nearest face."""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from toolchain.asset import Mesh, Paint, Painted, safe_name

I64 = NDArray[np.int64]
_COPY = re.compile(r"\.\d{3}$")  # what Blender puts behind the name of a copy


def nearest_paint(painted: Painted, mesh: Mesh) -> I64:
    """(F,) index of the paint nearest to the middle of each face of `mesh`, of those that face its way if any does."""
    from toolchain.bake.nearest import closest, sample_tree

    source = painted.mesh
    tree, owner = sample_tree(source.positions, source.faces)
    middle, ways = _middle(mesh)
    face, _, _ = closest(tree, owner, source.positions, source.faces, middle, _middle(source)[1], ways)
    return source.slot_of_faces()[face].astype(np.int64)


def names_of(paints: tuple[Paint, ...]) -> tuple[str, ...]:
    """A safe name for each paint; two that come to the same, in any letter case, are numbered. A copy's `.001` goes."""
    out: list[str] = []
    taken: set[str] = set()
    for paint in paints:
        base = safe_name(_COPY.sub("", paint.name) or paint.name)
        name = next(n for n in (base, *(f"{base}_{i}" for i in range(2, len(paints) + 2))) if n.lower() not in taken)
        taken.add(name.lower())
        out.append(name)
    return tuple(out)


def _middle(mesh: Mesh) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """(F, 3) middles and (F, 3) unit normals of faces; zero for a face without area."""
    p = mesh.positions[mesh.faces].astype(np.float64)
    normal = np.cross(p[:, 1] - p[:, 0], p[:, 2] - p[:, 0])
    length = np.linalg.norm(normal, axis=1, keepdims=True)
    flat = np.divide(normal, length, out=np.zeros_like(normal), where=length > 0)
    return p.mean(axis=1).astype(np.float32), flat.astype(np.float32)
