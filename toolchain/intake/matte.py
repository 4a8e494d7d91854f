"""From a hard mask to a clean matte: components, holes, a soft edge, and edge colours free of background."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from toolchain.asset import F32, U8

Mask = NDArray[np.bool_]
OPAQUE, CLEAR = 250, 8  # alpha at which a pixel is wholly subject, and at which it is none of it


def clean(mask: Mask, keep: float, hole: float = 2e-4) -> Mask:
    """`mask` without parts smaller than `keep` of its largest and with holes smaller than `hole` of it filled."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    if count < 2:
        return mask
    area = stats[:, cv2.CC_STAT_AREA].copy()
    area[0] = 0
    kept = (area >= max(8.0, keep * area.max())) & (area > 0)
    solid = kept[labels]
    _, gaps, stats, _ = cv2.connectedComponentsWithStats((~solid).astype(np.uint8), connectivity=4)
    gap = stats[:, cv2.CC_STAT_AREA]
    small = gap < max(8.0, hole * float(solid.sum()))
    small[0] = False
    edge = np.concatenate([gaps[0], gaps[-1], gaps[:, 0], gaps[:, -1]])
    small[edge] = False  # it is the outside, cut off by the picture's rim
    return solid | small[gaps]


def nearest_colours(rgb: U8, sure: Mask) -> tuple[U8, F32]:
    """Each pixel's colour at its nearest pixel of `sure`, and how far that is in pixels. `sure` must not be empty."""
    far, labels = cv2.distanceTransformWithLabels(
        (~sure).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    colours = np.zeros((int(labels.max()) + 1, 3), np.uint8)
    colours[labels[sure]] = rgb[sure]
    return colours[labels], far.astype(np.float32, copy=False)


def soften(rgb: U8, mask: Mask, reach: int = 2, background: U8 | None = None) -> U8:
    """(H, W) alpha: `mask` with its edge pixels' shares measured from their colours.

    A pixel within `reach` px of the edge is a mix a F + (1 - a) B of the nearest sure subject and ground
    colours (`background` where it is known); a is the least-squares share. Where F and B are alike the
    colour says nothing, and the blurred mask decides.
    """
    solid = mask.astype(np.uint8)
    inside = cv2.distanceTransform(solid, cv2.DIST_L2, 3) > reach
    outside = cv2.distanceTransform(1 - solid, cv2.DIST_L2, 3) > reach
    prior = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), 0.7)
    # Thin parts have no sure inside at this reach: their own ridge stands in for it.
    ridge = _with_thin(inside, mask, 2 * reach + 3)
    if not ridge.any() or not outside.any():
        return np.round(prior * 255).astype(np.uint8)
    at = np.flatnonzero(~(inside | outside))
    here = rgb.reshape(-1, 3)[at].astype(np.float32)
    front = _calm(nearest_colours(rgb, ridge)[0]).reshape(-1, 3)[at]
    ground = background if background is not None else _calm_u8(nearest_colours(rgb, outside)[0])
    back = ground.reshape(-1, 3)[at].astype(np.float32)
    apart = front - back
    strength = (apart * apart).sum(axis=1)
    share = ((here - back) * apart).sum(axis=1) / np.maximum(strength, 1e-3)
    trust = strength / (strength + 3 * 24.0**2)  # 24 grey levels: texture and JPEG noise about an edge
    alpha = np.where(mask, 1.0, 0.0).astype(np.float32).ravel()
    alpha[at] = np.clip(trust * share + (1 - trust) * prior.ravel()[at], 0, 1)
    # The colours may refine the edge but not move it: no more than a pixel from the mask's own.
    low = cv2.erode(solid, np.ones((3, 3), np.uint8)).astype(np.float32).ravel()
    high = cv2.dilate(solid, np.ones((3, 3), np.uint8)).astype(np.float32).ravel()
    alpha = np.clip(alpha, 0.75 * low, high)
    return np.round(alpha.reshape(mask.shape) * 255).astype(np.uint8)


def decontaminate(rgba: U8, reach: float = 8.0) -> U8:
    """`rgba` with the subject's colours carried outward under its edge and beyond; alpha is untouched.

    A half-clear pixel at the edge takes the nearest opaque colour within `reach` px; wide half-clear areas
    (glass) keep their own. Clear pixels take the nearest colour of the subject, however far.
    """
    rgb, alpha = np.ascontiguousarray(rgba[..., :3]), rgba[..., 3]
    opaque, clear = alpha >= OPAQUE, alpha < CLEAR
    if clear.all() or opaque.all():
        return rgba
    edge = cv2.dilate(clear.astype(np.uint8), np.ones((7, 7), np.uint8)) > 0
    # One pixel in from the edge, so that an opaque pixel with a trace of background is no source.
    source = _with_thin(cv2.erode(opaque.astype(np.uint8), np.ones((3, 3), np.uint8), borderValue=1) > 0, opaque, 5)
    out = rgb.copy()
    if source.any():
        colours, far = nearest_colours(rgb, source)
        swap = edge & ~clear & ~source & (far <= reach)
        out[swap] = colours[swap]
    beyond = source | (~clear & ~edge)
    if not beyond.any():
        beyond = ~clear
    out[clear] = nearest_colours(out, beyond)[0][clear]
    return np.dstack([out, alpha])


def _with_thin(deep: Mask, whole: Mask, size: int) -> Mask:
    """`deep` and those parts of `whole` that are too thin to have any of it within `size` pixels about them."""
    return deep | (whole & (cv2.dilate(deep.astype(np.uint8), np.ones((size, size), np.uint8)) == 0))


def _calm(colours: U8) -> F32:
    return cv2.blur(colours, (5, 5)).astype(np.float32)


def _calm_u8(colours: U8) -> U8:
    return cv2.blur(colours, (5, 5)).astype(np.uint8, copy=False)
