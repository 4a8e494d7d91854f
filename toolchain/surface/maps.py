"""Reading textures at UVs: bilinear, repeating, in linear light."""

from __future__ import annotations

import numba
import numpy as np

from toolchain.asset import F32, U8
from toolchain.bake.threads import in_chunks
from toolchain.srgb import srgb_to_linear

_STRIP = 1 << 24  # texels turned to floats at a time


def linear(image: U8, srgb: bool, shrink: int = 1) -> F32:
    """(H / shrink, W / shrink, C) float32 of an image's bytes, averaged over squares of `shrink` in linear light.

    What `shrink` does not divide is averaged unevenly, as area interpolation does. (H, W) becomes (H, W, 1).
    """
    import cv2

    image = image if image.ndim == 3 else image[..., None]
    high, wide, channels = image.shape
    shrink = max(1, min(shrink, high, wide))
    size = (max(1, wide // shrink), max(1, high // shrink))
    rows = max(1, _STRIP // max(wide * shrink, 1)) * shrink
    if high % shrink:
        rows = high  # strips would not end where squares do
    out = np.zeros((size[1], size[0], channels), np.float32)
    for top in range(0, high, rows):
        part = image[top : top + rows]
        values = srgb_to_linear(part) if srgb else part.astype(np.float32) / np.float32(255)
        if shrink > 1:
            count = size[1] if rows == high else len(part) // shrink
            values = np.asarray(cv2.resize(values, (size[0], count), interpolation=cv2.INTER_AREA), np.float32)
        at = top // shrink
        out[at : at + len(values)] = values.reshape(len(values), size[0], channels)
    return out


def sample(image: U8, uv: F32, srgb: bool = False, shrink: int = 1) -> F32:
    """(N, C) values of a uint8 image at `uv` (N, 2), v upwards, repeating."""
    return sample_linear(linear(image, srgb, shrink), uv)


def sample_linear(image: F32, uv: F32) -> F32:
    """(N, C) of an (H, W, C) float32 image at `uv` (N, 2): bilinear between texel centres, repeating."""
    out = np.zeros((len(uv), image.shape[2]), np.float32)

    def work(part: slice) -> None:
        _bilinear(image, uv[part], out[part])

    in_chunks(work, len(uv))
    return out


@numba.njit(cache=True, nogil=True)
def _bilinear(image, uv, out):
    high, wide, channels = image.shape
    for i in range(len(uv)):
        u, v = float(uv[i, 0]), float(uv[i, 1])
        if not (abs(u) < 1e9 and abs(v) < 1e9):
            u, v = 0.0, 0.0
        x, y = (u - np.floor(u)) * wide - 0.5, (1.0 - (v - np.floor(v))) * high - 0.5
        x0, y0 = int(np.floor(x)), int(np.floor(y))
        fx, fy = x - x0, y - y0
        x1, y1 = (x0 + 1) % wide, (y0 + 1) % high
        x0, y0 = x0 % wide, y0 % high
        for k in range(channels):
            top = image[y0, x0, k] * (1 - fx) + image[y0, x1, k] * fx
            low = image[y1, x0, k] * (1 - fx) + image[y1, x1, k] * fx
            out[i, k] = top * (1 - fy) + low * fy
