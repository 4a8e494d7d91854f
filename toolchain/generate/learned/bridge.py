"""What the networks left empty of a picture's outline, filled at the depth of its neighbours.

Where a line of sight meets no matter, the answer's best place along it is mostly noise. A rope, a barrel or a wing goes
on about where it left what is known, though, so that depth is carried on over the outline: the tautest sheet
through what is there, drawn a little to the answer's own best places where they all but are matter.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from toolchain.asset import F32
from toolchain.generate.depth import inflate, laplacian
from toolchain.generate.learned.answer import CELL
from toolchain.generate.mesher import Grid

NONE = np.float32(-1e9)
SURE, UNSURE = 10.0, 0.1  # pull on the sheet of a depth where there is matter, and of one where there all but is
IDLE = 1e-6  # pull of the subject's middle, for where nothing tells
ROUND = 0.1  # half depths far below it are an inflated outline's, those above come to it
BUNDLE = 2.0  # steps: width of the bundles that lines of sight are taken in
LEAST = 1.5  # steps: half a depth that the grid holds, softened too
SOFT = 0.7  # bundles: how half depths fade beside what was empty


@dataclass(frozen=True, eq=False)
class Lines:
    """A picture's lines of sight, in square bundles."""

    matrix: NDArray[np.float64]  # (3, 4): pixels (x w, y w, w) of a point of the subject's frame
    toward: NDArray[np.float64]  # (3,): the way to the camera
    wide: float  # pixels of a bundle
    shape: tuple[int, int]  # bundles down and across
    pixel: float  # in units of the subject's frame, at its middle


def along_z(grid: Grid) -> Lines:
    """The lines of sight along z, of pictures as fine as the `grid`."""
    (x, *_), (y, *_), _ = grid.axes
    matrix = np.array(((1, 0, 0, grid.step / 2 - x), (0, 1, 0, grid.step / 2 - y), (0, 0, 0, grid.step))) / grid.step
    shape = tuple(int(len(axis) / BUNDLE) + 1 for axis in (grid.axes[1], grid.axes[0]))
    return Lines(matrix, np.array((0.0, 0.0, 1.0)), BUNDLE, (shape[0], shape[1]), grid.step)


def bridged(field: F32, outline: F32, grid: Grid, lines: Lines) -> F32:
    """`field` (nx, ny, nz), positive inside, with matter on all lines of sight where `outline`, alike, is positive."""
    best, depth = _seen(field, outline, *grid.axes, lines.matrix, lines.toward, lines.wide, *lines.shape)
    there = best > NONE
    empty = there & (best <= 0)
    if not empty.any():
        return field
    sheet, half = _sheet(best, depth, there, empty, lines.wide * lines.pixel, LEAST * grid.step)
    return _thickened(field, sheet, half, *grid.axes, lines.matrix, lines.toward, lines.wide)


def _sheet(
    best: F32, depth: F32, there: NDArray[np.bool_], empty: NDArray[np.bool_], step: float, least: float
) -> tuple[F32, F32]:
    """(H, W) depth of the sheet and half its thickness, `least` or more in `empty` and fading beside it.

    Both go on beside the outline, so that what is read between bundles does not fall off at the rim.
    """
    from scipy.ndimage import distance_transform_edt, gaussian_filter
    from scipy.sparse import diags_array
    from scipy.sparse.linalg import spsolve

    pull = np.where(empty, UNSURE * np.exp(np.clip(best / CELL, -50, 0)), SURE)[there]
    edges = laplacian(there, 0.0)
    sheet = np.zeros(there.shape)
    sheet[there] = spsolve(edges + diags_array(pull + IDLE - edges.sum(1), format="csc"), pull * depth[there])
    row, column = distance_transform_edt(~there, return_distances=False, return_indices=True)

    padded = np.pad(there, 1)
    within = np.where(padded, distance_transform_edt(padded) - 0.5, -1.0) * step
    half = inflate(within.astype(np.float32), step)[1:-1, 1:-1]
    half = np.maximum(half / (1 + half / ROUND), least)
    half = gaussian_filter(np.where(empty, half, 0), SOFT)
    return sheet[row, column].astype(np.float32), half[row, column].astype(np.float32)


@njit(cache=True)
def _seen(
    field: F32,
    outline: F32,
    xs: F32,
    ys: F32,
    zs: F32,
    matrix: NDArray[np.float64],
    toward: NDArray[np.float64],
    wide: float,
    high: int,
    across: int,
) -> tuple[F32, F32]:
    """(high, across) greatest `field` within the outline along each bundle, NONE without any, and where along it.

    That depth is the mean of places as good as the best, or in matter, by how near they come to it.
    """
    best = np.full((high, across), NONE, np.float32)
    total, weight = np.zeros((high, across)), np.zeros((high, across))
    for again in range(2):
        for i in range(len(xs)):
            for j in range(len(ys)):
                for k in range(len(zs)):
                    if outline[i, j, k] <= 0:
                        continue
                    u, v = pixel_of(matrix, xs[i], ys[j], zs[k])
                    r, c = int(v / wide), int(u / wide)
                    if r < 0 or c < 0 or r >= high or c >= across:
                        continue
                    if again == 0:
                        best[r, c] = max(best[r, c], field[i, j, k])
                        continue
                    short = min(best[r, c], CELL / 2) - min(field[i, j, k], CELL / 2)
                    share = np.exp(-2 * short / CELL)
                    weight[r, c] += share
                    total[r, c] += share * (toward[0] * xs[i] + toward[1] * ys[j] + toward[2] * zs[k])
    return best, (total / np.maximum(weight, 1e-9)).astype(np.float32)


@njit(cache=True)
def _thickened(
    field: F32,
    sheet: F32,
    half: F32,
    xs: F32,
    ys: F32,
    zs: F32,
    matrix: NDArray[np.float64],
    toward: NDArray[np.float64],
    wide: float,
) -> F32:
    """`field` or, where that is more, how far within `half` of `sheet` a node lies."""
    out = field.copy()
    for i in range(len(xs)):
        for j in range(len(ys)):
            for k in range(len(zs)):
                u, v = pixel_of(matrix, xs[i], ys[j], zs[k])
                u, v = u / wide, v / wide
                deep = between(half, u, v)
                if deep > 0:
                    away = toward[0] * xs[i] + toward[1] * ys[j] + toward[2] * zs[k] - between(sheet, u, v)
                    out[i, j, k] = max(out[i, j, k], deep - abs(away))
    return out


@njit(cache=True)
def pixel_of(matrix: NDArray[np.float64], x: float, y: float, z: float) -> tuple[float, float]:
    """Edge coordinates, to the right and down, of a point; `matrix` (3, 4): its pixels (u w, v w, w)."""
    w = matrix[2, 0] * x + matrix[2, 1] * y + matrix[2, 2] * z + matrix[2, 3]
    u = (matrix[0, 0] * x + matrix[0, 1] * y + matrix[0, 2] * z + matrix[0, 3]) / w
    v = (matrix[1, 0] * x + matrix[1, 1] * y + matrix[1, 2] * z + matrix[1, 3]) / w
    return u, v


@njit(cache=True)
def between(image: F32, u: float, v: float) -> float:
    """`image` (H, W) at edge coordinates, bilinearly; its rim goes on."""
    high, wide = image.shape
    u, v = min(max(u - 0.5, 0.0), wide - 1.0), min(max(v - 0.5, 0.0), high - 1.0)
    p, q = int(u), int(v)
    s, t = u - p, v - q
    p1, q1 = min(p + 1, wide - 1), min(q + 1, high - 1)
    return (image[q, p] * (1 - s) + image[q, p1] * s) * (1 - t) + (image[q1, p] * (1 - s) + image[q1, p1] * s) * t
