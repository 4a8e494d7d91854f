"""PNG files of ours, read back by two strangers."""

from __future__ import annotations

import io
import zlib

import cv2
import numpy as np
import pytest
from PIL import Image

from toolchain.export.png import encode
from toolchain.export.png_filter import filtered


def picture(shape: tuple[int, ...], dtype: type) -> np.ndarray:
    """A slope with noise and a flat part: every filter wins somewhere."""
    rng = np.random.default_rng(0)
    height, width = shape[:2]
    base = np.linspace(0, 1, width)[None] * np.linspace(0.2, 1, height)[:, None]
    image = np.broadcast_to(base.reshape(height, width, *[1] * (len(shape) - 2)), shape) + rng.normal(0, 0.01, shape)
    image = np.clip(image, 0, 1)
    image[: height // 4] = 0.5
    image[height // 2] = rng.random(shape[1:])
    return (image * np.iinfo(dtype).max).astype(dtype)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("channels", [None, 1, 3, 4])
def test_cv2_and_pillow_read_what_was_written(channels: int | None, dtype: type) -> None:
    image = picture((33, 47) if channels is None else (33, 47, channels), dtype)
    data = encode(image)
    assert data == encode(image)
    turned = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    assert turned.dtype == dtype
    if turned.ndim == 3:
        turned = turned[..., [2, 1, 0, 3][: turned.shape[2]]]
    np.testing.assert_array_equal(turned, image.squeeze())
    if dtype == np.uint8 or channels in (None, 1):  # Pillow holds 16 bits of grey alone
        with Image.open(io.BytesIO(data)) as seen:
            np.testing.assert_array_equal(np.asarray(seen), image.squeeze())


def test_srgb_is_said_and_linear_is_not() -> None:
    image = picture((8, 8, 3), np.uint8)
    with Image.open(io.BytesIO(encode(image, srgb=True))) as seen:
        assert seen.info["srgb"] == 0 and seen.info["gamma"] == pytest.approx(1 / 2.2, abs=1e-4)
    with Image.open(io.BytesIO(encode(image))) as seen:
        assert "srgb" not in seen.info and "gamma" not in seen.info


def plain(rows: np.ndarray, step: int) -> np.ndarray:
    """The filters as the specification writes them (sections 9.2 and 9.4), byte by byte."""
    out = np.zeros((rows.shape[0], rows.shape[1] + 1), np.uint8)
    for r, row in enumerate(rows.astype(int)):
        tries = []
        for kind in range(5):
            guess = []
            for k in range(len(row)):
                a = row[k - step] if k >= step else 0
                b = int(rows[r - 1, k]) if r else 0
                c = int(rows[r - 1, k - step]) if r and k >= step else 0
                nearest = min((abs(a + b - c - v), i) for i, v in enumerate((a, b, c)))[1]
                guess.append((0, a, b, (a + b) // 2, (a, b, c)[nearest])[kind])
            tries.append((row - guess) % 256)
        costs = [np.minimum(t, 256 - t).sum() for t in tries]
        out[r, 0] = int(np.argmin(costs))
        out[r, 1:] = tries[out[r, 0]]
    return out


def test_each_row_takes_a_filter_that_costs_least() -> None:
    image = picture((64, 64, 3), np.uint8)
    rows = image.reshape(64, -1)
    out = filtered(rows, 3)
    assert len(set(out[:, 0])) >= 3
    np.testing.assert_array_equal(out, plain(rows, 3))
    cost = np.abs(out[:, 1:].astype(np.int8).astype(int)).sum()
    assert cost < np.abs(rows.astype(np.int8).astype(int)).sum() / 2


def test_one_pixel_and_flat_images() -> None:
    for image in (np.zeros((1, 1), np.uint8), np.full((512, 512, 3), 7, np.uint8)):
        data = encode(image)
        np.testing.assert_array_equal(np.asarray(Image.open(io.BytesIO(data))), image)
    assert len(data) < 2000


@pytest.mark.parametrize(
    "image",
    [np.zeros((4, 4, 5), np.uint8), np.zeros((4, 4), np.float32), np.zeros((0, 4), np.uint8), np.zeros(4, np.uint8)],
)
def test_what_a_png_cannot_hold_is_refused(image: np.ndarray) -> None:
    with pytest.raises(ValueError, match="a PNG holds"):
        encode(image)


def test_no_larger_than_plain_deflate() -> None:
    image = picture((128, 128, 3), np.uint8)
    assert len(encode(image)) < 0.9 * len(zlib.compress(image.tobytes(), 9))
