"""Pack charts into one exact square: true outlines, four turns and no mirror, a gap that is kept by construction.

Each chart is drawn conservatively on a grid, half the padding wider on every side, and goes to the first
place from the bottom that is free of all before it. The scale is the largest, by bisection, at which all fit.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from toolchain.lowpoly.charts import Charts
from toolchain.lowpoly.uvcheck import signed

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
GRID = 512  # most cells along the square
STEPS = 7  # bisections of the scale


def pack(charts: Charts, texture_px: int, padding_px: float) -> tuple[F64, float]:
    """(uv (W, 2) in 0..1, scale in UV units a metre). Raises ValueError where not even tiny charts fit."""
    grid = min(GRID, texture_px)
    half = padding_px / 2 / texture_px * grid  # half the padding, in cells
    count = int(charts.chart.max()) + 1
    owner = np.zeros(len(charts.uv), np.int64)
    owner[charts.wedges] = charts.chart[:, None]
    uv = _upright(charts.uv, owner, count)
    area = np.bincount(charts.chart, weights=np.abs(signed(uv, charts.wedges)), minlength=count)
    extent = np.zeros((count, 2))
    np.maximum.at(extent, owner, uv)
    order = np.lexsort((np.arange(count), -area, -np.round(extent.max(axis=1), 9)))
    by_chart = np.argsort(charts.chart, kind="stable")
    starts = np.concatenate(([0], np.cumsum(np.bincount(charts.chart))))
    corners = np.ascontiguousarray(uv[charts.wedges])

    def attempt(scale: float) -> tuple[bool, F64]:
        return _place(corners * scale, extent * scale, order, by_chart, starts, grid, half)

    low = high = grid / float(np.sqrt(max(area.sum(), 1e-30)))  # all of the square, which never fits
    placed = None
    for _ in range(40):
        low *= 0.8
        fits, found = attempt(low)
        if fits:
            placed = found
            break
        high = low
    if placed is None:
        raise ValueError(f"{count} charts with {padding_px:g} px between them do not fit into {texture_px} px")
    for _ in range(STEPS):
        middle = (low + high) / 2
        fits, found = attempt(middle)
        if fits:
            low, placed = middle, found
        else:
            high = middle
    return np.clip(_turned(uv * low, extent * low, owner, placed) / grid, 0.0, 1.0), low / grid


def _upright(uv: F64, owner: I64, count: int) -> F64:
    """Each chart turned to its smallest bounding box, taller than wide, least corner at (0, 0)."""
    angles = np.radians(np.arange(0.0, 90.0, 2.0))
    best, least = np.zeros(count), np.full(count, np.inf)
    for angle in angles:
        low, high = _box(_turn(uv, np.full(len(uv), angle)), owner, count)
        size = np.prod(high - low, axis=1)
        better = size < least * (1 - 1e-9)
        best[better], least[better] = angle, size[better]
    out = _turn(uv, best[owner])
    low, high = _box(out, owner, count)
    wide = (high - low)[:, 0] > (high - low)[:, 1]
    out = np.where(wide[owner][:, None], np.stack((-out[:, 1], out[:, 0]), axis=1), out)
    low, _ = _box(out, owner, count)
    return out - low[owner]


def _turn(uv: F64, angle: F64) -> F64:
    c, s = np.cos(angle), np.sin(angle)
    return np.stack((c * uv[:, 0] - s * uv[:, 1], s * uv[:, 0] + c * uv[:, 1]), axis=1)


def _box(uv: F64, owner: I64, count: int) -> tuple[F64, F64]:
    low, high = np.full((count, 2), np.inf), np.full((count, 2), -np.inf)
    np.minimum.at(low, owner, uv)
    np.maximum.at(high, owner, uv)
    return low, high


def _turned(uv: F64, extent: F64, owner: I64, placed: F64) -> F64:
    """UVs in cells after each chart's quarter turns placed[:, 2] and move placed[:, :2]."""
    w, h, q = extent[owner, 0], extent[owner, 1], placed[owner, 2]
    x, y = uv[:, 0], uv[:, 1]
    u = np.select((q == 0, q == 1, q == 2), (x, h - y, w - x), y)
    v = np.select((q == 0, q == 1, q == 2), (y, x, h - y), w - x)
    return np.stack((u, v), axis=1) + placed[owner, :2]


@njit(cache=True)
def _quarter(x: float, y: float, w: float, h: float, q: int) -> tuple[float, float]:
    if q == 0:
        return x, y
    if q == 1:
        return h - y, x
    if q == 2:
        return w - x, h - y
    return y, w - x


@njit(cache=True)
def _touches(a: F64, cx: float, cy: float, r: float) -> bool:
    """Whether a triangle (3, 2) meets the square of half side r round (cx, cy): separating axes."""
    for i in range(3):
        j = (i + 1) % 3
        nx, ny = a[j, 1] - a[i, 1], a[i, 0] - a[j, 0]
        reach = r * (abs(nx) + abs(ny))
        side = nx * (cx - a[i, 0]) + ny * (cy - a[i, 1])
        third = nx * (a[(i + 2) % 3, 0] - a[i, 0]) + ny * (a[(i + 2) % 3, 1] - a[i, 1])
        if (third >= 0.0 and (side < -reach or side > third + reach)) or (
            third < 0.0 and (side > reach or side < third - reach)
        ):
            return False
    return True


@njit(cache=True)
def _draw(corners: F64, faces: I64, extent: F64, q: int, half: float) -> NDArray[np.bool_]:
    """Cells of a chart after q quarter turns, grown by `half` cells; cell (0, 0) lies `half` below its corner."""
    wide, tall = (extent[0], extent[1]) if q % 2 == 0 else (extent[1], extent[0])
    grid = np.zeros((int(np.ceil(tall + 2.0 * half)) + 1, int(np.ceil(wide + 2.0 * half)) + 1), np.bool_)
    t = np.zeros((3, 2))
    for f in faces:
        for k in range(3):
            x, y = _quarter(corners[f, k, 0], corners[f, k, 1], extent[0], extent[1], q)
            t[k, 0], t[k, 1] = x + half, y + half
        x0, x1 = int(np.floor(t[:, 0].min() - half)), int(np.floor(t[:, 0].max() + half))
        y0, y1 = int(np.floor(t[:, 1].min() - half)), int(np.floor(t[:, 1].max() + half))
        for y in range(max(0, y0), min(len(grid) - 1, y1) + 1):
            for x in range(max(0, x0), min(grid.shape[1] - 1, x1) + 1):
                if not grid[y, x] and _touches(t, x + 0.5, y + 0.5, 0.5 + half):
                    grid[y, x] = True
    return grid


@njit(cache=True)
def _first_place(taken: I64, ends: I64, spans: I64, tall: int, wide: int, limit: int) -> tuple[int, int]:
    """Lowest, then leftmost (x, y) where no span meets a taken cell; y = limit where there is none below it.

    taken[y, x] is the first taken cell at or after x; ends[y, x] the end of the run of taken cells at x.
    """
    size = len(taken)
    for y in range(0, min(limit, size - tall + 1)):
        x = 0
        while x + wide <= size:
            moved = x
            for i in range(len(spans)):
                row, a, b = spans[i, 0], spans[i, 1], spans[i, 2]
                hit = taken[y + row, moved + a]
                if hit < moved + b:
                    moved = ends[y + row, hit] - a
                    break
            if moved == x:
                return x, y
            x = moved
    return 0, limit


@njit(cache=True)
def _place(
    corners: F64,
    extent: F64,
    order: I64,
    by_chart: I64,
    starts: I64,
    size: int,
    half: float,
) -> tuple[bool, F64]:
    """(all fit, (C, 3) x, y of the chart's corner in cells and its quarter turns)."""
    placed = np.zeros((len(order), 3))
    taken = np.full((size, size + 1), size, np.int64)
    ends = np.zeros((size, size + 1), np.int64)
    full = np.zeros((size, size), np.bool_)
    for chart in order:
        faces = by_chart[starts[chart] : starts[chart + 1]]
        best_top, best_x, best_y, best_q = size + 1, 0, 0, -1
        for q in range(4):
            grid = _draw(corners, faces, extent[chart], q, half)
            tall, wide = grid.shape
            if tall > size or wide > size:
                continue
            spans = _spans(grid)
            x, y = _first_place(taken, ends, spans, tall, wide, best_top - tall)
            if y < best_top - tall:
                best_top, best_x, best_y, best_q = y + tall, x, y, q
        if best_q < 0:
            return False, placed
        placed[chart, 0], placed[chart, 1], placed[chart, 2] = best_x + half, best_y + half, best_q
        grid = _draw(corners, faces, extent[chart], best_q, half)
        for y in range(len(grid)):
            row = best_y + y
            for x in range(grid.shape[1]):
                if grid[y, x]:
                    full[row, best_x + x] = True
            for x in range(size - 1, -1, -1):
                taken[row, x] = x if full[row, x] else taken[row, x + 1]
                if full[row, x]:
                    ends[row, x] = ends[row, x + 1] if x + 1 < size and full[row, x + 1] else x + 1
    return True, placed


@njit(cache=True)
def _spans(grid: NDArray[np.bool_]) -> I64:
    """(S, 3) row, start and end of each run of set cells, widest rows' runs first met by row."""
    out = np.zeros((grid.size // 2 + len(grid), 3), np.int64)
    n = 0
    for y in range(len(grid)):
        x = 0
        while x < grid.shape[1]:
            if grid[y, x]:
                start = x
                while x < grid.shape[1] and grid[y, x]:
                    x += 1
                out[n, 0], out[n, 1], out[n, 2] = y, start, x
                n += 1
            else:
                x += 1
    return out[:n]
