"""What an error in metres is on a screen, where the asset fills a share of its height.

The share is that of the diameter of the asset's bounding sphere (about the middle of its box), as engines
measure it: Unreal's Screen Size, Unity's relative height for a cube-like asset.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

LINES = 1080  # of the screen that pixels are counted on


def diameter(positions: NDArray[np.floating]) -> float:
    """Diameter of the bounding sphere of (V, 3) points about the middle of their box, metres."""
    points = positions.astype(np.float64)
    middle = (points.min(axis=0) + points.max(axis=0)) / 2
    return 2 * float(np.sqrt(((points - middle) ** 2).sum(axis=1).max()))


def pixels(error_m: float, diameter_m: float, share: float) -> float:
    """Lines that `error_m` covers where the asset's sphere covers `share` of the screen's height."""
    return error_m / max(diameter_m, 1e-12) * share * LINES


def largest_share(error_m: float, diameter_m: float) -> float:
    """The largest share, at most 1, at which `error_m` stays within one pixel."""
    return min(1.0, diameter_m / max(error_m * LINES, 1e-12))
