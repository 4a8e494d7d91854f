"""A small ray tracer for pictures whose albedo is known: suns with cast shadows, a sky with occlusion, highlights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from toolchain.asset import F32, Mesh, Shot
from toolchain.bake.field import smooth_normals, unit
from toolchain.srgb import srgb

SKY_RAYS = 48
WHITE = (1.0, 1.0, 1.0)
#: Picture right, picture up, towards the camera.
AXES = {
    "front": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "back": ((-1, 0, 0), (0, 1, 0), (0, 0, -1)),
    "left": ((0, 0, -1), (0, 1, 0), (1, 0, 0)),
    "three_quarter": ((0.866, 0, -0.5), (-0.171, 0.94, -0.296), (0.47, 0.342, 0.814)),
}


@dataclass(frozen=True)
class Light:
    """Suns as (direction towards, linear colour), a sky and a ground of one colour each; no sun, no sky: flat."""

    suns: tuple[tuple[tuple[float, float, float], tuple[float, float, float]], ...] = ()
    sky: tuple[float, float, float] = (0.0, 0.0, 0.0)
    ground: tuple[float, float, float] = (0.0, 0.0, 0.0)
    flat: bool = False


LIGHTS = {
    "sun and sky": Light((((-0.5, 0.8, 0.6), (1.5, 1.45, 1.36)),), (0.6, 0.64, 0.72), (0.34, 0.32, 0.3)),
    "two lamps": Light(
        (((0.6, 0.5, 0.7), (1.4, 1.37, 1.33)), ((-0.8, 0.2, 0.5), (0.5, 0.53, 0.58))), (0.35,) * 3, (0.25,) * 3
    ),
    "rim": Light((((-0.6, 0.5, -0.6), (2.0,) * 3), ((0.3, 0.6, 0.9), (0.7,) * 3)), (0.45, 0.46, 0.48), (0.3,) * 3),
    "overcast": Light((), (1.3, 1.3, 1.35), (0.35, 0.33, 0.3)),
    "flat": Light(flat=True),
}


@dataclass(frozen=True, eq=False)
class Subject:
    """A surface whose paint is known: corner uv and textures, or a colour a triangle. Longest side 1, foot at 0."""

    mesh: Mesh
    normals: F32  # (F, 3, 3) at the corners
    paint: Any  # (face (N,), bary (N, 3)) -> (N, 3) linear albedo, (N,) roughness, (N,) metallic


@dataclass(frozen=True, eq=False)
class Buffer:
    """What one camera sees, a pixel a row, and how much of the sky and ground it gets."""

    shot: Shot  # its picture is blank
    inside: np.ndarray  # (H, W) bool
    points: F32
    flat: F32
    normals: F32
    towards: F32
    albedo: F32
    rough: F32
    metal: F32
    open_sky: F32
    open_ground: F32


@dataclass(frozen=True, eq=False)
class Rendered:
    """A picture and what the paint truly is, pixel by pixel; both linear, zero outside."""

    shot: Shot
    inside: np.ndarray  # (H, W)
    albedo: F32  # (H, W, 3)
    shading: F32  # (H, W, 3)


def look(subject: Subject, view: str, size: int) -> Buffer:
    """The subject seen from one side, orthographic, its longest side `size` pixels less a margin."""
    scene = _scene(subject.mesh)
    right, up, back = (np.array(a, np.float64) / np.linalg.norm(a) for a in AXES[view])
    seen = subject.mesh.positions @ np.stack((right, up), 1)
    low, high = seen.min(0), seen.max(0)
    scale, margin = (size - 8) / float((high - low).max()), 4
    wide, tall = (int(np.ceil(n * scale)) + 2 * margin for n in high - low)
    matrix = np.zeros((3, 4))
    matrix[0, :3], matrix[0, 3] = right * scale, margin - low[0] * scale
    matrix[1, :3], matrix[1, 3] = -up * scale, margin + high[1] * scale
    matrix[2, 3] = 1.0
    x, y = np.meshgrid(np.arange(wide) + 0.5, np.arange(tall) + 0.5)
    a, b = (x - matrix[0, 3]) / scale, (matrix[1, 3] - y) / scale
    start = (a[..., None] * right + b[..., None] * up + back * 4).reshape(-1, 3).astype(np.float32)
    found = scene.run(start, np.tile(-back, (len(start), 1)).astype(np.float32), output=1)
    at = np.flatnonzero(found["primID"] >= 0)
    face, u, v = found["primID"][at], found["u"][at], found["v"][at]
    bary = np.stack((1 - u - v, u, v), 1).astype(np.float32)
    corners = subject.mesh.positions[subject.mesh.faces[face]]
    points = np.einsum("nk,nkc->nc", bary, corners).astype(np.float32)
    flat = unit(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]))
    flat *= np.sign(flat @ back)[:, None].astype(np.float32)
    normals = unit(np.einsum("nk,nkc->nc", bary, subject.normals[face]))
    normals *= np.where(np.einsum("ij,ij->i", normals, flat) < 0, -1, 1)[:, None].astype(np.float32)
    albedo, rough, metal = subject.paint(face, bary)
    sky, ground = _open(scene, points, flat, normals)
    shot = Shot(view, np.zeros((tall, wide, 4), np.uint8), matrix, np.append(back, 0.0))
    inside = np.zeros(tall * wide, bool)
    inside[at] = True
    towards = np.tile(back.astype(np.float32), (len(at), 1))
    return Buffer(shot, inside.reshape(tall, wide), points, flat, normals, towards, albedo, rough, metal, sky, ground)


def render(subject: Subject, buffer: Buffer, light: Light, gloss: bool = True) -> Rendered:
    """A picture in `light`, exposed for a mean shading of 0.8, or less, so that at most 2 % of it is clipped."""
    from dataclasses import replace

    shading, spot = np.ones_like(buffer.albedo), np.zeros_like(buffer.albedo)
    if not light.flat:
        scene = _scene(subject.mesh)
        shading = buffer.open_sky[:, None] * np.float32(light.sky) + buffer.open_ground[:, None] * np.float32(
            light.ground
        )
        for way, colour in light.suns:
            to = np.array(way) / np.linalg.norm(way)
            start = buffer.points + buffer.flat * np.float32(2e-3)
            ways = np.tile(to.astype(np.float32), (len(start), 1))
            free = scene.run(start, ways, query="OCCLUDED") < 0
            cosine = np.clip(buffer.normals @ to, 0, None) * free * (buffer.flat @ to > 0)
            shading = shading + (cosine[:, None] * np.array(colour)).astype(np.float32)
            half = unit(buffer.towards + to.astype(np.float32))
            power = np.clip(2 / np.maximum(buffer.rough, 0.2) ** 4 - 2, 2, 600)
            lobe = np.clip(np.einsum("ij,ij->i", buffer.normals, half), 0, 1) ** power * (power + 8) / 25
            spot += (np.minimum(lobe, 20) * cosine * 0.04)[:, None].astype(np.float32) * np.float32(colour)
        spot *= gloss
        brightest = float(np.quantile((buffer.albedo * shading + spot).max(axis=1), 0.98))
        gain = np.float32(min(0.8 / float(shading.mean()), 1.0 / max(brightest, 1e-6)))
        shading, spot = shading * gain, spot * gain
    seen = buffer.albedo * shading + spot
    shape = (*buffer.inside.shape, 3)
    full, paint, shade = (np.zeros(shape, np.float32) for _ in range(3))
    full[buffer.inside], paint[buffer.inside], shade[buffer.inside] = seen, buffer.albedo, shading
    colour8 = np.round(srgb(np.clip(full, 0, 1)) * 255).astype(np.uint8)
    rgba = np.dstack((colour8, buffer.inside.astype(np.uint8) * np.uint8(255)))
    return Rendered(replace(buffer.shot, rgba=rgba), buffer.inside, paint, shade)


def _open(scene: Any, points: F32, flat: F32, normals: F32) -> tuple[F32, F32]:
    """(N,) cosine-weighted share of the upper and of the lower half space that a point sees."""
    i = np.arange(SKY_RAYS)
    u, turn = (i + 0.5) / SKY_RAYS, i * 2.399963
    local = np.stack((np.sqrt(u) * np.cos(turn), np.sqrt(u) * np.sin(turn), np.sqrt(1 - u)), 1)
    side = unit(np.cross(normals, np.where(np.abs(normals[:, 1:2]) < 0.9, [[0, 1, 0]], [[1, 0, 0]])))
    other = np.cross(normals, side)
    up, down = np.zeros(len(points), np.float32), np.zeros(len(points), np.float32)
    start = points + flat * np.float32(2e-3)
    for a, b, c in local:
        ways = (a * side + b * other + c * normals).astype(np.float32)
        free = (scene.run(start, ways, query="OCCLUDED") < 0) & (np.einsum("ij,ij->i", ways, flat) > 0)
        up += free * np.clip(0.5 + 4 * ways[:, 1], 0, 1) / SKY_RAYS
        down += free * np.clip(0.5 - 4 * ways[:, 1], 0, 1) / SKY_RAYS
    return up, down


def _scene(mesh: Mesh) -> Any:
    from embreex.mesh_construction import TriangleMesh
    from embreex.rtcore_scene import EmbreeScene

    scene = EmbreeScene(robust=True)
    TriangleMesh(scene, np.ascontiguousarray(mesh.positions), mesh.faces.astype(np.int32))
    return scene


def stand(positions: np.ndarray) -> F32:
    """Longest side 1, bottom centre at the origin."""
    low, high = positions.min(0), positions.max(0)
    foot = np.array([(low[0] + high[0]) / 2, low[1], (low[2] + high[2]) / 2])
    return ((positions - foot) / (high - low).max()).astype(np.float32)


def corner_normals(mesh: Mesh, crease: float = 0.7) -> F32:
    """(F, 3, 3) smooth within a crease's cosine, else the triangle's own."""
    p = mesh.positions[mesh.faces]
    flat = unit(np.cross(p[:, 1] - p[:, 0], p[:, 2] - p[:, 0]))
    smooth = smooth_normals(mesh.positions, mesh.faces)[mesh.faces]
    near = np.einsum("fkc,fc->fk", smooth, flat) > crease
    return np.where(near[..., None], smooth, flat[:, None]).astype(np.float32)
