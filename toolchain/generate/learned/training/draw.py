"""Small pictures of meshes, as a painter or a renderer might have made them. For training alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from toolchain.asset import F32, I32
from toolchain.raster import NOTHING, corners, front

F64 = NDArray[np.float64]


@dataclass(frozen=True)
class Look:
    """How a picture is lit and drawn."""

    sun: tuple[float, float, float]  # unit, camera frame: x right, y up, z to the camera
    ambient: float
    rim: float  # light from behind along the outline
    shine: float  # strength of highlights
    bands: int  # steps of a toon ramp; 0 is smooth
    ink: float  # darkness of lines where depth or facing jumps
    sky: float = 0.0  # how much more of the ambient light comes from above than from below
    corners: float = 0.0  # darkness of what lies behind its surroundings in the picture, as occluded corners are
    upright: tuple[float, float, float] = (0.0, 1.0, 0.0)  # the subject's up, camera frame


def draw(
    xy: F64,
    depth: F64,
    faces: I32,
    normals: F64,
    colours: F32,
    side: int,
    worn: Callable[[F64], F32] | None,
    places: F64,
) -> tuple[F32, F32, F32]:
    """(side, side, 3) colour, (side, side, 3) normal towards the camera, (side, side) depth, NOTHING where none is.

    `xy` (V, 2) pixels, y down; `depth` (V,) greater is nearer; `normals` (F, 3, 3) of each corner, camera frame;
    `colours` (F, 3) linear; `worn` (N, 3) factors of colour at (N, 3) places on the subject, whose vertices' are
    `places` (V, 3). Both sides of a face show.
    """
    face, near = front(xy, depth, faces, side, side)
    rows, columns = np.nonzero(face >= 0)
    shown = face[rows, columns]
    weights = corners(xy, faces, face, rows, columns)
    between = np.einsum("nk,nkc->nc", weights, normals[shown])
    between /= np.maximum(np.linalg.norm(between, axis=1, keepdims=True), 1e-9)
    colour, normal = np.zeros((side, side, 3), np.float32), np.zeros((side, side, 3), np.float32)
    colour[rows, columns] = colours[shown]
    if worn is not None:
        colour[rows, columns] *= worn(np.einsum("nk,nkc->nc", weights, places[faces[shown]]))
    normal[rows, columns] = np.where(between[:, 2:] < 0, -between, between)
    return colour, normal, near.astype(np.float32)


def _behind(depth: F32, there: NDArray[np.bool_]) -> F32:
    """(S, S) 0..1 how far a pixel lies behind the mean of its surroundings."""
    import cv2

    wide = len(depth) / 24
    cover = np.asarray(cv2.GaussianBlur(there.astype(np.float32), (0, 0), wide), np.float32)
    mean = np.asarray(cv2.GaussianBlur(np.where(there, depth, 0), (0, 0), wide), np.float32) / np.maximum(cover, 1e-3)
    return np.where(there, np.clip((mean - depth) * 12, 0, 1), 0).astype(np.float32)


def corner_normals(positions: F64, faces: NDArray[np.int32], smooth: bool) -> F64:
    """(F, 3, 3) normal at each corner: the face's own, or the mean of neighbours within 40 degrees of it."""
    a, b, c = (positions[faces[:, k]] for k in range(3))
    weighted = np.cross(b - a, c - a)
    flat = weighted / np.maximum(np.linalg.norm(weighted, axis=1, keepdims=True), 1e-12)
    out = np.repeat(flat[:, None], 3, axis=1)
    if not smooth:
        return out
    total = np.zeros_like(positions)
    for k in range(3):
        np.add.at(total, faces[:, k], weighted)
    total /= np.maximum(np.linalg.norm(total, axis=1, keepdims=True), 1e-12)
    mean = total[faces]
    near = (mean * flat[:, None]).sum(-1) > np.cos(np.radians(40.0))
    return np.where(near[..., None], mean, out)


def paint(colour: F32, normal: F32, depth: F32, look: Look) -> tuple[F32, NDArray[np.bool_]]:
    """((S, S, 3) linear picture, (S, S) what is the subject)."""
    there = depth > NOTHING
    sun = np.array(look.sun, np.float32)
    light = np.maximum(normal @ sun, 0)
    if look.bands:
        light = np.ceil(light * look.bands - 0.25) / look.bands
    half = sun + np.array((0, 0, 1), np.float32)
    half /= max(float(np.linalg.norm(half)), 1e-6)
    glint = look.shine * np.maximum(normal @ half, 0) ** 24
    edge = look.rim * (1 - np.clip(normal[..., 2], 0, 1)) ** 3
    ambient = np.float32(look.ambient) * (1 - look.sky * (1 - normal @ np.array(look.upright, np.float32)) / 2)
    if look.corners:
        ambient = ambient * (1 - look.corners * _behind(depth, there))
    shade = ambient + (1 - look.ambient) * light
    out = colour * shade[..., None] + (glint + edge)[..., None]
    if look.ink:
        z = np.where(there, depth, -3.0)
        jump = np.zeros_like(there)
        for axis in (0, 1):
            step = np.abs(np.diff(z, axis=axis)) > 0.06
            bend = (normal.take(range(1, len(z)), axis) * normal.take(range(len(z) - 1), axis)).sum(-1) < 0.6
            line = np.pad(step | bend, [(0, 1) if a == axis else (0, 0) for a in range(2)])
            jump |= line
        out = np.where((jump & there)[..., None], out * (1 - look.ink), out)
    return np.where(there[..., None], np.clip(out, 0, 1), 0).astype(np.float32), there
