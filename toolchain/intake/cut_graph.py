"""GrabCut: a coarse idea of the subject sharpened by the picture's own colours and edges.

Rother, Kolmogorov and Blake, "GrabCut: interactive foreground extraction using iterated graph cuts", 2004,
in OpenCV's form. Its colour clusters start from OpenCV's generator, which is seeded here.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from toolchain.asset import F32, U8
from toolchain.intake.border import lab_of, rim_of

Mask = NDArray[np.bool_]
_SIDE = 400  # longest side at which the cut is made, px


def refine(rgb: U8, likely: F32, band: float = 0.01, weight: float = 0.35) -> F32:
    """(H, W) 0..1: `likely` (H, W) 0..1 with its contour moved to the picture's edges.

    The cut may move what lies within `band` of the longest side from the contour, or of which `likely` is
    unsure; it has `weight` of the say, so that it decides only where `likely` wavers. Both numbers are the
    best of those tried on composites over grass, gravel and brick, where the cut alone does harm.
    """
    height, width = rgb.shape[:2]
    small, (w, h) = _shrunk(rgb)
    share = cv2.resize(likely, (w, h), interpolation=cv2.INTER_LINEAR)
    hard = (share > 0.5).astype(np.uint8)
    reach = max(2.0, band * max(w, h))
    inside = cv2.distanceTransform(hard, cv2.DIST_L2, 3)
    outside = cv2.distanceTransform(1 - hard, cv2.DIST_L2, 3)
    state = np.where(hard > 0, cv2.GC_PR_FGD, cv2.GC_PR_BGD).astype(np.uint8)
    state[(inside > reach) & (share > 0.85)] = cv2.GC_FGD
    state[(outside > reach) & (share < 0.15)] = cv2.GC_BGD
    cut = _cut(small, state, 2)
    return (1 - weight) * likely + weight * _enlarged(rgb, cut, (width, height)) if cut is not None else likely


def alone(rgb: U8) -> F32 | None:
    """(H, W) 0..1 by the picture alone: what differs from the rim's colours, about the middle. None if nothing does."""
    height, width = rgb.shape[:2]
    small, (w, h) = _shrunk(rgb)
    lab = lab_of(small)
    rim = rim_of(h, w, 0.04)
    # Distance to the nearest of the rim's colours, in a coarse palette of it.
    samples = lab[rim]
    samples = np.ascontiguousarray(samples[:: max(1, len(samples) // 4000)])
    cv2.setRNGSeed(0)
    stop = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 20, 0.5)
    start = np.zeros((len(samples), 1), np.int32)
    _, _, palette = cv2.kmeans(samples, min(8, len(samples)), start, stop, 1, cv2.KMEANS_PP_CENTERS)
    away = np.sqrt(((lab[:, :, None] - palette) ** 2).sum(axis=3)).min(axis=2)
    y, x = np.mgrid[-1 : 1 : h * 1j, -1 : 1 : w * 1j]
    centre = np.exp(-(x * x + y * y) / 0.5)
    score = cv2.GaussianBlur((away * centre).astype(np.float32), (0, 0), max(w, h) / 100)
    state = np.where(score > max(4.0, float(np.quantile(score, 0.75))), cv2.GC_PR_FGD, cv2.GC_PR_BGD).astype(np.uint8)
    state[rim] = cv2.GC_BGD
    cut = _cut(small, state, 5)
    return None if cut is None else _enlarged(rgb, cut, (width, height))


def _shrunk(rgb: U8) -> tuple[U8, tuple[int, int]]:
    height, width = rgb.shape[:2]
    scale = min(1.0, _SIDE / max(height, width))
    size = (max(8, round(width * scale)), max(8, round(height * scale)))
    return cv2.resize(rgb, size, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False), size


def _cut(small: U8, state: U8, rounds: int) -> Mask | None:
    front = (state == cv2.GC_FGD) | (state == cv2.GC_PR_FGD)
    if min(front.sum(), (~front).sum()) < 16:  # five clusters a side need colours to stand on
        return None
    cv2.setRNGSeed(0)
    cv2.grabCut(small, state, (0, 0, 1, 1), np.zeros((1, 65)), np.zeros((1, 65)), rounds, cv2.GC_INIT_WITH_MASK)
    cut = (state == cv2.GC_FGD) | (state == cv2.GC_PR_FGD)
    return cut if cut.any() and not cut.all() else None


def _enlarged(rgb: U8, cut: Mask, size: tuple[int, int]) -> F32:
    """`cut` at full size with its edge laid along the picture's: a guided filter (He, Sun and Tang, 2010)."""
    coarse = cv2.resize(cut.astype(np.float32), size, interpolation=cv2.INTER_LINEAR)
    guide = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY).astype(np.float32) / np.float32(255)
    radius = max(2, round(1.5 * max(size) / _SIDE))
    box = (2 * radius + 1, 2 * radius + 1)
    mean_g, mean_c = cv2.blur(guide, box), cv2.blur(coarse, box)
    spread = cv2.blur(guide * guide, box) - mean_g**2
    slope = (cv2.blur(guide * coarse, box) - mean_g * mean_c) / (spread + np.float32(1e-4))
    base = mean_c - slope * mean_g
    return np.clip(cv2.blur(slope, box) * guide + cv2.blur(base, box), 0, 1)
