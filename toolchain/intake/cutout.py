"""Cut the subject out of its background, by the method that the picture itself gives evidence for.

given    the artist's own alpha, where it cuts something out
border   a colour key, where the picture's rim is one smooth background and the result is whole
u2netp   the network's idea of the subject, its contour laid on the picture's edges by GrabCut
grabcut  without the network, or where it sees nothing
whole    nothing was found: the frame is the subject, and a finding says so
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from toolchain.asset import F32, U8

Mask = NDArray[np.bool_]
RUNGS = ("given", "border", "u2netp", "grabcut", "whole")
_LEAST, _MOST = 0.002, 0.92  # share of the frame that a subject may plausibly cover


@dataclass(frozen=True, eq=False)
class Cut:
    """A picture with its subject cut out."""

    rgba: U8  # (H, W, 4) sRGB, straight alpha, subject colours carried outward under the edge
    rung: str  # one of RUNGS
    reason: str  # why that rung, in a sentence
    measures: dict[str, Any]  # JSON-able: what the choice was made by
    shadow: Mask | None = None  # (H, W) ground in the subject's shadow, where the key saw one
    background: U8 | None = None  # (H, W, 3) the background as the key modelled it
    distance: F32 | None = None  # (H, W) Lab distance to that background


def available() -> dict[str, str | None]:
    """Each rung, and why it cannot be used here (None: it can). Loads nothing heavy."""
    from toolchain.intake import u2netp

    return {rung: u2netp.why_not() if rung == "u2netp" else None for rung in RUNGS}


def cut_out(rgba: U8, has_alpha: bool, network: bool = True) -> Cut:
    """Cut out the subject of (H, W, 4) sRGB. `network` allows the u2netp rung; it must be usable then."""
    from toolchain.intake import border, cut_graph, matte

    measures: dict[str, Any] = {}
    if has_alpha:
        judged = _alpha_cuts(rgba[..., 3])
        measures |= {k: round(v, 4) for k, v in judged.items()}
        if judged["alpha_clear"] >= 0.02 and judged["alpha_rim_clear"] >= 0.2 and judged["alpha_subject"] >= _LEAST / 4:
            return Cut(matte.decontaminate(rgba), "given", "the picture brings its own cut-out", measures)
        rgba = _on_white(rgba)
    rgb = np.ascontiguousarray(rgba[..., :3])
    likely = _likely(rgb) if network else None
    keyed = border.key(rgb, likely)
    mask = matte.clean(keyed.mask, keep=0.004)
    doubts = _doubts(keyed, mask, likely, measures)
    if not doubts:
        alpha = matte.soften(rgb, mask, background=keyed.background)
        return Cut(
            matte.decontaminate(np.dstack([rgb, alpha])),
            "border",
            "the background is plain and smooth",
            measures,
            keyed.shadow,
            keyed.background,
            keyed.distance,
        )
    why = f"the background is not plain ({doubts})"
    if likely is not None:
        likely = _closer(rgb, likely)
        mask = matte.clean(cut_graph.refine(rgb, likely) > 0.5, keep=0.08)
        sure = float(likely[mask].mean()) if mask.any() else 0.0
        measures["network_sure"] = round(sure, 4)
        if _LEAST <= mask.mean() <= _MOST and sure > 0.6:
            return _finish(rgb, mask, "u2netp", f"{why}; the network sees a subject", measures)
        why += "; the network sees no clear subject"
    share = cut_graph.alone(rgb)
    if share is not None:
        mask = matte.clean(share > 0.5, keep=0.08)
        measures["grabcut_cover"] = round(float(mask.mean()), 4)
        if 2 * _LEAST <= mask.mean() <= 0.85 and _of_a_piece(mask):
            return _finish(rgb, mask, "grabcut", f"{why}; colours and edges set a subject apart", measures)
    return Cut(np.dstack([rgb, np.full(rgb.shape[:2], 255, np.uint8)]), "whole", f"{why}; nothing stands out", measures)


def _finish(rgb: U8, mask: Mask, rung: str, reason: str, measures: dict[str, Any]) -> Cut:
    from toolchain.intake import matte

    return Cut(matte.decontaminate(np.dstack([rgb, matte.soften(rgb, mask)])), rung, reason, measures)


def _of_a_piece(mask: Mask) -> bool:
    """Its largest part is most of it and fills a fair share of its own box: not crumbs of a subject."""
    import cv2

    _, _, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    parts = stats[1:]
    if not len(parts):
        return False
    _, _, w, h, area = parts[parts[:, cv2.CC_STAT_AREA].argmax()]
    return bool(area > 0.6 * mask.sum() and area > 0.1 * w * h)


def _alpha_cuts(alpha: U8) -> dict[str, float]:
    clear = alpha < 16
    rim = np.concatenate([clear[0], clear[-1], clear[1:-1, 0], clear[1:-1, -1]])
    return {
        "alpha_clear": float(clear.mean()),
        "alpha_rim_clear": float(rim.mean()),
        "alpha_subject": float((alpha >= 128).mean()),
    }


def _on_white(rgba: U8) -> U8:
    """A picture whose alpha cuts nothing out, seen on paper."""
    share = rgba[..., 3:].astype(np.float32) / np.float32(255)
    flat = np.round(rgba[..., :3] * share + 255 * (1 - share)).astype(np.uint8)
    return np.dstack([flat, np.full(rgba.shape[:2], 255, np.uint8)])


def _likely(rgb: U8) -> F32:
    import cv2

    from toolchain.intake import u2netp

    share = cv2.resize(u2netp.saliency(rgb), (rgb.shape[1], rgb.shape[0]), interpolation=cv2.INTER_LINEAR)
    return share.astype(np.float32, copy=False)


def _closer(rgb: U8, likely: F32, margin: float = 0.12) -> F32:
    """`likely` averaged with a second look at the subject's box: the network sees but 320 px a side."""
    from toolchain.intake import matte

    mask = matte.clean(likely > 0.5, keep=0.08)
    if not mask.any():
        return likely
    height, width = mask.shape
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    pad = int(margin * max(np.ptp(rows), np.ptp(columns)))
    y = slice(max(0, int(rows[0]) - pad), min(height, int(rows[-1]) + 1 + pad))
    x = slice(max(0, int(columns[0]) - pad), min(width, int(columns[-1]) + 1 + pad))
    if (y.stop - y.start) * (x.stop - x.start) > 0.9 * mask.size:
        return likely
    both = (likely / 2).astype(np.float32)
    both[y, x] += _likely(np.ascontiguousarray(rgb[y, x])) / 2
    return both


def _doubts(keyed: Any, mask: Mask, likely: F32 | None, measures: dict[str, Any]) -> str:
    """What speaks against the border key, in words; "" when nothing does. Adds what was measured."""
    import cv2

    cover = float(mask.mean())
    solid = mask.astype(np.uint8)
    edge = mask & (cv2.erode(solid, np.ones((3, 3), np.uint8), borderValue=1) == 0)
    # How far the colour steps away from the background just inside the silhouette.
    step = cv2.dilate(keyed.distance, np.ones((5, 5), np.uint8))
    contrast = float((step[edge] > 2 * keyed.limit).mean()) if edge.any() else 0.0
    measures |= {
        "rim_uniform": round(keyed.uniform, 4),
        "rim_noise": round(keyed.noise, 3),
        "key_cover": round(cover, 4),
        "key_contrast": round(contrast, 4),
        "openings_doubtful": round(float(keyed.doubtful.sum() / max(1, mask.sum())), 4),
    }
    if likely is not None and (strong := likely > 0.9).mean() > _LEAST:
        measures["key_missed"] = round(float((strong & ~mask & ~keyed.doubtful).sum() / strong.sum()), 4)
    if keyed.uniform < 0.8 or keyed.sides < 3:
        return f"it explains {keyed.uniform:.0%} of the picture's rim"
    if keyed.noise > (3.0 if likely is not None else 6.0):  # a restless ground is the network's, where there is one
        return f"its colours vary by {keyed.noise:.1f} about the mean"
    if not _LEAST <= cover <= _MOST:
        return f"the key leaves {cover:.1%} of the frame"
    if contrast < 0.5:
        return f"only {contrast:.0%} of the outline stands out from it"
    if measures.get("key_missed", 0.0) > 0.2:
        return f"the key loses {measures['key_missed']:.0%} of what the network is sure of"
    return ""
