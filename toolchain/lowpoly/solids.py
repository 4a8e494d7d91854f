"""Closed meshes as manifold3d's solids: made, checked, and their hulls measured."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from toolchain.lowpoly.topology import face_components

F64 = NDArray[np.float64]
PARTS = 300  # most parts that are made one: ten thousand take minutes and gigabytes


def solid(positions: NDArray[np.floating], faces: NDArray[np.integer]) -> Any:
    """The manifold3d solid of a closed mesh (V, 3), (F, 3); parts that run into each other are made one.

    Where there are more than `PARTS` they are left as they are, and what lies in two counts twice.
    Raises ValueError where manifold3d does not take the mesh for a solid.
    """
    import manifold3d as m3

    whole = m3.Manifold(
        m3.Mesh(
            vert_properties=np.array(positions, np.float32, order="C"),  # copies: its binding refuses read-only arrays
            tri_verts=np.array(faces, np.uint32, order="C"),
        )
    )
    if whole.status() != m3.Error.NoError or whole.is_empty() or whole.volume() <= 0:
        raise ValueError("the mesh is not a solid")
    parts = [part for part in pieces(whole, PARTS) if part.volume() > 0]  # a void matters to no collision
    return parts[0] if len(parts) == 1 else m3.Manifold.batch_boolean(parts, m3.OpType.Add)


def pieces(made: Any, most: int) -> list[Any]:
    """The separate pieces of a solid; the solid itself where there are more than `most`.

    They are counted first: manifold3d takes minutes to take ten thousand apart.
    """
    triangles = np.asarray(made.to_mesh().tri_verts, np.int64)
    if not len(triangles):
        return []
    return made.decompose() if int(face_components(triangles).max()) < most else [made]


def hull_volume(points: F64) -> float:
    """Volume of the convex hull of (N, 3) points; 0 where they lie in a plane."""
    import manifold3d as m3

    if len(points) < 4:
        return 0.0
    return float(m3.Manifold.hull_points(np.require(points, np.float64, ["C", "W"])).volume())
