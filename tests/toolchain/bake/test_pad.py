"""Padding: nothing of an empty texel reaches a chart, at any mip."""

from __future__ import annotations

import numpy as np
import pytest

from toolchain.bake.pad import find_gaps, pad


def mips(image: np.ndarray) -> list[np.ndarray]:
    """The box-filtered chain down to 8 texels."""
    chain = [image]
    while chain[-1].shape[0] > 8:
        a = chain[-1]
        chain.append((a[::2, ::2] + a[1::2, ::2] + a[::2, 1::2] + a[1::2, 1::2]) / 4)
    return chain


def test_a_flat_colour_survives_the_mip_chain() -> None:
    rng = np.random.default_rng(0)
    coverage = np.zeros((128, 128), bool)
    for r, c in rng.integers(0, 110, (12, 2)):
        coverage[r : r + 14, c : c + 9] = True
    image = np.where(coverage[..., None], np.float32([0.2, 0.7, 0.4]), 0).astype(np.float32)
    for level in mips(pad(image, find_gaps(coverage))):
        np.testing.assert_allclose(level, np.broadcast_to(np.float32([0.2, 0.7, 0.4]), level.shape), atol=1e-5)


def test_a_mip_texel_is_never_darker_than_the_charts_it_holds() -> None:
    rng = np.random.default_rng(1)
    coverage = rng.random((64, 64)) < 0.02
    coverage[10:30, 12:25] = True
    image = np.where(coverage, rng.uniform(0.5, 1.0, coverage.shape), 0).astype(np.float32)
    for level in mips(pad(image, find_gaps(coverage))):
        assert level.min() >= 0.5 - 1e-6


@pytest.mark.parametrize("size", [16, 37])
def test_covered_texels_stay_and_the_ring_is_the_nearest(size: int) -> None:
    coverage = np.zeros((size, size), bool)
    coverage[5:9, 5:9] = True
    image = np.where(coverage, np.arange(size, dtype=np.float32)[None] + 1, 0).astype(np.float32)
    out = pad(image.copy(), find_gaps(coverage))
    np.testing.assert_array_equal(out[coverage], image[coverage])
    assert (out[5:9, 2:5] == 6).all() and (out[5:9, 9:12] == 9).all() and (out >= 6 - 1e-5).all()


def test_nothing_or_everything_covered_is_left_alone() -> None:
    image = np.ones((8, 8, 3), np.float32)
    assert pad(image, find_gaps(np.ones((8, 8), bool))) is image
    assert pad(image, find_gaps(np.zeros((8, 8), bool))) is image
