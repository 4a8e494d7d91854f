"""PNG's filters (W3C PNG specification, section 9): the rows as differences, which pack better."""

from __future__ import annotations

import numba
import numpy as np


@numba.njit(cache=True, nogil=True)
def filtered(rows, step):
    """(H, 1 + B) filter byte and residues of each row; `rows` (H, B) bytes, `step` bytes a pixel.

    Of the five filters the one whose residues, read as signed bytes, have the least sum of sizes; the first of equals.
    """
    high, wide = rows.shape
    out = np.zeros((high, wide + 1), np.uint8)
    tries = np.zeros((5, wide), np.uint8)
    left, above, corner = np.zeros(wide, np.uint8), np.zeros(wide, np.uint8), np.zeros(wide, np.uint8)
    for r in range(high):
        row = rows[r]
        left[step:] = row[:-step]
        if r:
            above[:] = rows[r - 1]
            corner[step:] = above[:-step]
        for k in range(wide):
            a, b, c = np.int16(left[k]), np.int16(above[k]), np.int16(corner[k])
            to_a, to_b, to_c = abs(b - c), abs(a - c), abs(a + b - c - c)
            paeth = a if to_a <= to_b and to_a <= to_c else (b if to_b <= to_c else c)
            tries[0, k], tries[1, k], tries[2, k] = row[k], row[k] - a, row[k] - b
            tries[3, k], tries[4, k] = row[k] - ((a + b) >> 1), row[k] - paeth
        best, least = 0, np.int64(1 << 62)
        for kind in range(5):
            total = np.int64(0)
            for k in range(wide):
                total += abs(np.int64(np.int8(tries[kind, k])))
            if total < least:
                best, least = kind, total
        out[r, 0] = best
        out[r, 1:] = tries[best]
    return out
