"""Charts of a surface, laid flat: what :mod:`atlas` cut, made sound, and box projection of our own.

Charts are given as wedges: corners that share a wedge share a UV. UVs here are in metres, each chart in
a place of its own choosing and none mirrored; :mod:`pack` finds the places.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from toolchain.lowpoly.topology import areas, cross, face_pairs, labels_of
from toolchain.lowpoly.uvcheck import overlapping, signed

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
FLAT = 0.03  # of its own area: a triangle that has less in its chart is smeared, with a sixth of the texels it is due
SPECK = 1e-5  # of the whole area: smaller triangles may be smeared


@dataclass(frozen=True, eq=False)
class Charts:
    """Flat charts of F faces."""

    wedges: I64  # (F, 3) rows of uv
    uv: F64  # (W, 2) metres
    chart: I64  # (F,) numbered from 0


def finish(
    positions: NDArray[np.floating],
    faces: NDArray[np.integer],
    wedges: I64,
    uv: F64,
) -> tuple[Charts, NDArray[np.bool_]]:
    """Charts from wedges, unmirrored and scaled to their area, and the faces (F,) whose chart is no good.

    A chart is no good when a UV is not finite, when a triangle is turned over or flat while it has area, or
    when the chart covers itself.
    """
    chart = labels_of(_wedge_pairs(wedges), len(wedges))
    uv = uv.copy()
    finite: NDArray[np.bool_] = np.asarray(np.isfinite(uv).all(axis=1))
    uv[~finite] = 0.0
    flat, real = signed(uv, wedges), areas(positions, faces)
    turn = np.bincount(chart, weights=flat) < 0
    owner = np.zeros(len(uv), np.int64)
    owner[wedges] = chart[:, None]
    uv[turn[owner], 0] *= -1
    flat = np.where(turn[chart], -flat, flat)
    total, wanted = np.bincount(chart, weights=np.abs(flat)), np.bincount(chart, weights=real)
    uv *= np.sqrt(wanted / np.maximum(total, 1e-30))[owner][:, None]
    flat *= (wanted / np.maximum(total, 1e-30))[chart]
    covered = overlapping(uv, wedges, chart)
    thin = np.where(real > SPECK * real.sum(), FLAT, 1e-3)
    bad = np.logical_or(covered, np.logical_or(flat < thin * real, ~finite[wedges].all(axis=1)))
    worst = np.bincount(chart, weights=bad)
    return Charts(wedges, uv, chart), worst[chart] > 0


def by_box(positions: NDArray[np.floating], faces: NDArray[np.integer]) -> Charts:
    """Charts by projection along the six axes, halved until none covers itself."""
    normal = cross(positions, faces)
    axis = np.argmax(np.abs(normal), axis=1)
    way = 2 * axis + (normal[np.arange(len(faces)), axis] < 0)
    chart = _connected(faces, way)
    corner_uv = _project(positions.astype(np.float64)[faces], way)
    middle = positions.astype(np.float64)[faces].mean(axis=1)
    while True:
        wedges, uv = _weld(faces, chart, corner_uv)
        bad = overlapping(uv, wedges, chart)
        worst = np.flatnonzero(np.bincount(chart, weights=bad) > 0)
        worst = worst[np.bincount(chart)[worst] > 1]
        if not len(worst):
            return Charts(wedges, uv, chart)
        side = np.zeros(len(faces), np.int64)
        for one in worst:
            mine = chart == one
            spread = middle[mine]
            along = spread[:, int(np.argmax(np.ptp(spread, axis=0)))]
            order = np.argsort(along, kind="stable")
            upper = np.zeros(len(along), np.int64)
            upper[order[len(order) // 2 :]] = 1
            side[mine] = upper
        chart = _connected(faces, 2 * chart + side)


def recut(
    positions: NDArray[np.floating], faces: NDArray[np.integer], charts: Charts, bad: NDArray[np.bool_]
) -> Charts:
    """`charts` with those of the faces `bad` (F,) (whole charts) cut anew by box projection."""
    if not bad.any():
        return charts
    if bad.all():
        return by_box(positions, faces)
    good, again = np.flatnonzero(~bad), np.flatnonzero(bad)
    return join(drop_charts(charts, good), good, by_box(positions, faces[again]), again)


def drop_charts(charts: Charts, kept: I64) -> Charts:
    """The charts of the faces `kept` alone."""
    used, index = np.unique(charts.wedges[kept], return_inverse=True)
    number = np.unique(charts.chart[kept], return_inverse=True)[1].reshape(-1)
    return Charts(index.reshape(-1, 3), charts.uv[used], number)


def join(a: Charts, of_a: I64, b: Charts, of_b: I64) -> Charts:
    """One set of charts from two over disjoint faces `of_a` and `of_b` of the whole."""
    count = len(of_a) + len(of_b)
    wedges, chart = np.zeros((count, 3), np.int64), np.zeros(count, np.int64)
    wedges[of_a], wedges[of_b] = a.wedges, b.wedges + len(a.uv)
    chart[of_a], chart[of_b] = a.chart, b.chart + int(a.chart.max()) + 1
    return Charts(wedges, np.concatenate((a.uv, b.uv)), np.unique(chart, return_inverse=True)[1].reshape(-1))


def _wedge_pairs(wedges: I64) -> I64:
    """(P, 2) faces that share a wedge."""
    order = np.argsort(wedges.reshape(-1), kind="stable")
    same = np.diff(wedges.reshape(-1)[order]) == 0
    return np.stack((order[:-1][same], order[1:][same]), axis=1) // 3


def _connected(faces: NDArray[np.integer], key: I64) -> I64:
    """(F,) components of neighbouring faces that agree in `key`."""
    pairs = face_pairs(faces)
    return labels_of(pairs[key[pairs[:, 0]] == key[pairs[:, 1]]], len(faces))


def _project(corners: F64, way: I64) -> F64:
    """(F, 3, 2) corners seen along axis way // 2 from its plus side, or from its minus side where way is odd."""
    right = np.array([2, 2, 0, 0, 0, 0])[way]
    up = np.array([1, 1, 2, 2, 1, 1])[way]
    flip = np.array([-1, 1, 1, -1, 1, -1])[way]
    # +X: -z, y; -X: z, y; +Y: x, -z (turned by the flip below); -Y: x, z; +Z: x, y; -Z: -x, y
    u = np.take_along_axis(corners, right[:, None, None], axis=2)[..., 0]
    v = np.take_along_axis(corners, up[:, None, None], axis=2)[..., 0]
    tops = way // 2 == 1
    u = np.where(tops[:, None], u, u * flip[:, None])
    v = np.where(tops[:, None], v * -flip[:, None], v)
    return np.stack((u, v), axis=2)


def _weld(faces: NDArray[np.integer], chart: I64, corner_uv: F64) -> tuple[I64, F64]:
    """(wedges, uv): one wedge for each vertex of each chart."""
    key = chart[:, None] * (int(faces.max()) + 1) + faces
    _, first, index = np.unique(key, return_index=True, return_inverse=True)
    return index.reshape(-1, 3), corner_uv.reshape(-1, 2)[first]
