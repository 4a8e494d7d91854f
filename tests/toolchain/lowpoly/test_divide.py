"""Charts that pack badly are cut where that pays, and good ones are left alone."""

from __future__ import annotations

import numpy as np

from tests.toolchain.lowpoly.flat import cells, rectangles
from toolchain.lowpoly.charts import Charts
from toolchain.lowpoly.divide import LEAST, divide
from toolchain.lowpoly.pack import pack
from toolchain.lowpoly.uvcheck import signed

PADDING = 4 / 1024


def filled(charts: Charts) -> float:
    return float(np.abs(signed(pack(charts, PADDING)[0], charts.wedges)).sum())


def test_a_hollow_chart_is_cut_and_fills_more() -> None:
    cross = np.zeros((30, 30), bool)
    cross[13:17] = cross[:, 13:17] = True
    whole = cells(cross)
    made = divide(whole, PADDING, 0.0)
    assert 2 <= made.chart.max() + 1 <= 6
    assert filled(made) > 1.5 * filled(whole)


def test_a_chart_longer_than_the_square_is_cut() -> None:
    strip = cells(np.ones((2, 60), bool))
    made = divide(strip, PADDING, 0.0)
    assert made.chart.max() >= 3
    assert filled(made) > 5 * filled(strip)


def test_what_packs_well_stays_whole() -> None:
    good = rectangles([(1.0, 1.0)] * 9)
    assert np.array_equal(divide(good, PADDING, 0.0).chart, good.chart)


def test_cutting_moves_no_uv_and_leaves_no_crumbs() -> None:
    rng = np.random.default_rng(1)
    blot = rng.random((24, 24)) < 0.5
    blot[:, 10:14] = True
    label = cells(blot)
    made = divide(label, PADDING, 0.0)
    assert np.array_equal(made.uv[made.wedges], label.uv[label.wedges])
    area = np.bincount(made.chart, weights=np.abs(signed(made.uv, made.wedges)))
    assert area.min() > LEAST / 4 * area.sum()
    for one in range(int(made.chart.max()) + 1):  # no wedge belongs to two charts
        assert not np.isin(made.wedges[made.chart == one], made.wedges[made.chart != one]).any()


def test_a_chart_without_area_is_left() -> None:
    nothing = rectangles([(0.0, 0.0)])
    assert divide(nothing, PADDING, 0.0) is nothing
