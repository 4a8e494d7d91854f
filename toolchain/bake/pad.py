"""Padding: what stands between the charts, so that no filter and no mip ever mixes in an empty texel.

Near a chart its nearest texel is repeated, for bilinear and anisotropic lookups. Beyond, an empty texel takes
the mean of the smallest mip block about it that holds anything; then every mip texel of a box filter is the
mean of charts' texels alone (the push and pull of Gortler et al. 1996, without the smooth pull).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from toolchain.asset import F32

NEAR = 4.0  # texels over which the nearest texel is repeated


def pad(image: F32, coverage: NDArray[np.bool_]) -> F32:
    """`image` (S, S) or (S, S, C) with the texels outside `coverage` (S, S) filled; covered texels stay as they are."""
    if coverage.all() or not coverage.any():
        return image
    held, known = _repeat(image.reshape(*coverage.shape, -1), coverage)
    _fill(held, known)
    return held.reshape(image.shape)


def _repeat(image: F32, coverage: NDArray[np.bool_]) -> tuple[F32, NDArray[np.bool_]]:
    import cv2

    away, label = cv2.distanceTransformWithLabels(
        (~coverage).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_PIXEL
    )
    owner = np.zeros(int(label.max()) + 1, np.int64)
    owner[label[coverage]] = np.flatnonzero(coverage)
    known = away <= NEAR
    out = np.array(image, np.float32)
    ring = known & ~coverage
    out[ring] = image.reshape(-1, image.shape[2])[owner[label[ring]]]
    out[~known] = 0
    return out, known


def _fill(image: F32, known: NDArray[np.bool_]) -> None:
    """Fill in place, from the mip level below; an odd side's last row and column pair with themselves."""
    if known.all():
        return
    even = [(s + 1) // 2 * 2 for s in known.shape]
    grow = [(0, e - s) for e, s in zip(even, known.shape, strict=True)]
    weight = np.pad(known, grow, mode="edge").astype(np.float32)
    values = np.pad(image, [*grow, (0, 0)], mode="edge") * weight[..., None]
    rows, columns = even[0] // 2, even[1] // 2
    weight = weight.reshape(rows, 2, columns, 2).sum(axis=(1, 3))
    values = values.reshape(rows, 2, columns, 2, -1).sum(axis=(1, 3)) / np.maximum(weight, 1)[..., None]
    _fill(values, weight > 0)
    row, column = np.nonzero(~known)
    image[row, column] = values[row // 2, column // 2]
