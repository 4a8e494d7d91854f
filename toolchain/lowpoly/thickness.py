"""How near the opposite wall is: through the material behind a vertex, or across the gap before it.

Two rays leave each vertex along its normal, inwards and outwards; the nearer hit is the *room* its surface
has before it pokes through another. The shape diameter of Shapira, Shamir and Cohen-Or 2008, with one ray.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from toolchain.lowpoly.topology import compact, cross

F64 = NDArray[np.float64]
START = 1e-5  # of the diagonal: where a ray leaves its own surface


def room(positions: NDArray[np.floating], faces: NDArray[np.integer]) -> F64:
    """(V,) distance from each vertex to the wall behind or before it; infinite where there is none, or no face."""
    from embreex.mesh_construction import TriangleMesh
    from embreex.rtcore_scene import EmbreeScene

    local, used = compact(faces, len(positions))
    given = positions[used].astype(np.float64)
    scale = float(np.linalg.norm(np.ptp(given, axis=0)))
    out = np.full(len(positions), np.inf)
    if scale <= 0:
        return out
    points = ((given - given.mean(axis=0)) / scale).astype(np.float32)
    flat = cross(points, local)
    normal = np.stack([np.bincount(local.reshape(-1), np.repeat(flat[:, d], 3), len(points)) for d in range(3)], axis=1)
    size = np.linalg.norm(normal, axis=1, keepdims=True)
    normal = (normal / np.maximum(size, 1e-30)).astype(np.float32)
    scene = EmbreeScene(robust=True)
    TriangleMesh(scene, np.ascontiguousarray(points), np.ascontiguousarray(local, np.int32))
    nearest = np.full(len(points), np.inf)
    for sign in (-1.0, 1.0):  # behind: a wall seen from inside; before: one seen from outside
        way = np.ascontiguousarray(normal * np.float32(sign))
        found = scene.run(np.ascontiguousarray(points + way * np.float32(START)), way, output=1)
        hit = found["primID"] >= 0
        faced = np.einsum("ij,ij->i", flat[found["primID"]], way) * sign < 0
        good = hit & faced & (size[:, 0] > 1e-30)
        nearest[good] = np.minimum(nearest[good], found["tfar"][good] + START)
    out[used] = nearest * scale
    return out
