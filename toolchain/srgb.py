"""sRGB (IEC 61966-2-1): its curve, both ways, and what its linear values are to the eye."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from toolchain.asset import F32

LUMINANCE = np.array((0.2126, 0.7152, 0.0722), np.float32)  # of linear red, green and blue (Rec. 709)
#: Its primaries in XYZ, under D65; the rows' sums are the white.
_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)


def srgb_to_linear(rgb: NDArray[np.uint8]) -> F32:
    """Linear values in 0..1 of sRGB bytes, any shape."""
    x = np.arange(256) / 255.0
    table = np.where(x <= 0.04045, x / 12.92, ((x + 0.055) / 1.055) ** 2.4).astype(np.float32)
    return table[rgb]


def srgb(linear: F32) -> F32:
    """sRGB values in 0..1 of linear ones in 0..1, any shape."""
    curved = np.zeros_like(linear)
    with np.errstate(invalid="ignore"):
        np.power(linear, np.float32(1 / 2.4), out=curved)
        curved *= np.float32(1.055)
        curved -= np.float32(0.055)
        return np.multiply(linear, np.float32(12.92), out=curved, where=linear <= np.float32(0.0031308))


def lab(linear: NDArray[np.floating]) -> NDArray[np.float64]:
    """(N, 3) CIE 1976 Lab (CIE 15), under D65, of (N, 3) linear colours."""
    ratio = np.clip(linear.astype(np.float64), 0.0, None) @ (_XYZ / _XYZ.sum(axis=1, keepdims=True)).T
    bent = np.where(ratio > 216 / 24389, np.cbrt(ratio), (24389 / 27 * ratio + 16) / 116)
    return np.stack((116 * bent[:, 1] - 16, 500 * (bent[:, 0] - bent[:, 1]), 200 * (bent[:, 1] - bent[:, 2])), axis=1)
