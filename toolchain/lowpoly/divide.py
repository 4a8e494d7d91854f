"""Cut flat charts that pack badly: long ones, hollow ones, and those too large to leave room beside them.

A chart is cut along straight lines, drawn along the edges of its triangles, wherever the texture space won is
worth more than the seam. The space that a chart asks for is estimated from its smallest bounding box.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from toolchain.lowpoly.charts import Charts
from toolchain.lowpoly.topology import edges, labels_of
from toolchain.lowpoly.uvcheck import signed

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
FILL = 0.75  # of the square that charts are hoped to fill
LOST = 0.5  # of a bounding box's empty part is lost; the rest is filled by smaller charts
LONGEST = 0.9  # of the square's side: what is longer hardly finds a place
SEAM = 2.0  # a seam costs this many times what the padding on one side of it does
LEAST = 0.004  # of the whole area: no cut leaves a smaller piece
DIRECTIONS = 8  # over a quarter turn
OFFSETS = 12
SMOOTHING = 8


def divide(charts: Charts, padding: float, crowd: float) -> Charts:
    """`charts` with bad ones cut; their UVs stay.

    `padding` is the gap between charts as a share of the square's side. A box of share b of the square costs
    crowd * b * b more than its area: the higher, the sooner are large charts cut, which leave gaps beside them.
    """
    area = np.abs(signed(charts.uv, charts.wedges))
    total = float(area.sum())
    if total <= 0:
        return charts
    side = float(np.sqrt(total / FILL))
    gap = padding * side
    corners = charts.uv[charts.wedges]
    pairs = edges(charts.wedges).pairs()
    across = np.full(corners.shape[0] * 3, -1, np.int64)
    across[pairs[:, 0]], across[pairs[:, 1]] = pairs[:, 1] // 3, pairs[:, 0] // 3
    across = across.reshape(-1, 3)
    length = np.linalg.norm(np.roll(corners, -1, axis=1) - corners, axis=2)
    angle = np.arange(DIRECTIONS) * (np.pi / 2 / DIRECTIONS)
    axes = np.stack((np.cos(angle), np.sin(angle), -np.sin(angle), np.cos(angle)), axis=1).reshape(-1, 2, 2)
    along = np.einsum("fcx,dkx->fcdk", corners, axes)
    low, high, middle = along.min(axis=1), along.max(axis=1), along.mean(axis=1)
    label = charts.chart.copy()
    waiting = _groups(label, np.arange(len(label)))
    count, least = len(waiting), LEAST * total
    upper = np.zeros(len(label), np.bool_)
    while waiting:
        mine = waiting.pop()
        if len(mine) < 2 or area[mine].sum() < 2 * least:
            continue
        direction, axis, offset = _best_cut(mine, across, length, low, high, middle, area, gap, side, crowd, least)
        if direction < 0:
            continue
        upper[mine] = middle[mine, direction, axis] >= offset
        _smooth(mine, upper, across, length, SMOOTHING)
        pieces = _pieces(mine, upper, across, area, least / 2)
        if len(pieces) < 2 or min(area[p].sum() for p in pieces) < least / 3:
            continue
        for number, piece in enumerate(pieces):
            label[piece] = label[piece] if number == 0 else count + number - 1
        count += len(pieces) - 1
        _part(mine, across, label)
        waiting.extend(pieces)
    key = label[:, None] * len(charts.uv) + charts.wedges
    _, first, index = np.unique(key, return_index=True, return_inverse=True)
    names = np.unique(label, return_inverse=True)[1].reshape(-1)
    return Charts(index.reshape(-1, 3), charts.uv[charts.wedges.reshape(-1)[first]], names)


def _groups(label: I64, members: I64) -> list[I64]:
    """`members` by their label."""
    order = np.argsort(label, kind="stable")
    return np.split(members[order], np.cumsum(np.bincount(label))[:-1])


def _pieces(mine: I64, upper: NDArray[np.bool_], across: I64, area: F64, least: float) -> list[I64]:
    """Connected parts of the two sides of a chart; parts under `least` change sides first."""
    inside = np.full(len(across), -1, np.int64)
    inside[mine] = np.arange(len(mine))
    a, b = np.repeat(np.arange(len(mine)), 3), across[mine].reshape(-1)
    a, b = a[b >= 0], inside[b[b >= 0]]
    for _ in range(3):
        side = upper[mine]
        same = side[a] == side[b]
        label = labels_of(np.stack((a[same], b[same]), axis=1), len(mine))
        small = np.bincount(label, weights=area[mine]) < least
        if not small.any():
            break
        upper[mine] ^= small[label]
    return _groups(label, mine)


@njit(cache=True)
def _cost(low: F64, high: F64, gap: float, side: float, crowd: float) -> float:
    """Texture space a chart asks for, from its extents low and high (D, 2) along D pairs of axes."""
    best = np.inf
    for d in range(len(low)):
        w, h = high[d, 0] - low[d, 0] + gap, high[d, 1] - low[d, 1] + gap
        share = w * h / (side * side)
        over = max(0.0, max(w, h) / side - LONGEST)
        best = min(best, (LOST * share + crowd * share * share + 2.0 * over) * side * side)
    return best


@njit(cache=True)
def _best_cut(
    mine: I64,
    across: I64,
    length: F64,
    low: F64,
    high: F64,
    middle: F64,
    area: F64,
    gap: float,
    side: float,
    crowd: float,
    least: float,
) -> tuple[int, int, float]:
    """(direction, axis, offset) of the line that saves most; direction -1 where none saves anything."""
    count = low.shape[1]
    bottom, top = np.full((count, 2), np.inf), np.full((count, 2), -np.inf)
    total = 0.0
    for f in mine:
        total += area[f]
        _widen(bottom, top, low[f], high[f])
    whole = _cost(bottom, top, gap, side, crowd)
    best, found = 0.0, (-1, 0, 0.0)
    if whole - LOST * total < 1e-4 * side * side:
        return found
    seam = gap * (1 - LOST) + SEAM * gap / 2
    lows, highs = np.zeros((OFFSETS, count, 2)), np.zeros((OFFSETS, count, 2))
    under, over = np.zeros((count, 2)), np.zeros((count, 2))
    slab = np.zeros(len(low), np.int64)
    for d in range(count):
        for k in range(2):
            lows[:], highs[:] = np.inf, -np.inf
            held, cut = np.zeros(OFFSETS), np.zeros(OFFSETS + 1)
            width = (top[d, k] - bottom[d, k]) / OFFSETS
            for f in mine:
                s = min(OFFSETS - 1, int((middle[f, d, k] - bottom[d, k]) / max(width, 1e-30)))
                slab[f] = s
                held[s] += area[f]
                _widen(lows[s], highs[s], low[f], high[f])
            for f in mine:
                for e in range(3):
                    other = across[f, e]
                    if other >= 0 and slab[other] < slab[f]:
                        cut[slab[other] + 1] += length[f, e]
                        cut[slab[f] + 1] -= length[f, e]
            under[:], over[:] = np.inf, -np.inf
            above_low, above_high = lows.copy(), highs.copy()
            for s in range(OFFSETS - 2, -1, -1):  # from here on: slab s and all above it
                held[s] += held[s + 1]
                _widen(above_low[s], above_high[s], above_low[s + 1], above_high[s + 1])
            seams = 0.0
            for s in range(1, OFFSETS):
                seams += cut[s]
                _widen(under, over, lows[s - 1], highs[s - 1])
                if min(held[s], total - held[s]) < least:
                    continue
                parts = _cost(above_low[s], above_high[s], gap, side, crowd) + _cost(under, over, gap, side, crowd)
                gain = whole - parts - seams * seam
                if gain > best:
                    best, found = gain, (d, k, bottom[d, k] + width * s)
    return found


@njit(cache=True)
def _widen(low: F64, high: F64, more_low: F64, more_high: F64) -> None:
    """Let extents (D, 2) hold others too, in place."""
    for d in range(len(low)):
        for k in range(2):
            low[d, k], high[d, k] = min(low[d, k], more_low[d, k]), max(high[d, k], more_high[d, k])


@njit(cache=True)
def _smooth(mine: I64, upper: NDArray[np.bool_], across: I64, length: F64, rounds: int) -> None:
    """Let triangles change sides, in place, while that shortens the cut."""
    for _ in range(rounds):
        moved = False
        for f in mine:
            gain = 0.0
            for e in range(3):
                other = across[f, e]
                if other >= 0:
                    gain += length[f, e] if upper[other] != upper[f] else -length[f, e]
            if gain > 0.0:
                upper[f] = not upper[f]
                moved = True
        if not moved:
            return


@njit(cache=True)
def _part(mine: I64, across: I64, label: I64) -> None:
    """Forget neighbours that are now in another chart, in place."""
    for f in mine:
        for e in range(3):
            if across[f, e] >= 0 and label[across[f, e]] != label[f]:
                across[f, e] = -1
