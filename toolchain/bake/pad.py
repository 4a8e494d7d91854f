"""Padding: what stands between the charts, so that no filter and no mip ever mixes in an empty texel.

Near a chart its nearest texel is repeated, for bilinear and anisotropic lookups. Beyond, an empty texel takes
the mean of the smallest mip block about it that holds anything; then every mip texel of a box filter is the
mean of charts' texels alone (the push and pull of Gortler et al. 1996, without the smooth pull).
"""

from __future__ import annotations

from dataclasses import dataclass

import numba
import numpy as np
from numpy.typing import NDArray

from toolchain.asset import F32

NEAR = 4.0  # texels over which the nearest texel is repeated


@dataclass(frozen=True, eq=False)
class Gaps:
    """What charts leave empty in a square of S texels; the same for every map of theirs."""

    ring: NDArray[np.int64]  # (R,) row * S + column of the empty texels near a chart
    owner: NDArray[np.int64]  # (R,) the chart's texel that each repeats
    known: NDArray[np.bool_]  # (S, S) a chart's, or near one

    @property
    def none(self) -> bool:
        """Nothing to fill, or nothing to fill it with."""
        return not len(self.ring)


def find_gaps(coverage: NDArray[np.bool_]) -> Gaps:
    """The gaps beside the texels `coverage` (S, S)."""
    import cv2

    if coverage.all() or not coverage.any():
        nothing = np.zeros(0, np.int64)
        return Gaps(nothing, nothing, coverage)
    away, label = cv2.distanceTransformWithLabels(
        (~coverage).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_PIXEL
    )
    texel = np.zeros(int(label.max()) + 1, np.int64)
    texel[label[coverage]] = np.flatnonzero(coverage)
    known = away <= NEAR
    ring = np.flatnonzero(known & ~coverage)
    return Gaps(ring, texel[label.reshape(-1)[ring]], known)


def pad(image: F32, gaps: Gaps) -> F32:
    """Fill the `gaps` of `image` (S, S) or (S, S, C), in place; the charts' texels stay as they are."""
    if not gaps.none:
        flat = image.reshape(gaps.known.size, -1)
        flat[gaps.ring] = flat[gaps.owner]
        _fill(image.reshape(*gaps.known.shape, -1), gaps.known)
    return image


def _fill(image: F32, known: NDArray[np.bool_]) -> None:
    """Fill in place, from the mip level below; an odd side's last row and column pair with themselves."""
    if not known.all():
        values, some = _halve(image, known)
        _fill(values, some)
        _spread(image, known, values)


@numba.njit(cache=True, nogil=True)
def _halve(image, known):
    """Means of the known texels of each 2 x 2 block, and where there are any."""
    high, wide, channels = image.shape
    out = np.zeros(((high + 1) // 2, (wide + 1) // 2, channels), np.float32)
    some = np.zeros(out.shape[:2], np.bool_)
    for row in range(out.shape[0]):
        for column in range(out.shape[1]):
            count = np.float32(0)
            for i in range(4):
                r, c = min(2 * row + i // 2, high - 1), min(2 * column + i % 2, wide - 1)
                if known[r, c]:
                    count += np.float32(1)
                    for k in range(channels):
                        out[row, column, k] += image[r, c, k]
            if count > 0:
                some[row, column] = True
                for k in range(channels):
                    out[row, column, k] /= count
    return out, some


@numba.njit(cache=True, nogil=True)
def _spread(image, known, values):
    for row in range(image.shape[0]):
        for column in range(image.shape[1]):
            if not known[row, column]:
                for k in range(image.shape[2]):
                    image[row, column, k] = values[row // 2, column // 2, k]
