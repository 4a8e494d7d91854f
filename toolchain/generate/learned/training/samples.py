"""Training samples: a picture of a model from somewhere, where that was, and what of its box is matter."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from toolchain.asset import F32
from toolchain.generate.learned.answer import GRID, HALF, MARGIN, PICTURE
from toolchain.generate.learned.camera import Pose
from toolchain.generate.learned.training.draw import Look, corner_normals, draw, paint
from toolchain.generate.learned.training.meshes import Model

FINE = 2  # picture samples a pixel along each axis


@dataclass(frozen=True, eq=False)
class Sample:
    """One picture and the truth about it."""

    picture: F32  # (4, PICTURE, PICTURE): linear colour times cover, cover
    pose: Pose
    matter: NDArray[np.uint8]  # (GRID z, GRID y, GRID x) share of the cell that is matter, 0..255


def angles(random: np.random.Generator) -> tuple[float, float, float]:
    """(yaw, pitch, near) as pictures are drawn: three quarters mostly, then fronts, then anything."""
    kind = random.random()
    near = 0.0 if random.random() < 0.3 else float(random.uniform(0.1, 0.75))
    if kind < 0.55:
        yaw, pitch = random.uniform(15, 60) * random.choice((-1, 1)), random.uniform(0, 35)
    elif kind < 0.85:
        yaw, pitch = random.normal(0, 2), random.uniform(-3, 10)
    else:
        yaw, pitch = random.uniform(-80, 80), random.uniform(-10, 65)
    return float(np.radians(yaw)), float(np.radians(pitch)), near


def look(random: np.random.Generator) -> Look:
    """A light and a style."""
    sun = np.array((random.normal(0, 0.7), abs(random.normal(0.6, 0.5)), random.uniform(0.1, 1)))
    return Look(
        tuple(sun / np.linalg.norm(sun)),
        float(random.uniform(0.15, 0.9)),
        float(random.uniform(0, 0.5)) if random.random() < 0.3 else 0.0,
        float(random.uniform(0, 0.6)) if random.random() < 0.4 else 0.0,
        int(random.integers(2, 5)) if random.random() < 0.2 else 0,
        float(random.uniform(0.4, 1)) if random.random() < 0.25 else 0.0,
    )


def picture_of(
    model: Model, random: np.random.Generator, pose: tuple[float, float, float] | None, side: int, fine: int
) -> tuple[F32, Pose, NDArray[np.float64]]:
    """((4, side, side) linear colour times cover and cover, where it was taken from, (3,) scale to the model's cube).

    The model is stretched, mirrored, coloured and worn a little differently each time; it is as it is from a given
    `pose`: yaw and pitch, radians, and 1 / distance of the camera where the subject's longest side is 1.
    """
    stretch = np.ones(3)
    if pose is None:
        stretch = np.exp(random.normal(0, 0.18, 3))
        if random.random() < 0.5:
            stretch[0] *= -1
    yaw, pitch, near = angles(random) if pose is None else pose
    points = model.positions * stretch
    extent = np.ptp(points, axis=0)
    points = points - (points.min(0) + points.max(0)) / 2
    points /= extent.max()
    turn = Pose(yaw, pitch).turn()
    seen = points @ turn.T
    flat = seen[:, :2] / (1 - near * seen[:, 2:])
    used = np.unique(model.faces)
    low, high = flat[used].min(0), flat[used].max(0)
    wide, middle = float((high - low).max()), (low + high) / 2
    truth = Pose(yaw, pitch, near * wide, float(-middle[0] / wide), float(-middle[1] / wide))
    count = side * fine
    xy = ((flat - middle) / wide * (1, -1) / MARGIN + 1) / 2 * count
    normals = corner_normals(points, model.faces, bool(random.random() < 0.5)) @ turn.T
    colours = model.colours
    if pose is None:
        colours = np.clip(colours * random.uniform(0.6, 1.3, 3) * random.uniform(0.8, 1.2, (len(colours), 1)), 0, 1)
    colour, normal, depth = draw(
        np.ascontiguousarray(xy, np.float64),
        np.ascontiguousarray(seen[:, 2], np.float64),
        model.faces,
        np.ascontiguousarray(normals, np.float64),
        np.ascontiguousarray(colours, np.float32),
        count,
    )
    rgb, there = paint(colour, normal, depth, look(random))
    cover = there.astype(np.float32)
    if pose is None:
        rgb, cover = _worn(random, rgb, cover)
    picture = np.concatenate((rgb * cover[..., None], cover[..., None]), -1)
    picture = picture.reshape(side, fine, side, fine, 4).mean((1, 3)).transpose(2, 0, 1)
    return np.ascontiguousarray(picture, np.float32), truth, wide * extent.max() / stretch


def sample(model: Model, random: np.random.Generator, pose: tuple[float, float, float] | None = None) -> Sample:
    """A picture of `model` as `picture_of` draws it, and the truth."""
    picture, truth, scale = picture_of(model, random, pose, PICTURE, FINE)
    return Sample(picture, truth, _cells(model.solid().view(np.uint8), scale, GRID, HALF))


def _worn(random: np.random.Generator, rgb: F32, cover: F32) -> tuple[F32, F32]:
    """Grain, blur, a wrong exposure, and a mask that is a pixel off, as cut-outs are."""
    import cv2

    rgb = np.clip(rgb * np.float32(random.uniform(0.6, 1.6)), 0, 1) ** np.float32(random.uniform(0.8, 1.25))
    if random.random() < 0.5:
        rgb = np.clip(rgb + random.normal(0, random.uniform(0.01, 0.06), rgb.shape), 0, 1).astype(np.float32)
    if random.random() < 0.3:
        rgb = np.asarray(cv2.GaussianBlur(rgb, (0, 0), random.uniform(0.5, 2)), np.float32)
    kind = random.random()
    if kind < 0.2:
        kernel = np.ones((2 + int(kind < 0.05),) * 2, np.uint8)
        cover = np.asarray((cv2.erode if kind < 0.1 else cv2.dilate)(cover, kernel), np.float32)
    return rgb, cover


@njit(cache=True, nogil=True)
def _cells(filled: NDArray[np.uint8], scale: NDArray[np.float64], count: int, half: float) -> NDArray[np.uint8]:
    """(z, y, x) `filled` (x, y, z over the cube -1/2..1/2) between its cells, at the middles of the answer's."""
    out = np.zeros((count, count, count), np.uint8)
    n = filled.shape[0]
    for k in range(count):
        w = (((k + 0.5) / count * 2 - 1) * half * scale[2] + 0.5) * n - 0.5
        for j in range(count):
            v = (((j + 0.5) / count * 2 - 1) * half * scale[1] + 0.5) * n - 0.5
            for i in range(count):
                u = (((i + 0.5) / count * 2 - 1) * half * scale[0] + 0.5) * n - 0.5
                a, b, c = int(np.floor(u)), int(np.floor(v)), int(np.floor(w))
                total = 0.0
                for corner in range(8):
                    x, y, z = a + (corner & 1), b + ((corner >> 1) & 1), c + (corner >> 2)
                    if 0 <= x < n and 0 <= y < n and 0 <= z < n and filled[x, y, z]:
                        total += (1 - abs(u - x)) * (1 - abs(v - y)) * (1 - abs(w - z))
                out[k, j, i] = np.uint8(total * 255 + 0.5)
    return out
