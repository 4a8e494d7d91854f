"""Figures of one cut-out picture. All areas are shares of the subject's, all lengths pixels of the picture."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from toolchain.asset import F32, U8
from toolchain.intake.border import lab_of, slope_of
from toolchain.intake.cutout import Cut

Mask = NDArray[np.bool_]


def measure(cut: Cut, original: U8) -> dict[str, Any]:
    """Figures for :data:`toolchain.intake.checks.LIMITS`; None is a figure that this picture cannot tell.

    `original` is (H, W, 3) as decoded, before edge colours were cleaned.
    """
    alpha = cut.rgba[..., 3]
    mask = alpha >= 128
    height, width = mask.shape
    if not mask.any():
        return {"subject_px": 0, "coverage": 0.0}
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    tall, wide = int(np.ptp(rows)) + 1, int(np.ptp(columns)) + 1
    lab = lab_of(np.ascontiguousarray(cut.rgba[..., :3]))
    longest, known = max(tall, wide), cut.rung != "whole"
    sigma = blur(lab[..., 0], mask)
    area = float(mask.sum())
    figures: dict[str, Any] = {
        "subject_px": longest,
        "coverage": area / mask.size,
        "blur_px": sigma,
        # A sharp picture is soft by about 0.7 px itself, and smooth shading by up to 2.
        "sharp_px": None if sigma is None or sigma <= 2.0 else round(longest * 0.7 / sigma),
        "frame_share": max(tall / height, wide / width) if known else None,
        "cut_off": _cut_off(mask, tall, wide) if known and cut.rung != "given" else None,
        "parts": _parts(mask) if known else None,
        "faint": _faint(lab_of(np.ascontiguousarray(original)), mask) if known and cut.rung != "given" else None,
        "crushed": float((lab[..., 0][mask] < 4.0).mean()),
        "glints": _glints(lab, mask, longest),
        "openings": cut.measures.get("openings_doubtful") if cut.rung == "border" else None,
        "ground_shadow": None,
        "alpha_shadow": None,
        "clear": None,
    }
    if cut.shadow is not None and cut.background is not None:
        fall = lab_of(cut.background)[..., 0] - lab_of(np.ascontiguousarray(original))[..., 0]
        figures["ground_shadow"] = float((cut.shadow & (fall > 15.0)).sum() / area)
    if cut.rung == "given":
        soft = _deep((alpha >= 16) & (alpha < 240))
        shade = soft & (alpha < 200) & (lab[..., 0] < 12.0)
        figures["alpha_shadow"] = float(shade.sum() / area)
        figures["clear"] = float((soft & ~shade).sum() / area)
    return {k: round(v, 4) if isinstance(v, float) else v for k, v in figures.items()}


def blur(grey: F32, mask: Mask) -> float | None:
    """Standard deviation in px of the blur at the subject's sharpest inner edges; None where it has none.

    Zhuo and Sim, "Defocus map estimation from a single image" (2011): an edge blurred by s and again by
    1 px loses gradient in the ratio R = sqrt(s^2 + 1) / s.
    """
    inner = cv2.erode(mask.astype(np.uint8), np.ones((7, 7), np.uint8), borderValue=0) > 0
    if inner.sum() < 64:
        return None
    first = slope_of(cv2.GaussianBlur(grey, (0, 0), 0.5))  # takes single-pixel noise away
    again = slope_of(cv2.GaussianBlur(grey, (0, 0), np.sqrt(1.25)))
    strong = inner & (first >= max(3.0, float(np.quantile(first[inner], 0.99))))
    if strong.sum() < 32:
        return None
    ratio = float(np.median(first[strong] / np.maximum(again[strong], 1e-3)))
    total = 1.0 / max(ratio * ratio - 1.0, 1e-3)  # the blur's variance, with the 0.25 put in above
    return round(float(np.sqrt(max(total - 0.25, 0.0))), 3)


def _cut_off(mask: Mask, tall: int, wide: int) -> float:
    """Greatest share of the subject's height or width that lies on one edge of the picture."""
    return float(max(mask[0].sum() / wide, mask[-1].sum() / wide, mask[:, 0].sum() / tall, mask[:, -1].sum() / tall))


def _parts(mask: Mask) -> int:
    """Parts of at least 15 % of the largest; parts that a gap of 1 % of the picture splits count as one."""
    reach = 2 * max(1, round(0.005 * max(mask.shape))) + 1
    joined = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((reach, reach), np.uint8))
    _, _, stats, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    areas = stats[1:, cv2.CC_STAT_AREA]
    return int((areas >= 0.15 * areas.max()).sum()) if len(areas) else 0


def _faint(lab: F32, mask: Mask) -> float:
    """Share of the outline across which the picture's colour changes by less than 8 (CIE76)."""
    solid = mask.astype(np.uint8)
    reach = max(2, round(0.004 * max(mask.shape)))
    kernel = np.ones((2 * reach + 1, 2 * reach + 1), np.uint8)
    edge = mask & (cv2.erode(solid, np.ones((3, 3), np.uint8), borderValue=1) == 0)
    if not edge.any():
        return 0.0
    # Spread of each channel about an outline pixel: what an eye would have to find the edge by.
    spread = np.linalg.norm(cv2.dilate(lab, kernel) - cv2.erode(lab, kernel), axis=2)
    return float((spread[edge] < 8.0).mean())


def _glints(lab: F32, mask: Mask, longest: int) -> float:
    """Share of the subject in small, compact, colourless peaks of light far above what surrounds them."""
    if longest > 512:  # an opening by a large disc is slow, and a glint that small is no matter
        size = (max(1, round(mask.shape[1] * 512 / longest)), max(1, round(mask.shape[0] * 512 / longest)))
        lab = np.asarray(cv2.resize(lab, size, interpolation=cv2.INTER_AREA), np.float32)
        mask = cv2.resize(mask.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST) > 0
        longest = 512
    reach = 2 * max(2, round(0.02 * longest)) + 1
    lightness = np.where(mask, lab[..., 0], np.float32(0))
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach))
    peak = lightness - cv2.morphologyEx(lightness, cv2.MORPH_OPEN, kernel)
    inner = cv2.erode(mask.astype(np.uint8), np.ones((5, 5), np.uint8), borderValue=0) > 0
    bright = inner & (peak > 30.0) & (lab[..., 0] > 88.0) & (np.hypot(lab[..., 1], lab[..., 2]) < 12.0)
    _, _, stats, _ = cv2.connectedComponentsWithStats(bright.astype(np.uint8), connectivity=8)
    area, side = stats[1:, cv2.CC_STAT_AREA], stats[1:, [cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT]].max(axis=1)
    compact = (area >= 4) & (area > 0.2 * side * side)  # white paint between dark parts is long and thin
    return float(area[compact].sum() / max(1, mask.sum()))


def _deep(soft: Mask) -> Mask:
    """What of `soft` belongs to areas wider than an anti-aliased or feathered edge."""
    return cv2.morphologyEx(soft.astype(np.uint8), cv2.MORPH_OPEN, np.ones((7, 7), np.uint8)) > 0
