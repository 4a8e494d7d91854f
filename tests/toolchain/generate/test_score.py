from __future__ import annotations

import numpy as np
import pytest

from toolchain.generate.score import centred, sample, score, solid

CORNERS = np.array([[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)], float)
CUBE = np.array(
    [
        [0, 1, 3],
        [0, 3, 2],
        [4, 7, 5],
        [4, 6, 7],
        [0, 5, 1],
        [0, 4, 5],
        [2, 3, 7],
        [2, 7, 6],
        [0, 2, 6],
        [0, 6, 4],
        [1, 5, 7],
        [1, 7, 3],
    ]
)


def test_the_same_shape_anywhere_at_any_size_is_perfect() -> None:
    perfect = {"iou": 1.0, "f2": 1.0, "f5": 1.0, "f10": 1.0, "chamfer": 0.0}
    assert score(CORNERS * 7 + 3, CUBE, CORNERS, CUBE) == pytest.approx(perfect, abs=1e-9)


def test_half_as_deep_is_half() -> None:
    flat = CORNERS * (1, 1, 0.5)
    got = score(flat, CUBE, CORNERS, CUBE)
    assert got["iou"] == pytest.approx(0.5, abs=0.03)
    assert got["f2"] < got["f5"] < 0.6
    assert got["chamfer"] == pytest.approx(0.2, abs=0.1)


def test_lying_down_is_not_aligned_away() -> None:
    tall = CORNERS * (0.2, 1, 0.2)
    assert score(tall[:, [1, 0, 2]], CUBE[:, ::-1], tall, CUBE)["iou"] < 0.2


def test_insides_are_filled_and_open_shells_are_not() -> None:
    assert solid(centred(CORNERS), CUBE).mean() == 1.0
    assert solid(centred(CORNERS), CUBE[2:]).mean() < 0.1


def test_samples_are_even_and_the_same_each_time() -> None:
    points = sample(CORNERS, CUBE)
    assert (points == sample(CORNERS, CUBE)).all()
    assert (points[:, 0] < 1e-9).mean() == pytest.approx(1 / 6, abs=0.01)
