"""The nearest point of a mesh: a kd-tree of samples proposes faces, exact point-to-triangle distance decides."""

from __future__ import annotations

from typing import Any

import numpy as np

from toolchain.asset import F32, I32
from toolchain.bake.field import interpolate
from toolchain.bake.threads import in_chunks

#: Samples that large faces are given, so that every face is found from every place near it.
_SAMPLES = 100_000


def sample_tree(points: F32, faces: I32) -> tuple[Any, I32]:
    """A kd-tree of face centres, with more points on large faces, and the face (M,) of each point."""
    from scipy.spatial import cKDTree

    corners = points[faces].astype(np.float64)
    area = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1) / 2
    spare = max(_SAMPLES - len(faces), len(faces) // 4)
    count = 1 + np.floor(area / max(area.sum(), 1e-30) * spare).astype(np.int64)
    owner = np.repeat(np.arange(len(faces), dtype=np.int32), count)
    step = np.arange(len(owner)) - np.repeat(np.cumsum(count) - count, count)
    # The plastic number's sequence spreads any number of points evenly; the first is folded onto the centre.
    u, v = (1 / 3 + step * 0.7548776662466927) % 1, (1 / 3 + step * 0.5698402909980532) % 1
    fold = u + v > 1
    u, v = np.where(fold, 1 - u, u), np.where(fold, 1 - v, v)
    bary = np.stack((1 - u - v, u, v), axis=1).astype(np.float32)
    return cKDTree(interpolate(points, faces, owner, bary)), owner


def closest(
    tree: Any, owner: I32, points: F32, faces: I32, query: F32, flat: F32 | None = None, directions: F32 | None = None,
    k: int = 8,
) -> tuple[I32, F32, F32]:
    """Exact closest point on the faces of the `k` samples nearest to each of `query` (N, 3)."""
    face = np.zeros(len(query), np.int32)
    bary = np.zeros((len(query), 3), np.float32)
    away = np.zeros(len(query), np.float32)
    k = min(k, len(owner))

    def work(part: slice) -> None:
        _, near = tree.query(query[part], k=k)
        candidates = owner[near.reshape(len(near), k)]
        corners = points[faces[candidates.reshape(-1)]]
        weights, distance = closest_on_triangles(np.repeat(query[part], k, axis=0), corners)
        score = distance.reshape(-1, k).copy()
        if flat is not None and directions is not None:
            score[np.einsum("nkj,nj->nk", flat[candidates], directions[part]) <= 0] += 10.0  # ten diagonals: last
        pick = np.argmin(score, axis=1)
        rows = np.arange(len(pick))
        face[part], away[part] = candidates[rows, pick], distance.reshape(-1, k)[rows, pick]
        bary[part] = weights.reshape(-1, k, 3)[rows, pick]

    in_chunks(work, len(query))
    return face, bary, away


def closest_on_triangles(p: F32, corners: F32) -> tuple[F32, F32]:
    """Barycentrics (N, 3) and distance (N,) of the point of triangle `corners` (N, 3, 3) nearest to `p` (N, 3)."""
    p, q = p.astype(np.float64), corners.astype(np.float64)
    e0, e1, to = q[:, 1] - q[:, 0], q[:, 2] - q[:, 0], p - q[:, 0]
    a, b, c = (e0 * e0).sum(1), (e0 * e1).sum(1), (e1 * e1).sum(1)
    d, e, det = (to * e0).sum(1), (to * e1).sum(1), a * c - b * b
    with np.errstate(all="ignore"):
        u, v = (c * d - b * e) / det, (a * e - b * d) / det
    inside = (det > 0) & (u >= 0) & (v >= 0) & (u + v <= 1)
    weights = np.where(inside[:, None], np.stack((1 - u - v, u, v), axis=1), 0.0)
    best = np.where(inside, 0.0, np.inf)
    for i in range(3):  # outside, the nearest point lies on an edge
        j = (i + 1) % 3
        edge, start = q[:, j] - q[:, i], p - q[:, i]
        long = (edge * edge).sum(1)
        t = np.clip(np.divide((start * edge).sum(1), long, out=np.zeros_like(long), where=long > 0), 0, 1)
        away = ((start - t[:, None] * edge) ** 2).sum(1)
        take = ~inside & (away < best)
        best[take] = away[take]
        row = np.zeros((len(p), 3))
        row[:, i], row[:, j] = 1 - t, t
        weights[take] = row[take]
    at = (weights[:, :, None] * q).sum(axis=1)
    return weights.astype(np.float32), np.linalg.norm(p - at, axis=1).astype(np.float32)
