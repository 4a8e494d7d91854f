"""The camera of one picture, in the picture's own units.

A picture's frame: x right, y up, origin at the middle of the subject's box, its longest side 1. The subject's
frame is canonical (+X its left, +Y up, +Z front) with the origin at its box's middle, in the same units.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Pose:
    """Where a picture was taken from."""

    yaw: float = 0.0  # radians the camera stands to the subject's left (+X) of its front
    pitch: float = 0.0  # radians it stands above
    near: float = 0.0  # 1 / distance to the subject's middle; 0 is an orthographic picture
    across: float = 0.0  # where the subject's middle falls in the picture
    up: float = 0.0

    def turn(self) -> NDArray[np.float64]:
        """(3, 3) rows: the picture's right, its up, and the way to the camera, in the subject's frame."""
        cy, sy, cp, sp = np.cos(self.yaw), np.sin(self.yaw), np.cos(self.pitch), np.sin(self.pitch)
        return np.array([[cy, 0.0, -sy], [-sy * sp, cp, -cy * sp], [sy * cp, sp, cy * cp]])

    def matrix(self) -> NDArray[np.float64]:
        """(3, 4): (x w, y w, w) in the picture's frame of a point of the subject's."""
        turn = self.turn()
        out = np.zeros((3, 4))
        out[2, :3], out[2, 3] = -self.near * turn[2], 1.0
        out[0, :3] = turn[0]
        out[1, :3] = turn[1]
        return out + np.outer((self.across, self.up, 0.0), out[2])

    def eye(self) -> NDArray[np.float64]:
        """(4,) homogeneous: the camera's place, or the direction to it."""
        return np.append(self.turn()[2], self.near)

    def project(self, points: NDArray[np.floating]) -> NDArray[np.float64]:
        """(N, 2) places in the picture of (N, 3) points of the subject."""
        m = self.matrix()
        out = points @ m[:, :3].T + m[:, 3]
        return out[:, :2] / np.maximum(out[:, 2:], 1e-6)
