"""Long arrays of two to four columns, worked a column at a time: along so short an axis numpy costs ten times that.

Rows are told apart by 64-bit hashes: two different ones pass for one at odds of one in 10^9 for a hundred thousand.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)  # 2**64 / golden ratio (Knuth)


def keys(*columns: NDArray[Any]) -> NDArray[np.uint64]:
    """(N,) a hash of each row of columns (N,) of whole numbers or floats; -0.0 and 0.0 are one."""
    mixed = np.zeros(len(columns[0]), np.uint64)
    for column in columns:
        bits = (column + column.dtype.type(0)).view(f"u{column.itemsize}") if column.dtype.kind == "f" else column
        mixed ^= bits.astype(np.uint64)
        mixed *= _GOLDEN
        mixed ^= mixed >> np.uint64(29)
    return mixed


def alike(*columns: NDArray[Any]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(N,) number of each row, equal rows sharing one, and (M,) the first row of each number."""
    mixed = keys(*columns)
    order = np.argsort(mixed)
    new = np.ones(len(order), bool)
    new[1:] = mixed[order[1:]] != mixed[order[:-1]]
    number = np.zeros(len(order), np.int64)
    number[order] = np.cumsum(new) - 1
    start = np.flatnonzero(new)
    return number, np.minimum.reduceat(order, start) if len(start) else start


def finite(rows: NDArray[Any]) -> NDArray[np.bool_]:
    """(N,) whether all numbers of a row (N, K) are finite."""
    good = np.isfinite(rows)
    return np.ones(len(rows), bool) if good.all() else good.all(axis=1)


def box(points: F64) -> tuple[F64, F64]:
    """Least and greatest corner (K,) of (N, K) points, N over 0."""
    across = np.ascontiguousarray(points.T)
    return across.min(axis=1), across.max(axis=1)


def span(corners: F64) -> tuple[F64, F64]:
    """Least and greatest corner (T, K) of each triangle (T, 3, K)."""
    a, b, c = corners[:, 0], corners[:, 1], corners[:, 2]
    return np.minimum(np.minimum(a, b), c), np.maximum(np.maximum(a, b), c)


def cross(a: F64, b: F64) -> F64:
    """(N, 3) cross product of rows."""
    out = np.zeros(a.shape)
    for i, j, k in ((0, 1, 2), (1, 2, 0), (2, 0, 1)):
        out[:, i] = a[:, j] * b[:, k] - a[:, k] * b[:, j]
    return out


def lengths(rows: NDArray[Any]) -> NDArray[Any]:
    """(...,) length of the vectors (..., K)."""
    return np.sqrt(np.einsum("...i,...i->...", rows, rows))
