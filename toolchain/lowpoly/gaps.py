"""How near charts come to one another, measured between their rims as they are delivered."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from toolchain.lowpoly.topology import edges

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
CELLS = 1024  # most cells of the lookup along a side


def least_gap(corners: F64, wedges: NDArray[np.integer], chart: I64, reach: float) -> float:
    """Least distance between the rims of two charts, at most `reach`; the unit is that of `corners` (F, 3, 2) in 0..1.

    Charts that lie in one another without their rims meeting are an overlap, and not looked for here.
    """
    found = edges(wedges)
    half = np.flatnonzero(found.uses[found.of_half] == 1)
    face, corner = half // 3, half % 3
    rim = np.stack((corners[face, corner], corners[face, (corner + 1) % 3]), axis=1)
    side = max(reach, 1.0 / CELLS)
    cells = int(np.ceil(1.0 / side)) + 1
    low = np.clip((rim.min(axis=1) / side).astype(np.int64), 0, cells - 1)
    high = np.clip((rim.max(axis=1) / side).astype(np.int64), 0, cells - 1)
    counts = np.prod(high - low + 1, axis=1)
    item = np.repeat(np.arange(len(rim)), counts)
    index = np.arange(len(item)) - np.repeat(np.cumsum(counts) - counts, counts)
    wide = (high - low + 1)[item, 0]
    cell = (low[item, 1] + index // wide) * cells + low[item, 0] + index % wide
    order = np.argsort(cell, kind="stable")
    starts = np.searchsorted(cell[order], np.arange(cells * cells + 1))
    return float(np.sqrt(_nearest(rim, chart[face], item[order], starts, cells, reach * reach)))


@njit(cache=True)
def _point_segment(px: float, py: float, a: F64, b: F64) -> float:
    dx, dy = b[0] - a[0], b[1] - a[1]
    length = dx * dx + dy * dy
    t = 0.0 if length == 0.0 else min(1.0, max(0.0, ((px - a[0]) * dx + (py - a[1]) * dy) / length))
    ex, ey = a[0] + t * dx - px, a[1] + t * dy - py
    return ex * ex + ey * ey


@njit(cache=True)
def _side(a: F64, b: F64, c: F64) -> float:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


@njit(cache=True)
def _apart(s: F64, t: F64) -> float:
    """Squared distance of two segments (2, 2)."""
    if _side(s[0], s[1], t[0]) * _side(s[0], s[1], t[1]) < 0 and _side(t[0], t[1], s[0]) * _side(t[0], t[1], s[1]) < 0:
        return 0.0
    best = np.inf
    for k in range(2):
        best = min(best, _point_segment(s[k, 0], s[k, 1], t[0], t[1]), _point_segment(t[k, 0], t[k, 1], s[0], s[1]))
    return best


@njit(cache=True)
def _nearest(rim: F64, chart: I64, items: I64, starts: I64, cells: int, best: float) -> float:
    """Least squared distance between segments of different charts in the same or neighbouring cells."""
    for y in range(cells):
        for x in range(cells):
            for i in range(starts[y * cells + x], starts[y * cells + x + 1]):
                a = items[i]
                for ny in range(y, min(y + 2, cells)):
                    for nx in range(max(0, x - 1) if ny > y else x, min(x + 2, cells)):
                        for j in range(starts[ny * cells + nx], starts[ny * cells + nx + 1]):
                            b = items[j]
                            if chart[a] != chart[b]:
                                best = min(best, _apart(rim[a], rim[b]))
    return best
