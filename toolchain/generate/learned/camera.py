"""The camera of one picture, in the picture's own units.

A picture's frame: x right, y up, origin at the middle of the subject's box, its longest side 1. The subject's
frame is canonical (+X its left, +Y up, +Z front) with the origin at its box's middle, in the same units.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from toolchain.generate.views import Picture, Plane


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


def degrees(pose: Pose) -> dict[str, float]:
    """The pose for the manifest."""
    return {
        "yaw": round(math.degrees(pose.yaw), 1),
        "pitch": round(math.degrees(pose.pitch), 1),
        "field_of_view": round(math.degrees(2 * math.atan(pose.near / 2)), 1),
    }


def place(pose: Pose) -> str:
    """The pose as a sentence has it: from "33 degrees to its left and 18 degrees above"."""
    yaw, pitch = math.degrees(pose.yaw), math.degrees(pose.pitch)
    side = "the front" if abs(yaw) < 5 else f"{abs(yaw):.0f} degrees to its {'left' if yaw > 0 else 'right'}"
    return f"{side} and {'level' if abs(pitch) < 5 else f'{abs(pitch):.0f} degrees {_height(pitch)}'}"


def _height(pitch: float) -> str:
    return "above" if pitch > 0 else "below"


def straight(plane: Plane) -> Pose:
    """Where a straight picture is taken from."""
    if plane.depth == 1:
        return Pose(pitch=plane.towards * np.pi / 2)
    if plane.depth == 0:
        return Pose(yaw=plane.towards * np.pi / 2)
    return Pose(yaw=0.0 if plane.towards > 0 else np.pi)


def to_pixels(picture: Picture) -> NDArray[np.float64]:
    """(3, 3): pixels, edge coordinates, y down, of places in the picture's own units."""
    left, top, right, bottom = picture.box
    wide = max(right - left, bottom - top)
    return np.array([[wide, 0, (left + right) / 2], [0, -wide, (top + bottom) / 2], [0, 0, 1.0]])
