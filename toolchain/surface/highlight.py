"""Highlights of a picture whose shading is already off: small soft places brighter and paler than what is about them.

A highlight adds the light's own, pale colour to the paint (Shafer 1985): the darkest channel rises most. Printed white
does so too, but with hard edges; a place that is bright up to a sharp border is left as paint.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from toolchain.asset import F32

WINDOW = 0.05  # of the subject's longest side: radius of what "about" means
RISE = 0.45  # log brightness above the surroundings at which a place may be a highlight
PALER = 0.06  # how much less saturated it must be, or near white
SMALL = 0.015  # of the subject's area: greatest size of one highlight
TOGETHER = 0.03  # of the subject's area: all highlights; where there is more, it is ornament, and the brightest go
HARD = 0.5  # share of a place's whole rise that it makes from pixel to pixel along its border: paint's from there on


def find(albedo: F32, good: NDArray[np.bool_], inner: NDArray[np.floating]) -> F32:
    """(H, W) 0..1: how much of each pixel is highlight. `good`: well seen; `inner`: pixels to the outline."""
    import cv2

    rows, columns = np.flatnonzero(good.any(1)), np.flatnonzero(good.any(0))
    out = np.zeros(good.shape, np.float32)
    if not len(rows):
        return out
    longest = max(np.ptp(rows), np.ptp(columns)) + 1
    radius = max(3, round(WINDOW * longest))
    bright = albedo.mean(axis=-1)
    pale = albedo.min(axis=-1) / np.maximum(albedo.max(axis=-1), 1e-4)
    calm = _about(bright, good, radius), _about(pale, good, radius)
    rise = np.log(bright + 0.01) - np.log(calm[0] + 0.01)
    whiter = (pale - calm[1] > PALER) | ((calm[1] > 0.6) & (pale > 0.75))
    seed = good & (rise > RISE) & whiter
    seed &= albedo.min(axis=-1) - calm[0] * calm[1] > 0.05
    count, label, stats, _ = cv2.connectedComponentsWithStats(seed.astype(np.uint8), connectivity=8)
    edge = cv2.morphologyEx(np.log(bright + 0.02).astype(np.float32), cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8))
    border = seed & (cv2.erode(seed.astype(np.uint8), np.ones((3, 3), np.uint8)) == 0)
    step = np.bincount(label[border], edge[border], count) / np.maximum(np.bincount(label[border], minlength=count), 1)
    peak = np.full(count, RISE)
    np.maximum.at(peak, label[seed], rise[seed])
    keep = (stats[:, cv2.CC_STAT_AREA] < SMALL * good.sum()) & (step < HARD * peak)
    keep[0] = False
    order = np.lexsort((np.arange(count), -peak))
    room = np.cumsum(np.where(keep[order], stats[order, cv2.CC_STAT_AREA], 0)) <= TOGETHER * good.sum()
    keep[order] &= room
    core = keep[label].astype(np.uint8)
    if not core.any():
        return out
    grown = cv2.dilate(core, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * (radius // 3) + 1,) * 2))
    soft = np.clip(2 * rise / RISE - 1, 0, 1) * grown
    return np.asarray(cv2.GaussianBlur((soft * good).astype(np.float32), (0, 0), max(1.0, radius / 10)), np.float32)


def take_out(albedo: F32, highlight: F32, inside: NDArray[np.bool_]) -> F32:
    """(H, W, 3) `albedo` with each highlight mixed with the paint about it, spread from its border inwards."""
    if not highlight.any():
        return albedo
    share = highlight[..., None]
    return albedo * (1 - share) + _spread_in(albedo, inside & (highlight < 0.02), highlight > 0) * share


def _about(values: F32, good: NDArray[np.bool_], radius: int) -> F32:
    """(H, W) a low quantile-like mean within `radius`: the mean of what is not above the plain mean."""
    import cv2

    size = (2 * radius + 1,) * 2
    weight = good.astype(np.float32)
    for _ in range(3):
        total = cv2.blur(values * weight, size)
        mean = total / np.maximum(cv2.blur(weight, size), 1e-4)
        weight = (good & (values <= mean * 1.1)).astype(np.float32)
    return np.asarray(mean, np.float32)


def _spread_in(values: F32, known: NDArray[np.bool_], wanted: NDArray[np.bool_]) -> F32:
    """(H, W, 3) `values` where `known`, and elsewhere means of the known, from fine to coarse (push and pull)."""
    import cv2

    levels = [(np.where(known[..., None], values, 0).astype(np.float32), known.astype(np.float32))]
    while min(levels[-1][1].shape) > 2:
        high, wide = levels[-1][1].shape
        size = ((wide + 1) // 2, (high + 1) // 2)
        levels.append(tuple(cv2.resize(part, size, interpolation=cv2.INTER_AREA) for part in levels[-1]))  # type: ignore[arg-type]
    out = levels[-1][0] / np.maximum(levels[-1][1], 1e-6)[..., None]
    for total, weight in levels[-2::-1]:
        wider = np.asarray(cv2.resize(out, weight.shape[::-1], interpolation=cv2.INTER_LINEAR), np.float32)
        share = np.clip(weight, 0, 1)[..., None]
        out = wider * (1 - share) + total / np.maximum(weight, 1e-6)[..., None] * share
    return np.where(wanted[..., None], out, values)
