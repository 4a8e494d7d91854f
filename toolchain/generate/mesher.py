"""A scalar field on a grid of nodes to a closed triangle mesh."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from toolchain.asset import F32, I32

PAD = 2  # nodes around the box


@dataclass(frozen=True, eq=False)
class Grid:
    """Nodes around a box centred on the origin: `axes[k]` are coordinates along subject axis k."""

    axes: tuple[F32, F32, F32]
    step: float


def grid_about(extents: np.ndarray, resolution: int) -> Grid:
    """A grid of cubes with `resolution` of them along the longest of the three `extents`, padded, symmetric."""
    step = float(np.max(extents)) / resolution
    axes = []
    for side in extents:
        half = int(np.ceil(side / step / 2)) + PAD
        axes.append((np.arange(-half, half + 1) * step).astype(np.float32))
    return Grid((axes[0], axes[1], axes[2]), step)


def crossings(field: F32) -> int:
    """How many grid edges the surface crosses: the number of vertices :func:`surface` will make."""
    inside = field > 0
    return sum(int(np.count_nonzero(np.diff(inside, axis=k))) for k in range(3))


def surface(field: F32, grid: Grid, smooth: int) -> tuple[F32, I32]:
    """Zero set of `field` (positive inside) as positions (V, 3) and faces (F, 3), closed and outward.

    Marching cubes with Lewiner's topology table (skimage); then `smooth` rounds of Taubin's lambda/mu filter.
    The field is made negative on the grid's border, so the surface is closed.
    """
    from skimage.measure import marching_cubes

    field = np.array(field, np.float32)
    nudge = np.float32(grid.step * 1e-3)  # a node exactly on the surface would make triangles without area
    field[np.abs(field) < nudge] = -nudge
    for axis in range(3):
        border = np.moveaxis(field, axis, 0)
        border[[0, -1]] = np.minimum(border[[0, -1]], -nudge)
    vertices, faces, _, _ = marching_cubes(field, 0.0, spacing=(1.0, 1.0, 1.0), gradient_direction="descent")
    positions = vertices.astype(np.float64) * grid.step + np.array([a[0] for a in grid.axes], np.float64)
    if volume(positions, faces) < 0:
        faces = faces[:, ::-1]
    if smooth:
        positions = taubin(positions, faces, smooth)
    return positions.astype(np.float32), np.ascontiguousarray(faces, np.int32)


def taubin(
    positions: np.ndarray, faces: np.ndarray, rounds: int, shrink: float = 0.5, grow: float = -0.53
) -> np.ndarray:
    """Low-pass filter of Taubin, "A signal processing approach to fair surface design" (1995), uniform weights."""
    from scipy.sparse import coo_matrix, diags

    n = len(positions)
    one, two = faces[:, [0, 1, 2]].ravel(), faces[:, [1, 2, 0]].ravel()
    links = coo_matrix((np.ones(len(one)), (one, two)), shape=(n, n)).tocsr()
    links = links + links.T
    mean = diags(1.0 / np.maximum(np.asarray(links.sum(1)).ravel(), 1)) @ links
    for _ in range(rounds):
        for factor in (shrink, grow):
            positions = positions + factor * (mean @ positions - positions)
    return positions


def volume(positions: np.ndarray, faces: np.ndarray) -> float:
    """Signed volume by the divergence theorem; positive when outward."""
    a, b, c = (positions[faces[:, k]].astype(np.float64) for k in range(3))
    return float(np.einsum("ij,ij->i", a, np.cross(b, c)).sum() / 6.0)


def vertex_normals(positions: np.ndarray, faces: np.ndarray) -> F32:
    """(V, 3) unit normals, area weighted; +Y where a vertex has none."""
    a, b, c = (positions[faces[:, k]].astype(np.float64) for k in range(3))
    face = np.cross(b - a, c - a)
    out = np.zeros((len(positions), 3))
    for k in range(3):
        for axis in range(3):
            out[:, axis] += np.bincount(faces[:, k], face[:, axis], len(positions))
    length = np.linalg.norm(out, axis=1, keepdims=True)
    return np.where(length > 0, out / np.maximum(length, 1e-30), [0.0, 1.0, 0.0]).astype(np.float32)


def face_areas(positions: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """(F,) areas."""
    a, b, c = (positions[faces[:, k]].astype(np.float64) for k in range(3))
    return np.linalg.norm(np.cross(b - a, c - a), axis=1) / 2


def closed(faces: np.ndarray) -> bool:
    """Whether every edge is shared by exactly two triangles, in opposite directions."""
    one, two = faces[:, [0, 1, 2]].ravel().astype(np.int64), faces[:, [1, 2, 0]].ravel().astype(np.int64)
    n = int(faces.max()) + 1 if len(faces) else 0
    forth, back = np.sort(one * n + two), np.sort(two * n + one)
    return bool(len(forth)) and bool((np.diff(forth) > 0).all()) and bool((forth == back).all())
