"""Canonical maps to the numbers of an image file: packing, transfer curve, normal sign, quantisation."""

from __future__ import annotations

import colorsys
from typing import Any

import numba
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
        source: Any = maps[channel.map] if channel.map else channel.constant
        values = source[..., channel.component] if np.ndim(source) in (1, 3) else source
        scale, offset = (0.5, 0.5) if channel.map == "normal" else (1.0, 0.0)
        if channel.map == "normal" and channel.component == 1 and flip_green:
            scale = -scale
        if channel.invert:
            scale, offset = -scale, 1 - offset
        if np.ndim(values):
            _lay(out[..., i], values, np.float32(scale), np.float32(offset))
        else:
            out[..., i] = np.clip(values * scale + offset, 0, 1)
    return out


@numba.njit(cache=True, nogil=True)
def _lay(out, values, scale, offset):
    """`out` (S, S) = `values` times `scale` plus `offset`, held in 0..1."""
    for row in range(out.shape[0]):
        for column in range(out.shape[1]):
            value = values[row, column] * scale + offset
            out[row, column] = min(max(value, np.float32(0)), np.float32(1))


def slot_colour(index: int) -> F32:
    """(3,) the colour of slot `index` in an id map: hues a golden section apart, so that no two are alike soon."""
    rgb = colorsys.hsv_to_rgb((index * 0.618033988749895) % 1, (0.9, 0.55, 0.75)[index % 3], 1.0)
    return np.array(rgb, np.float32)


def quantise(image: F32, bits: int, dither: bool) -> NDArray[Any]:
    """uint8 or uint16 of (S, S, C) in 0..1; `dither` spreads the rounding so that slopes show no steps."""
    out = np.zeros(image.shape, np.uint8 if bits == 8 else np.uint16)
    _round(image, np.float32(2**bits - 1), DITHER if dither else np.zeros_like(DITHER), out)
    return out


@numba.njit(cache=True, nogil=True)
def _round(image, top, dither, out):
    for row in range(image.shape[0]):
        for column in range(image.shape[1]):
            for k in range(image.shape[2]):
                value = image[row, column, k] * top
                # What eight bits hold stays as it is, and a flat normal is 128, as everyone expects, and not a pattern.
                if abs(value - top / np.float32(2)) >= np.float32(0.25):
                    value += dither[row % 8, column % 8]
                out[row, column, k] = min(max(np.rint(value), np.float32(0)), top)
