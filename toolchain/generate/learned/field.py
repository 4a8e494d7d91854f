"""The network's answer made to agree with its picture: nothing outside the outline, something behind all of it."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from toolchain.asset import F32
from toolchain.generate.distance import keep_thin, signed_distance
from toolchain.generate.learned import prior
from toolchain.generate.learned.answer import CELL, GRID
from toolchain.generate.learned.bridge import BUNDLE, Lines, between, bridged, pixel_of
from toolchain.generate.learned.camera import Pose, to_pixels
from toolchain.generate.learned.prior import Answer
from toolchain.generate.mesher import Grid, grid_about
from toolchain.generate.views import Picture

SLOPE = 2.5  # of the logits, in a cell: how steeply they fall across a surface
LEAST = 0.0  # logit that is the surface
MOST = 6 * CELL  # of the field of an answer, either way


def pixel_matrix(pose: Pose, picture: Picture) -> NDArray[np.float64]:
    """(3, 4): pixels (x w, y w, w), edge coordinates, of a point of the subject's frame."""
    return to_pixels(picture) @ pose.matrix()


def finer(answer: Answer, grid: Grid) -> F32:
    """(nx, ny, nz) the answer on the nodes of `grid`: about how far within the surface, in units of its frame."""
    rows = [weights((a / half + 1) / 2 * GRID - 0.5, GRID) for a, half in zip(grid.axes, answer.half, strict=True)]
    fine = answer.logits
    for row in rows:  # one by one: sums that a library shares out among threads would hang on their number
        fine = np.einsum("na,abc->bcn", row, fine)
    return np.clip((fine - LEAST) / SLOPE * CELL, -MOST, MOST).astype(np.float32)


def field_of(answer: Answer, picture: Picture, resolution: int) -> tuple[F32, Grid]:
    """(field (nx, ny, nz) positive inside and about Euclidean, grid) in the subject's frame."""
    grid = grid_about(2 * np.minimum(prior.reach(answer) + 2 * CELL, answer.half), resolution)
    field = finer(answer, grid)

    left, top, right, bottom = picture.box
    unit = 1 / max(right - left, bottom - top)
    distance = keep_thin(signed_distance(picture.alpha), 0.6 * grid.step / unit) * np.float32(unit)
    matrix = pixel_matrix(answer.pose, picture)
    outline = _looked_up(distance.astype(np.float32), *grid.axes, matrix, grid.step)
    wide = max(BUNDLE * grid.step / unit, 1.0)
    shape = (int(distance.shape[0] / wide) + 2, int(distance.shape[1] / wide) + 2)
    field = bridged(field, outline, grid, Lines(matrix, answer.pose.turn()[2], wide, shape, unit))
    return np.minimum(field, outline), grid


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
def _looked_up(image: F32, xs: F32, ys: F32, zs: F32, matrix: NDArray[np.float64], outside: float) -> F32:
    """(nx, ny, nz) `image` at each node's pixel; at most -outside off it."""
    high, wide = image.shape
    out = np.zeros((len(xs), len(ys), len(zs)), np.float32)
    for i in range(len(xs)):
        for j in range(len(ys)):
            for k in range(len(zs)):
                a, b = pixel_of(matrix, xs[i], ys[j], zs[k])
                out[i, j, k] = between(image, a, b)
                if a < 0 or b < 0 or a > wide or b > high:
                    out[i, j, k] = min(out[i, j, k], -outside)
    return out
