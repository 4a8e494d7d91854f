"""Runs of a silhouette row by row, and rounded cross-sections made of two pictures' runs."""

from __future__ import annotations

import numpy as np
from numba import njit

from toolchain.asset import F32

OUTSIDE = 8.0  # half lengths from the centre: further out the field is only known to be negative


@njit(cache=True)
def runs(distance: F32, step: float) -> tuple[F32, F32]:
    """Centre offset and half length of the run nearest each node, along axis 0.

    `distance` (N, M): signed distance on nodes, `step` apart, positive inside. For each of the M lines:
    the run of positive nodes that a node lies in or is nearest to, its ends where linear interpolation
    crosses zero. Returns (offset, half), both (N, M), in `step`'s unit: the node's signed offset from the
    run's centre, and half the run's length; half is 0 on lines without a run.
    """
    n, m = distance.shape
    offset = np.zeros((n, m), np.float32)
    half = np.zeros((n, m), np.float32)
    starts = np.zeros(n + 1, np.float64)
    ends = np.zeros(n + 1, np.float64)
    for j in range(m):
        count = 0
        for i in range(n):
            here = distance[i, j]
            if here > 0 and (i == 0 or distance[i - 1, j] <= 0):
                starts[count] = i if i == 0 else i - here / (here - distance[i - 1, j])
            if here > 0 and (i == n - 1 or distance[i + 1, j] <= 0):
                ends[count] = i if i == n - 1 else i + here / (here - distance[i + 1, j])
                count += 1
        if count == 0:
            continue
        k = 0
        for i in range(n):
            while k + 1 < count and i > 0.5 * (ends[k] + starts[k + 1]):
                k += 1
            offset[i, j] = (i - 0.5 * (starts[k] + ends[k])) * step
            half[i, j] = 0.5 * (ends[k] - starts[k]) * step
    return offset, half


def rounded(first: F32, second: F32, step: float, power: float) -> F32:
    """Field of superellipse cross-sections, (N, K, M): `first` is (N, M), `second` (K, M), lines share axis M.

    Where a line has a run a in `first` and b in `second`, the section is |x/a|^p + |z/b|^p <= 1: p = 2 an
    ellipse, p towards infinity the rectangle that the two silhouettes allow. In units of `step`, about
    Euclidean near the surface.
    """
    terms, halves = [], []
    for distance in (first, second):
        offset, half = runs(np.ascontiguousarray(distance, np.float32), step)
        halves.append(half)
        terms.append(np.minimum(np.abs(offset) / np.maximum(half, 1e-6), OUTSIDE) ** power)
    total = terms[0][:, None, :] + terms[1][None, :, :]
    size = np.minimum(halves[0][:, None, :], halves[1][None, :, :])
    return np.where(size > 0, (1.0 - total ** (1.0 / power)) * size, -1.0).astype(np.float32)
