from __future__ import annotations

import numpy as np
import pytest

from toolchain.generate.learned.edges import BINS, CELLS, SIDE, lines, seen_by_turn


def band(degrees: float, cover: bool) -> np.ndarray:
    """A picture with one straight border running at `degrees`, anticlockwise from the right."""
    at = np.arange(SIDE) - SIDE / 2
    x, y = np.meshgrid(at, -at)
    turn = np.radians(degrees)
    beside = np.clip(np.cos(turn) * y - np.sin(turn) * x, -1, 1) / 2 + 0.5
    picture = np.ones((4, SIDE, SIDE), np.float32)
    picture[:3] = beside
    if cover:
        picture[3] = beside
    return picture


@pytest.mark.parametrize("degrees", [0, 20, 45, 90, 110, 160])
@pytest.mark.parametrize("cover", [False, True])
def test_a_border_is_found_in_its_direction(degrees: float, cover: bool) -> None:
    out = lines(band(degrees, cover))
    kind = 0 if cover else 1
    assert out[kind].sum() == pytest.approx(1, abs=1e-4)
    assert not cover or out[1].sum() == 0 or out[0].sum() > 0
    step = 180 / BINS
    away = np.abs((np.arange(BINS) * step - degrees + 90) % 180 - 90)
    assert out[kind].sum((1, 2))[away <= 2 * step].sum() > 0.95


def test_an_empty_picture_has_none() -> None:
    assert not lines(np.zeros((4, SIDE, SIDE), np.float32)).any()


def test_the_mirror_image_has_mirrored_lines() -> None:
    """As the training and the answer take it: bins counted backwards from 0, cells flipped."""
    random = np.random.default_rng(0)
    picture = np.kron(random.random((4, 12, 12)), np.ones((16, 16))).astype(np.float32)
    out = seen_by_turn(lines(picture)).reshape(2, BINS, CELLS, CELLS)
    other = seen_by_turn(lines(np.ascontiguousarray(picture[:, :, ::-1]))).reshape(2, BINS, CELLS, CELLS)
    back = (BINS - np.arange(BINS)) % BINS
    assert other == pytest.approx(out[:, back][..., ::-1], abs=0.02)
