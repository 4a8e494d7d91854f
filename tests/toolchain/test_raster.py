from __future__ import annotations

import numpy as np

from toolchain.raster import NOTHING, hidden, nearest

FACES = np.array([[0, 1, 2], [0, 2, 3]], np.int32)


def square(low: float, high: float) -> np.ndarray:
    return np.array([[low, low], [high, low], [high, high], [low, high]], float)


def test_centres_inside_are_covered_once_or_more() -> None:
    out = nearest(square(2.0, 7.0), np.full(4, 0.5), FACES, 10, 10)
    assert (out > NOTHING).sum() == 25
    assert (out[2:7, 2:7] == 0.5).all()


def test_the_nearer_wins_and_what_is_outside_is_dropped() -> None:
    pixels = np.concatenate([square(-5.0, 30.0), square(3.0, 6.0)])
    out = nearest(pixels, np.repeat([0.0, 1.0], 4), np.concatenate([FACES, FACES + 4]), 10, 10)
    assert (out[3:6, 3:6] == 1).all()
    assert (out == 0).sum() == 100 - 9


def test_depth_is_interpolated_and_winding_does_not_matter() -> None:
    for faces in (FACES, FACES[:, ::-1].copy()):
        out = nearest(square(0.0, 10.0), np.array([0.0, 10.0, 10.0, 0.0]), faces, 10, 10)
        assert np.allclose(out, np.arange(10) + 0.5)


def test_hidden_keeps_a_pixel_clear_of_an_edge() -> None:
    buffer = np.zeros((10, 10), np.float32)
    buffer[:, 5:] = 1
    points = np.array([[2.5, 5.5], [4.5, 5.5], [7.5, 5.5]])
    got = hidden(buffer, points, np.zeros(3), np.full(3, 0.1))
    assert got.tolist() == [False, True, True]
