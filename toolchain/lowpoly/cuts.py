"""Convex decomposition by flat cuts: the few cuts that shrink the sum of the parts' hulls most.

A beam search over axis-aligned planes, as in the first level of Wei et al. 2022 ("Approximate convex
decomposition for 3D meshes with collision-aware concavity and tree search"), with the hulls' volume as
the cost. Parts do not overlap, their hulls hardly. manifold3d cuts exactly; the search is deterministic.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]
Part = tuple[float, Any]  # volume of its hull, the manifold3d solid
Split = tuple[float, tuple[Part, ...]]  # sum of the volumes, parts with the largest first
PLACES = 15  # planes tried along each axis of a part
BEAM = 4  # sets of parts that are kept for the next cut
GAIN = 0.03  # a cut must save this share of the hulls' volume
LOOK_AHEAD = 2  # cuts that may save nothing before one that does


def decompose(positions: NDArray[np.floating], faces: NDArray[np.integer], most: int) -> list[F64]:
    """Vertices of at most `most` parts of a closed mesh, each (N, 3), the largest hull first.

    Raises ValueError where manifold3d does not take the mesh for a solid.
    """
    import manifold3d

    solid = manifold3d.Manifold(
        manifold3d.Mesh(
            vert_properties=np.ascontiguousarray(positions, np.float32),
            tri_verts=np.ascontiguousarray(faces, np.uint32),
        )
    )
    if solid.status() != manifold3d.Error.NoError or solid.is_empty() or solid.volume() <= 0:
        raise ValueError("the mesh is not a solid")
    volume = solid.hull().volume()
    best: Split = (volume, ((volume, solid),))
    beam, stale = [best], 0
    while beam and len(beam[0][1]) < most and stale <= LOOK_AHEAD:
        found: dict[tuple[float, ...], Split] = {}
        for _, parts in beam:
            for i, (_, part) in enumerate(parts):
                for a, b in _cuts(part):
                    made = tuple(sorted((*parts[:i], *parts[i + 1 :], a, b), key=lambda p: -p[0]))
                    found.setdefault(tuple(round(p[0], 12) for p in made), (sum(p[0] for p in made), made))
        beam = [found[k] for k in sorted(found, key=lambda k: (found[k][0], k))[: BEAM if most <= 8 else 1]]
        stale += 1
        if beam and beam[0][0] < (1 - GAIN) * best[0]:
            best, stale = beam[0], 0
    return [np.asarray(part.to_mesh().vert_properties[:, :3], np.float64) for _, part in best[1]]


def _cuts(part: Any) -> list[tuple[Part, Part]]:
    """Both sides of each plane tried, with the volumes of their hulls."""
    low, high = np.reshape(part.bounding_box(), (2, 3))
    out = []
    for axis in range(3):
        normal = [0.0, 0.0, 0.0]
        normal[axis] = 1.0
        for k in range(1, PLACES + 1):
            at = float(low[axis] + (high[axis] - low[axis]) * k / (PLACES + 1))
            above, below = part.split_by_plane(normal, at)
            if above.is_empty() or below.is_empty():
                continue
            out.append(((above.hull().volume(), above), (below.hull().volume(), below)))
    return out
