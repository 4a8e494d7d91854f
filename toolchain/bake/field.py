"""Values on triangles: interpolation at barycentric points, and smooth normals."""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

from toolchain.asset import F32, I32


@numba.njit(cache=True, nogil=True)
def interpolate(values, faces, face, bary):
    """(N, C) float32: per-vertex `values` (V, C) at `bary` (N, 3) of `face` (N,), not normalised."""
    out = np.zeros((len(face), values.shape[1]), np.float32)
    for i in range(len(face)):
        a, b, c = faces[face[i]]
        for k in range(values.shape[1]):
            out[i, k] = values[a, k] * bary[i, 0] + values[b, k] * bary[i, 1] + values[c, k] * bary[i, 2]
    return out


@numba.njit(cache=True, nogil=True)
def scaled(points, scale, offset):
    """(N, 3) float32 `points` times `scale` plus `offset` (3,), reckoned in double precision."""
    out = np.zeros((len(points), 3), np.float32)
    for i in range(len(points)):
        for k in range(3):
            out[i, k] = points[i, k] * scale + offset[k]
    return out


def nearest_corner(faces: I32, face: I32, bary: F32) -> NDArray[np.int32]:
    """(N,) the vertex that weighs most: for values that must not be mixed."""
    return faces[face, np.argmax(bary, axis=1)]


@numba.njit(cache=True, nogil=True)
def unit(vectors):
    """(N, C) unit vectors, float32; a zero stays zero."""
    out = np.zeros(vectors.shape, np.float32)
    for i in range(len(vectors)):
        total = vectors[i, 0] * vectors[i, 0]
        for k in range(1, vectors.shape[1]):
            total += vectors[i, k] * vectors[i, k]
        if total > 0:
            length = np.sqrt(total)
            for k in range(vectors.shape[1]):
                out[i, k] = vectors[i, k] / length
    return out


def across(ways: F32) -> tuple[F32, F32]:
    """Two (N, 3) unit vectors at right angles to `ways` (N, 3) and to each other."""
    x, y = np.eye(3, dtype=np.float32)[:2]
    one = unit(np.cross(ways, np.where(np.abs(ways[:, :1]) < 0.7, x, y)))
    return one, np.cross(ways, one).astype(np.float32)


def face_normals(points: F32, faces: I32) -> F32:
    """(F, 3) unit normals of triangles; zero for one without area."""
    corners = points[faces].astype(np.float64)
    return unit(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]))


def weld(positions: F32) -> NDArray[np.int64]:
    """(V,) one index for all vertices at one and the same position."""
    rows = np.ascontiguousarray(positions, np.float32) + np.float32(0)
    _, index = np.unique(rows.view(np.dtype((np.void, 12))).reshape(-1), return_inverse=True)
    return index.reshape(-1).astype(np.int64)


def smooth_normals(positions: F32, faces: I32) -> F32:
    """(V, 3) unit normals, the faces' weighted by their angle at the vertex; attribute splits do not show.

    Angle weights do not depend on how the surface is cut into triangles (Thürmer and Wüthrich 1998).
    A vertex without a proper face gets zero.
    """
    index, p = weld(positions), positions.astype(np.float64)[faces]
    normal = np.cross(p[:, 1] - p[:, 0], p[:, 2] - p[:, 0])
    twice = np.linalg.norm(normal, axis=1)
    normal = np.divide(normal, twice[:, None], out=np.zeros_like(normal), where=twice[:, None] > 0)
    total = np.zeros((int(index.max(initial=-1)) + 1, 3))
    for k in range(3):
        a, b = p[:, (k + 1) % 3] - p[:, k], p[:, (k + 2) % 3] - p[:, k]
        angle = np.arctan2(twice, np.einsum("ij,ij->i", a, b))
        for j in range(3):
            total[:, j] += np.bincount(index[faces[:, k]], angle * normal[:, j], len(total))
    return unit(total)[index]
