"""The sRGB curve, both ways (IEC 61966-2-1)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from toolchain.asset import F32


def srgb_to_linear(rgb: NDArray[np.uint8]) -> F32:
    """Linear values in 0..1 of sRGB bytes, any shape."""
    x = np.arange(256) / 255.0
    table = np.where(x <= 0.04045, x / 12.92, ((x + 0.055) / 1.055) ** 2.4).astype(np.float32)
    return table[rgb]


def srgb(linear: F32) -> F32:
    """sRGB values in 0..1 of linear ones in 0..1, any shape."""
    low = linear <= np.float32(0.0031308)
    with np.errstate(invalid="ignore"):
        curved = np.float32(1.055) * linear ** np.float32(1 / 2.4) - np.float32(0.055)
        return np.where(low, linear * np.float32(12.92), curved)
