"""An order in which neighbours in space come one after another: rays that run in it find the tree in the cache."""

from __future__ import annotations

import numba
import numpy as np

_BITS = 5  # cells of an axis, as a power of two: a thousand texels of a 2048 px map share one


@numba.njit(cache=True, nogil=True)
def by_place(points):
    """(N,) rows of `points` (N, 3), unit box, cell by cell along a Z-order curve (Morton 1966); rows of a cell rise."""
    side = 1 << _BITS
    start = np.zeros(side * side * side + 1, np.int64)
    cell = np.zeros(len(points), np.int32)
    for i in range(len(points)):
        code = 0
        for k in range(3):
            at = min(max(int((points[i, k] + 0.5) * side), 0), side - 1)
            for bit in range(_BITS):
                code |= ((at >> bit) & 1) << (3 * bit + k)
        cell[i] = code
        start[code + 1] += 1
    for code in range(1, len(start)):
        start[code] += start[code - 1]
    rows = np.zeros(len(points), np.int64)
    for i in range(len(points)):
        rows[start[cell[i]]] = i
        start[cell[i]] += 1
    return rows
