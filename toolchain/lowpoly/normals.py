"""Vertex normals: smooth, but split at hard edges where the UVs are split anyway.

A hard edge inside a chart would bake as a visible line in a tangent-space normal map, so it stays smooth
and the map carries it. Weighted by angle and area (Thuermer and Wuethrich 1998; area added, as most
bakers' "weighted normals" do).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from toolchain.lowpoly.topology import cross, edges, labels_of

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]


def corner_groups(
    positions: NDArray[np.floating],
    faces: NDArray[np.integer],
    wedges: NDArray[np.integer],
    hard_angle: float,
) -> tuple[I64, F64, int]:
    """(group of each corner (F, 3), unit normal of each group (G, 3), hard edges).

    `faces` index welded positions; `hard_angle` in degrees.
    """
    raw = cross(positions, faces)
    length = np.linalg.norm(raw, axis=1, keepdims=True)
    unit = raw / np.maximum(length, 1e-30)
    pairs = edges(faces).pairs()
    f, g = pairs[:, 0] // 3, pairs[:, 1] // 3
    after = pairs - pairs % 3 + (pairs + 1) % 3
    corner, wedge = faces.reshape(-1), wedges.reshape(-1)
    opposed = corner[pairs[:, 0]] == corner[after[:, 1]]
    far, near = np.where(opposed, after[:, 1], pairs[:, 1]), np.where(opposed, pairs[:, 1], after[:, 1])
    seam = (wedge[pairs[:, 0]] != wedge[far]) | (wedge[after[:, 0]] != wedge[near])
    sharp = np.einsum("ij,ij->i", unit[f], unit[g]) < np.cos(np.radians(hard_angle))
    soft = ~(seam & sharp)
    joins = np.concatenate(
        (np.stack((pairs[soft, 0], far[soft]), axis=1), np.stack((after[soft, 0], near[soft]), axis=1))
    )
    group = labels_of(joins, faces.size)
    p = positions.astype(np.float64)[faces]
    there, back = np.roll(p, -1, axis=1) - p, np.roll(p, 1, axis=1) - p
    cosine = np.einsum("fkd,fkd->fk", there, back) / np.maximum(
        np.linalg.norm(there, axis=2) * np.linalg.norm(back, axis=2), 1e-30
    )
    weighted = (np.arccos(np.clip(cosine, -1, 1))[:, :, None] * raw[:, None, :]).reshape(-1, 3)
    total = np.stack([np.bincount(group, weights=weighted[:, d]) for d in range(3)], axis=1)
    size = np.linalg.norm(total, axis=1, keepdims=True)
    own = np.zeros_like(total)
    own[group] = np.repeat(unit, 3, axis=0)
    own[np.linalg.norm(own, axis=1) < 0.5] = (0.0, 1.0, 0.0)
    normal = np.where(size > 1e-30, total / np.maximum(size, 1e-30), own)
    return group.reshape(-1, 3), normal / np.linalg.norm(normal, axis=1, keepdims=True), int((~soft).sum())
