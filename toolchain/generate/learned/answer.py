"""What the network's numbers mean: poses and fields."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from toolchain.generate.learned.camera import Pose

PICTURE = 64  # pixels a side of what the shape is read from
MARGIN = 0.53  # half a picture's side, in units of the subject's longest side in it
GRID = 48  # cells a side of the answer
HALF = 0.64  # half the side of the answer's cube, in the same units
CELL = 2 * HALF / GRID
DEEP = 1.8  # times that far along z where the depth is not shown: a truck from the front is longer than it is high
YAWS, YAW_LEAST, YAW_STEP = 36, -90.0, 5.0  # bins, degrees
PITCHES, PITCH_LEAST, PITCH_STEP = 18, -15.0, 5.0


def peak(logits: NDArray[np.floating], least: float, step: float) -> float:
    """Degrees: the mean of the two bins on either side of the likeliest, and it, by likelihood."""
    p = np.exp(logits - logits.max())
    i = int(p.argmax())
    near = slice(max(i - 2, 0), i + 3)
    at = least + (np.arange(len(p)) + 0.5) * step
    return float((p[near] * at[near]).sum() / p[near].sum())


def decode_pose(
    row: NDArray[np.floating],
    mirrored: NDArray[np.floating] | None = None,
    within: tuple[float, float] = (0.0, 90.0),
) -> Pose:
    """The likeliest pose of the network's (YAWS + PITCHES + 3,) numbers, and those of the mirror image.

    `within`: least and greatest degrees that the camera may stand to either side.
    """
    row = np.asarray(row, np.float64)
    if mirrored is not None:
        other = np.asarray(mirrored, np.float64)
        other = np.concatenate((other[:YAWS][::-1], other[YAWS:] * ([1] * (PITCHES + 1) + [-1, 1])))
        row = (row + other) / 2
    away = np.abs(YAW_LEAST + (np.arange(YAWS) + 0.5) * YAW_STEP)
    allowed = (away + YAW_STEP / 2 > within[0]) & (away - YAW_STEP / 2 < within[1])
    yaw = peak(np.where(allowed, row[:YAWS], -np.inf), YAW_LEAST, YAW_STEP)
    pitch = peak(row[YAWS : YAWS + PITCHES], PITCH_LEAST, PITCH_STEP)
    near, across, up = row[YAWS + PITCHES :]
    return Pose(math.radians(yaw), math.radians(pitch), float(np.clip(near, 0, 0.9)), float(across), float(up))


def numbers_of(pose: Pose) -> tuple[float, ...]:
    """The pose as the shape half of the network is told it."""
    return math.sin(pose.yaw), math.cos(pose.yaw), math.sin(pose.pitch), math.cos(pose.pitch), pose.near
