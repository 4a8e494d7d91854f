"""Training samples: pictures of a model from somewhere, where that was, and what of its box is matter."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numba import njit
from numpy.typing import NDArray

from toolchain.asset import F32
from toolchain.generate.learned.answer import DEEP, GRID, HALF, MARGIN, PICTURE, numbers_of
from toolchain.generate.learned.camera import Pose
from toolchain.generate.learned.training.draw import Look, corner_normals, draw, paint
from toolchain.generate.learned.training.meshes import Model
from toolchain.generate.learned.training.wear import wear

F64 = NDArray[np.float64]
Random = np.random.Generator
FINE = 2  # picture samples a pixel along each axis
#: Straight views as they are drawn: (yaw, pitch) in degrees.
STRAIGHT = {
    "front": (0.0, 0.0),
    "back": (180.0, 0.0),
    "left": (90.0, 0.0),
    "right": (-90.0, 0.0),
    "top": (0.0, 90.0),
}
#: Sets of straight views, and how often each is drawn.
SETS = {
    ("front", "left"): 0.4,
    ("front", "right"): 0.1,
    ("front", "left", "back"): 0.2,
    ("front", "left", "back", "top"): 0.2,
    ("front", "back"): 0.1,
}


@dataclass(frozen=True, eq=False)
class Sample:
    """Pictures and the truth about them."""

    pictures: F32  # (N, 4, PICTURE, PICTURE): linear colour times cover, cover
    matrices: F32  # (N, 3, 4) of the answer's cube to each picture, as somebody might know it
    numbers: F32  # (N, 5) as answer.numbers_of tells poses
    matter: NDArray[np.uint8]  # (GRID z, GRID y, GRID x) share of the cell that is matter, 0..255


@dataclass(frozen=True, eq=False)
class Subject:
    """A model as one sample has it: stretched, mirrored, coloured; longest side 1, middle of its box at the origin."""

    model: Model
    points: F64  # (V, 3)
    normals: F64  # (F, 3, 3)
    colours: F32
    scale: F64  # (3,) of its frame to the model's cube
    exact: bool  # nothing is at random


def subject_of(model: Model, random: Random, exact: bool = False) -> Subject:
    """`model` stretched, mirrored and coloured a little differently each time, or as it is."""
    stretch = np.ones(3)
    if not exact:
        stretch = np.exp(random.normal(0, 0.18, 3))
        if random.random() < 0.5:
            stretch[0] *= -1
    points = model.positions * stretch
    extent = np.ptp(points, axis=0)
    points = (points - (points.min(0) + points.max(0)) / 2) / extent.max()
    normals = corner_normals(points, model.faces, bool(random.random() < 0.5))
    colours = model.colours
    if not exact:
        colours = np.clip(colours * random.uniform(0.6, 1.3, 3) * random.uniform(0.85, 1.15, (len(colours), 1)), 0, 1)
    return Subject(model, points, normals, colours.astype(np.float32), extent.max() / stretch, exact)


def angles(random: Random) -> tuple[float, float, float]:
    """(yaw, pitch, near) as pictures are drawn: three quarters mostly, then fronts, then anything."""
    kind = random.random()
    if kind < 0.55:
        return quarter(random)
    if kind < 0.85:
        return front(random)
    return np.radians(random.uniform(-80, 80)), np.radians(random.uniform(-10, 65)), nearness(random)


def quarter(random: Random) -> tuple[float, float, float]:
    """(yaw, pitch, near) of a three-quarter picture."""
    yaw, pitch = random.uniform(15, 60) * random.choice((-1, 1)), random.uniform(0, 35)
    return np.radians(yaw), np.radians(pitch), nearness(random)


def front(random: Random) -> tuple[float, float, float]:
    """(yaw, pitch, near) of a front that somebody drew: hardly ever quite straight."""
    return np.radians(random.normal(0, 2)), np.radians(random.uniform(-3, 10)), nearness(random)


def nearness(random: Random) -> float:
    """1 / distance to a subject of longest side 1: orthographic at times, else fields of view from 10 to 45 degrees."""
    return 0.0 if random.random() < 0.2 else float(random.uniform(0.15, 0.75))


def look(random: Random, turn: F64) -> Look:
    """A light and a style, seen by a camera that `turn` (Pose.turn) describes."""
    sun = np.array((random.normal(0, 0.7), abs(random.normal(0.6, 0.5)), random.uniform(0.1, 1)))
    return Look(
        tuple(sun / np.linalg.norm(sun)),
        float(random.uniform(0.15, 0.95)),
        float(random.uniform(0, 0.5)) if random.random() < 0.2 else 0.0,
        float(random.uniform(0, 0.6)) if random.random() < 0.4 else 0.0,
        int(random.integers(2, 5)) if random.random() < 0.15 else 0,
        float(random.uniform(0.4, 1)) if random.random() < 0.2 else 0.0,
        float(random.uniform(0, 0.9)),
        float(random.uniform(0, 0.9)),
        tuple(turn[:, 1]),
    )


def picture_of(
    subject: Subject, random: Random, pose: tuple[float, float, float], side: int, fine: int
) -> tuple[F32, Pose, float]:
    """((4, side, side) linear colour times cover and cover, where it was taken from, longest side in the picture).

    `pose`: yaw and pitch, radians, and 1 / distance of the camera where the subject's longest side is 1.
    """
    yaw, pitch, near = pose
    turn = Pose(yaw, pitch).turn()
    seen = subject.points @ turn.T
    flat = seen[:, :2] / (1 - near * seen[:, 2:])
    used = np.unique(subject.model.faces)
    low, high = flat[used].min(0), flat[used].max(0)
    wide, middle = float((high - low).max()), (low + high) / 2
    truth = Pose(yaw, pitch, near * wide, float(-middle[0] / wide), float(-middle[1] / wide))
    count = side * fine
    xy = ((flat - middle) / wide * (1, -1) / MARGIN + 1) / 2 * count
    colour, normal, depth = draw(
        np.ascontiguousarray(xy, np.float64),
        np.ascontiguousarray(seen[:, 2], np.float64),
        subject.model.faces,
        np.ascontiguousarray(subject.normals @ turn.T, np.float64),
        np.ascontiguousarray(subject.colours, np.float32),
        count,
        None if subject.exact else wear(random),
        subject.points,
    )
    rgb, there = paint(colour, normal, depth, look(random, turn))
    cover = there.astype(np.float32)
    if not subject.exact:
        rgb, cover = _worn(random, rgb, cover)
    picture = np.concatenate((rgb * cover[..., None], cover[..., None]), -1)
    picture = picture.reshape(side, fine, side, fine, 4).mean((1, 3)).transpose(2, 0, 1)
    return np.ascontiguousarray(picture, np.float32), truth, wide


def lone(subject: Subject, random: Random, pose: tuple[float, float, float], straight: bool, wrong: float) -> Sample:
    """One picture, taken from `pose`; a `straight` one is told as a front, as the generator takes it for one.

    `wrong`: how far off the pose is that is told, in terms of what estimates usually are.
    """
    picture, truth, wide = picture_of(subject, random, pose, PICTURE, FINE)
    told = Pose() if straight else mistaken(truth, random, wrong)
    deep = DEEP if straight else 1.0
    scale = subject.scale * wide * (1, 1, deep)
    return Sample(
        picture[None],
        (told.matrix() * (1, 1, deep, 1))[None].astype(np.float32),
        np.array([numbers_of(told)], np.float32),
        cells(subject.model.solid().view(np.uint8), scale, GRID, HALF),
    )


def mistaken(pose: Pose, random: Random, wrong: float) -> Pose:
    """`pose` as an estimate might have it."""
    wrong *= float(np.exp(random.normal(-0.2, 0.6)))
    return replace(
        pose,
        yaw=pose.yaw + wrong * random.normal(0, np.radians(5)),
        pitch=pose.pitch + wrong * random.normal(0, np.radians(4)),
        near=float(np.clip(pose.near + wrong * random.normal(0, 0.12), 0, 0.9)),
        across=pose.across + wrong * random.normal(0, 0.015),
        up=pose.up + wrong * random.normal(0, 0.015),
    )


def straight(subject: Subject, random: Random, views: tuple[str, ...]) -> Sample:
    """Straight `views` in one box, as views.register brings them together."""
    used = np.unique(subject.model.faces)
    extent = np.ptp(subject.points[used], axis=0)
    known = {
        axis
        for view in views
        for axis in ((0, 1) if view in ("front", "back") else (2, 1) if view != "top" else (0, 2))
    }
    unit = max(extent[axis] for axis in known)
    deep = 1.0 if 2 in known else DEEP
    pictures, matrices, numbers = [], [], []
    for view in views:
        yaw, pitch = np.radians(STRAIGHT[view])
        off = np.zeros(2) if subject.exact else np.radians(random.normal(0, 1, 2))
        picture, _, _ = picture_of(subject, random, (yaw + off[0], pitch + off[1], 0.0), PICTURE, FINE)
        told = Pose(yaw, pitch)
        box = np.abs(told.turn()[:2]) @ extent
        matrix = told.matrix() * (unit, unit, unit * deep, 1)
        matrix[:2] /= box.max()
        matrix[2] = (0, 0, 0, 1)
        pictures.append(picture)
        matrices.append(matrix)
        numbers.append(numbers_of(told))
    return Sample(
        np.stack(pictures),
        np.array(matrices, np.float32),
        np.array(numbers, np.float32),
        cells(subject.model.solid().view(np.uint8), subject.scale * unit * (1, 1, deep), GRID, HALF),
    )


def sample(model: Model, random: Random, views: int) -> Sample:
    """`views` pictures of `model` from somewhere, and the truth: one from anywhere, or straight ones."""
    subject = subject_of(model, random)
    if views > 1:
        sets = [names for names in SETS if len(names) == views]
        share = np.array([SETS[names] for names in sets])
        return straight(subject, random, sets[random.choice(len(sets), p=share / share.sum())])
    kind = random.random()
    if kind < 0.3:
        return lone(subject, random, front(random), True, 0.0)
    return lone(subject, random, quarter(random) if kind < 0.85 else angles(random), False, 1.0)


def _worn(random: Random, rgb: F32, cover: F32) -> tuple[F32, F32]:
    """Grain, blur, a wrong exposure, and a mask that is a pixel off, as cut-outs are."""
    import cv2

    rgb = np.clip(rgb * np.float32(random.uniform(0.6, 1.6)), 0, 1) ** np.float32(random.uniform(0.8, 1.25))
    if random.random() < 0.4:  # as bright in the dark as in the light once it is encoded
        grain = random.normal(0, random.uniform(0.005, 0.04), rgb.shape)
        rgb = (np.clip(np.sqrt(rgb) + grain, 0, 1) ** 2).astype(np.float32)
    if random.random() < 0.3:
        rgb = np.asarray(cv2.GaussianBlur(rgb, (0, 0), random.uniform(0.5, 2)), np.float32)
    kind = random.random()
    if kind < 0.2:
        kernel = np.ones((2 + int(kind < 0.05),) * 2, np.uint8)
        cover = np.asarray((cv2.erode if kind < 0.1 else cv2.dilate)(cover, kernel), np.float32)
    return rgb, cover


@njit(cache=True, nogil=True)
def cells(filled: NDArray[np.uint8], scale: F64, count: int, half: float) -> NDArray[np.uint8]:
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
