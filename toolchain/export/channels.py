"""Canonical maps to the numbers of an image file: packing, transfer curve, normal sign, quantisation."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine_profiles.packing import Channel
from toolchain.asset import F32

#: 8 x 8 ordered dither (Bayer 1973), -0.5..0.5: the mean of a neighbourhood keeps what 8 bits cannot hold.
_BITS = np.array([[0, 2], [3, 1]])
_BAYER4 = np.block([[4 * _BITS, 4 * _BITS + 2], [4 * _BITS + 3, 4 * _BITS + 1]])
_BAYER8 = np.block([[4 * _BAYER4, 4 * _BAYER4 + 2], [4 * _BAYER4 + 3, 4 * _BAYER4 + 1]])
DITHER = ((_BAYER8 + 0.5) / 64 - 0.5).astype(np.float32)


def srgb(linear: F32) -> F32:
    """The sRGB curve of linear values in 0..1 (IEC 61966-2-1)."""
    low = linear <= np.float32(0.0031308)
    with np.errstate(invalid="ignore"):
        curved = np.float32(1.055) * linear ** np.float32(1 / 2.4) - np.float32(0.055)
        return np.where(low, linear * np.float32(12.92), curved)


def assemble(channels: tuple[Channel, ...], maps: dict[str, Any], size: int, flip_green: bool) -> F32:
    """(S, S, C) float32 in 0..1: the channels of one image. `maps`: arrays, or a number for the whole square.

    Normals are laid from -1..1 into 0..1, their y turned where `flip_green` (DirectX).
    Raises KeyError with the name of a map that is not there.
    """
    out = np.zeros((size, size, len(channels)), np.float32)
    for i, channel in enumerate(channels):
        if not channel.map:
            out[..., i] = channel.constant
            continue
        source = maps[channel.map]
        values = source if np.ndim(source) == 0 or np.ndim(source) == 2 else source[..., channel.component]
        if channel.map == "normal":
            values = (-values if flip_green and channel.component == 1 else values) * np.float32(0.5) + np.float32(0.5)
        out[..., i] = 1 - values if channel.invert else values
    return np.clip(out, 0, 1)


def quantise(image: F32, bits: int, dither: bool) -> NDArray[Any]:
    """uint8 or uint16 of (S, S, C) in 0..1; `dither` spreads the rounding so that slopes show no steps."""
    top = np.float32(2**bits - 1)
    scaled = image * top
    if dither:
        size = image.shape[0]
        tile = np.tile(DITHER, (size // 8 + 1, size // 8 + 1))[:size, :size, None]
        # What eight bits hold stays as it is, and a flat normal is 128, as everyone expects, and not a pattern.
        flat = np.abs(scaled - top / 2) < np.float32(0.25)
        scaled = np.where(flat, scaled, scaled + tile)
    return np.clip(np.rint(scaled), 0, top).astype(np.uint8 if bits == 8 else np.uint16)
