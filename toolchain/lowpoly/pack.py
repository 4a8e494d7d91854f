"""Pack charts into one exact square: true outlines, four turns and no mirror, a gap that is kept by construction.

Several orders and rules of placement race for the largest scale at which all charts fit: whoever fits a step
larger than the best so far takes the lead. The race is run on a coarse grid, the last steps on a fine one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from toolchain.lowpoly.charts import Charts
from toolchain.lowpoly.topology import edges
from toolchain.lowpoly.uvcheck import signed

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
Drawn = tuple[I64, I64, I64]
ROUGH, COARSE, FINE = 256, 512, 1024  # cells along the square
STEP = 0.99  # of the area from one scale to the next
FIRST = 48  # the scale that is tried first: STEP ** 48 is 0.62 of the square
SMALLEST = 1200  # STEP ** 1200 is a charted area of 6e-6 of the square
WEIGHTS = (1.0, 0.5, 0.0)  # lowest top, lowest middle, lowest foot
CHARTS_TRIED = 2500  # charts that are placed in the race, at most, and in how many rounds
ROUNDS = 15
WIDEST = 16  # cells of half the padding: wider only makes drawing slow
TURN = 2.0  # degrees from one turn of a chart to the next, when its smallest box is looked for
CLIMB = 3  # attempts on the fine grid


@dataclass(frozen=True, eq=False)
class Sheet:
    """Charts made ready: each upright with its least corner at (0, 0)."""

    uv: F64  # (W, 2)
    owner: I64  # (W,) chart
    corners: F64  # (F, 3, 2) by chart
    starts: I64  # (C + 1,)
    rim: F64  # (R, 2, 2) by chart
    rim_starts: I64  # (C + 1,)
    extent: F64  # (C, 2)
    area: F64  # (C,)


def pack(charts: Charts, padding: float) -> tuple[F64, float]:
    """(uv (W, 2) in 0..1, scale in UV units a metre); `padding` is the gap between charts as a share of the side.

    Half of it is kept at the border, where textures repeat. Raises ValueError where not even tiny charts fit.
    """
    made = sheet(charts)
    coarse, fine = (min(grid, int(WIDEST / max(padding / 2, 1e-9))) for grid in (COARSE, FINE))
    found = _race(made, coarse, padding / 2 * coarse, ROUNDS)
    if found is None:
        raise ValueError(f"{len(made.area)} charts with {padding:.2%} of the side between them do not fit")
    level, order, weight, placed = found
    grid = coarse
    for larger in range(level - 1, level - 1 - CLIMB, -1):
        better = _attempt(_drawn(made, fine, padding / 2 * fine, larger), order, fine, weight)
        if better is not None:
            level, placed, grid = larger, better, fine
    return _put(made, grid, padding / 2 * grid, level, placed), _scale(made, 1, level)


def fill(charts: Charts, padding: float) -> float:
    """About the share of the square that the charts would fill: a quick look on a rough grid."""
    rough = min(ROUGH, int(WIDEST / max(padding / 2, 1e-9)))
    found = _race(sheet(charts), rough, padding / 2 * rough, 1)
    return 0.0 if found is None else STEP ** found[0]


def pack_snapped(charts: Charts, px: int, padding_px: float) -> tuple[F64, float]:
    """As :func:`pack`, with every chart's box on whole texels of a px x px square.

    A side is rounded to the nearest texel and is at least one; the padding is rounded up to an even number.
    """
    made, half = sheet(charts), float(np.ceil(padding_px / 2))
    found = _race(made, px, half, ROUNDS, snap=True)
    if found is None:
        raise ValueError(f"{len(made.area)} charts with {padding_px:g} px between them do not fit into {px} px")
    level, _, _, placed = found
    return _put(made, px, half, level, placed, snap=True), _scale(made, 1, level)


def sheet(charts: Charts) -> Sheet:
    """Charts as the kernels want them."""
    count = int(charts.chart.max()) + 1
    owner = np.zeros(len(charts.uv), np.int64)
    owner[charts.wedges] = charts.chart[:, None]
    uv = _upright(charts.uv, owner, count)
    area = np.bincount(charts.chart, weights=np.abs(signed(uv, charts.wedges)), minlength=count).astype(np.float64)
    extent = np.zeros((count, 2))
    np.maximum.at(extent, owner, uv)
    by_chart = np.argsort(charts.chart, kind="stable")
    found = edges(charts.wedges)
    rim = found.ends[found.uses == 1]
    rim = rim[np.argsort(owner[rim[:, 0]], kind="stable")]
    return Sheet(
        uv,
        owner,
        np.ascontiguousarray(uv[charts.wedges[by_chart]]),
        _starts(charts.chart, count),
        np.ascontiguousarray(uv[rim]),
        _starts(owner[rim[:, 0]], count),
        extent,
        area,
    )


def _starts(label: I64, count: int) -> I64:
    return np.concatenate(([0], np.cumsum(np.bincount(label, minlength=count))))


def _scale(made: Sheet, grid: int, level: int) -> float:
    """Cells a metre at which the charts' area is STEP ** level of the square."""
    return float(grid * np.sqrt(STEP**level / max(made.area.sum(), 1e-30)))


def _scales(made: Sheet, grid: int, level: int, snap: bool) -> F64:
    """(C, 2) cells a metre, along both sides."""
    scale = np.full(made.extent.shape, _scale(made, grid, level))
    if not snap:
        return scale
    cells = made.extent * scale
    return np.where(cells > 1e-9, np.maximum(np.round(cells), 1.0) / np.maximum(made.extent, 1e-30), scale)


def _drawn(made: Sheet, grid: int, half: float, level: int, snap: bool = False) -> Drawn | None:
    """The charts as runs of cells; None where one is so much larger than the square that it cannot fit."""
    from toolchain.lowpoly.nest import rasters

    scales = _scales(made, grid, level, snap)
    if level < 0 or float((made.extent * scales).max()) > 1.5 * grid:
        return None
    return rasters(made.corners, made.starts, made.rim, made.rim_starts, made.extent, scales, half)


def _attempt(drawn: Drawn | None, order: I64, grid: int, weight: float) -> I64 | None:
    """The places (C, 3) where all fit."""
    from toolchain.lowpoly.nest import place

    if drawn is None:
        return None
    fits, placed = place(*drawn, order, grid, weight)
    return placed if fits else None


def _race(made: Sheet, grid: int, half: float, rounds: int, snap: bool = False) -> tuple[int, I64, float, I64] | None:
    """(level, order, weight, places) of the largest scale found; None where even specks do not fit."""
    if len(made.area) * np.pi * half * half > grid * grid:
        return None  # not even the padding fits
    known: dict[int, Drawn | None] = {}

    def attempt(level: int, order: I64, weight: float) -> I64 | None:
        if level not in known:
            known[level] = _drawn(made, grid, half, level, snap)
        return _attempt(known[level], order, grid, weight)

    w, h = made.extent.T
    keys = (made.area, np.maximum(w, h), w + h, w * h, np.minimum(w, h))
    orders = [np.lexsort((np.arange(len(w)), -np.round(key / max(key.max(), 1e-30), 9))) for key in keys]
    runners = [(order, weight) for weight in WEIGHTS for order in orders]
    level, step = FIRST, 8
    while (placed := attempt(level, *runners[0])) is None:
        if level > SMALLEST:
            return None
        level, step = level + step, min(2 * step, 128)
    best = (level, *runners[0], placed)
    while step > 1:
        step //= 2
        while (placed := attempt(level - step, *runners[0])) is not None:
            level -= step
            best = (level, *runners[0], placed)
    for order, weight in runners[1 : min(rounds, max(3, CHARTS_TRIED // len(w)))]:
        while (placed := attempt(level - 1, order, weight)) is not None:
            level -= 1
            best = (level, order, weight, placed)
    return best


def _put(made: Sheet, grid: int, half: float, level: int, placed: I64, snap: bool = False) -> F64:
    """(W, 2) UVs in 0..1 of the charts at their places."""
    scales = _scales(made, grid, level, snap)
    drawn = np.maximum(np.ceil(made.extent * scales + 2 * half - 1e-9), 1.0) - 2 * half  # what was turned
    w, h, q = *drawn[made.owner].T, placed[made.owner, 2]
    x, y = (made.uv * scales[made.owner]).T
    u = np.select((q == 0, q == 1, q == 2), (x, h - y, w - x), y)
    v = np.select((q == 0, q == 1, q == 2), (y, x, h - y), w - x)
    return np.clip((np.stack((u, v), axis=1) + placed[made.owner, :2] + half) / grid, 0.0, 1.0)


def _upright(uv: F64, owner: I64, count: int) -> F64:
    """Each chart turned to its smallest bounding box, taller than wide, least corner at (0, 0)."""
    from toolchain.lowpoly.nest import boxes

    angles = np.radians(np.arange(0.0, 90.0, TURN))
    size = boxes(uv, owner, count, angles)
    area = size.prod(axis=2)
    best = np.argmax(area <= area.min(axis=1, keepdims=True) * (1 + 1e-9), axis=1)  # of equals the first
    wide, tall = size[np.arange(count), best].T
    angle = (angles[best] + np.where(wide > tall, np.pi / 2, 0.0))[owner]
    c, s = np.cos(angle), np.sin(angle)
    out = np.stack((c * uv[:, 0] - s * uv[:, 1], s * uv[:, 0] + c * uv[:, 1]), axis=1)
    low = np.full((count, 2), np.inf)
    np.minimum.at(low, owner, out)
    return out - low[owner]
