"""Orientation and overlap of UVs, between triangles and between texels."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
TOUCH = 2e-5  # of a chart's longer side: triangles that meet by no more than this only touch
INSIDE = 1e-3  # least barycentric weight that counts as inside, so that shared edges are no overlap


def signed(uv: F64, wedges: NDArray[np.integer]) -> F64:
    """(F,) signed UV areas; negative is mirrored."""
    a, b, c = uv[wedges[:, 0]], uv[wedges[:, 1]], uv[wedges[:, 2]]
    return ((b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (b[:, 1] - a[:, 1]) * (c[:, 0] - a[:, 0])) / 2


def overlapping(uv: F64, wedges: I64, chart: I64) -> NDArray[np.bool_]:
    """(F,) faces that cover part of another face of their own chart."""
    out = np.zeros(len(wedges), bool)
    order = np.argsort(chart, kind="stable")
    starts = np.concatenate(([0], np.cumsum(np.bincount(chart))))
    _chart_overlaps(np.ascontiguousarray(uv[wedges]), order, starts, out)
    return out


def coverage(uv: F64, wedges: NDArray[np.integer], size: int) -> tuple[NDArray[np.int32], NDArray[np.bool_]]:
    """(face of each texel of a (size, size) square or -1, faces (F,) that share a texel centre with another)."""
    owner = np.full((size, size), -1, np.int32)
    clash = np.zeros(len(wedges), bool)
    faces = np.arange(len(wedges))
    _fill(np.ascontiguousarray(uv[wedges]) * size, faces, owner, clash)
    return owner, clash


@njit(cache=True)
def _apart(a: F64, b: F64, gap: float) -> bool:
    """Whether some edge of either triangle (3, 2) parts them, or lets them meet by no more than `gap`."""
    for side in range(2):
        t = a if side == 0 else b
        for i in range(3):
            nx, ny = t[(i + 1) % 3, 1] - t[i, 1], t[i, 0] - t[(i + 1) % 3, 0]
            length = np.sqrt(nx * nx + ny * ny)
            if length == 0.0:
                continue
            low_a, high_a, low_b, high_b = np.inf, -np.inf, np.inf, -np.inf
            for k in range(3):
                at = (a[k, 0] * nx + a[k, 1] * ny) / length
                low_a, high_a = min(low_a, at), max(high_a, at)
                at = (b[k, 0] * nx + b[k, 1] * ny) / length
                low_b, high_b = min(low_b, at), max(high_b, at)
            if min(high_a, high_b) - max(low_a, low_b) <= gap:
                return True
    return False


@njit(cache=True)
def _chart_overlaps(corners: F64, order: I64, starts: I64, out: NDArray[np.bool_]) -> None:
    """Mark the triangles that meet another of their chart: a sweep along u, separating axes for each pair."""
    for c in range(len(starts) - 1):
        mine = order[starts[c] : starts[c + 1]]
        count = len(mine)
        box = np.zeros((count, 4))
        for i in range(count):
            for d in range(2):
                box[i, d] = corners[mine[i], :, d].min()
                box[i, d + 2] = corners[mine[i], :, d].max()
        if count < 2:
            continue
        gap = TOUCH * max(box[:, 2].max() - box[:, 0].min(), box[:, 3].max() - box[:, 1].min())
        sweep = np.argsort(box[:, 0])
        for m in range(count):
            i = sweep[m]
            for n in range(m + 1, count):
                j = sweep[n]
                if box[j, 0] >= box[i, 2] - gap:
                    break
                if (
                    box[j, 1] < box[i, 3] - gap
                    and box[i, 1] < box[j, 3] - gap
                    and not (out[mine[i]] and out[mine[j]])
                    and not _apart(corners[mine[i]], corners[mine[j]], gap)
                ):
                    out[mine[i]] = True
                    out[mine[j]] = True


@njit(cache=True)
def _fill(corners: F64, faces: I64, owner: NDArray[np.int32], clash: NDArray[np.bool_]) -> None:
    """Give each texel centre inside a triangle its face; a centre in two marks both."""
    height, width = owner.shape
    for f in faces:
        ax, ay, bx, by, cx, cy = (
            corners[f, 0, 0],
            corners[f, 0, 1],
            corners[f, 1, 0],
            corners[f, 1, 1],
            corners[f, 2, 0],
            corners[f, 2, 1],
        )
        twice = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
        if twice == 0.0:
            continue
        x0, x1 = max(0, int(np.floor(min(ax, bx, cx)))), min(width - 1, int(np.ceil(max(ax, bx, cx))))
        y0, y1 = max(0, int(np.floor(min(ay, by, cy)))), min(height - 1, int(np.ceil(max(ay, by, cy))))
        for y in range(y0, y1 + 1):
            for x in range(x0, x1 + 1):
                px, py = x + 0.5, y + 0.5
                u = ((bx - px) * (cy - py) - (by - py) * (cx - px)) / twice
                v = ((cx - px) * (ay - py) - (cy - py) * (ax - px)) / twice
                if u >= INSIDE and v >= INSIDE and 1.0 - u - v >= INSIDE:
                    if owner[y, x] >= 0:
                        clash[f] = True
                        clash[owner[y, x]] = True
                    else:
                        owner[y, x] = f
