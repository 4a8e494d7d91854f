"""Uneven paint is evened, two paints of one hue stay two, and texture stays."""

from __future__ import annotations

import numpy as np

from toolchain.surface.paints import TEXTURE, level

ALL = np.ones((60, 80), np.bool_)


def painted(brightness: np.ndarray) -> np.ndarray:
    return (brightness[..., None] * np.array((0.9, 1.0, 0.8))).astype(np.float32)


def test_a_patch_of_shadow_is_drawn_to_its_paint() -> None:
    brightness = np.full(ALL.shape, 0.4)
    brightness[10:20, 10:20] = 0.25
    found = level(painted(brightness), ALL, ALL)
    assert np.abs(found[30:]).max() < 0.02
    np.testing.assert_allclose(found[10:20, 10:20], np.log(0.4 / 0.25) - TEXTURE, atol=0.08)


def test_black_and_white_stay_two_paints() -> None:
    brightness = np.where(np.arange(80) < 40, 0.03, 0.7) * np.ones((60, 1))
    assert np.abs(level(painted(brightness), ALL, ALL)).max() < 0.05


def test_fine_texture_stays() -> None:
    noise = np.random.default_rng(0).uniform(-TEXTURE, TEXTURE, ALL.shape) * 0.9
    assert np.abs(level(painted(0.3 * np.exp(noise)), ALL, ALL)).max() < 0.05


def test_only_what_is_wanted_and_nothing_from_nothing() -> None:
    brightness = np.where(np.arange(80) < 70, 0.4, 0.25) * np.ones((60, 1))
    wanted = ALL.copy()
    wanted[:, 75:] = False
    found = level(painted(brightness), ALL, wanted)
    assert not found[:, 75:].any() and found[:, 70:75].min() > 0.1
    assert not level(painted(brightness), ~ALL, ALL).any()
    assert np.isfinite(level(np.zeros((60, 80, 3), np.float32), ALL, ALL)).all()
