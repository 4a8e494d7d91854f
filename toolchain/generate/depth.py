"""Half depths behind one silhouette: how far a shape reaches to both sides of the picture plane.

All take the signed distance on nodes (N, M), `step` apart, positive inside, and return (N, M) half depths
in the same unit, 0 outside.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from toolchain.asset import F32
from toolchain.generate.sections import runs

POISSON_NODES = 160  # longest side of the grid the inflation is solved on; it is smooth


def revolve(distance: F32, step: float) -> F32:
    """Each run along the first array axis becomes a disc: a solid of revolution about the second, run by run."""
    offset, half = runs(np.ascontiguousarray(distance, np.float32), step)
    return np.where(distance > 0, np.sqrt(np.maximum(half**2 - offset**2, 0)), 0).astype(np.float32)


def inflate(distance: F32, step: float) -> F32:
    """Poisson inflation: -laplacian(u) = 4 inside, 0 on the outline, depth = sqrt(u): a disc becomes a sphere."""
    from scipy.ndimage import map_coordinates
    from scipy.sparse.linalg import spsolve

    skip = max(1.0, max(distance.shape) / POISSON_NODES)
    shape = tuple(int(np.ceil(n / skip)) + 1 for n in distance.shape)
    where = np.stack(np.meshgrid(*(np.arange(n) * skip for n in shape), indexing="ij"))
    inside = map_coordinates(distance, where, order=1, mode="nearest") > 0
    inside[[0, -1], :] = inside[:, [0, -1]] = False
    if not inside.any():
        return np.zeros_like(distance)
    u = np.zeros(shape)
    u[inside] = spsolve(laplacian(inside, 4.0), np.full(int(inside.sum()), 4.0 * (skip * step) ** 2))
    back = np.stack(np.meshgrid(*(np.arange(n) / skip for n in distance.shape), indexing="ij"))
    smooth = map_coordinates(u, back, order=1, mode="nearest")
    return np.where(distance > 0, np.sqrt(np.maximum(smooth, 0)), 0).astype(np.float32)


def laplacian(inside: NDArray[np.bool_], here: float) -> Any:
    """(n, n) scipy CSC over the n cells of `inside` (N, M), in its order: `here` for each, -1 for its neighbours."""
    from scipy.sparse import coo_array

    number, n = np.cumsum(inside.ravel()).reshape(inside.shape) - 1, int(inside.sum())
    rows, columns = [np.arange(n)], [np.arange(n)]
    values = [np.full(n, here)]
    for axis in range(2):
        low, high = range(inside.shape[axis] - 1), range(1, inside.shape[axis])
        pair = np.take(inside, low, axis) & np.take(inside, high, axis)
        one, two = np.take(number, low, axis)[pair], np.take(number, high, axis)[pair]
        rows += [one, two]
        columns += [two, one]
        values += [np.full(2 * len(one), -1.0)]
    return coo_array((np.concatenate(values), (np.concatenate(rows), np.concatenate(columns))), shape=(n, n)).tocsc()


def plate(distance: F32, thickness: float, rim: float) -> F32:
    """Constant half depth `thickness`, falling to the outline on a quarter circle of radius `rim` or less."""
    near = np.clip(distance, 0, rim)
    round_off = np.sqrt(np.maximum(rim**2 - (rim - near) ** 2, 0)) / max(rim, 1e-9)
    return np.where(distance > 0, thickness * round_off, 0).astype(np.float32)
