"""Slots and UVs of LOD0 for a level whose triangles are not LOD0's: each is laid into the chart it lies nearest to."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from toolchain.lowpoly.closest import build, closest
from toolchain.lowpoly.topology import face_components

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]


def project(
    positions: NDArray[np.floating],
    faces: NDArray[np.integer],
    base: NDArray[np.floating],
    base_faces: NDArray[np.integer],
    base_wedges: NDArray[np.integer],
    uv: NDArray[np.floating],
) -> tuple[I64, F64, I64]:
    """(wedges (F, 3), their uv (W, 2), nearest face of the base (F,)) of the welded level `positions`, `faces`.

    `base_wedges` (B, 3) are the rows of `uv` at the corners of `base_faces`; faces that share an edge of wedges
    are one chart. A corner takes the UV of the nearest point of its triangle's chart, and so never leaves it.
    """
    chart = face_components(base_wedges)
    middle = positions.astype(np.float64)[faces].mean(axis=1)
    owner = closest(build(base, base_faces), middle).face
    mine = chart[owner]
    pairs = np.stack((np.repeat(mine, 3), faces.reshape(-1)), axis=1)
    rows, index = np.unique(pairs, axis=0, return_inverse=True)
    laid = np.zeros((len(rows), 2))
    for one in np.unique(mine):
        of_chart, here = np.flatnonzero(chart == one), rows[:, 0] == one
        found = closest(build(base, base_faces[of_chart]), positions[rows[here, 1]])
        corners = uv[base_wedges[of_chart[found.face]]]
        laid[here] = np.einsum("nk,nkd->nd", found.weights, corners)
    return index.reshape(-1, 3), laid, owner
