"""Signed distance to an antialiased outline, in pixels, and the outline's picture on a grid of nodes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from toolchain.asset import F32
from toolchain.generate.views import Picture, Registered


def signed_distance(alpha: F32) -> F32:
    """(H, W) signed distance in pixels to the alpha = 1/2 outline, positive inside.

    After Gustavson and Strand, "Anti-aliased Euclidean distance transform" (2011): coverage and gradient of an edge
    pixel tell where in it the edge runs. A pixel's distance is that to the nearest such point about the
    nearest edge pixel: right to about 0.1 pixels on an antialiased outline, 0.6 on a hard mask.
    """
    from scipy.ndimage import distance_transform_edt

    inside = alpha >= 0.5
    padded = np.pad(inside, 1, mode="edge")
    mixed = np.zeros(inside.shape, bool)
    for neighbour in (padded[:-2, 1:-1], padded[2:, 1:-1], padded[1:-1, :-2], padded[1:-1, 2:]):
        mixed |= neighbour != inside
    soft = (alpha > 0.02) & (alpha < 0.98) & _near(mixed)
    edge = soft | (mixed & ~_near(soft))  # a pixel wholly in or out tells where the edge is only beside a hard one
    if not edge.any():
        return np.full(alpha.shape, 1e4 if inside.all() else -1e4, np.float32)
    row, column = distance_transform_edt(~edge, return_distances=False, return_indices=True)
    foot_row, foot_column = _feet(alpha, edge)
    here = np.indices(alpha.shape, np.float32)
    far = np.full(alpha.shape, np.inf, np.float32)
    for down in (-1, 0, 1):
        for right in (-1, 0, 1):
            at = (row + 1 + down, column + 1 + right)
            np.minimum(far, np.hypot(foot_row[at] - here[0], foot_column[at] - here[1]), out=far)
    far = np.where(edge, np.maximum(far, np.abs(alpha - 0.5) * _ridge(alpha)), far)
    return np.where(inside, far, -far)


def _ridge(alpha: F32) -> NDArray[np.bool_]:
    """Pixels without a gradient: a line one pixel wide, whose two edges cancel out."""
    down, right = np.gradient(alpha)
    return np.hypot(down, right) < 0.05


def _feet(alpha: F32, edge: NDArray[np.bool_]) -> tuple[F32, F32]:
    """Row and column, (H + 2, W + 2) each, of the outline's point nearest to each edge pixel; far off elsewhere."""
    from scipy.ndimage import sobel

    down, right = (sobel(alpha.astype(np.float64), axis) for axis in (0, 1))
    length = np.hypot(down, right)
    length[length < 1e-9] = np.inf
    down, right = down / length, right / length
    steep, slight = np.maximum(abs(down), abs(right)), np.minimum(abs(down), abs(right))
    cover = np.clip(alpha, 0.0, 1.0).astype(np.float64)
    corner = 0.5 * slight / np.maximum(steep, 1e-9)  # coverage up to which the edge cuts off but a corner of the pixel
    low = np.sqrt(2 * steep * slight * cover) - 0.5 * (steep + slight)
    high = 0.5 * (steep + slight) - np.sqrt(2 * steep * slight * (1 - cover))
    within = np.where(cover < corner, low, np.where(cover > 1 - corner, high, (cover - 0.5) * steep))
    feet = (grid - within * way for grid, way in zip(np.indices(alpha.shape), (down, right), strict=True))
    row, column = (np.pad(np.where(edge, f, 1e6), 1, constant_values=1e6).astype(np.float32) for f in feet)
    return row, column


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
    points[: len(right), p.right], points[len(right) :, p.up] = right, up
    pixels = registered.pixels(picture, points) - 0.5
    x, y = pixels[: len(right), 0], pixels[len(right) :, 1]
    grid = np.stack(np.meshgrid(y, x, indexing="ij"))
    sampled = map_coordinates(distance, grid, order=1, mode="nearest")
    out_x = np.maximum(np.maximum(-x, x - distance.shape[1] + 1), 0)
    out_y = np.maximum(np.maximum(-y, y - distance.shape[0] + 1), 0)
    return ((sampled - np.hypot(out_y[:, None], out_x[None])) * unit).T.astype(np.float32)
