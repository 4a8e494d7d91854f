"""How a picture's lines run, place by place: what tells a prop's turn and tilt, for its edges lie along its axes.

After Dalal and Triggs, "Histograms of oriented gradients for human detection" (2005), without their normalisation
by blocks: outlines and inner lines are told apart, and each kind is scaled to a sum of one.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from toolchain.asset import F32

SIDE = 192  # pixels of the picture that is read
BINS = 36  # directions over 180 degrees
CELLS = 8  # a side
THUMB = 32  # pixels a side of the picture that is read beside the lines


@njit(cache=True, nogil=True)
def lines(picture: F32) -> F32:
    """(2, BINS, CELLS, CELLS) weights of directions of outlines and of inner lines, of (4, SIDE, SIDE) colour x cover.

    A bin's direction is that of the line, 0 to the right and anticlockwise, in steps of 180 / BINS degrees.
    """
    out = np.zeros((2, BINS, CELLS, CELLS), np.float32)
    side = picture.shape[1]
    for y in range(1, side - 1):
        for x in range(1, side - 1):
            best, gx, gy, kind = np.float32(0), np.float32(0), np.float32(0), 0
            for c in range(4):
                p = picture[c]
                dx = (p[y - 1, x + 1] + 2 * p[y, x + 1] + p[y + 1, x + 1]) - (
                    p[y - 1, x - 1] + 2 * p[y, x - 1] + p[y + 1, x - 1]
                )
                dy = (p[y - 1, x - 1] + 2 * p[y - 1, x] + p[y - 1, x + 1]) - (
                    p[y + 1, x - 1] + 2 * p[y + 1, x] + p[y + 1, x + 1]
                )
                size = dx * dx + dy * dy
                if c == 3:
                    if size > 0.04:
                        best, gx, gy, kind = size, dx, dy, 0
                elif size > best:
                    best, gx, gy, kind = size, dx, dy, 1
            if best < 1e-3:
                continue
            turn = (np.arctan2(gy, gx) / np.pi + 0.5) % 1.0 * BINS
            low = int(turn)
            share = np.float32(turn - low)
            weight = np.float32(min(np.sqrt(best), 1.0))
            row, column = y * CELLS // side, x * CELLS // side
            out[kind, low % BINS, row, column] += weight * (1 - share)
            out[kind, (low + 1) % BINS, row, column] += weight * share
    for kind in range(2):
        total = out[kind].sum()
        if total > 0:
            out[kind] /= total
    return out


def seen_by_turn(drawn: F32) -> F32:
    """(2 * BINS, CELLS, CELLS) numbers about 1: square roots, so that a few long lines do not drown the rest."""
    return np.sqrt(8 * drawn).reshape(2 * BINS, CELLS, CELLS)
