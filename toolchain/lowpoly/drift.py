"""How far a level's texture has moved: where LOD0 shows the texel that the level shows at a place.

Points are spread over the level; each one's UV is looked up on LOD0's own layout, which gives the place
that was baked into that texel; its distance to the point is the drift. UVs that no triangle of LOD0
owns, beyond the padding of a few texels, are counted as outside.
"""

from __future__ import annotations

import numpy as np

from toolchain.asset import Mesh
from toolchain.lowpoly.distance import sample
from toolchain.lowpoly.uvcheck import coverage

SIZE = 512  # texels of the lookup
GUTTER = 3.0  # texels that padding would fill


def drift(level: Mesh, base: Mesh, count: int = 8_000) -> dict[str, float]:
    """Mean and 99th percentile of the drift in % of LOD0's diagonal, and the % of the surface outside the charts."""
    from scipy.ndimage import distance_transform_edt

    assert level.uv is not None and base.uv is not None
    points, face, weights = sample(level.positions, level.faces, count)
    uv = np.einsum("nk,nkd->nd", weights, level.uv.astype(np.float64)[level.faces[face]])
    slot = level.slot_of_faces()[face]
    moved, outside = np.zeros(count), np.zeros(count, bool)
    for one in np.unique(slot):
        faces = base.faces[base.slot_of_faces() == one]
        mine = slot == one
        if not len(faces):
            outside[mine] = True
            continue
        owner, _ = coverage(base.uv.astype(np.float64), faces, SIZE)
        gap, (row, column) = distance_transform_edt(owner < 0, return_indices=True)
        at = np.clip((uv[mine] * SIZE).astype(np.int64), 0, SIZE - 1)
        outside[mine] = gap[at[:, 1], at[:, 0]] > GUTTER
        found = faces[owner[row[at[:, 1], at[:, 0]], column[at[:, 1], at[:, 0]]]]
        moved[mine] = np.linalg.norm(_place(base, found, uv[mine]) - points[mine], axis=1)
    share = 100 / max(base.diagonal, 1e-12)
    return {
        "drift_mean_percent": round(float(moved.mean() * share), 4),
        "drift_p99_percent": round(float(np.quantile(moved, 0.99) * share), 4),
        "outside_charts_percent": round(float(100 * outside.mean()), 4),
    }


def _place(base: Mesh, faces: np.ndarray, uv: np.ndarray) -> np.ndarray:
    """(N, 3) points of `faces` (N, 3) at `uv` (N, 2), drawn into the triangle where the UV lies beside it."""
    assert base.uv is not None
    t = base.uv.astype(np.float64)[faces]
    e, f, d = t[:, 1] - t[:, 0], t[:, 2] - t[:, 0], uv - t[:, 0]
    twice = e[:, 0] * f[:, 1] - e[:, 1] * f[:, 0]
    twice = np.where(np.abs(twice) < 1e-20, 1.0, twice)
    v = (d[:, 0] * f[:, 1] - d[:, 1] * f[:, 0]) / twice
    w = (e[:, 0] * d[:, 1] - e[:, 1] * d[:, 0]) / twice
    weights = np.clip(np.stack((1 - v - w, v, w), axis=1), 0, 1)
    weights /= weights.sum(axis=1, keepdims=True)
    return np.einsum("nk,nkd->nd", weights, base.positions.astype(np.float64)[faces])
