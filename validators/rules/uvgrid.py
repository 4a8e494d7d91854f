"""UV triangles on a coarse grid: how much of the area they use is used twice."""

from __future__ import annotations

import numpy as np

from validators.columns import box, finite, span
from validators.scene import F64

GRID = 512
WORK = 6_000_000  # texel tests at most


def stacked_share(uv: F64) -> float:
    """Share of the covered samples that lie under more than one of the (T, 3, 2) triangles: 0 none, 1 all.

    Samples stand on a grid over the box of all UVs, a little off the texel centres, so that edges of axis-aligned
    charts do not run through them. Where triangles are many and large the grid is coarsened to bound the work, and
    where even that does not do, there is no answer: 0.
    """
    uv = uv[finite(uv.reshape(-1, 6))]
    if not len(uv):
        return 0.0
    low, high = box(uv.reshape(-1, 2))
    side = float((high - low).max())
    if not 0 < side < 1e9:
        return 0.0
    unit = (uv - low) / side
    size = GRID
    while size >= 32:
        tri = unit * size - (0.5137, 0.5291)
        first, steps, tests = _boxes(tri, size)
        if tests.sum() <= WORK:
            return _share(tri, first, steps, tests, size)
        size //= 2
    return 0.0


def samples(uv: F64, size: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(x (N,), y (N,), triangle (N,)): texel centres of a size x size grid inside (T, 3, 2) UVs of 0..1.

    A texel under several triangles comes several times. Where that would be too much work there are none.
    """
    tri = uv * size - 0.5
    first, steps, tests = _boxes(tri, size)
    if tests.sum() > WORK:
        return (np.zeros(0, np.int64),) * 3
    return _inside(tri, first, steps, tests)


def _boxes(tri: F64, size: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """First grid point (T, 2), steps along x and y (T, 2) and their product (T,) of the box of each triangle."""
    low, high = span(tri)
    first = np.maximum(np.ceil(low), 0).astype(np.int64)
    steps = np.maximum(np.minimum(np.floor(high), size - 1).astype(np.int64) - first + 1, 0)
    return first, steps, steps[:, 0] * steps[:, 1]


def _share(tri: F64, first: np.ndarray, steps: np.ndarray, tests: np.ndarray, size: int) -> float:
    x, y, _ = _inside(tri, first, steps, tests)
    hits = np.bincount(y * size + x, minlength=1)
    covered = int((hits > 0).sum())
    return float((hits > 1).sum() / covered) if covered else 0.0


def _inside(
    tri: F64, first: np.ndarray, steps: np.ndarray, tests: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Grid points within each triangle, by edge functions over its box."""
    high = np.where(tests > 0, steps[:, 1], 0)
    owner = np.repeat(np.arange(len(tri)), high)  # of each row of each box
    y = first[owner, 1] + np.arange(len(owner)) - np.repeat(np.cumsum(high) - high, high)
    wide = steps[owner, 0]
    x = np.arange(wide.sum()) - np.repeat(np.cumsum(wide) - wide - first[owner, 0], wide)
    inside = np.ones(len(x), np.bool_)
    a, b, c = tri[:, 0], tri[:, 1], tri[:, 2]
    turn = (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (b[:, 1] - a[:, 1]) * (c[:, 0] - a[:, 0])
    facing = np.sign(turn)
    for p, q in ((a, b), (b, c), (c, a)):
        # side = (q - p) x (sample - p), as dx * y - dy * x + k with one triple a triangle, and one sum a row
        dx, dy = (q - p).T * facing
        k = dy * p[:, 0] - dx * p[:, 1]
        inside &= np.repeat(dx[owner] * y + k[owner], wide) > np.repeat(dy[owner], wide) * x
    row = np.repeat(np.arange(len(owner)), wide)[inside]
    return x[inside], y[row], owner[row]
