from __future__ import annotations

import numpy as np

from tests.toolchain.generate.pictures import disc, view
from toolchain.generate.distance import keep_thin, signed_distance


def radii(side: int) -> np.ndarray:
    at = np.arange(side) + 0.5 - side / 2
    return np.hypot(*np.meshgrid(at, at))


def test_a_disc_is_exact_to_a_tenth_of_a_pixel() -> None:
    alpha = view("front", disc(), scale=0.4321).rgba[..., 3].astype(np.float32) / 255
    error = np.abs(signed_distance(alpha) - (0.4321 * 240 - radii(240)))
    assert np.median(error) < 0.03
    assert np.quantile(error, 0.95) < 0.1
    assert error.max() < 0.6


def test_a_hard_mask_too() -> None:
    alpha = (radii(101) <= 40).astype(np.float32)
    assert np.abs(signed_distance(alpha) - (40 - radii(101))).max() < 0.8


def test_masks_without_an_outline() -> None:
    assert (signed_distance(np.ones((9, 9), np.float32)) > 0).all()
    assert (signed_distance(np.zeros((9, 9), np.float32)) < 0).all()


def test_thin_parts_are_kept_and_corners_left_alone() -> None:
    alpha = np.zeros((120, 120), np.float32)
    alpha[60:110, 20:100] = 1
    alpha[10:60, 60] = 1  # an aerial one pixel wide
    before = signed_distance(alpha)
    after = keep_thin(before, 2.0)
    assert after[20:50, 60].min() > 1.0
    assert np.abs(after - before)[70:, :].max() == 0
