"""The nearest point of a mesh: a kd-tree of samples proposes faces, exact point-to-triangle distance decides."""

from __future__ import annotations

from typing import Any

import numba
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
    tree: Any,
    owner: I32,
    points: F32,
    faces: I32,
    query: F32,
    flat: F32 | None = None,
    directions: F32 | None = None,
    k: int = 8,
) -> tuple[I32, F32, F32]:
    """Face (N,), barycentrics (N, 3) and distance (N,): exact on the faces of the `k` samples nearest to `query`.

    With face normals `flat` (F, 3) and `directions` (N, 3), a face that faces along is preferred to one that does not.
    """
    face, away = np.zeros(len(query), np.int32), np.zeros(len(query), np.float32)
    bary = np.zeros((len(query), 3), np.float32)
    k = min(k, len(owner))
    none = np.zeros((0, 3), np.float32)

    def work(part: slice) -> None:
        _, near = tree.query(query[part], k=k)
        face[part], bary[part], away[part] = closest_of(
            query[part],
            owner[near.reshape(len(near), k)],
            points,
            faces,
            none if flat is None else flat,
            none if directions is None else directions[part],
        )

    in_chunks(work, len(query))
    return face, bary, away


@numba.njit(cache=True, nogil=True)
def closest_of(query, candidates, points, faces, flat, directions):
    """Of the faces `candidates` (N, K), the nearest to `query` (N, 3): face, barycentrics, distance."""
    face = np.zeros(len(query), np.int32)
    bary = np.zeros((len(query), 3), np.float32)
    away = np.zeros(len(query), np.float32)
    picky = len(flat) > 0 and len(directions) > 0
    for i in range(len(query)):
        best, along = np.inf, False
        for k in range(candidates.shape[1]):
            f = candidates[i, k]
            same = True
            if picky:
                same = (flat[f] * directions[i]).sum() > 0
            if along and not same:
                continue
            u, v, w, d = _on_triangle(query[i], points[faces[f, 0]], points[faces[f, 1]], points[faces[f, 2]])
            if d < best or (same and not along):
                best, along = d, same
                face[i], away[i] = f, np.sqrt(d)
                bary[i, 0], bary[i, 1], bary[i, 2] = u, v, w
    return face, bary, away


@numba.njit(cache=True, nogil=True)
def _on_triangle(p, a, b, c):
    """Weights of a, b, c and squared distance of the triangle's point nearest to `p`."""
    ab, ac, ap = np.zeros(3), np.zeros(3), np.zeros(3)
    for j in range(3):
        ab[j], ac[j], ap[j] = b[j] - a[j], c[j] - a[j], p[j] - a[j]
    aa, bb, cc = (ab * ab).sum(), (ab * ac).sum(), (ac * ac).sum()
    d, e = (ap * ab).sum(), (ap * ac).sum()
    det = aa * cc - bb * bb
    if det > 0:
        v, w = (cc * d - bb * e) / det, (aa * e - bb * d) / det
        if v >= 0 and w >= 0 and v + w <= 1:
            off = ap - v * ab - w * ac
            return 1 - v - w, v, w, (off * off).sum()
    # Outside, the nearest point lies on an edge.
    t = min(max(d / aa, 0.0), 1.0) if aa > 0 else 0.0
    off = ap - t * ab
    best, wa, wb, wc = (off * off).sum(), 1 - t, t, 0.0
    t = min(max(e / cc, 0.0), 1.0) if cc > 0 else 0.0
    off = ap - t * ac
    if (off * off).sum() < best:
        best, wa, wb, wc = (off * off).sum(), 1 - t, 0.0, t
    edge, start = ac - ab, ap - ab
    long = (edge * edge).sum()
    t = min(max((edge * start).sum() / long, 0.0), 1.0) if long > 0 else 0.0
    off = start - t * edge
    if (off * off).sum() < best:
        best, wa, wb, wc = (off * off).sum(), 0.0, 1 - t, t
    return wa, wb, wc, best
