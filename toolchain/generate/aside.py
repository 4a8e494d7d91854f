"""A three-quarter picture beside straight ones: where it was taken from, by what the straight ones make of the subject.

The shape is turned until it casts the picture's outline.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from toolchain.asset import I32
from toolchain.generate.learned.answer import MARGIN
from toolchain.generate.learned.camera import Pose, to_pixels
from toolchain.generate.learned.prior import squared
from toolchain.generate.mesher import surface
from toolchain.generate.score import overlap
from toolchain.generate.shape import Shape
from toolchain.generate.sight import Camera
from toolchain.generate.views import Picture
from toolchain.raster import outline

F64 = NDArray[np.float64]
AGREES = 0.85  # IoU of the outlines from which the picture is believed to show the same subject
SIDE = 64  # pixels of the outlines that are compared
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
    positions, faces = surface(plan.field, plan.grid, 0)
    at = ((positions.max(0) + positions.min(0)) / 2).astype(np.float64)
    points = positions - at
    mask = squared(picture, SIDE)[3] > 0.5

    def score(values: F64) -> float:
        return _agreement(picture, mask, points, faces, Pose(*values))

    tried = np.array(list(product(first.yaw + YAWS, first.pitch + PITCHES, NEARS)))
    values = max(tried, key=score)
    steps = np.array([YAWS[1] - YAWS[0], PITCHES[1] - PITCHES[0], NEARS[1]])
    around = np.array(sorted(product((-1, 0, 1), repeat=3), key=np.count_nonzero))
    for _ in range(ROUNDS):
        steps = steps / 2
        tried = values + around * steps
        tried[:, 2] = np.clip(tried[:, 2], 0, 0.8)
        values = max(tried, key=score)
    best = score(values)
    if best < AGREES:
        return None
    pose = Pose(*(float(v) for v in values))
    shift = np.eye(4)
    shift[:3, 3] = -at
    matrix = to_pixels(picture) @ _fit(picture, points, pose) @ pose.matrix() @ shift
    eye = np.append(pose.turn()[2] + pose.near * at, pose.near)
    return Aside(Camera(picture, matrix, eye), pose, best)


def _fit(picture: Picture, points: F64, pose: Pose) -> F64:
    """(3, 3) from what `pose` makes of `points` to the picture's units: middle to middle, as large."""
    seen = pose.project(points)
    low, high = seen.min(0), seen.max(0)
    own = np.array((picture.wide, picture.high)) / max(picture.wide, picture.high)
    scale = float(np.sqrt(np.prod(own / (high - low))))
    x, y = scale * (low + high) / 2
    return np.array([[scale, 0, -x], [0, scale, -y], [0, 0, 1]])


def _agreement(picture: Picture, mask: NDArray[np.bool_], points: F64, faces: I32, pose: Pose) -> float:
    """IoU of `mask`, the picture's (SIDE, SIDE), and the outline of a mesh seen from `pose`, fitted box to box."""
    fit = _fit(picture, points, pose)
    placed = pose.project(points) * fit[0, 0] + fit[:2, 2]
    return float(overlap(outline((placed * (1, -1) / MARGIN + 1) / 2 * SIDE, faces, SIDE, SIDE), mask))
