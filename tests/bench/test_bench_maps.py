"""A million texels read bilinearly from a 2048 square that repeats; OpenCV's remap as a peer."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from toolchain.surface.maps import sample_linear

SIDE = 2048


@pytest.fixture(scope="module")
def asked() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    u, v = np.meshgrid(np.linspace(0.1, 0.6, 1000), np.linspace(0.2, 0.9, 1000))
    return rng.random((SIDE, SIDE, 3), np.float32), np.stack((u, v), -1).reshape(-1, 2).astype(np.float32)


@pytest.mark.benchmark(group="bilinear")
def test_ours(benchmark: Any, asked: tuple[np.ndarray, np.ndarray]) -> None:
    sample_linear(asked[0], asked[1][:10])
    ours = benchmark(sample_linear, *asked)
    assert np.abs(ours - remapped(*asked)).max() < 0.04  # OpenCV weighs in steps of 1 / 32


@pytest.mark.benchmark(group="bilinear")
def test_opencv(benchmark: Any, asked: tuple[np.ndarray, np.ndarray]) -> None:
    assert benchmark(remapped, *asked).shape == (1_000_000, 3)


def remapped(image: np.ndarray, uv: np.ndarray) -> np.ndarray:
    import cv2

    x, y = uv[:, 0] * SIDE - 0.5, (1 - uv[:, 1]) * SIDE - 0.5
    square = (1000, 1000)
    return cv2.remap(image, x.reshape(square), y.reshape(square), cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP).reshape(
        -1, 3
    )
