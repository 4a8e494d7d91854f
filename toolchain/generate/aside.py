"""A three-quarter picture beside straight ones: where it was taken from, by what the straight ones make of the subject.

The shape is turned until it casts the picture's outline.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
from numba import njit
from numpy.typing import NDArray

from toolchain.generate.learned.camera import Pose, to_pixels
from toolchain.generate.mesher import surface
from toolchain.generate.shape import Shape
from toolchain.generate.sight import Camera
from toolchain.generate.views import Picture

AGREES = 0.85  # IoU of the outlines from which the picture is believed to show the same subject
SIDE = 64  # pixels of the outlines that are compared
FEW = 12_000  # points of the surface that the search is made with
YAWS, PITCHES = np.radians(np.arange(-27, 28, 9.0)), np.radians(np.arange(-16, 17, 8.0))  # about the first guess
NEARS = np.array((0.0, 0.3, 0.6))
ROUNDS = 5  # of looking about the best so far, at half the steps each


@dataclass(frozen=True, eq=False)
class Aside:
    """The three-quarter picture in the box of the others."""

    camera: Camera
    pose: Pose
    agreement: float  # IoU of the outlines


def found(picture: Picture, first: Pose, plan: Shape) -> Aside | None:
    """Where `picture` was taken from, about the guess `first`; None where the `plan` casts no such outline."""
    every = surface(plan.field, plan.grid, 0)[0].astype(np.float64)
    at = (every.max(0) + every.min(0)) / 2
    mask = _small(picture)
    few = every[:: max(1, len(every) // FEW)] - at
    grids = [first.yaw + YAWS, first.pitch + PITCHES, NEARS]
    tried = np.array(list(product(*grids)))
    scores = [_agreement(few, mask, *values) for values in tried]
    values = tried[int(np.argmax(scores))]
    steps = np.array([YAWS[1] - YAWS[0], PITCHES[1] - PITCHES[0], NEARS[1]])
    around = np.array(list(product((-1, 0, 1), repeat=3)))
    for _ in range(ROUNDS):
        steps = steps / 2
        tried = values + around * steps
        tried[:, 2] = np.clip(tried[:, 2], 0, 0.8)
        scores = [_agreement(few, mask, *other) for other in tried]
        values = tried[int(np.argmax(scores))]
    best = _agreement(every - at, mask, *values)
    if best < AGREES:
        return None
    yaw, pitch, near = (float(v) for v in values)
    pose = Pose(yaw, pitch, near)
    low, high = _ends(every - at, pose.matrix())
    return Aside(_camera(picture, pose, at, low, high), pose, best)


def _camera(picture: Picture, pose: Pose, at: NDArray[np.float64], low: NDArray, high: NDArray) -> Camera:
    """The camera at `pose` about the place `at`, whose picture of the shape, `low` to `high`, fills `picture`'s box."""
    own = np.array((picture.wide, picture.high)) / max(picture.wide, picture.high)
    scale = float(np.sqrt(np.prod(own / (high - low))))
    middle = (low + high) / 2
    fit = np.array([[scale, 0, -scale * middle[0]], [0, scale, -scale * middle[1]], [0, 0, 1]])
    shift = np.eye(4)
    shift[:3, 3] = -at
    eye = np.append(pose.turn()[2] + pose.near * at, pose.near)
    return Camera(picture, to_pixels(picture) @ fit @ pose.matrix() @ shift, eye)


def _small(picture: Picture) -> NDArray[np.bool_]:
    """(SIDE, SIDE) the outline, its box in the middle, longest side filling it."""
    import cv2

    from toolchain.generate.learned.prior import squared

    cover = squared(picture, 4 * SIDE)[3]
    return np.asarray(cv2.resize(cover, (SIDE, SIDE), interpolation=cv2.INTER_AREA) > 0.5)


def _ends(points: NDArray[np.float64], matrix: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    out = points @ matrix[:, :3].T + matrix[:, 3]
    flat = out[:, :2] / out[:, 2:]
    return flat.min(0), flat.max(0)


@njit(cache=True, nogil=True)
def _agreement(points: NDArray[np.float64], mask: NDArray[np.bool_], yaw: float, pitch: float, near: float) -> float:
    """IoU of `mask` and the outline of dense surface `points` seen from there, fitted box to box."""
    cy, sy, cp, sp = np.cos(yaw), np.sin(yaw), np.cos(pitch), np.sin(pitch)
    n = len(points)
    x, y = np.zeros(n), np.zeros(n)
    for i in range(n):
        a, b, c = points[i, 0], points[i, 1], points[i, 2]
        w = 1 - near * (sy * cp * a + sp * b + cy * cp * c)
        x[i] = (cy * a - sy * c) / w
        y[i] = (-sy * sp * a + cp * b - cy * sp * c) / w
    left, right, low, high = x.min(), x.max(), y.min(), y.max()
    rows, columns = np.nonzero(mask)
    wide, tall = columns.max() + 1 - columns.min(), rows.max() + 1 - rows.min()
    scale = np.sqrt(wide * tall / max((right - left) * (high - low), 1e-9))
    side = mask.shape[0]
    cast = np.zeros(mask.shape, np.bool_)
    for i in range(n):
        c = int((x[i] - (left + right) / 2) * scale + (columns.min() + columns.max() + 1) / 2)
        r = int(((low + high) / 2 - y[i]) * scale + (rows.min() + rows.max() + 1) / 2)
        if 0 <= r < side and 0 <= c < side:
            cast[r, c] = True
    return (cast & mask).sum() / max((cast | mask).sum(), 1)
