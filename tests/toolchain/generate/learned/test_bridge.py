"""Lines of sight that the networks left empty, filled at the depth of their neighbours."""

from __future__ import annotations

import numpy as np
import pytest

from toolchain.generate.learned.answer import CELL
from toolchain.generate.learned.bridge import LEAST, along_z, bridged
from toolchain.generate.mesher import Grid, grid_about

GRID = grid_about(np.array((1.0, 0.5, 0.8)), 60)
STEP = GRID.step
INNER = slice(4, -4)  # without the padding and the rim


def nodes(grid: Grid = GRID) -> list[np.ndarray]:
    return np.meshgrid(*grid.axes, indexing="ij")


def slab(below: np.ndarray, tilt: float = 0.0) -> np.ndarray:
    """Matter 0.1 thick about 0.15 + tilt x where `below` holds; elsewhere none, and a false best far behind."""
    x, _, z = nodes()
    known = 0.05 - np.abs(z - 0.15 - tilt * x)
    return np.where(below, known, -6 * CELL - 0.1 * np.abs(z + 0.3)).astype(np.float32)


def outline(high: float = 0.2) -> np.ndarray:
    x, y, _ = nodes()
    return np.minimum(0.5 - np.abs(x), high - np.abs(y)).astype(np.float32)


def middles(field: np.ndarray) -> np.ndarray:
    """(nx,) mean depth of the matter at each x, halfway up."""
    row = field[:, field.shape[1] // 2] > 0
    return (row * GRID.axes[2]).sum(1) / row.sum(1).clip(1)


@pytest.mark.parametrize("tilt", [0.0, 0.2])
def test_the_depth_goes_on_from_what_is_known(tilt: float) -> None:
    x, *_ = nodes()
    made = np.minimum(bridged(slab(x < 0, tilt), outline(), GRID, along_z(GRID)), outline())
    assert (made > 0).any(2)[(outline() > 0).any(2)].all()  # something on every line of sight
    assert middles(made)[INNER][:25] == pytest.approx(0.15 + tilt * GRID.axes[0][INNER][:25], abs=STEP)
    end = middles(made)[INNER][-1]
    assert end == pytest.approx(0.15, abs=1.5 * STEP)  # as it was where it was last known


def test_a_gap_is_crossed_in_a_straight_line() -> None:
    x, *_ = nodes()
    made = np.minimum(bridged(slab(abs(x) > 0.25, 0.2), outline(), GRID, along_z(GRID)), outline())
    assert middles(made)[INNER] == pytest.approx(0.15 + 0.2 * GRID.axes[0][INNER], abs=1.5 * STEP)


def test_what_is_narrow_is_round_and_what_is_wide_is_flatter() -> None:
    x, *_ = nodes()

    def thickness(high: float) -> float:
        made = np.minimum(bridged(slab(x < -0.3), outline(high), GRID, along_z(GRID)), outline(high))
        return float((made[40, made.shape[1] // 2] > 0).sum() * STEP)

    narrow, wide = thickness(0.05), thickness(0.24)
    assert 0.5 * 2 * 0.05 < narrow < 1.1 * 2 * 0.05
    assert narrow < wide < 0.6 * 2 * 0.24


def test_a_line_as_thin_as_the_grid_is_kept() -> None:
    x, *_ = nodes()
    thin = outline(0.6 * STEP)
    made = np.minimum(bridged(slab(x < -0.3), thin, GRID, along_z(GRID)), thin)
    assert (made > 0).any(2)[(thin > 0).any(2)].mean() > 0.9
    assert LEAST * STEP < 0.05


def test_matter_that_is_there_is_left_alone() -> None:
    x, *_ = nodes()
    everywhere = slab(x < 9)
    assert bridged(everywhere, outline(), GRID, along_z(GRID)) is everywhere
    half = slab(x < 0)
    made = bridged(half, outline(), GRID, along_z(GRID))
    far = x < -4 * STEP
    assert np.array_equal(made[far], half[far])


def test_where_nothing_is_known_the_middle_is_taken() -> None:
    """As the best places are too unlikely to count."""
    nothing = np.full([len(a) for a in GRID.axes], -50 * CELL, np.float32)
    made = np.minimum(bridged(nothing, outline(), GRID, along_z(GRID)), outline())
    assert middles(made)[INNER] == pytest.approx(0, abs=STEP)
