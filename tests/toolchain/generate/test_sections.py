from __future__ import annotations

import numpy as np
import pytest

from toolchain.generate.sections import rounded, runs


def test_runs_have_subnode_ends() -> None:
    x = np.arange(-20, 21, dtype=np.float32)[:, None]
    one = np.maximum(3.25 - np.abs(x - 8), 4.5 - np.abs(x + 9)) * 0.1  # runs about 8 and -9
    offset, half = runs(np.repeat(one, 3, 1).astype(np.float32), 0.1)
    assert half[28, 1] == pytest.approx(0.325, abs=1e-5)
    assert half[5, 1] == pytest.approx(0.45, abs=1e-5)
    assert offset[30, 2] == pytest.approx(0.2, abs=1e-5)
    assert offset[0, 0] == pytest.approx(-1.1, abs=1e-5)


def test_a_line_without_a_run_has_no_half() -> None:
    assert runs(np.full((5, 2), -1, np.float32), 1.0)[1].max() == 0


@pytest.mark.parametrize(("power", "area"), [(2.0, np.pi / 4), (4.0, 0.9270)])
def test_sections_are_superellipses(power: float, area: float) -> None:
    step = 0.01
    x = np.arange(-60, 61, dtype=np.float32)[:, None] * step
    field = rounded(0.5 - np.abs(x), 0.25 - np.abs(x), step, power)
    assert (field[..., 0] > 0).sum() * step**2 == pytest.approx(area * 1.0 * 0.5, rel=0.02)
