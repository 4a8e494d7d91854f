"""Signed distance to an antialiased outline, in pixels, and the outline's picture on a grid of nodes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from toolchain.asset import F32
from toolchain.generate.views import Picture, Registered


def signed_distance(alpha: F32) -> F32:
    """(H, W) signed distance in pixels to the alpha = 1/2 outline, positive inside.

    Antialiased distance transform: the nearest edge pixel's own coverage tells where in it the edge runs
    (Gustavson and Strand, "Anti-aliased Euclidean distance transform", 2011; unit gradient assumed, so the
    error on a hard mask stays below 0.3 pixels).
    """
    from scipy.ndimage import distance_transform_edt

    inside = alpha >= 0.5
    padded = np.pad(inside, 1, mode="edge")
    mixed = np.zeros(inside.shape, bool)
    for neighbour in (padded[:-2, 1:-1], padded[2:, 1:-1], padded[1:-1, :-2], padded[1:-1, 2:]):
        mixed |= neighbour != inside
    edge = mixed | ((alpha > 0.02) & (alpha < 0.98) & _near(mixed))
    if not edge.any():
        return np.full(alpha.shape, 1e4 if inside.all() else -1e4, np.float32)
    far, (row, column) = distance_transform_edt(~edge, return_indices=True)
    return (np.where(inside, far, -far) + np.clip(alpha[row, column], 0.0, 1.0) - 0.5).astype(np.float32)


def _near(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Pixels within one of `mask`; keeps soft alpha deep inside a subject (glass) from counting as outline."""
    from scipy.ndimage import binary_dilation

    return binary_dilation(mask, np.ones((3, 3), bool))


def keep_thin(distance: F32, radius: float) -> F32:
    """Give parts thinner than `radius` (pixels) that radius about their midline, so that a grid cannot miss them.

    A part is thin where an opening by a disc of `radius` removes more than a corner: its far end lies over
    3 radii from what the opening keeps (a corner sharper than 30 degrees would count too).
    """
    from scipy.ndimage import distance_transform_edt, label, maximum
    from skimage.morphology import skeletonize

    inside = distance > 0
    core = distance > radius
    kept = (distance_transform_edt(~core) <= radius) & inside if core.any() else np.zeros_like(inside)
    pieces, count = label(inside & ~kept, np.ones((3, 3)))
    if count == 0:
        return distance
    reach = distance_transform_edt(~kept) if kept.any() else np.full(distance.shape, np.inf)
    long = np.concatenate([[False], maximum(reach, pieces, np.arange(1, count + 1)) > 3 * radius])
    thin = long[pieces]
    if not thin.any():
        return distance
    midline = skeletonize(thin)
    return np.maximum(distance, radius - distance_transform_edt(~midline)).astype(np.float32)


def on_nodes(registered: Registered, picture: Picture, right: F32, up: F32, thinnest: float) -> F32:
    """(len(right), len(up)) signed distance in box units at node coordinates along the picture's two axes.

    `right` and `up` are coordinates on subject axes `plane.right` and `plane.up`; parts thinner than
    2 * `thinnest` (box units) are given that thickness.
    """
    from scipy.ndimage import map_coordinates

    p = picture.plane
    unit = np.sqrt(registered.extents[p.right] / picture.wide * registered.extents[p.up] / picture.high)
    distance = keep_thin(signed_distance(picture.alpha), thinnest / unit)
    points = np.zeros((len(right) + len(up), 3))
    points[: len(right), p.right], points[len(right):, p.up] = right, up
    pixels = registered.pixels(picture, points) - 0.5
    x, y = pixels[: len(right), 0], pixels[len(right):, 1]
    grid = np.stack(np.meshgrid(y, x, indexing="ij"))
    sampled = map_coordinates(distance, grid, order=1, mode="nearest")
    out_x = np.maximum(np.maximum(-x, x - distance.shape[1] + 1), 0)
    out_y = np.maximum(np.maximum(-y, y - distance.shape[0] + 1), 0)
    return ((sampled - np.hypot(out_y[:, None], out_x[None])) * unit).T.astype(np.float32)
