"""Where on the sculpt is the point that a texel of LOD0 shows?

Rays leave LOD0's surface along its smooth normal, outwards and inwards, and the nearer hit that faces the
same way wins: the far wall of a thin part faces away and is never taken. What no ray finds takes the
nearest point. All is done in a box of diagonal 1, where single precision is good to 1e-7.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from toolchain.asset import F32, I32, Mesh
from toolchain.bake.field import face_normals, smooth_normals
from toolchain.bake.nearest import closest, sample_tree
from toolchain.bake.threads import in_chunks

#: Rays start this far behind the surface (shares of the diagonal), so that a sculpt lying in LOD0 is hit.
_BEHIND = 2e-5
#: Walls that a ray looks at before it gives up.
_WALLS = 4
#: Places on each surface at which the distance between the two is measured.
_PROBES = 16_384


@dataclass(frozen=True, eq=False)
class Hits:
    """N points on the sculpt."""

    face: I32  # (N,)
    bary: F32  # (N, 3)
    missed: NDArray[np.bool_]  # (N,) no ray hit: the nearest point stands in


@dataclass(frozen=True, eq=False)
class Target:
    """A sculpt made ready: V vertices moved and scaled so that its bounding box has diagonal 1 about the origin."""

    points: F32  # (V, 3)
    faces: I32  # (F, 3)
    normals: F32  # (V, 3) smooth
    flat: F32  # (F, 3) unit face normals, zero for a face without area
    centre: NDArray[np.float64]  # (3,) metres
    scale: float  # 1 / diagonal in metres
    scene: Any  # embree

    def to_unit(self, positions: F32) -> F32:
        """Metres to this box."""
        return ((positions.astype(np.float64) - self.centre) * self.scale).astype(np.float32)

    def to_metres(self, points: F32) -> F32:
        """This box to metres."""
        return (points.astype(np.float64) / self.scale + self.centre).astype(np.float32)

    @cached_property
    def sampled(self) -> tuple[Any, I32]:
        """A kd-tree of points spread over the faces, and the face of each."""
        return sample_tree(self.points, self.faces)


def make_target(mesh: Mesh) -> Target:
    """Build the rays' scene. Raises ValueError for a mesh without extent, faces or finite positions."""
    from embreex.mesh_construction import TriangleMesh
    from embreex.rtcore_scene import EmbreeScene

    if not len(mesh.faces) or not np.isfinite(mesh.positions).all() or mesh.diagonal <= 0:
        raise ValueError("the sculpt has no faces, no extent or a position that is not a number")
    if mesh.faces.min() < 0 or mesh.faces.max() >= len(mesh.positions):
        raise ValueError("a face of the sculpt names a vertex that is not there")
    low, high = mesh.positions.min(axis=0).astype(np.float64), mesh.positions.max(axis=0).astype(np.float64)
    centre, scale = (low + high) / 2, 1.0 / float(np.linalg.norm(high - low))
    points = ((mesh.positions.astype(np.float64) - centre) * scale).astype(np.float32)
    flat = face_normals(points, mesh.faces)
    scene = EmbreeScene(robust=True)
    TriangleMesh(scene, points, mesh.faces.astype(np.int32))
    return Target(points, mesh.faces, smooth_normals(points, mesh.faces), flat, centre, scale, scene)


def search(target: Target, points: F32, directions: F32, cage: float) -> Hits:
    """The sculpt's point for each of `points` (N, 3), unit box, along ±`directions` (N, 3) within `cage`."""
    face = np.full(len(points), -1, np.int32)
    bary = np.zeros((len(points), 3), np.float32)

    def work(part: slice) -> None:
        face[part], bary[part] = _cast(target, points[part], directions[part], cage)

    in_chunks(work, len(points))
    missed = face < 0
    if missed.any():
        face[missed], bary[missed], away = nearest(target, points[missed], directions[missed])
        # At an open border a ray may slip past a point that is there: found, not missed.
        missed[missed] = away > 0.1 * cage
    return Hits(face, bary, missed)


def _cast(target: Target, points: F32, directions: F32, cage: float) -> tuple[I32, F32]:
    face = np.full(len(points), -1, np.int32)
    bary = np.zeros((len(points), 3), np.float32)
    best = np.full(len(points), np.inf, np.float32)
    for sign in (1.0, -1.0):
        live, passed = np.arange(len(points)), np.full(len(points), -_BEHIND, np.float32)
        for _ in range(_WALLS):
            way = np.ascontiguousarray(directions[live] * np.float32(sign))
            start = points[live] + way * passed[:, None]
            found = target.scene.run(start, way, dists=np.float32(cage) - passed, output=1)
            hit = found["primID"] >= 0
            along = passed + found["tfar"]
            same = np.einsum("ij,ij->i", target.flat[found["primID"]], directions[live]) > 0
            take = hit & same & (np.abs(along) < best[live])
            rows, u, v = live[take], found["u"][take], found["v"][take]
            face[rows], best[rows] = found["primID"][take], np.abs(along[take])
            bary[rows] = np.clip(np.stack((1 - u - v, u, v), axis=1), 0, 1)
            again = hit & ~same  # a wall that faces away: look behind it
            live, passed = live[again], along[again] + np.float32(_BEHIND)
            if not len(live):
                break
    return face, bary


def nearest(target: Target, points: F32, directions: F32 | None = None) -> tuple[I32, F32, F32]:
    """Face (N,), barycentrics (N, 3) and distance (N,) of the sculpt's nearest point, unit box.

    Of the faces near a point, one that faces along `directions` is preferred to one that faces away.
    """
    tree, owner = target.sampled
    return closest(tree, owner, target.points, target.faces, points, target.flat, directions)


def cage_distance(target: Target, points: F32, faces: I32, low: float, high: float) -> tuple[float, float]:
    """How far rays reach, and the measured distance between the surfaces, as shares of the diagonal.

    `points` (V, 3) and `faces` are LOD0 in the unit box. One and a half times the distance, both ways, of all
    but the worst two in a thousand places, held within `low` and `high`.
    """
    tree, owner = sample_tree(points, faces)
    ours = np.asarray(tree.data[:: len(owner) // _PROBES + 1], np.float32)
    theirs = target.points[:: len(target.points) // _PROBES + 1]
    apart = max(
        float(np.quantile(nearest(target, ours)[2], 0.998)),
        float(np.quantile(closest(tree, owner, points, faces, theirs)[2], 0.998)),
    )
    return float(np.clip(1.5 * apart, low, high)), apart
