"""A mesh cut into small even pieces, by what neighbouring faces differ in.

Felzenszwalb and Huttenlocher, "Efficient graph-based image segmentation", 2004, over the dual graph: two pieces join
while the least difference between them is within what each holds already.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from toolchain.lowpoly.topology import edges, numbered, root

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Seams:
    """Edges between faces, each of exactly two."""

    pairs: I64  # (P, 2) faces
    length: F64  # (P,) of the edge, in the unit of the positions
    bend: F64  # (P,) 0 flat, 1 a right angle, 2 a knife's edge: 1 - cosine between the normals


def seams(positions: NDArray[np.floating], faces: NDArray[np.integer], normals: F64) -> Seams:
    """The seams of (F, 3) faces with unit `normals` (F, 3)."""
    half = edges(faces).pairs()
    corner = faces.reshape(-1)
    after = half[:, 0] - half[:, 0] % 3 + (half[:, 0] + 1) % 3
    p = positions.astype(np.float64)
    length = np.linalg.norm(p[corner[half[:, 0]]] - p[corner[after]], axis=1)
    pairs = half // 3
    bend = 1.0 - np.einsum("ij,ij->i", normals[pairs[:, 0]], normals[pairs[:, 1]])
    return Seams(pairs, length, np.clip(bend, 0.0, 2.0))


def tiles(pairs: I64, gap: F64, size: F64, loose: float, least: float) -> I64:
    """(F,) piece of each face, numbered by its first face.

    `gap` (P,) is what the faces of a pair differ by; `size` (F,) adds to 1. A piece takes a neighbour in while the
    gap is within its own greatest plus `loose` times `least` over its size; pieces below `least` join one beside them.
    """
    order = np.argsort(gap, kind="stable")
    return _tiles(np.ascontiguousarray(pairs[order]), gap[order], size, loose, least)


@njit(cache=True)
def _tiles(pairs: I64, gap: F64, size: F64, loose: float, least: float) -> I64:
    count = len(size)
    parent = np.arange(count)
    held = np.zeros(count)
    grown = size.copy()
    for sweep in range(2):
        for i in range(len(pairs)):
            a, b = root(parent, pairs[i, 0]), root(parent, pairs[i, 1])
            if a == b:
                continue
            if sweep == 0:
                room_a = held[a] + loose * least / max(grown[a], 1e-12)
                room_b = held[b] + loose * least / max(grown[b], 1e-12)
                joins = gap[i] <= min(room_a, room_b)
            else:
                joins = grown[a] < least or grown[b] < least
            if joins:
                low, high = min(a, b), max(a, b)
                parent[high] = low
                grown[low] += grown[high]
                held[low] = max(gap[i], held[low], held[high])
    return numbered(parent)
