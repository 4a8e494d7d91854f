"""PNG writing against Pillow's encoder at the same zlib level, on a picture like a normal map."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from toolchain.export.png import LEVEL, encode


def picture() -> np.ndarray:
    """(512, 512, 3) uint8: waves, a little noise, flat padding."""
    x, y = np.meshgrid(np.linspace(0, 20, 512), np.linspace(0, 20, 512))
    noise = np.random.default_rng(0).normal(0, 1, (512, 512, 3))
    image = 127.5 + 60 * np.stack((np.sin(x), np.cos(y), np.sin(x + y)), -1) + noise
    image[:, 400:] = (128, 128, 255)
    return np.clip(image, 0, 255).astype(np.uint8)


def pillow(image: np.ndarray) -> bytes:
    out = io.BytesIO()
    Image.fromarray(image).save(out, "PNG", compress_level=LEVEL)
    return out.getvalue()


@pytest.mark.benchmark(group="png 512^2 RGB")
def test_ours(benchmark) -> None:  # type: ignore[no-untyped-def]
    data = benchmark(encode, picture())
    assert len(data) < 1.02 * len(pillow(picture()))


@pytest.mark.benchmark(group="png 512^2 RGB")
def test_peer_pillow(benchmark) -> None:  # type: ignore[no-untyped-def]
    assert benchmark(pillow, picture())
