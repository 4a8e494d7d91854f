"""Views of models with paint, light and highlights apart, so that a picture of any of them in any can be put together.

Everything is measured on FINE x FINE samples a pixel, then averaged. Shadows and occlusion are rays'.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from toolchain.asset import F32, Reference, View
from toolchain.bake.field import unit
from toolchain.generate.learned.answer import MARGIN
from toolchain.generate.learned.camera import Pose
from toolchain.generate.learned.training.meshes import Model
from toolchain.generate.learned.training.samples import Subject, angles, subject_of
from toolchain.generate.learned.training.wear import wear
from toolchain.raster import corners, front
from toolchain.srgb import srgb
from toolchain.surface.learned.net import SIDE
from toolchain.surface.learned.training.lights import Light, Sun, banded, light_of

F64 = NDArray[np.float64]
Random = np.random.Generator
FINE = 3
RAYS, SOFT = 5, 2  # of a sample: for occlusion, and for the shadow of a wide sun
PAINTS, LIGHTS = 2, 3  # a scene
SCULPT = 5000  # vertices of the sculpts that are made of pictures
INK = 0.1  # share of paints with inked edges
LIFT = 3e-3


@dataclass(frozen=True, eq=False)
class Scene:
    """One view. All zero outside of the subject; colours are of the part of a pixel that is subject."""

    cover: F32  # (SIDE, SIDE)
    paints: F32  # (PAINTS, 3, SIDE, SIDE) linear albedo
    shades: F32  # (LIGHTS, 3, SIDE, SIDE) shading, of mean 1 over cover and channels
    spots: F32  # (LIGHTS, 3, SIDE, SIDE) highlights, as bright beside it
    shapes: F32  # (2, 4, SIDE, SIDE) what net.told reads of the true shape, and of our sculpt of one of the pictures


@dataclass(frozen=True, eq=False)
class Seen:
    """What the samples of one view show, N of them."""

    where: tuple[NDArray[np.int64], NDArray[np.int64]]
    places: F64  # (N, 3) subject's frame
    normals: F32  # (N, 3)
    flat: F32  # (N, 3) the faces' own
    towards: F32  # (N, 3) to the camera
    face: NDArray[np.int32]
    caster: Any  # embree


def scene(model: Model, random: Random, sculpted: bool = True) -> Scene | None:
    """A view of `model` from somewhere; None where next to nothing is seen. Unless `sculpted`, no sculpt is made."""
    subject = subject_of(model, random)
    yaw, pitch, near = angles(random)
    turn = Pose(yaw, pitch).turn()
    seen = _look(subject, turn, near)
    if len(seen.face) < 300 * FINE**2:
        return None
    sky, ground = _openness(seen)
    paints = [_paint(subject, seen, random, anew > 0) for anew in range(PAINTS)]
    lit = [_lit(seen, light_of(random, turn), sky, ground) for _ in range(LIGHTS)]
    cover = _pixels(seen, np.ones((len(seen.face), 1), np.float32))[0]
    straight = np.maximum(cover, 1e-6)
    known = np.column_stack((seen.normals @ turn.T.astype(np.float32), sky + ground))
    shapes = np.stack((_pixels(seen, known), np.zeros((4, SIDE, SIDE), np.float32)))
    if sculpted:
        paint, (shade, spot) = paints[random.integers(PAINTS)], lit[random.integers(LIGHTS)]
        name = "front" if abs(yaw) < 0.1 and random.random() < 0.5 else "single"
        shapes[1] = _sculpted(seen, paint * shade + spot, name)
    return Scene(
        cover,
        np.stack([_pixels(seen, p) / straight for p in paints]),
        np.stack([_pixels(seen, s) / straight for s, _ in lit]),
        np.stack([_pixels(seen, h) / straight for _, h in lit]),
        shapes,
    )


def _sculpted(seen: Seen, colours: F32, name: str) -> F32:
    """(4, SIDE, SIDE) what net.told reads of the sculpt that the generator makes of a picture of these `colours`."""
    from toolchain.bake.field import smooth_normals
    from toolchain.generate import embedded
    from toolchain.stage import quiet
    from toolchain.surface.lamps import Stagecraft
    from toolchain.surface.learned.estimate import beneath, boxed, read_by_net
    from toolchain.surface.sight import look, spread

    rgba = np.zeros((SIDE * FINE, SIDE * FINE, 4), np.uint8)
    bright = max(float(np.quantile(colours.max(1), 0.98)), 1e-3)
    rgba[..., :3][seen.where] = np.round(srgb(np.clip(colours * np.float32(0.9 / bright), 0, 1)) * 255)
    rgba[..., 3][seen.where] = 255
    made = embedded.generate(Reference((View(name, rgba, "given", ""),)), embedded.Params(vertices=SCULPT), quiet)
    mesh, shot = made.mesh, made.shots[0]
    normals = smooth_normals(mesh.positions, mesh.faces)
    sky = Stagecraft(mesh).openness(mesh.positions, normals)
    sight = look(mesh, normals, shot)
    fields = spread(np.column_stack((normals, sky)).astype(np.float32), mesh.faces, sight.face, sight.bary)
    box = boxed((shot.rgba[..., 3] / np.float32(255)).astype(np.float32))
    assert box is not None
    return read_by_net(beneath(shot, mesh, sight.face >= 0, fields[..., :3], fields[..., 3]), box)


def _look(subject: Subject, turn: F64, near: float) -> Seen:
    from embreex.mesh_construction import TriangleMesh
    from embreex.rtcore_scene import EmbreeScene

    faces, count = subject.model.faces, SIDE * FINE
    there = subject.points @ turn.T
    flat = there[:, :2] / (1 - near * there[:, 2:])
    used = np.unique(faces)
    low, high = flat[used].min(0), flat[used].max(0)
    wide, middle = float((high - low).max()), (low + high) / 2
    xy = np.ascontiguousarray(((flat - middle) / wide * (1, -1) / MARGIN + 1) / 2 * count)
    face = front(xy, np.ascontiguousarray(there[:, 2]), faces, count, count)[0]
    rows, columns = np.nonzero(face >= 0)
    shown = face[rows, columns]
    weights = corners(xy, faces, face, rows, columns)
    places = np.einsum("nk,nkc->nc", weights, subject.points[faces[shown]])
    away = turn[2] / near - places if near else np.tile(turn[2], (len(places), 1))
    towards = unit(away.astype(np.float32))
    p = subject.points[faces[shown]]
    plain = unit(np.cross(p[:, 1] - p[:, 0], p[:, 2] - p[:, 0]).astype(np.float32))
    plain *= np.where(np.einsum("ij,ij->i", plain, towards) < 0, -1, 1)[:, None].astype(np.float32)
    normals = unit(np.einsum("nk,nkc->nc", weights, subject.normals[shown]).astype(np.float32))
    normals *= np.where(np.einsum("ij,ij->i", normals, plain) < 0, -1, 1)[:, None].astype(np.float32)
    caster = EmbreeScene(robust=True)
    TriangleMesh(caster, np.ascontiguousarray(subject.points, np.float32), faces.astype(np.int32))
    return Seen((rows, columns), places, normals, plain, towards, shown, caster)


def _free(seen: Seen, ways: F32, rows: Any) -> NDArray[np.bool_]:
    start = (seen.places[rows] + LIFT * seen.flat[rows]).astype(np.float32)
    return np.asarray(seen.caster.run(start, np.ascontiguousarray(ways, np.float32), query="OCCLUDED") < 0)


def _directions(seen: Seen, turn: int, count: int) -> tuple[F32, F32, F32]:
    """(N,) places on the unit disc and heights above it, the `turn`-th of `count`: a lattice of Fibonacci's.

    Each sample of a pixel takes others, and all pixels the same: noise would tell a lit picture from a flat one.
    """
    sample = seen.where[0] % FINE * FINE + seen.where[1] % FINE
    i = turn * FINE**2 + sample
    share = ((i + 0.5) / (count * FINE**2)).astype(np.float32)
    angle = (i * np.pi * (3 - np.sqrt(5))).astype(np.float32)
    return np.sqrt(share) * np.cos(angle), np.sqrt(share) * np.sin(angle), np.sqrt(1 - share)


def _about(axis: F32) -> tuple[F32, F32]:
    """Two (N, 3) unit vectors across `axis` and each other."""
    side = unit(np.cross(axis, np.where(np.abs(axis[:, 1:2]) < 0.9, [[0.0, 1, 0]], [[1.0, 0, 0]])))
    return side.astype(np.float32), np.cross(axis, side).astype(np.float32)


def _openness(seen: Seen) -> tuple[F32, F32]:
    """(N,) cosine-weighted shares of the upper and of the lower half space in sight."""
    up, down = np.zeros(len(seen.face), np.float32), np.zeros(len(seen.face), np.float32)
    side, other = _about(seen.normals)
    for turn in range(RAYS):
        a, b, c = (part[:, None] for part in _directions(seen, turn, RAYS))
        ways = a * side + b * other + c * seen.normals
        free = _free(seen, ways, slice(None)) & (np.einsum("ij,ij->i", ways, seen.flat) > 0)
        high = np.clip(0.5 + 4 * ways[:, 1], 0, 1)
        up += free * high / RAYS
        down += free * (1 - high) / RAYS
    return up, down


def _unshadowed(seen: Seen, sun: Sun, rows: NDArray[np.int64]) -> F32:
    """(len(rows),) share of `sun` in sight."""
    rays = SOFT if sun.size > 0.05 else 1
    axis = np.tile(sun.towards.astype(np.float32), (len(seen.face), 1))
    side, other = _about(axis)
    total = np.zeros(len(rows), np.float32)
    for turn in range(rays):
        a, b, _ = (part[:, None] for part in _directions(seen, turn, rays))
        total += _free(seen, unit(axis + np.float32(sun.size) * (a * side + b * other))[rows], rows)
    return total / np.float32(rays)


def _lit(seen: Seen, light: Light, sky: F32, ground: F32) -> tuple[F32, F32]:
    """((N, 3) shading of mean 1, (N, 3) highlights) in `light`."""
    open_ = np.maximum(sky + ground, 1e-3)
    dim = open_ ** np.float32(light.depth) / open_
    shade = ((sky * dim)[:, None] * light.sky + (ground * dim)[:, None] * light.ground).astype(np.float32)
    spot = np.zeros_like(shade)
    for sun in light.suns:
        cosine = np.maximum(seen.normals @ sun.towards.astype(np.float32), 0)
        cosine *= seen.flat @ sun.towards.astype(np.float32) > 0
        rows = np.flatnonzero(cosine > 0)
        if sun.casts and len(rows):
            cosine[rows] *= _unshadowed(seen, sun, rows)
        falls = banded(cosine, light.bands)[:, None] * sun.colour.astype(np.float32)
        half = unit(seen.towards + sun.towards.astype(np.float32))
        lobe = np.maximum(np.einsum("ij,ij->i", seen.normals, half), 0) ** light.sharp * (light.sharp + 8) / 25
        spot += np.minimum(lobe, 20)[:, None] * falls * np.float32(0.06 * light.gloss)
        shade += falls
    facing = np.einsum("ij,ij->i", seen.normals, seen.towards)
    shade += (light.rim * (1 - np.clip(facing, 0, 1)) ** 3)[:, None].astype(np.float32)
    level = np.float32(max(float(shade.mean()), 1e-3))
    return shade / level, spot / level


def _paint(subject: Subject, seen: Seen, random: Random, anew: bool) -> F32:
    """(N, 3) albedo: the model's own colours or, `anew`, others in their place; worn, and at times paler one way."""
    colours = subject.colours
    if anew:
        kept, which = np.unique((subject.model.colours * 255).astype(np.int64), axis=0, return_inverse=True)
        level = np.exp(random.uniform(np.log(0.02), np.log(0.9), (len(kept), 1)))
        hue = np.exp(random.normal(0, 0.5, (len(kept), 3)) * random.choice((0.1, 1.0), (len(kept), 1)))
        colours = np.clip(level * hue, 0.01, 0.95)[which.reshape(-1)].astype(np.float32)
    out = colours[seen.face]
    for _ in range(int(random.integers(1, 3))):
        worn = wear(random)
        out = out * worn(seen.places) if worn is not None else out
    if random.random() < 0.2:
        way = random.normal(size=3) * (0.5, 1, 0.5)
        out = out * np.exp(random.uniform(0, 0.8) * seen.places @ way)[:, None]
    if random.random() < INK:
        out[_edges(seen, int(random.integers(1, 3)))] *= np.float32(random.uniform(0.05, 0.6))
    return np.clip(out, 0.004, 0.98).astype(np.float32)


def _edges(seen: Seen, reach: int) -> NDArray[np.bool_]:
    """(N,) what lies within `reach` samples of the outline or of a crease, as ink does."""
    import cv2

    full = np.zeros((SIDE * FINE, SIDE * FINE, 3), np.float32)
    full[seen.where] = seen.normals
    size = np.ones((2 * reach + 1,) * 2, np.uint8)
    return np.asarray((cv2.dilate(full, size) - cv2.erode(full, size)).max(-1)[seen.where] > 0.6)


def _pixels(seen: Seen, values: F32) -> F32:
    """(C, SIDE, SIDE) means over pixels of (N, C) `values`, zero where there is no sample."""
    full = np.zeros((SIDE * FINE, SIDE * FINE, values.shape[1]), np.float32)
    full[seen.where] = values
    return np.ascontiguousarray(full.reshape(SIDE, FINE, SIDE, FINE, -1).mean((1, 3)).transpose(2, 0, 1))
