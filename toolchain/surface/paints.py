"""What light is left in a picture after its fitted light is off: one paint should be one brightness.

The sculpt's normals and shadows are not those of the pictured thing, so the division leaves shadow borders and edges.
Colours gather about a few paints in the space of two hues and a brightness; each pixel's nearest gathering is found by
mean shift along brightness (Comaniciu and Meer 2002) on a grid of that space (Chen, Paris and Durand 2007). Two paints
of one hue, such as black and white, are two gatherings and stay two; small differences are texture and stay.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from toolchain.asset import F32
from toolchain.srgb import LUMINANCE
from toolchain.surface.shading import DARK, HUE

SPREAD = 0.5  # log brightness: standard deviation of a gathering's reach
TEXTURE = 0.1  # log brightness: what differs by less is texture
STEPS = 6
MOST_HUE, DARKEST = 2.0, -5.6  # bounds of the grid, log
HUES, LEVELS = HUE / 1.5, SPREAD / 2.5  # its steps


def level(albedo: F32, known: NDArray[np.bool_], wanted: NDArray[np.bool_]) -> F32:
    """(H, W) log brightness that lies between each `wanted` pixel of `albedo` (H, W, 3) and its paint; else 0.

    Paints are gathered from the pixels `known`.
    """
    from scipy.ndimage import gaussian_filter, map_coordinates

    out = np.zeros(known.shape, np.float32)
    if not known.any():
        return out
    logs = np.log(albedo + np.float32(DARK))
    bright = np.log(albedo @ LUMINANCE + np.float32(DARK))
    hue = np.clip(logs[..., [0, 2]] - logs[..., 1:2], -MOST_HUE, MOST_HUE)
    at = np.stack((*np.moveaxis((hue + MOST_HUE) / HUES, -1, 0), (bright - DARKEST) / LEVELS), -1)
    size = [int(2 * MOST_HUE / HUES) + 2] * 2 + [int((0.2 - DARKEST) / LEVELS) + 2]
    cell = np.clip(np.round(at[known]).astype(np.int64), 0, np.array(size) - 1)
    count = np.bincount(np.ravel_multi_index(tuple(cell.T), size), minlength=int(np.prod(size))).reshape(size)
    middle = (np.arange(size[2]) * LEVELS + DARKEST).astype(np.float32)
    reach = (HUE / HUES, HUE / HUES, SPREAD / LEVELS)
    near = gaussian_filter(count.astype(np.float32), reach, mode="constant", truncate=3)
    total = gaussian_filter(count * middle, reach, mode="constant", truncate=3)
    mean = np.where(near > 1e-4, total / np.maximum(near, 1e-6), middle)
    paint = mean
    first, second = np.indices(size)[:2]
    for _ in range(STEPS - 1):
        paint = map_coordinates(mean, (first, second, (paint - DARKEST) / LEVELS), order=1, mode="nearest")
    where = at[wanted]
    off = map_coordinates(paint, where.T, order=1, mode="nearest") - bright[wanted]
    out[wanted] = np.sign(off) * np.maximum(np.abs(off) - TEXTURE, 0)
    return out
