"""Faces that no painted view shows are like the painted ones they resemble most, in place, in facing and in colour.

Props are even more often than not, so a painted face also stands for its mirror image, left and right or front and
back; it is a little less believed there. Faces are asked for in small tiles of one colour.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from toolchain.asset import Sculpt
from toolchain.surface.kinds import centres
from toolchain.surface.tiles import Seams, tiles
from toolchain.surface.tint import LIGHTNESS, face_colours, tints

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
TILES, LOOSE = 6000, 0.5  # about how many, and how loose (see :func:`tiles`)
CELL = 1 / 48  # of the diagonal: side of the cells that cut a tile of one flat colour
SAMPLES = 20_000  # most painted faces that are asked
#: What a unit of difference counts for beside a diagonal of distance: the other way facing, and a step in Lab.
FACING, COLOUR = 0.1, 0.02
MIRRORED = 0.02  # of the diagonal: how much further off a mirror image is than the face itself
FLIPS = ((1, 1, 1), (-1, 1, 1), (1, 1, -1))


def fill(sculpt: Sculpt, label: I64, normals: F64, size: F64, found: Seams) -> I64:
    """(F,) labels with every -1 filled; `normals` (F, 3) unit, `size` (F,) areas. Unchanged where none is painted."""
    from scipy.spatial import cKDTree

    known, lone = np.flatnonzero(label >= 0), np.flatnonzero(label < 0)
    if not len(known) or not len(lone):
        return label
    mesh = sculpt.mesh
    tint = tints(face_colours(sculpt)[0]) * (LIGHTNESS, 1.0, 1.0)
    a, b = found.pairs.T
    tile = tiles(found.pairs, np.linalg.norm(tint[a] - tint[b], axis=1), size / size.sum(), LOOSE, 1.0 / TILES)
    p = mesh.positions.astype(np.float64)
    place = (p[mesh.faces].mean(axis=1) - (p.min(axis=0) + p.max(axis=0)) / 2) / max(mesh.diagonal, 1e-12)
    traits = np.concatenate((place, FACING * normals, COLOUR * tint), axis=1)
    some = known[:: -(-len(known) // SAMPLES)]
    tree = cKDTree(traits[some])
    cell = np.floor(place[lone] / CELL).astype(np.int64)
    asked, index = np.unique(np.column_stack((tile[lone], cell)), axis=0, return_inverse=True)
    index = index.reshape(-1)
    weight = np.maximum(size[lone], 1e-30)
    middle = np.concatenate([centres(traits[lone, k : k + 3], weight, index, len(asked)) for k in (0, 3, 6)], axis=1)
    nearest, far = np.zeros(len(asked), np.int64), np.full(len(asked), np.inf)
    for flip in FLIPS:
        turned = middle * (*flip, *flip, 1, 1, 1)
        gap, at = tree.query(turned)
        gap = gap + (0.0 if flip == FLIPS[0] else MIRRORED)
        nearest, far = np.where(gap < far, at, nearest), np.minimum(gap, far)
    out = label.copy()
    out[lone] = label[some[nearest[index]]]
    return out
