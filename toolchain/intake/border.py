"""The border key: a plain or smoothly shaded background, modelled from the picture's rim and flooded away.

The background is a quadratic in x and y for each Lab channel, fitted to the rim by trimmed least squares
(the subject may touch the rim), then corrected by the smoothed residual of what was flooded. Distances
are CIE76 in Lab. A shadow on the ground is background too: darker, of the background's own chromaticity,
and reached without crossing an edge.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from toolchain.asset import F32, U8

Mask = NDArray[np.bool_]
_SMALL = 320  # longest side at which the model is fitted, px


@dataclass(frozen=True, eq=False)
class Keyed:
    """What the key found."""

    mask: Mask  # (H, W) the subject
    shadow: Mask  # (H, W) background that lies in the subject's shadow
    doubtful: Mask  # (H, W) openings that the other method takes for subject: white paint on a white ground?
    background: U8  # (H, W, 3) sRGB, the background as modelled
    distance: F32  # (H, W) colour distance to it
    uniform: float  # share of the rim that the model explains
    sides: int  # sides of the picture of which it explains at least half
    noise: float  # spread of the rim about the model
    limit: float  # distance at which a pixel is no longer background


def lab_of(rgb: U8) -> F32:
    """(H, W, 3) float32 CIE Lab of sRGB, L in 0..100."""
    return cv2.cvtColor(rgb.astype(np.float32) / np.float32(255), cv2.COLOR_RGB2LAB).astype(np.float32, copy=False)


def slope_of(grey: NDArray[Any]) -> F32:
    """(H, W) gradient, levels a pixel, by Sobel's operator."""
    x = cv2.Sobel(grey, cv2.CV_32F, 1, 0, scale=0.125)
    return np.hypot(x, cv2.Sobel(grey, cv2.CV_32F, 0, 1, scale=0.125)).astype(np.float32)


def key(rgb: U8, likely: F32 | None = None) -> Keyed:
    """Key `rgb` (H, W, 3) by its rim. `likely` (H, W) 0..1 says where another method sees the subject.

    The result is always made; whether to believe it is for the caller to judge by `uniform`, `sides` and `noise`.
    """
    height, width = rgb.shape[:2]
    scale = min(1.0, _SMALL / max(height, width))
    size = (max(8, round(width * scale)), max(8, round(height * scale)))
    small = lab_of(np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), np.uint8))
    rim = rim_of(*small.shape[:2])
    model, noise = _fit_rim(small, rim)
    limit = float(np.clip(4.0 * noise, 3.5, 12.0))
    away = np.linalg.norm(small - model, axis=2)
    fits = away < limit
    uniform = float(fits[rim].mean())
    sides = sum(bool(s.mean() >= 0.5) for s in (fits[0], fits[-1], fits[:, 0], fits[:, -1]))
    for _ in range(3):
        flooded = flood(np.linalg.norm(small - model, axis=2) < limit)
        model = _refit(small, flooded, model)
    opinion = None if likely is None else np.asarray(cv2.resize(likely, size), np.float32)
    small_shadow = _shadow(small, model, flooded, opinion)
    background = np.asarray(cv2.resize(model, (width, height), interpolation=cv2.INTER_LINEAR), np.float32)
    shadow = cv2.resize(small_shadow.astype(np.uint8), (width, height), interpolation=cv2.INTER_NEAREST) > 0
    full = lab_of(rgb)
    distance = np.linalg.norm(full - background, axis=2).astype(np.float32)
    near = distance < limit
    ground = _lap(flood(near | shadow), shadow, full, background, distance, limit, likely)
    # On a rim this mixed the key will not be believed, and the patches may be thousands.
    holes = _holes(near & ~ground, distance, noise, likely) if uniform > 0.5 else np.zeros_like(ground)
    doubtful = np.zeros_like(holes) if likely is None else holes & (likely > 0.8)
    mask = ~(ground | holes)
    plain = cv2.cvtColor(background, cv2.COLOR_LAB2RGB)
    shade = np.clip(np.round(plain * 255), 0, 255).astype(np.uint8)
    return Keyed(mask, shadow & ground & ~near, doubtful, shade, distance, uniform, sides, noise, limit)


def rim_of(height: int, width: int, share: float = 0.025) -> Mask:
    """(H, W) the outermost pixels, `share` of the shorter side wide and at least one."""
    wide = max(1, round(share * min(height, width)))
    rim = np.ones((height, width), bool)
    rim[wide:-wide, wide:-wide] = False
    return rim


def flood(passable: Mask) -> Mask:
    """Pixels of `passable` that are joined to the picture's outermost pixels, 4-connected."""
    _, labels = cv2.connectedComponents(passable.astype(np.uint8), connectivity=4)
    edge = np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]])
    outer = np.zeros(int(labels.max()) + 1, bool)
    outer[edge] = True
    outer[0] = False
    return outer[labels]


def _terms(height: int, width: int) -> NDArray[np.float64]:
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    return np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], axis=2)


def _fit_rim(lab: F32, rim: Mask) -> tuple[F32, float]:
    """The background model (h, w, 3) and the rim's robust spread about it."""
    terms = _terms(*lab.shape[:2])
    basis, colours = terms[rim], lab[rim].astype(np.float64)
    kept = np.linalg.norm(colours - np.median(colours, axis=0), axis=1)
    good = kept <= np.quantile(kept, 0.7)
    spread, weights = 1.0, np.zeros((6, 3))
    for _ in range(8):
        weights = np.linalg.lstsq(basis[good], colours[good], rcond=None)[0]
        off = np.linalg.norm(colours - basis @ weights, axis=1)
        spread = max(0.4, 1.4826 * float(np.median(off[good])))
        good = off <= max(3.0 * spread, float(np.quantile(off, 0.5)))
    return (terms @ weights).astype(np.float32), spread


def _refit(lab: F32, ground: Mask, model: F32) -> F32:
    """`model` corrected by the residual of the known ground, smoothed over a sixteenth of the picture.

    Normalised convolution (Knutsson and Westin, 1993): under the subject, the ground around it decides.
    """
    if ground.mean() < 0.02:
        return model
    sigma = max(lab.shape[:2]) / 16
    weight = ground.astype(np.float32)
    share = cv2.GaussianBlur(weight, (0, 0), sigma)
    residual = cv2.GaussianBlur((lab - model) * weight[..., None], (0, 0), sigma)
    return (model + residual / np.maximum(share, 0.02)[..., None]).astype(np.float32)


def _shade(lab: F32, model: F32) -> tuple[F32, F32]:
    """How far the ground is dimmed to be `lab`, and how far `lab` is then from it in a and b.

    Less light scales all of a colour's linear channels by one factor, and so, above Lab's linear toe,
    L + 16, a and b by its cube root: what a shadow does to the model's a and b is known from L alone.
    """
    dim = (lab[..., 0] + 16) / (model[..., 0] + 16)
    return dim, np.hypot(lab[..., 1] - dim * model[..., 1], lab[..., 2] - dim * model[..., 2])


def _lap(ground: Mask, shadow: Mask, lab: F32, model: F32, distance: F32, limit: float, likely: F32 | None) -> Mask:
    """`ground` grown a few pixels up to the subject, over JPEG's ringing and the shadow's last pixels."""
    dim, tint = _shade(lab, model)
    beside = cv2.dilate((shadow & ground).astype(np.uint8), np.ones((9, 9), np.uint8)) > 0
    passable = (distance < limit + 5.0) | (beside & (dim > 0.45) & (dim < 1.01) & (tint < 5.0))
    if likely is not None:
        passable &= likely < 0.9
    for _ in range(max(2, round(0.005 * max(lab.shape[:2])))):
        ground = ground | (passable & (cv2.dilate(ground.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0))
    return ground


def _shadow(lab: F32, model: F32, ground: Mask, likely: F32 | None) -> Mask:
    """Ground in shadow, grown from the lit ground through darkening of one chromaticity."""
    dim, tint = _shade(lab, model)
    dark = (dim > 0.45) & (dim < 1.01)
    lightness = cv2.GaussianBlur(lab[..., 0], (0, 0), 1.0)
    slope = slope_of(lightness)
    # On a coloured ground the same hue is evidence enough; a grey ground's shadow is grey like many a subject.
    hue = np.hypot(model[..., 1], model[..., 2]) * dim
    # Light off the subject tints its shadow, but softly.
    passable = dark & (tint < np.where(slope < 1.0, 16.0, 5.0)) & (slope < 2.0 + 0.3 * np.maximum(hue - 8.0, 0.0))
    if likely is not None:  # a second opinion lets the dark core go, and keeps grey subjects whole
        bounce = np.where(slope < 3.0, 20.0, 12.0)
        passable = (passable & (likely < 0.6)) | (dark & (tint < bounce) & (likely < 0.12))
    grown = flood(ground | passable) & ~ground
    grown = cv2.morphologyEx(grown.astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8)) > 0
    # More shadow than subject is no shadow: a grey subject was taken for one.
    return grown if grown.sum() < 0.5 * (~ground).sum() else np.zeros_like(grown)


def _holes(enclosed: Mask, distance: F32, noise: float, likely: F32 | None) -> Mask:
    """Openings through the subject: enclosed patches of just the background's colour with a hard rim."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(enclosed.astype(np.uint8), connectivity=4)
    smallest = max(16.0, 2e-5 * enclosed.size)
    slope = cv2.dilate(slope_of(distance), np.ones((5, 5), np.uint8))
    open_ = np.zeros(count, bool)
    for i in np.flatnonzero(stats[:, cv2.CC_STAT_AREA] >= smallest):
        if i == 0:
            continue
        x, y, w, h = stats[i, :4]
        box = np.s_[max(0, y - 1) : y + h + 1, max(0, x - 1) : x + w + 1]
        patch = labels[box] == i
        ring = patch & (cv2.erode(patch.astype(np.uint8), np.ones((3, 3), np.uint8)) == 0)
        deep = patch & (cv2.erode(patch.astype(np.uint8), np.ones((9, 9), np.uint8)) > 0)  # clear of JPEG's ringing
        same = float(np.median(distance[box][deep if deep.sum() >= 16 else patch])) < max(1.0, 1.2 * noise)
        hard = float(np.quantile(slope[box][ring], 0.75)) > 3.0  # not the median: ringing frays the rim
        # The network fills openings more often than not, so it may open one but not close it.
        open_[i] = (same and hard) or (likely is not None and float(likely[box][patch].mean()) < 0.15)
    return open_[labels] & (labels > 0)
