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
