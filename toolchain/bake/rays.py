"""Where on the sculpt is the point that a texel of LOD0 shows?

Rays leave LOD0's surface along its smooth normal, outwards and inwards, and the nearer hit that faces the
same way wins: the far wall of a thin part faces away and is never taken. What no ray finds takes the
nearest point. All is done in a box of diagonal 1, where single precision is good to 1e-7.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

from toolchain.asset import F32, I32, Mesh
from toolchain.bake.field import face_normals, scaled, smooth_normals
from toolchain.bake.nearest import closest, sample_tree
from toolchain.bake.threads import in_chunks

#: Rays start this far behind the surface (shares of the diagonal), so that a sculpt lying in LOD0 is hit.
_BEHIND = 2e-5
#: A wall this near (shares of the diagonal) is where the ray starts, as far as single precision can tell.
_HERE = np.float32(1e-6)
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
        return scaled(positions, self.scale, -self.centre * self.scale)

    def to_metres(self, points: F32) -> F32:
        """This box to metres."""
        return scaled(points, 1 / self.scale, self.centre)

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
    points = scaled(mesh.positions, scale, -centre * scale)
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
    best = np.full(len(points), cage, np.float32)
    for sign in (np.float32(1), np.float32(-1)):
        live = np.flatnonzero(best > _HERE)
        passed = np.full(len(live), -_BEHIND, np.float32)
        for _ in range(_WALLS):
            if not len(live):
                break
            start, ways, reach = _rays(points, directions, sign, live, passed, best)
            found = target.scene.run(start, ways, dists=reach, output=1)
            seen = (found["primID"], found["tfar"], found["u"], found["v"])
            live, passed = _sift(*seen, target.flat, directions, live, passed, best, face, bary)
    return face, bary


@numba.njit(cache=True, nogil=True)
def _rays(points, directions, sign, live, passed, best):
    """Starts, ways and reach of the rays of rows `live`, which are `passed` along already; past `best` none wins."""
    start, ways = np.zeros((len(live), 3), np.float32), np.zeros((len(live), 3), np.float32)
    reach = np.zeros(len(live), np.float32)
    for i in range(len(live)):
        row = live[i]
        reach[i] = best[row] - passed[i]
        for k in range(3):
            ways[i, k] = directions[row, k] * sign
            start[i, k] = points[row, k] + ways[i, k] * passed[i]
    return start, ways, reach


@numba.njit(cache=True, nogil=True)
def _sift(found, away, u, v, flat, directions, live, passed, best, face, bary):
    """Take what is nearer than `best` into `face` and `bary`; rows, and ways passed, to look behind a wall again."""
    rows, ways, count = np.zeros(len(live), np.int64), np.zeros(len(live), np.float32), 0
    one, none = np.float32(1), np.float32(0)
    for i in range(len(live)):
        f, row = found[i], live[i]
        if f < 0:
            continue
        along = passed[i] + away[i]
        same = none
        for k in range(3):
            same += flat[f, k] * directions[row, k]
        if same <= 0:  # a wall that faces away: look behind it
            rows[count], ways[count] = row, along + np.float32(_BEHIND)
            count += 1
        elif abs(along) < best[row]:
            best[row], face[row] = abs(along), f
            bary[row, 0] = min(max(one - u[i] - v[i], none), one)
            bary[row, 1], bary[row, 2] = min(max(u[i], none), one), min(max(v[i], none), one)
    return rows[:count], ways[:count]


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
