"""Charts in one square: none touches another, the gap is kept in truth, and the square is used."""

from __future__ import annotations

import numpy as np
import pytest

from tests.toolchain.lowpoly.flat import cells, rectangles
from tests.toolchain.lowpoly.solids import sphere
from toolchain.lowpoly.charts import Charts, by_box
from toolchain.lowpoly.gaps import least_gap
from toolchain.lowpoly.nest import draw
from toolchain.lowpoly.pack import fill, pack, pack_snapped
from toolchain.lowpoly.uvcheck import coverage, signed


def mixed(seed: int = 3) -> Charts:
    rng = np.random.default_rng(seed)
    return rectangles([(float(w), float(h)) for w, h in rng.uniform(0.02, 1.0, (60, 2)) ** 2])


def gap(uv: np.ndarray, charts: Charts, reach: float) -> float:
    return least_gap(uv[charts.wedges], charts.wedges, charts.chart, reach)


@pytest.mark.parametrize("padding", [2 / 1024, 8 / 1024, 16 / 512])
def test_the_gap_is_kept_and_at_the_border_half_of_it(padding: float) -> None:
    mesh = sphere(0.5, (0, 0, 0), 24)
    for charts in (mixed(), by_box(mesh.positions, mesh.faces.astype(np.int64))):
        uv, scale = pack(charts, padding)
        assert gap(uv, charts, 2 * padding) >= padding * (1 - 1e-9)
        assert uv.min() >= padding / 2 * (1 - 1e-9) and uv.max() <= 1 - padding / 2 * (1 - 1e-9)
        assert not coverage(uv, charts.wedges, 1024)[1].any()
        assert np.allclose(signed(uv, charts.wedges), signed(charts.uv, charts.wedges) * scale**2)


def test_charts_keep_their_shape_and_are_not_mirrored() -> None:
    charts = cells(np.array([[1, 1, 1, 1], [1, 0, 0, 0], [1, 0, 0, 0]], bool))
    uv, scale = pack(charts, 0.01)
    sides = [np.linalg.norm(np.roll(u[charts.wedges], -1, axis=1) - u[charts.wedges], axis=2) for u in (charts.uv, uv)]
    assert np.allclose(sides[0] * scale, sides[1])
    assert (signed(uv, charts.wedges) > 0).all()


def test_squares_fill_the_square() -> None:
    charts = rectangles([(1.0, 1.0)] * 16)
    uv, scale = pack(charts, 2 / 256)
    assert np.abs(signed(uv, charts.wedges)).sum() > 0.88
    assert np.isclose(np.abs(signed(uv, charts.wedges)).sum(), 16 * scale**2)


def test_small_charts_lie_in_the_hollow_of_a_large_one() -> None:
    """Bounding boxes alone would fill less than half of the square."""
    frame = np.ones((12, 12), bool)
    frame[1:-1, 1:-1] = False
    charts, inner = cells(frame), rectangles([(4.0, 4.0)] * 4)
    both = Charts(
        np.concatenate((charts.wedges, inner.wedges + len(charts.uv))),
        np.concatenate((charts.uv, inner.uv)),
        np.concatenate((charts.chart, inner.chart + 1)),
    )
    uv, _ = pack(both, 0.01)
    assert np.abs(signed(uv, both.wedges)).sum() > 0.6


def test_of_several_orders_the_best_is_kept() -> None:
    charts = mixed()
    full = np.abs(signed(pack(charts, 4 / 1024)[0], charts.wedges)).sum()
    assert full >= 0.8
    assert fill(charts, 4 / 1024) == pytest.approx(full, abs=0.12)


def test_charts_that_cannot_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="do not fit"):
        pack(rectangles([(1.0, 1.0)] * 400), 0.1)
    with pytest.raises(ValueError, match="do not fit"):
        pack_snapped(rectangles([(1.0, 1.0)] * 400), 64, 4.0)


@pytest.mark.parametrize("padding", [1.0, 2.0, 4.0])
def test_snapped_charts_stand_on_whole_texels(padding: float) -> None:
    charts = mixed()
    uv, _ = pack_snapped(charts, 128, padding)
    assert gap(uv, charts, 8 / 128) * 128 >= padding - 1e-6
    for one in range(60):
        box = uv[charts.wedges[charts.chart == one]].reshape(-1, 2) * 128
        ends = np.concatenate((box.min(axis=0), box.max(axis=0)))
        assert np.allclose(ends, np.round(ends), atol=1e-6)
        assert (np.ptp(box, axis=0) > 0.99).all()


def test_packing_twice_gives_the_same() -> None:
    assert np.array_equal(pack(mixed(), 0.004)[0], pack(mixed(), 0.004)[0])


def test_padding_is_drawn_round_and_not_square() -> None:
    """Half the padding round a speck is a disc: the cells at its corners stay free."""
    speck = np.array([[[0, 0], [1e-6, 0], [0, 1e-6]]])
    rim = np.stack((speck, np.roll(speck, -1, axis=1)), axis=2).reshape(-1, 2, 2)
    grid = draw(speck, rim, 1e-6, 1e-6, 8.0)
    assert grid[8, 0] and grid[0, 8] and not grid[0, 0] and not grid[1, 1]
    assert 0.75 < grid.sum() / grid.size < 0.9
