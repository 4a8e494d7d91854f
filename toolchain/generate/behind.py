"""Where the colours of a back may come from: round its upright edges, from the sides.

Nobody knows what a back looks like that no picture shows. What props have in common is that it goes on as their sides
do, and seldom as their front does, which has the lock, the dial or the face. So what looks backwards is guessed to look
as the side does that is as far from the edge between them: the pattern of the side, mirrored in the upright plane that
halves the corner. At the edge itself the colours then run on without a seam, and a round thing's back becomes
what is seen of its sides.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from toolchain.asset import F32

BACKWARDS = 0.3  # least cosine to the way back of what is looked up
#: What is looked for: the place and the normal, in longest sides and unit lengths. How far in a surface lies counts
#: for less than where on its side, for a back may be hollow where the sides are not.
INWARDS, TURNED = 0.5, 0.25
REACH = 0.12  # how far from that the surface may be that is copied
SOME = 4  # of the nearest are mixed


def colours_behind(
    colour: F32, known: NDArray[np.bool_], positions: F32, normals: F32
) -> tuple[NDArray[np.int64], F32]:
    """(vertices that are not `known` and look backwards and have a side to copy, (N, 3) the colours they get).

    `colour`, `positions`, `normals` (V, 3) of an even subject: +Z its front, halves alike across x = 0.
    """
    from scipy.spatial import cKDTree

    rows = np.flatnonzero(~known & (normals[:, 2] < -BACKWARDS))
    givers = np.flatnonzero(known)
    if not len(rows) or len(givers) < SOME:
        return rows[:0], colour[:0]
    low, high = positions.min(0), positions.max(0)
    half, size = float(np.abs(positions[:, 0]).max()), float((high - low).max())
    side = np.where(positions[rows, 0] < 0, np.float32(-1), np.float32(1))
    x, y, z = positions[rows].T
    along = low[2] + half - np.abs(x)
    along = np.where(along > high[2], 2 * high[2] - along, along)  # wider than deep: back again from the front
    places = np.stack((side * (half - (z - low[2])), y, along), 1)
    turned = np.stack((-side * normals[rows, 2], normals[rows, 1], -side * normals[rows, 0]), 1)
    weights = np.array((INWARDS, 1, 1), np.float32) / size
    tree = cKDTree(_told(positions[givers] * weights, normals[givers]))
    away, nearest = tree.query(_told(places * weights, turned), SOME)
    near = away[:, 0] < REACH
    share = 1 / (away[near] + 1e-3)
    share /= share.sum(1, keepdims=True)
    mixed = (colour[givers[nearest[near]]] * share[..., None]).sum(1)
    return rows[near], mixed.astype(np.float32)


def _told(places: NDArray[np.floating], normals: NDArray[np.floating]) -> NDArray[np.floating]:
    return np.concatenate((places, TURNED * normals), 1)
