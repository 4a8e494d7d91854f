"""Kernels of the packer: charts as runs of cells, and the first free place for each.

A chart is drawn on a grid with half the padding round it, a disc's worth and not a square's, and every cell
that this touches counts as taken; so two charts whose cells do not meet are at least the padding apart.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
LARGEST = 16384  # cells along a side that the 16-bit tables of `place` can hold


@njit(cache=True)
def boxes(uv: F64, owner: I64, count: int, angles: F64) -> F64:
    """(C, A, 2) width and height of each chart's bounding box when its points uv (W, 2) are turned by each angle."""
    out = np.zeros((count, len(angles), 2))
    low, high = np.zeros((count, 2)), np.zeros((count, 2))
    for a in range(len(angles)):
        c, s = np.cos(angles[a]), np.sin(angles[a])
        low[:], high[:] = np.inf, -np.inf
        for i in range(len(uv)):
            o, x, y = owner[i], c * uv[i, 0] - s * uv[i, 1], s * uv[i, 0] + c * uv[i, 1]
            low[o, 0], low[o, 1] = min(low[o, 0], x), min(low[o, 1], y)
            high[o, 0], high[o, 1] = max(high[o, 0], x), max(high[o, 1], y)
        out[:, a] = high - low
    return out


@njit(cache=True)
def _squared_distance(x: float, y: float, ax: float, ay: float, bx: float, by: float) -> float:
    """From the unit cell round (x, y) to the segment a-b; 0 where they meet."""
    dx, dy, low, high = bx - ax, by - ay, 0.0, 1.0
    for k in range(2):
        step, at = (dx, ax - x) if k == 0 else (dy, ay - y)
        if step == 0.0:
            if abs(at) > 0.5:
                high = -1.0
        else:
            u, v = (-0.5 - at) / step, (0.5 - at) / step
            low, high = max(low, min(u, v)), min(high, max(u, v))
    if low <= high:
        return 0.0
    best = np.inf
    for k in range(2):
        px, py = (ax, ay) if k == 0 else (bx, by)
        ex, ey = max(abs(px - x) - 0.5, 0.0), max(abs(py - y) - 0.5, 0.0)
        best = min(best, ex * ex + ey * ey)
    length = dx * dx + dy * dy
    if length > 0.0:
        for k in range(4):
            cx, cy = x + (0.5 if k & 1 else -0.5), y + (0.5 if k & 2 else -0.5)
            t = min(1.0, max(0.0, ((cx - ax) * dx + (cy - ay) * dy) / length))
            ex, ey = ax + t * dx - cx, ay + t * dy - cy
            best = min(best, ex * ex + ey * ey)
    return best


@njit(cache=True)
def draw(corners: F64, rim: F64, wide: float, tall: float, half: float) -> NDArray[np.bool_]:
    """Cells of a chart of triangles (n, 3, 2) and rim (r, 2, 2) in [0, wide] x [0, tall], grown by `half` cells.

    Cell (0, 0) begins `half` below and left of the chart's corner.
    """
    grid = np.zeros(
        (max(1, int(np.ceil(tall + 2 * half - 1e-9))), max(1, int(np.ceil(wide + 2 * half - 1e-9)))), np.bool_
    )
    rows, columns = grid.shape
    for f in range(len(corners)):  # the inside, by rows through cell centres
        low = min(corners[f, 0, 1], corners[f, 1, 1], corners[f, 2, 1]) + half
        high = max(corners[f, 0, 1], corners[f, 1, 1], corners[f, 2, 1]) + half
        for y in range(max(0, int(np.ceil(low - 0.5))), min(rows - 1, int(np.floor(high - 0.5))) + 1):
            c, left, right = y + 0.5 - half, np.inf, -np.inf
            for k in range(3):
                px, py, qx, qy = corners[f, k, 0], corners[f, k, 1], corners[f, k - 2, 0], corners[f, k - 2, 1]
                if min(py, qy) <= c <= max(py, qy):
                    t = 0.0 if py == qy else (c - py) / (qy - py)
                    at = px + t * (qx - px)
                    left, right = min(left, at), max(right, at)
                    if py == qy:
                        left, right = min(left, qx), max(right, qx)
            if left <= right:
                for x in range(max(0, int(np.floor(left + half))), min(columns - 1, int(np.floor(right + half))) + 1):
                    grid[y, x] = True
    reach = max(half * half, 1e-12)
    for s in range(len(rim)):
        ax, ay, bx, by = rim[s, 0, 0] + half, rim[s, 0, 1] + half, rim[s, 1, 0] + half, rim[s, 1, 1] + half
        for y in range(max(0, int(min(ay, by) - half)), min(rows - 1, int(max(ay, by) + half)) + 1):
            for x in range(max(0, int(min(ax, bx) - half)), min(columns - 1, int(max(ax, bx) + half)) + 1):
                if not grid[y, x] and _squared_distance(x + 0.5, y + 0.5, ax, ay, bx, by) < reach:
                    grid[y, x] = True
    return grid


@njit(cache=True)
def _runs(grid: NDArray[np.bool_]) -> I64:
    """(S, 3) row, start and end of each run of set cells, longest first: those meet something soonest."""
    out = np.zeros((grid.size // 2 + len(grid), 3), np.int64)
    n = 0
    for y in range(len(grid)):
        x = 0
        while x < grid.shape[1]:
            start = x
            while x < grid.shape[1] and grid[y, x]:
                x += 1
            if x > start:
                out[n, 0], out[n, 1], out[n, 2] = y, start, x
                n += 1
            else:
                x += 1
    return out[:n][np.argsort(out[:n, 1] - out[:n, 2], kind="mergesort")]


@njit(cache=True)
def rasters(
    corners: F64, starts: I64, rim: F64, rim_starts: I64, extent: F64, scale: F64, half: float
) -> tuple[I64, I64, I64]:
    """(runs (S, 3), first run (4C + 1,), rows and columns (4C, 2)) of C charts, each in its four quarter turns.

    corners (F, 3, 2) and rim (R, 2, 2) are sorted by chart; scale (C, 2) makes cells of them.
    """
    count, total = len(extent), 0
    first, size = np.zeros(4 * count + 1, np.int64), np.zeros((4 * count, 2), np.int64)
    drawn = [np.zeros((0, 3), np.int64)]
    for c in range(count):
        triangles, edge = (
            corners[starts[c] : starts[c + 1]] * scale[c],
            rim[rim_starts[c] : rim_starts[c + 1]] * scale[c],
        )
        grid = draw(triangles, edge, extent[c, 0] * scale[c, 0], extent[c, 1] * scale[c, 1], half)
        for q in range(4):
            found = _runs(grid)
            drawn.append(found)
            total += len(found)
            first[4 * c + q + 1], size[4 * c + q, 0], size[4 * c + q, 1] = total, len(grid), grid.shape[1]
            grid = np.ascontiguousarray(grid.T[:, ::-1])
    runs, at = np.zeros((total, 3), np.int64), 0
    for found in drawn:
        runs[at : at + len(found)] = found
        at += len(found)
    return runs, first, size


@njit(cache=True)
def _first_place(
    taken: NDArray[np.int16],
    ends: NDArray[np.int16],
    room: NDArray[np.int16],
    runs: I64,
    tall: int,
    wide: int,
    limit: int,
) -> tuple[int, int]:
    """Lowest, then leftmost (x, y) where no run meets a taken cell; y = limit where there is none below it.

    taken[y, x] is the first taken cell at or after x; ends[y, x] the end of the run of taken cells at x;
    room[y] the longest free run of row y.
    """
    size, last, count = len(taken), 0, len(runs)
    for y in range(0, min(limit, size - tall + 1)):
        roomy = True
        for i in range(count):
            if runs[i, 2] - runs[i, 1] > room[y + runs[i, 0]]:
                roomy = False
                break
        x = 0
        while roomy and x + wide <= size:
            moved = x
            for j in range(count):  # what stood in the way last time likely does again
                i = last + j if last + j < count else last + j - count
                row = y + runs[i, 0]
                hit = int(taken[row, moved + runs[i, 1]])
                if hit < moved + runs[i, 2]:
                    moved, last = int(ends[row, hit]) - runs[i, 1], i
                    break
            if moved == x:
                return x, y
            x = moved
    return 0, limit


@njit(cache=True)
def place(runs: I64, first: I64, dims: I64, order: I64, size: int, weight: float) -> tuple[bool, I64]:
    """(whether all fit, (C, 3) cell x, y and quarter turns of each chart) on size x size cells.

    Charts go down in `order`, each to the first place of that quarter turn whose y + weight * rows is least.
    """
    placed = np.zeros((len(order), 3), np.int64)
    taken, ends = np.full((size, size + 1), size, np.int16), np.zeros((size, size + 1), np.int16)
    full, room = np.zeros((size, size), np.bool_), np.full(size, size, np.int16)
    for chart in order:
        best, best_x, best_y, best_q = np.inf, 0, 0, -1
        for q in range(4):
            k = 4 * chart + q
            tall, wide = dims[k]
            below = min(float(size), best - weight * tall)
            if tall > size or wide > size or below <= 0.0:
                continue
            limit = int(np.ceil(below))
            x, y = _first_place(taken, ends, room, runs[first[k] : first[k + 1]], tall, wide, limit)
            if y < limit and y + weight * tall < best:
                best, best_x, best_y, best_q = y + weight * tall, x, y, q
        if best_q < 0:
            return False, placed
        placed[chart, 0], placed[chart, 1], placed[chart, 2] = best_x, best_y, best_q
        k = 4 * chart + best_q
        for i in range(first[k], first[k + 1]):
            full[best_y + runs[i, 0], best_x + runs[i, 1] : best_x + runs[i, 2]] = True
        for y in range(best_y, best_y + dims[k, 0]):
            _note(taken[y], ends[y], full[y], min(size - 1, best_x + dims[k, 1]), best_x)
            room[y] = _longest(taken[y], ends[y], size)
    return True, placed


@njit(cache=True)
def _note(taken: NDArray[np.int16], ends: NDArray[np.int16], full: NDArray[np.bool_], start: int, least: int) -> None:
    """Bring a row's tables up to date from cell `start` down to where nothing changes any more, past `least`."""
    for x in range(start, -1, -1):
        there, end = int(taken[x + 1]), 0
        if full[x]:
            there, end = x, int(ends[x + 1]) if x + 1 < len(full) and full[x + 1] else x + 1
        if x < least and taken[x] == there and ends[x] == end:
            return
        taken[x], ends[x] = there, end


@njit(cache=True)
def _longest(taken: NDArray[np.int16], ends: NDArray[np.int16], size: int) -> int:
    """Longest free run of a row."""
    x, best = 0, 0
    while x < size:
        hit = int(taken[x])
        best = max(best, hit - x)
        if hit >= size:
            break
        x = int(ends[hit])
    return best
