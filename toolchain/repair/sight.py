"""What can be seen from outside: rays that leave a side of a face and meet nothing more.

The directions are a fixed low-discrepancy set, dense about the normal as a matt surface gathers light, so that
the share that escapes tells how open a place is: 1 on a hill, some hundredths at the bottom of a bucket, 0 in a
closed shell. Rays run in a box of diagonal 1, where single precision is good to 1e-7.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from toolchain.lowpoly.topology import areas, cross

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]
Ints = NDArray[np.integer]
RAYS = 64
_LIFT = 2e-5  # rays start this far off the surface, shares of the diagonal


class Scene:
    """A mesh ready for rays. Positions must be finite, faces in range, and there must be at least one."""

    def __init__(self, positions: F64, faces: Ints) -> None:
        from embreex.mesh_construction import TriangleMesh
        from embreex.rtcore_scene import EmbreeScene

        low, high = positions.min(axis=0), positions.max(axis=0)
        self.centre, self.scale = (low + high) / 2, 1.0 / max(float(np.linalg.norm(high - low)), 1e-300)
        self._scene: Any = EmbreeScene(robust=True)
        TriangleMesh(self._scene, ((positions - self.centre) * self.scale).astype(np.float32), faces.astype(np.int32))

    def distance(self, points: F64, directions: F64) -> F64:
        """(N,) metres along unit `directions` to the first surface; infinite where there is none."""
        start = ((points - self.centre) * self.scale + directions * _LIFT).astype(np.float32)
        found = self._scene.run(start, np.ascontiguousarray(directions, np.float32), output=1)
        return np.where(found["primID"] >= 0, found["tfar"].astype(np.float64) + _LIFT, np.inf) / self.scale

    def hit(self, points: F64, directions: F64) -> Ints:
        """(N,) first face along unit `directions`; -1 where there is none."""
        start = ((points - self.centre) * self.scale + directions * _LIFT).astype(np.float32)
        found: Ints = self._scene.run(start, np.ascontiguousarray(directions, np.float32), output=1)["primID"]
        return found

    def escape(self, points: F64, normals: F64, rays: int = RAYS) -> F32:
        """(N,) share of `rays` rays round unit `normals` that leave the mesh."""
        start = ((points - self.centre) * self.scale + normals * _LIFT).astype(np.float32)
        free = np.zeros(len(points), np.float32)
        u, v = _frame(normals)
        local = _directions(rays)
        for x, y, z in local:
            way = (u * np.float32(x) + v * np.float32(y) + normals * z).astype(np.float32)
            free += self._scene.run(start, way, query="OCCLUDED") < 0
        return free / np.float32(rays)

    def seen(self, points: F64, normals: F64, rays: int = RAYS) -> NDArray[np.bool_]:
        """(N,) whether any of `rays` rays leaves the mesh. Most do with the first, so that few places need them all."""
        start = ((points - self.centre) * self.scale + normals * _LIFT).astype(np.float32)
        u, v = _frame(normals)
        free = np.zeros(len(points), bool)
        live = np.arange(len(points))
        for x, y, z in _directions(rays):
            way = (u[live] * x + v[live] * y + normals[live] * z).astype(np.float32)
            out = self._scene.run(start[live], way, query="OCCLUDED") < 0
            free[live[out]] = True
            live = live[~out]
            if not len(live):
                break
        return free


def _directions(count: int) -> F64:
    """(count, 3) cosine-weighted directions round +Z; the golden angle about, the first nearest the pole."""
    i = np.arange(count)
    r, turn = np.sqrt((i + 0.5) / count) * 0.999, i * np.pi * (3 - np.sqrt(5.0))
    return np.stack((r * np.cos(turn), r * np.sin(turn), np.sqrt(1 - r * r)), axis=1)


def _frame(normals: F64) -> tuple[F64, F64]:
    """Two unit vectors square to each normal and to each other (Duff et al. 2017)."""
    x, y, z = normals.T
    sign = np.where(z < 0, -1.0, 1.0)
    a = -1.0 / (sign + z)
    b = x * y * a
    return (
        np.stack((1 + sign * x * x * a, sign * b, -sign * x), axis=1),
        np.stack((b, sign + y * y * a, -y), axis=1),
    )


def face_normals(positions: F64, faces: Ints) -> F64:
    """(F, 3) unit normals; +Y where a face has no area."""
    n = cross(positions, faces)
    length = np.linalg.norm(n, axis=1, keepdims=True)
    return np.where(length > 0, n / np.where(length > 0, length, 1.0), (0.0, 1.0, 0.0))


def probes(positions: F64, faces: Ints, label: Ints, count: int, least: int = 24) -> tuple[F64, Ints]:
    """(points (N, 3), face of each (N,)): even over the area of each label's faces, at least `least` a label."""
    area = np.maximum(areas(positions, faces), 1e-300)
    order = np.argsort(label, kind="stable")
    total = np.bincount(label, weights=area)
    share = np.maximum(np.round(count * total / total.sum()), least).astype(np.int64)
    ends = np.cumsum(total)
    owner = np.repeat(np.arange(len(total)), share)
    step = np.arange(len(owner)) - np.repeat(np.cumsum(share) - share, share)
    rng = np.random.default_rng(0)
    at = ends[owner] - total[owner] + (step + rng.random(len(owner))) / share[owner] * total[owner]
    found = np.minimum(np.searchsorted(np.cumsum(area[order]), at), len(faces) - 1)
    face = order[found]
    face = np.where(label[face] == owner, face, order[(np.cumsum(np.bincount(label)) - 1)[owner]])
    root, other = np.sqrt(rng.random(len(face))), rng.random(len(face))
    weights = np.stack((1 - root, root * (1 - other), root * other), axis=1)
    return np.einsum("nk,nkd->nd", weights, positions[faces[face]]), face
