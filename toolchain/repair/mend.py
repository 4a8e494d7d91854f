"""The middle rungs: join what nearly closes, and close holes. Each gives arrays that the caller judges."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from toolchain.lowpoly.topology import edges, labels_of

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]


def merge(positions: F64, faces: NDArray[np.integer], tolerance: float) -> tuple[F64, I64] | None:
    """manifold3d's merge of open edges within `tolerance` metres; None where that closes nothing."""
    import manifold3d

    mesh = manifold3d.Mesh(
        vert_properties=np.ascontiguousarray(positions, np.float32),
        tri_verts=np.ascontiguousarray(faces, np.uint32),
        tolerance=tolerance,
    )
    if not mesh.merge():
        return None
    solid = manifold3d.Manifold(mesh)
    if solid.status() != manifold3d.Error.NoError or solid.is_empty():
        return None
    out = solid.to_mesh()
    corners = out.tri_verts.astype(np.int64)
    root = np.arange(len(out.vert_properties))
    root[out.merge_from_vert] = out.merge_to_vert
    return out.vert_properties[:, :3].astype(np.float64), root[corners]


def fill(positions: F64, faces: I64, most_edges: int) -> tuple[F64, I64]:
    """pymeshlab: split or drop non-manifold parts, wind alike, close holes of at most `most_edges` edges.

    To be called in a child: it is native code on hostile input.
    """
    import pymeshlab

    meshes = pymeshlab.MeshSet()
    meshes.add_mesh(pymeshlab.Mesh(np.ascontiguousarray(positions, np.float64), np.ascontiguousarray(faces, np.int32)))
    meshes.meshing_remove_duplicate_faces()
    meshes.meshing_repair_non_manifold_edges(method="Remove Faces")
    meshes.meshing_repair_non_manifold_vertices()
    meshes.meshing_re_orient_faces_coherently()
    meshes.meshing_close_holes(maxholesize=most_edges, selfintersection=False, newfaceselected=False)
    meshes.meshing_remove_unreferenced_vertices()
    mesh = meshes.current_mesh()
    return mesh.vertex_matrix(), mesh.face_matrix().astype(np.int64)


def widest_hole(positions: F64, faces: NDArray[np.integer]) -> float:
    """Diagonal of the largest group of open edges that hang together, metres; 0 without open edges."""
    found = edges(faces)
    ends = found.ends[found.uses == 1]
    if not len(ends):
        return 0.0
    names, index = np.unique(ends, return_inverse=True)
    loop = labels_of(index.reshape(-1, 2), len(names))
    low, high = np.full((loop.max() + 1, 3), np.inf), np.full((loop.max() + 1, 3), -np.inf)
    np.minimum.at(low, loop, positions[names])
    np.maximum.at(high, loop, positions[names])
    return float(np.linalg.norm(high - low, axis=1).max())
