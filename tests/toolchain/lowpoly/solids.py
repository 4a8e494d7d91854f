"""Dense sculpts with known faults, made by marching cubes over distance fields."""

from __future__ import annotations

from functools import cache

import numpy as np
from skimage.measure import marching_cubes

from toolchain.asset import Mesh, Sculpt, Slot, Slots


@cache
def blob(cells: int = 60) -> Mesh:
    """A ball with a torus and a box fused to it and a tunnel bored through: closed, genus over 0, sharp edges."""
    grid = np.linspace(-1.2, 1.2, cells)
    x, y, z = np.meshgrid(grid, grid, grid, indexing="ij")
    ball = np.sqrt(x**2 + y**2 + z**2) - 0.7
    ring = np.sqrt((np.sqrt(x**2 + z**2) - 0.75) ** 2 + (y - 0.1) ** 2) - 0.17
    box = np.maximum(np.maximum(abs(x) - 0.2, abs(y - 0.8) - 0.3), abs(z) - 0.2)
    bore = np.maximum(np.sqrt(x**2 + y**2) - 0.25, abs(z) - 2)
    field = np.maximum(np.minimum(np.minimum(ball, ring), box), -bore)
    points, faces, _, _ = marching_cubes(field, 0.0, spacing=(grid[1] - grid[0],) * 3)
    points = points / np.ptp(points, axis=0).max()
    points -= (points.min(axis=0) + points.max(axis=0)) / 2
    points[:, 1] -= points[:, 1].min()
    return Mesh(points.astype(np.float32), faces.astype(np.int32))


def sphere(radius: float, centre: tuple[float, float, float], cells: int = 12) -> Mesh:
    """A closed ball."""
    grid = np.linspace(-1.3, 1.3, cells)
    x, y, z = np.meshgrid(grid, grid, grid, indexing="ij")
    points, faces, _, _ = marching_cubes(np.sqrt(x**2 + y**2 + z**2) - 1, 0.0, spacing=(grid[1] - grid[0],) * 3)
    return Mesh(((points - 1.3) * radius + np.array(centre)).astype(np.float32), faces.astype(np.int32))


def together(*meshes: Mesh) -> Mesh:
    """Meshes side by side in one."""
    start = np.cumsum([0, *(len(m.positions) for m in meshes)])
    return Mesh(
        np.concatenate([m.positions for m in meshes]),
        np.concatenate([m.faces + s for m, s in zip(meshes, start[:-1], strict=True)]).astype(np.int32),
    )


def sculpt(mesh: Mesh) -> Sculpt:
    """`mesh` with its own place as colour and every vertex seen."""
    colour = np.clip(np.abs(np.nan_to_num(mesh.positions)), 0, 1).astype(np.float32)
    return Sculpt(mesh, colour, np.zeros(len(mesh.positions), np.uint8), "test", "hull", "", "default")


def halves(mesh: Mesh) -> Slots:
    """Two slots, parted at a height."""
    top = mesh.positions[mesh.faces].mean(axis=1)[:, 1] > 0.5 * mesh.positions[:, 1].max()
    return Slots((Slot("low", "mask"), Slot("high", "mask")), top.astype(np.int32))


def one_slot(mesh: Mesh) -> Slots:
    """All faces in one slot."""
    return Slots((Slot("main", "single"),), np.zeros(len(mesh.faces), np.int32))


def _antennae_field(p: np.ndarray) -> np.ndarray:
    """Signed distance (..., about) of (..., 3) points: a pierced body, a handle and three antennae, smoothly joined."""

    def joined(a: np.ndarray, b: np.ndarray, k: float) -> np.ndarray:
        h = np.clip(0.5 + 0.5 * (b - a) / k, 0, 1)
        return b + (a - b) * h - k * h * (1 - h)

    def rod(a: tuple[float, float, float], b: tuple[float, float, float], radius: float) -> np.ndarray:
        start, along = np.array(a, np.float32), np.array(b, np.float32) - np.array(a, np.float32)
        t = np.clip((p - start) @ along / (along @ along), 0, 1)
        return np.linalg.norm(p - start - t[..., None] * along, axis=-1) - radius

    x, y, z = p[..., 0], p[..., 1], p[..., 2]
    body = np.sqrt((x / 0.62) ** 2 + (y / 0.5) ** 2 + (z / 0.45) ** 2)
    body = (body - 1) * 0.45
    ring = np.sqrt((np.sqrt((x - 0.62) ** 2 + y**2) - 0.3) ** 2 + z**2) - 0.075
    bore = np.sqrt((x + 0.2) ** 2 + y**2) - 0.16
    field = -joined(-joined(body, ring, 0.06), bore, 0.04)
    ripples = 0.006 * np.sin(17 * x) * np.sin(19 * y) * np.sin(23 * z)
    field = field + ripples
    for foot, tip, radius in (
        ((-0.3, 0.3, 0.0), (-0.55, 1.05, 0.1), 0.014),
        ((0.1, 0.4, 0.1), (0.15, 1.1, 0.3), 0.012),
        ((-0.1, -0.3, 0.25), (-0.4, -0.7, 0.75), 0.016),
    ):
        field = joined(field, rod(foot, tip, radius), 0.03)
    return field


@cache
def antennae(triangles: int = 200_000) -> Mesh:
    """About `triangles` triangles: closed, genus 2, three thin antennae: the test case class of the reduction.

    Over 300,000 it is a smaller one with every triangle cut in four, drawn back to the surface.
    """
    cuts = 0
    while triangles / 4**cuts > 300_000:
        cuts += 1
    step = float(np.sqrt(13.78 / (triangles / 4**cuts)))
    axes = [np.arange(low, high, step, dtype=np.float32) for low, high in ((-0.72, 1.1), (-0.8, 1.2), (-0.55, 0.85))]
    field = np.stack([_antennae_field(np.stack(np.meshgrid(s, *axes[1:], indexing="ij"), axis=-1))[0] for s in axes[0]])
    points, faces, _, _ = marching_cubes(field, 0.0, spacing=(step,) * 3)
    points, faces = points.astype(np.float64) + [a[0] for a in axes], faces.astype(np.int64)
    for _ in range(cuts):
        ends = np.sort(faces[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2), axis=1)
        key, index = np.unique(ends[:, 0] * len(points) + ends[:, 1], return_inverse=True)
        ab, bc, ca = (index.reshape(-1, 3) + len(points)).T
        points = np.concatenate((points, (points[key // len(points)] + points[key % len(points)]) / 2))
        a, b, c = faces.T
        faces = np.concatenate([np.stack(t, axis=1) for t in ((a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca))])
        near = points.astype(np.float32)
        slope = (
            np.stack(
                [
                    _antennae_field(near + np.eye(3, dtype=np.float32)[k] * 1e-3)
                    - _antennae_field(near - np.eye(3, dtype=np.float32)[k] * 1e-3)
                    for k in range(3)
                ],
                axis=1,
            )
            / 2e-3
        )
        points -= (_antennae_field(near) / np.maximum((slope**2).sum(axis=1), 0.1))[:, None] * slope
    points[:, 1] -= points[:, 1].min()
    return Mesh(points.astype(np.float32), faces.astype(np.int32))


@cache
def bowl(cells: int = 70, wall: float = 0.05) -> Mesh:
    """The lower half of a hollow ball: one closed surface, two walls near each other."""
    grid = np.linspace(-1.15, 1.15, cells)
    x, y, z = np.meshgrid(grid, grid, grid, indexing="ij")
    field = np.maximum(np.abs(np.sqrt(x**2 + y**2 + z**2) - 1) - wall / 2, y - 0.2)
    points, faces, _, _ = marching_cubes(field, 0.0, spacing=(grid[1] - grid[0],) * 3)
    return Mesh(points.astype(np.float32), faces.astype(np.int32))


@cache
def lattice(holes: int = 6, cells: int = 60) -> Mesh:
    """A plate with `holes` x `holes` round holes and a leg under each corner: high genus."""
    across = np.linspace(-1.1, 1.1, cells)
    up = np.arange(-0.9, 0.2, across[1] - across[0])
    x, y, z = np.meshgrid(across, up, across, indexing="ij")
    plate = np.maximum(np.maximum(np.abs(x) - 1, np.abs(z) - 1), np.abs(y) - 0.07)
    pitch = 2 / holes
    bores = 0.36 * pitch - np.hypot((x + 1) % pitch - pitch / 2, (z + 1) % pitch - pitch / 2)
    legs = np.maximum(np.hypot(np.abs(x) - 0.9, np.abs(z) - 0.9) - 0.06, np.abs(y + 0.4) - 0.42)
    field = np.minimum(np.maximum(plate, bores), legs)
    points, faces, _, _ = marching_cubes(field, 0.0, spacing=(across[1] - across[0],) * 3)
    points[:, 1] -= points[:, 1].min()
    return Mesh(points.astype(np.float32), faces.astype(np.int32))
