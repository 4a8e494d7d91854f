"""Meshes that nobody here made, from the evaluation data beside the checkout."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from toolchain.asset import Mesh
from toolchain.lowpoly.topology import topology


def ground_truth(folder: Path) -> Mesh:
    """The known mesh of an evaluation prop, one vertex for each place."""
    from validators.read import read

    scene = read(folder / "gt.glb")
    points, faces, start = [], [], 0
    for node in scene.nodes:
        if node.mesh is not None:
            mesh = scene.meshes[node.mesh]
            points.append(mesh.points @ node.world[:3, :3].T + node.world[:3, 3])
            faces.append(mesh.triangle_points + start)
            start += len(mesh.points)
    places, index = np.unique(np.concatenate(points).astype(np.float32), axis=0, return_inverse=True)
    return Mesh(places, index.reshape(-1)[np.concatenate(faces)].astype(np.int32))


def densified(mesh: Mesh, least: int) -> Mesh:
    """`mesh` with every triangle cut in four until there are at least `least`; the surface stays what it was."""
    points, faces = mesh.positions.astype(np.float64), mesh.faces.astype(np.int64)
    while len(faces) < least:
        edges = np.sort(faces[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2), axis=1)
        unique, index = np.unique(edges, axis=0, return_inverse=True)
        middle = index.reshape(-1, 3) + len(points)
        points = np.concatenate((points, points[unique].mean(axis=1)))
        a, b, c = faces.T
        ab, bc, ca = middle.T
        faces = np.concatenate([np.stack(t, axis=1) for t in ((a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca))])
    return Mesh(points.astype(np.float32), faces.astype(np.int32))


def most_broken(train: Path, count: int) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """The `count` training meshes with the most open and tangled edges for their size, worst first."""
    ranked = []
    for shard in sorted(train.glob("props-*.npz")):
        with np.load(shard) as held:
            data = {name: held[name] for name in ("positions", "triangles", "vert_offset", "tri_offset", "names")}
        for i, name in enumerate(data["names"]):
            points = data["positions"][data["vert_offset"][i] : data["vert_offset"][i + 1]].astype(np.float32) / 65534
            faces = data["triangles"][data["tri_offset"][i] : data["tri_offset"][i + 1]].astype(np.int32)
            shape = topology(faces)
            ranked.append(((shape.boundary_edges + 3 * shape.nonmanifold_edges) / len(faces), str(name), points, faces))
    ranked.sort(key=lambda row: (-row[0], row[1]))
    return {name: (points, faces) for _, name, points, faces in ranked[:count]}
