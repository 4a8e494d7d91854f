"""Pictures of meshes by embree rays: orbits, wireframes and evidence for the report, and our example concepts.

Deterministic; no window system and no GPU. Cameras look at the middle of what they are given.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from toolchain.asset import F32, U8, Mesh
from toolchain.srgb import srgb

SAMPLES = 2  # per pixel and axis


@dataclass(frozen=True)
class Camera:
    """yaw 0 looks at the front (from +Z), 90 at the asset's left (from +X); pitch lifts the camera. Degrees."""

    yaw: float = -30.0
    pitch: float = 15.0
    fov: float = 25.0  # vertical field of view; 0 is orthographic
    margin: float = 1.1  # picture side over what is framed


@dataclass(frozen=True, eq=False)
class Hits:
    """One entry a pixel sample that met the surface."""

    where: np.ndarray  # (K,) index of the sample
    face: np.ndarray  # (K,)
    bary: F32  # (K, 3)
    view: F32  # (K, 3) unit, from the surface to the camera


def rays(camera: Camera, centre: F32, radius: float, size: int) -> tuple[F32, F32]:
    """Origins and unit directions of `size`^2 x SAMPLES^2 rays, row by row from the top left."""
    yaw, pitch = np.radians([camera.yaw, camera.pitch])
    back = np.array([np.sin(yaw) * np.cos(pitch), np.sin(pitch), np.cos(yaw) * np.cos(pitch)])
    right = np.array([np.cos(yaw), 0.0, -np.sin(yaw)])
    up = np.cross(back, right)
    steps = (np.arange(size * SAMPLES) + 0.5) / (size * SAMPLES) * 2 - 1
    x, y = np.meshgrid(steps, -steps)
    half = radius * camera.margin
    if camera.fov <= 0:
        plane = centre + back * radius * 4 + (x[..., None] * right + y[..., None] * up) * half
        origins, directions = plane, np.broadcast_to(-back, plane.shape)
    else:
        distance = half / np.sin(np.radians(camera.fov) / 2)
        spread = np.tan(np.radians(camera.fov) / 2)
        directions = -back + (x[..., None] * right + y[..., None] * up) * spread
        directions = directions / np.linalg.norm(directions, axis=-1, keepdims=True)
        origins = np.broadcast_to(centre + back * distance, directions.shape)
    return origins.reshape(-1, 3).astype(np.float32), directions.reshape(-1, 3).astype(np.float32)


def cast(mesh: Mesh, camera: Camera, size: int) -> Hits:
    """What each sample sees."""
    return next(turntable(mesh, (camera,), size))


def turntable(mesh: Mesh, cameras: Sequence[Camera], size: int) -> Iterator[Hits]:
    """What each sample of each camera sees; the search tree is built once for those that frame alike."""
    framed: tuple[float, float] | None = None
    scene: Any = None
    for camera in cameras:
        if framed != (camera.fov, camera.pitch):
            framed, scene = (camera.fov, camera.pitch), _scene(mesh, camera)
        origins, directions = rays(camera, np.zeros(3, np.float32), 1.0, size)
        answer = scene.run(origins, directions, output=True)
        where = np.flatnonzero(answer["primID"] >= 0)
        u, v = answer["u"][where], answer["v"][where]
        yield Hits(where, answer["primID"][where], np.stack((1 - u - v, u, v), axis=1), -directions[where])


def _scene(mesh: Mesh, camera: Camera) -> Any:
    from embreex import rtcore_scene
    from embreex.mesh_construction import TriangleMesh

    lower, upper = mesh.positions.min(axis=0), mesh.positions.max(axis=0)
    centre, radius = (lower + upper) / 2, float((upper - lower).max()) / 2
    if camera.fov > 0:  # what is framed is the same from every yaw, so that a turntable does not breathe
        across = float(np.linalg.norm((mesh.positions - centre)[:, [0, 2]], axis=1).max())
        pitch = np.radians(camera.pitch)
        radius = max(across, float(upper[1] - lower[1]) / 2 * np.cos(pitch) + across * abs(np.sin(pitch)))
    radius = radius or 1.0
    # Rays are cast in a unit box, where single precision is at its best.
    positions = ((mesh.positions - centre) / radius).astype(np.float32)
    scene = rtcore_scene.EmbreeScene()
    TriangleMesh(scene, positions, mesh.faces.astype(np.int32))
    return scene


def interpolate(values: np.ndarray, faces: np.ndarray, hits: Hits) -> np.ndarray:
    """(K, C) of per-vertex `values` (V, C)."""
    return np.einsum("kc,kcd->kd", hits.bary, values[faces[hits.face]])


def sample(image: np.ndarray, uv: F32) -> np.ndarray:
    """Bilinear lookup, (K, C); row 0 is v = 1, and edges repeat."""
    height, width = image.shape[:2]
    x = np.clip(uv[:, 0] * width - 0.5, 0, width - 1)
    y = np.clip((1 - uv[:, 1]) * height - 0.5, 0, height - 1)
    x0, y0 = np.floor(x).astype(int), np.floor(y).astype(int)
    x1, y1 = np.minimum(x0 + 1, width - 1), np.minimum(y0 + 1, height - 1)
    fx, fy = (x - x0)[:, None], (y - y0)[:, None]
    pixels = image.reshape(height, width, -1)
    top = pixels[y0, x0] * (1 - fx) + pixels[y0, x1] * fx
    low = pixels[y1, x0] * (1 - fx) + pixels[y1, x1] * fx
    return top * (1 - fy) + low * fy


def light(
    albedo: np.ndarray,
    normals: np.ndarray,
    view: np.ndarray,
    ao: np.ndarray,
    roughness: float | np.ndarray,
    metallic: float | np.ndarray,
    yaw: float = 0.0,
) -> np.ndarray:
    """(K, 3) linear: sky and ground, a key from the camera's upper left, a dim rim. Blinn-Phong highlight."""
    turn = np.radians(yaw)
    across, out = np.array([np.cos(turn), 0, -np.sin(turn)]), np.array([np.sin(turn), 0, np.cos(turn)])
    lift = np.array([0.0, 1.0, 0.0])
    key, rim = _unit(-0.45 * across + 0.75 * lift + 0.55 * out), _unit(0.7 * across + 0.3 * lift - 0.6 * out)
    sky = 0.5 + 0.5 * normals[:, 1:2]
    ambient = (0.34 * sky + 0.16 * (1 - sky)) * ao[:, None]
    diffuse = ambient + 0.72 * np.clip(normals @ key, 0, 1)[:, None] + 0.12 * np.clip(normals @ rim, 0, 1)[:, None]
    half = key + view
    half = half / np.linalg.norm(half, axis=1, keepdims=True)
    rough = np.broadcast_to(np.asarray(roughness, float), (len(albedo),))
    metal = np.broadcast_to(np.asarray(metallic, float), (len(albedo),))[:, None]
    power = np.clip(2 / np.maximum(rough, 0.08) ** 4 - 2, 1, 400)
    spot = np.clip((normals * half).sum(axis=1), 0, 1) ** power * (power + 8) / 60 * (normals @ key > 0)
    tint = 0.04 * (1 - metal) + albedo * metal
    return albedo * diffuse * (1 - 0.6 * metal) + tint * np.minimum(spot, 4.0)[:, None] + tint * metal * ambient


def picture(hits: Hits, colours: np.ndarray, size: int, background: tuple[float, float, float] | None = None) -> U8:
    """Samples averaged into an (S, S, 4) sRGB picture with straight alpha; over `background` (linear) when given."""
    full = size * SAMPLES
    buffer = np.zeros((full * full, 4), np.float32)
    buffer[hits.where, :3] = np.clip(colours, 0, 1)
    buffer[hits.where, 3] = 1
    small = buffer.reshape(size, SAMPLES, size, SAMPLES, 4).mean(axis=(1, 3))
    alpha = small[..., 3:]
    rgb = small[..., :3] / np.maximum(alpha, 1e-6)
    if background is not None:
        rgb, alpha = rgb * alpha + np.asarray(background) * (1 - alpha), np.ones_like(alpha)
    return (np.concatenate((srgb(np.clip(rgb, 0, 1)), alpha), axis=-1) * 255 + 0.5).astype(np.uint8)


def _unit(vector: np.ndarray) -> np.ndarray:
    return vector / np.linalg.norm(vector)
