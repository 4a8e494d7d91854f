"""The network's answer made to agree with its picture: nothing outside the outline, something behind all of it."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from toolchain.asset import F32
from toolchain.generate.distance import keep_thin, signed_distance
from toolchain.generate.learned import prior
from toolchain.generate.learned.answer import GRID, HALF
from toolchain.generate.learned.camera import Pose, to_pixels
from toolchain.generate.learned.prior import Answer
from toolchain.generate.mesher import Grid, grid_about
from toolchain.generate.views import Picture

THIN = 0.5  # cells: how deep in the matter the lines of sight must come that the networks left empty
BIN = 2.0  # steps: width of the bundles of lines of sight that are looked along
NONE = np.float32(-1e9)
SLOPE = 2.5  # of the logits, in a cell: how steeply they fall across a surface
LEAST = 0.0  # logit that is the surface
CELL = 2 * HALF / GRID


def pixel_matrix(pose: Pose, picture: Picture) -> NDArray[np.float64]:
    """(3, 4): pixels (x w, y w, w), edge coordinates, of a point of the subject's frame."""
    return to_pixels(picture) @ pose.matrix()


def finer(answer: Answer, grid: Grid) -> F32:
    """(nx, ny, nz) the answer on the nodes of `grid`: about how far within the surface, in units of its frame."""
    rows = [weights((a / half + 1) / 2 * GRID - 0.5, GRID) for a, half in zip(grid.axes, answer.half, strict=True)]
    fine = np.einsum("zc,yb,xa,abc->xyz", rows[2], rows[1], rows[0], answer.logits, optimize=True)
    return (np.clip((fine - LEAST) / SLOPE, -6, 6) * CELL).astype(np.float32)


def field_of(answer: Answer, picture: Picture, resolution: int) -> tuple[F32, Grid]:
    """(field (nx, ny, nz) positive inside and about Euclidean, grid) in the subject's frame."""
    grid = grid_about(2 * np.minimum(prior.reach(answer) + 2 * CELL, answer.half), resolution)
    field = finer(answer, grid)

    left, top, right, bottom = picture.box
    unit = 1 / max(right - left, bottom - top)
    distance = keep_thin(signed_distance(picture.alpha), 0.6 * grid.step / unit) * np.float32(unit)
    matrix = pixel_matrix(answer.pose, picture)
    outline = _looked_up(distance.astype(np.float32), *grid.axes, matrix, 1.0, grid.step)
    bin_px = max(BIN * grid.step / unit, 1.0)
    best = _best(field, outline, *grid.axes, matrix, bin_px, *(int(n / bin_px) + 2 for n in distance.shape))
    lack = lacking(best, best > NONE).astype(np.float32)
    field = field + _looked_up(lack, *grid.axes, matrix, bin_px, 0.0)
    return np.minimum(field, outline), grid


def lacking(best: F32, there: NDArray[np.bool_]) -> NDArray[np.floating]:
    """(H, W) what a field must gain along lines of sight, a little about them too, to be THIN cells deep somewhere.

    `best` (H, W): its greatest value along each; `there`: which of them the picture fills.
    """
    from scipy.ndimage import gaussian_filter, grey_dilation

    lack = np.where(there, np.maximum(THIN * CELL - best, 0), 0)
    return np.asarray(gaussian_filter(grey_dilation(lack, 3), 1.0))


def weights(at: NDArray[np.floating], count: int) -> F32:
    """(N, count) what each of `count` values in a row weighs at places `at` between them: Catmull and Rom's spline.

    Ends go on as they are.
    """
    out = np.zeros((len(at), count), np.float32)
    low = np.floor(at).astype(np.int64)
    t = (at - low).astype(np.float64)
    each = (
        (-1, t * (-0.5 + t * (1 - 0.5 * t))),
        (0, 1 + t * t * (-2.5 + 1.5 * t)),
        (1, t * (0.5 + t * (2 - 1.5 * t))),
        (2, t * t * (-0.5 + 0.5 * t)),
    )
    for step, weight in each:
        np.add.at(out, (np.arange(len(at)), np.clip(low + step, 0, count - 1)), weight.astype(np.float32))
    return out


@njit(cache=True)
def _looked_up(image: F32, xs: F32, ys: F32, zs: F32, matrix: NDArray[np.float64], scale: float, outside: float) -> F32:
    """(nx, ny, nz) `image`, whose pixels are `scale` of the picture's, at each node; at most -outside off it."""
    high, wide = image.shape
    out = np.zeros((len(xs), len(ys), len(zs)), np.float32)
    for i in range(len(xs)):
        for j in range(len(ys)):
            for k in range(len(zs)):
                w = matrix[2, 0] * xs[i] + matrix[2, 1] * ys[j] + matrix[2, 2] * zs[k] + matrix[2, 3]
                a = (matrix[0, 0] * xs[i] + matrix[0, 1] * ys[j] + matrix[0, 2] * zs[k] + matrix[0, 3]) / w / scale
                b = (matrix[1, 0] * xs[i] + matrix[1, 1] * ys[j] + matrix[1, 2] * zs[k] + matrix[1, 3]) / w / scale
                u, v = min(max(a - 0.5, 0.0), wide - 1.0), min(max(b - 0.5, 0.0), high - 1.0)
                p, q = int(u), int(v)
                s, t = u - p, v - q
                p1, q1 = min(p + 1, wide - 1), min(q + 1, high - 1)
                d = (image[q, p] * (1 - s) + image[q, p1] * s) * (1 - t) + (
                    image[q1, p] * (1 - s) + image[q1, p1] * s
                ) * t
                if a < 0 or b < 0 or a > wide or b > high:
                    d = min(d, np.float32(-outside))
                out[i, j, k] = d
    return out


@njit(cache=True)
def _best(
    field: F32, outline: F32, xs: F32, ys: F32, zs: F32, matrix: NDArray[np.float64], scale: float, high: int, wide: int
) -> F32:
    """(high, wide) greatest `field` within the outline along each bin's lines of sight; NONE where there is none."""
    out = np.full((high, wide), NONE, np.float32)
    for i in range(len(xs)):
        for j in range(len(ys)):
            for k in range(len(zs)):
                if outline[i, j, k] <= 0:
                    continue
                w = matrix[2, 0] * xs[i] + matrix[2, 1] * ys[j] + matrix[2, 2] * zs[k] + matrix[2, 3]
                u = (matrix[0, 0] * xs[i] + matrix[0, 1] * ys[j] + matrix[0, 2] * zs[k] + matrix[0, 3]) / w / scale
                v = (matrix[1, 0] * xs[i] + matrix[1, 1] * ys[j] + matrix[1, 2] * zs[k] + matrix[1, 3]) / w / scale
                r, c = int(v), int(u)
                if 0 <= r < high and 0 <= c < wide:
                    out[r, c] = max(out[r, c], field[i, j, k])
    return out
