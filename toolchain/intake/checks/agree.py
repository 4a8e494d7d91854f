"""Do the views of one asset agree? Silhouettes of opposite views are mirror images; proportions must match."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from toolchain.asset import View
from validators.finding import Finding, Where

Mask = NDArray[np.bool_]
_WIDTH, _OUTLINE, _DEPTH, _HEIGHT = 0.08, 0.85, 0.15, 0.05
_SIDE = 128  # side to which silhouettes are brought for comparison, px


def check_views(views: Sequence[View]) -> tuple[dict[str, float], tuple[Finding, ...]]:
    """Figures and findings over all views: `front_back_width`, `front_back_outline`, `front_left_height`, ..."""
    boxes = {v.name: (box, v) for v in views if (box := _cropped(v.rgba[..., 3] >= 128)) is not None}
    figures: dict[str, float] = {}
    found: list[Finding] = []

    def tell(
        figure: str,
        value: float,
        limit: float,
        low: bool,
        severity: str,
        message: str,
        fix: str,
        view: str,
    ) -> None:
        figures[figure] = round(value, 4)
        if value < limit if low else value > limit:
            file = boxes[view][1].source
            found.append(Finding("ref.views", severity, message, fix, Where(file=file), round(value, 4), limit))

    for one, other in (("front", "back"), ("left", "right"), ("top", "bottom")):
        if one in boxes and other in boxes:
            a, b = boxes[one][0], boxes[other][0]
            off = _apart(_aspect(a), _aspect(b))
            tell(
                f"{one}_{other}_width",
                off,
                _WIDTH,
                False,
                "warning",
                f"Drawn to one height, the {one} and the {other} differ in width by {off:.0%}.",
                "Draw both at the same scale; opposite views have the same outline, mirrored.",
                other,
            )
            # Seen from above and from below, left and right swap too when both are drawn with the same edge up.
            same = _overlap(a, b[:, ::-1])
            tell(
                f"{one}_{other}_outline",
                same,
                _OUTLINE,
                True,
                "info",
                f"The outline of the {other} is not the {one}'s mirrored: they overlap by {same:.0%}.",
                f"Check that the {other} is not a copy of the {one} and shows the same pose.",
                other,
            )
    front = next((n for n in ("front", "back") if n in boxes), "")
    side = next((n for n in ("left", "right") if n in boxes), "")
    if front and side and boxes[front][1].rgba.shape == boxes[side][1].rgba.shape:
        off = _apart(boxes[front][0].shape[0], boxes[side][0].shape[0])
        tell(
            f"{front}_{side}_height",
            off,
            _HEIGHT,
            False,
            "warning",
            f"The {front} and the {side} view differ in height by {off:.0%}.",
            "Draw all views at one scale, with feet and top on the same lines.",
            side,
        )
    above = next((n for n in ("top", "bottom") if n in boxes), "")
    if front and side and above:
        off = _apart(_aspect(boxes[above][0]), _aspect(boxes[front][0]) / _aspect(boxes[side][0]))
        tell(
            f"{above}_proportion",
            off,
            _DEPTH,
            False,
            "warning",
            f"Width and depth in the {above} view do not fit the {front} and {side} views: they differ by {off:.0%}.",
            f"Draw the {above} view with the front pointing down, at the others' scale.",
            above,
        )
    return figures, tuple(found)


def _cropped(mask: Mask) -> Mask | None:
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1] if len(rows) else None


def _aspect(mask: Mask) -> float:
    return mask.shape[1] / mask.shape[0]


def _apart(a: float, b: float) -> float:
    """Relative difference 0..1 of two positive numbers."""
    return 1.0 - min(a, b) / max(a, b)


def _overlap(a: Mask, b: Mask) -> float:
    """Intersection over union of two silhouettes, each stretched to its box."""
    small = [
        cv2.resize(np.ascontiguousarray(m).astype(np.float32), (_SIDE, _SIDE), interpolation=cv2.INTER_AREA) > 0.5
        for m in (a, b)
    ]
    union = (small[0] | small[1]).sum()
    return float((small[0] & small[1]).sum() / union) if union else 1.0
