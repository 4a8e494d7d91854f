"""Canonical maps to the numbers of an image file: packing, transfer curve, normal sign, quantisation."""

from __future__ import annotations

import colorsys
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


def assemble(channels: tuple[Channel, ...], maps: dict[str, Any], size: int, flip_green: bool) -> F32:
    """(S, S, C) float32 in 0..1: the channels of one image. `maps`: arrays, or a number or a colour (C,) all over.

    Normals are laid from -1..1 into 0..1, their y turned where `flip_green` (DirectX).
    Raises KeyError with the name of a map that is not there.
    """
    out = np.zeros((size, size, len(channels)), np.float32)
    for i, channel in enumerate(channels):
        if not channel.map:
            out[..., i] = channel.constant
            continue
        source = maps[channel.map]
        values = source[..., channel.component] if np.ndim(source) in (1, 3) else source
        if channel.map == "normal":
            values = (-values if flip_green and channel.component == 1 else values) * np.float32(0.5) + np.float32(0.5)
        out[..., i] = 1 - values if channel.invert else values
    return np.clip(out, 0, 1)


def slot_colour(index: int) -> F32:
    """(3,) the colour of slot `index` in an id map: hues a golden section apart, so that no two are alike soon."""
    rgb = colorsys.hsv_to_rgb((index * 0.618033988749895) % 1, (0.9, 0.55, 0.75)[index % 3], 1.0)
    return np.array(rgb, np.float32)


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
