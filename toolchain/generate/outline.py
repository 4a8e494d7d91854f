"""What one silhouette says of the thing behind it: numbers of the mask from which a rule can be chosen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Outline:
    """Statistics of a mask. All but `lean` are ratios in 0..1."""

    upright: float  # IoU with its own mirror image left to right
    level: float  # IoU with its own mirror image top to bottom
    filled: float  # share of its least bounding rectangle, turned freely
    narrow: float  # second principal deviation over the first: 0 a line, 1 round
    lean: float  # degrees of the principal axis from the vertical, -90..90, positive towards the right
    aspect: float  # width over height of the bounding box (may exceed 1)


def read_outline(mask: NDArray[np.bool_]) -> Outline:
    """Statistics of a (width, height) mask, second axis upwards, with at least one pixel set."""
    import cv2

    across, up = np.nonzero(mask)
    tight = mask[across.min() : across.max() + 1, up.min() : up.max() + 1]
    points = np.stack([across, up], 1).astype(np.float64)
    spread, axes = np.linalg.eigh(np.cov(points.T) if len(points) > 1 else np.eye(2))
    main = axes[:, 1] if axes[1, 1] >= 0 else -axes[:, 1]
    _, sides, _ = cv2.minAreaRect(points.astype(np.float32))
    rectangle = (sides[0] + 1) * (sides[1] + 1)  # from centres to edges
    return Outline(
        upright=_overlap(tight, tight[::-1]),
        level=_overlap(tight, tight[:, ::-1]),
        filled=float(min(len(points) / rectangle, 1.0)),
        narrow=float(np.sqrt(max(spread[0], 0) / max(spread[1], 1e-12))),
        lean=float(np.degrees(np.arctan2(main[0], main[1]))),
        aspect=tight.shape[0] / tight.shape[1],
    )


def _overlap(one: NDArray[np.bool_], two: NDArray[np.bool_]) -> float:
    return float((one & two).sum() / max((one | two).sum(), 1))
