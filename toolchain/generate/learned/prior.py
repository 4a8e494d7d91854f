"""Asking the networks: a picture to the pose it was taken from and a field of what is matter."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from typing import Any

import numpy as np
from numpy.typing import NDArray

from toolchain.asset import F32
from toolchain.generate.learned.answer import DEEP, GRID, HALF, MARGIN, PICTURE, decode_pose, numbers_of
from toolchain.generate.learned.camera import Pose, straight, to_pixels
from toolchain.generate.views import Picture, Registered
from toolchain.one_thread import one_thread

RUNG = "learned"
WEIGHTS = ("turn.safetensors", "matter.safetensors")
FRONT = Pose()
VIEWS = ("single", "three_quarter", "front")  # pictures that it has learned to read alone
STRAIGHT = math.radians(12)  # a picture without a name from no further aside than this was meant for a front
TOP = math.radians(35)  # unless it was taken from so high that a rule for fronts would take its top for its front
EVEN = 0.93  # evenness from which a picture without a name shows a front or a back, or a thing turned on a lathe
#: Degrees off the front that a three-quarter picture is taken from: beyond them, it would be one of a side.
QUARTER = (10.0, 48.0)


@dataclass(frozen=True, eq=False)
class Answer:
    """What the networks make of pictures."""

    pose: Pose
    logits: F32  # (GRID,)*3 over x, y, z; positive is matter
    sure: float  # mean of |2 p - 1| over the cells that are or border on matter
    half: tuple[float, float, float] = (HALF, HALF, HALF)  # how far the answer's cells reach from the middle
    fills: float = 1.0  # IoU of the outline that it casts and the picture's, where that was fitted


@cache
def _nets() -> tuple[Any, Any]:
    from safetensors.torch import load

    from toolchain.generate.learned.net import Matter, Turn

    nets = Turn(), Matter()
    for net, file in zip(nets, WEIGHTS, strict=True):
        held = load(resources.files("toolchain.generate.learned").joinpath(file).read_bytes())
        net.load_state_dict({key: value.float() for key, value in held.items()})
        net.eval()
    return nets


def squared(picture: Picture, side: int) -> F32:
    """(4, side, side) linear colour times cover, and cover: the subject's box in the middle, MARGIN about it."""
    import cv2

    left, top, right, bottom = picture.box
    wide = max(right - left, bottom - top)
    fine = max(1, 256 // side)
    scale = 2 * MARGIN * wide / (side * fine)  # source pixels in one sample
    cover = picture.alpha[..., None]
    held = np.concatenate((picture.rgb * cover, cover), -1).astype(np.float32)
    sx = sy = 1.0
    if scale > 1.5:  # averaged first, so that no sample falls between what is drawn
        size = (max(1, round(held.shape[1] / scale)), max(1, round(held.shape[0] / scale)))
        sx, sy = size[0] / held.shape[1], size[1] / held.shape[0]
        held = np.asarray(cv2.resize(held, size, interpolation=cv2.INTER_AREA), np.float32)
    at = (np.arange(side * fine) + 0.5) * scale - MARGIN * wide
    x = ((left + right) / 2 + at) * sx - 0.5
    y = ((top + bottom) / 2 + at) * sy - 0.5
    grid_x, grid_y = np.meshgrid(x.astype(np.float32), y.astype(np.float32))
    out = cv2.remap(held, grid_x, grid_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=0)
    return np.asarray(out, np.float32).reshape(side, fine, side, fine, 4).mean((1, 3)).transpose(2, 0, 1)


def read_pose(picture: Picture) -> Pose:
    """Where the picture was taken from; FRONT where its name says so, or where it all but says so itself."""
    if picture.name == "front":
        return FRONT
    pose = pose_of(picture)
    if picture.name == "single":
        if evenness(picture) > EVEN:
            pose = replace(pose, yaw=0.0, across=0.0)
        if abs(pose.yaw) < STRAIGHT and abs(pose.pitch) < TOP:
            return FRONT
    return pose


def evenness(picture: Picture) -> float:
    """IoU of the outline and its mirror image about the upright through its box's middle."""
    left, _, right, _ = (round(n) for n in picture.box)
    inside = picture.alpha[:, max(left, 0) : right] > 0.5
    return float((inside & inside[:, ::-1]).sum() / max((inside | inside[:, ::-1]).sum(), 1))


@one_thread()
def pose_of(picture: Picture) -> Pose:
    """Where the picture was taken from: the mean of what its mirror image and it tell."""
    import cv2
    import torch

    from toolchain.generate.learned.edges import SIDE, THUMB, lines, seen_by_turn

    turn, _ = _nets()
    big = np.ascontiguousarray(squared(picture, SIDE))
    rows = []
    with torch.inference_mode():
        for image in (big, np.ascontiguousarray(big[:, :, ::-1])):
            drawn = torch.from_numpy(seen_by_turn(lines(image)))[None]
            thumb = cv2.resize(image.transpose(1, 2, 0), (THUMB, THUMB), interpolation=cv2.INTER_AREA)
            rows.append(turn(drawn, torch.from_numpy(np.ascontiguousarray(thumb.transpose(2, 0, 1)))[None])[0].numpy())
    return decode_pose(rows[0], rows[1], QUARTER if picture.name == "three_quarter" else (0.0, 60.0))


def shape(picture: Picture, pose: Pose) -> Answer:
    """The shape behind a picture that was taken from `pose`."""
    deep = DEEP if pose == FRONT else 1.0
    matrix = pose.matrix() * (1, 1, deep, 1)
    return _asked(pose, deep, squared(picture, PICTURE)[None], matrix[None], np.array([numbers_of(pose)]))


def together(registered: Registered) -> Answer:
    """The shape behind straight pictures, in the box that they share: the cube's units are its longest side."""
    deep = 1.0 if registered.extents[2] else DEEP
    pictures, matrices, numbers = [], [], []
    for picture in registered.pictures:
        pictures.append(squared(picture, PICTURE))
        matrices.append(np.linalg.inv(to_pixels(picture)) @ registered.shot(picture).matrix * (1, 1, deep, 1))
        numbers.append(numbers_of(straight(picture.plane)))
    return _asked(FRONT, deep, np.stack(pictures), np.array(matrices), np.array(numbers))


@one_thread()
def _asked(
    pose: Pose, deep: float, pictures: F32, matrices: NDArray[np.float64], numbers: NDArray[np.float64]
) -> Answer:
    """The mean of what (N, 4, PICTURE, PICTURE) pictures and their mirror images tell."""
    import torch

    _, matter = _nets()
    flip, other = np.array((-1.0, 1.0, 1.0)), np.array((-1.0, 1.0, 1.0, 1.0))
    both = []
    with torch.inference_mode():
        for way in (1, -1):  # pictures, and their mirror images taken from the other side
            seen = torch.from_numpy(np.ascontiguousarray(pictures[..., ::way]))
            m = matrices if way > 0 else flip[:, None] * matrices * other
            told = numbers if way > 0 else numbers * (-1, 1, 1, 1, 1)
            asked = (torch.tensor(np.asarray(n), dtype=torch.float32) for n in (m, told))
            both.append(matter(seen[None], *(n[None] for n in asked))[0].numpy()[..., ::way])
    logits = ((both[0] + both[1]) / 2).transpose(2, 1, 0)
    logits = np.round(logits * np.float32(64)) / np.float32(64)  # the last bits differ between machines
    near = logits > -2
    p = 1 / (1 + np.exp(-np.abs(logits[near])))
    sure = float((2 * p - 1).mean()) if near.any() else 0.0
    return Answer(pose, np.ascontiguousarray(logits, np.float32), sure, (HALF, HALF, HALF * deep))


def reach(answer: Answer) -> NDArray[np.float64]:
    """(3,) how far from the middle there is matter."""
    matter = np.argwhere(answer.logits > 0)
    if not len(matter):
        return np.full(3, 0.5)
    ends = zip(axes(answer), matter.min(0), matter.max(0), strict=True)
    return np.array([np.abs(axis[[low, high]]).max() for axis, low, high in ends])


def fitted(answer: Answer, extents: NDArray[np.float64]) -> Answer:
    """`answer` stretched to a box of known width and height; its depth as much as both."""
    across, up, _ = extents / (2 * reach(answer))
    return replace(answer, half=tuple(np.array(answer.half) * (across, up, np.sqrt(across * up))))


def axes(answer: Answer) -> tuple[F32, F32, F32]:
    """Places (GRID,) of the answer's cells along x, y and z."""
    line = (np.arange(GRID) + 0.5) / GRID * 2 - 1
    x, y, z = ((line * half).astype(np.float32) for half in answer.half)
    return x, y, z
