"""Small surfaces for the bake's tests, made in place."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from toolchain.asset import Mesh, Sculpt, Slot, Slots
from toolchain.bake.field import smooth_normals
from toolchain.bake.tangents import add_tangents


def sheet(columns: int, rows: int, place: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> Mesh:
    """A grid over u, v in 0..1 put in space by `place(u, v) -> (N, 3)`; UVs are u and v."""
    u, v = (a.reshape(-1) for a in np.meshgrid(np.linspace(0, 1, columns + 1), np.linspace(0, 1, rows + 1)))
    i = (np.arange(rows)[:, None] * (columns + 1) + np.arange(columns)).reshape(-1)
    across, up = i + 1, i + columns + 1
    faces = np.concatenate((np.stack((i, across, up + 1), 1), np.stack((i, up + 1, up), 1))).astype(np.int32)
    points = place(u, v).astype(np.float32)
    return Mesh(points, faces, smooth_normals(points, faces), np.stack((u, v), 1).astype(np.float32))


def plane(n: int, height: Callable[[np.ndarray, np.ndarray], np.ndarray] | None = None) -> Mesh:
    """A unit square in XY facing +Z, raised by `height(x, y)`."""
    return sheet(n, n, lambda u, v: np.stack((u, v, height(u, v) if height else 0 * u), 1))


def ball(columns: int, rows: int, bump: float = 0.0) -> Mesh:
    """A sphere of radius 1 with waves of `bump`; the seam lies at u = 0, the poles are left open by a hair."""

    def place(u: np.ndarray, v: np.ndarray) -> np.ndarray:
        a, b = 2 * np.pi * u, np.pi * (0.001 + 0.998 * v - 0.5)
        r = 1 + bump * np.sin(12 * a) * np.cos(9 * b) * np.cos(b)
        return r[:, None] * np.stack((np.sin(a) * np.cos(b), np.sin(b), np.cos(a) * np.cos(b)), 1)

    mesh = sheet(columns, rows, place)
    points = mesh.positions.copy()
    points[:: columns + 1] = points[columns :: columns + 1]  # the seam's two columns at one and the same place
    return Mesh(points, mesh.faces, smooth_normals(points, mesh.faces), mesh.uv)


def low(mesh: Mesh, margin: float = 0.05) -> Mesh:
    """`mesh` with its UVs drawn in by `margin`, and tangents."""
    assert mesh.uv is not None
    uv = (margin + mesh.uv * (1 - 2 * margin)).astype(np.float32)
    return add_tangents(Mesh(mesh.positions, mesh.faces, mesh.normals, uv, slots=mesh.slots))


def sculpt(mesh: Mesh, colour: np.ndarray | None = None, evidence: np.ndarray | None = None) -> Sculpt:
    """A sculpt of `mesh`: grey and seen unless told otherwise."""
    count = len(mesh.positions)
    grey = np.full((count, 3), 0.5, np.float32)
    return Sculpt(
        Mesh(mesh.positions, mesh.faces),
        grey if colour is None else colour.astype(np.float32),
        np.zeros(count, np.uint8) if evidence is None else evidence.astype(np.uint8),
        "test",
        "test",
        "made in a test",
        "default",
    )


def one_slot(mesh: Mesh) -> Slots:
    """All faces in one slot."""
    return Slots((Slot("body", "single"),), np.zeros(len(mesh.faces), np.int32))
