"""Edges, closedness, components and volumes of indexed triangle meshes. Pure numpy and scipy.

A mesh is *closed* here when every edge is shared by exactly two triangles that run along it in
opposite directions, and the triangles round every vertex form one fan: an oriented closed 2-manifold.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]
Ints = NDArray[np.integer]


@dataclass(frozen=True)
class Topology:
    """What stands between a mesh and a closed manifold; all counts."""

    triangles: int
    vertices: int  # used by a triangle
    boundary_edges: int  # one triangle
    nonmanifold_edges: int  # three or more triangles
    flipped_edges: int  # two triangles in the same direction
    nonmanifold_vertices: int  # more than one fan
    components: int  # joined over edges

    @property
    def closed(self) -> bool:
        """An oriented closed manifold, and not empty."""
        faults = self.boundary_edges + self.nonmanifold_edges + self.flipped_edges + self.nonmanifold_vertices
        return self.triangles > 0 and faults == 0


@dataclass(frozen=True, eq=False)
class Edges:
    """Undirected edges of (F, 3) faces. Half-edge h = 3 f + k runs from corner k of face f to corner k + 1."""

    of_half: Ints  # (3F,) edge of each half-edge
    ends: Ints  # (E, 2) vertices, smaller first
    uses: Ints  # (E,) triangles
    forward: Ints  # (E,) triangles that run from the smaller vertex to the larger

    def pairs(self) -> Ints:
        """(P, 2) half-edges that share an edge of exactly two uses."""
        order = np.argsort(self.of_half, kind="stable")
        first = np.cumsum(self.uses) - self.uses
        two = first[self.uses == 2]
        return np.stack((order[two], order[two + 1]), axis=1)


def edges(faces: Ints) -> Edges:
    """Edges of (F, 3) faces."""
    a = faces.reshape(-1).astype(np.int64)
    b = np.roll(faces, -1, axis=1).reshape(-1).astype(np.int64)
    low, high = np.minimum(a, b), np.maximum(a, b)
    span = int(high.max()) + 1 if len(high) else 1
    keys, of_half, uses = np.unique(low * span + high, return_inverse=True, return_counts=True)
    forward = np.bincount(of_half, weights=a < b, minlength=len(keys)).astype(np.int64)
    return Edges(of_half.reshape(-1), np.stack((keys // span, keys % span), axis=1), uses, forward)


def face_pairs(faces: Ints) -> Ints:
    """(P, 2) faces that are neighbours over an edge of exactly two uses."""
    return edges(faces).pairs() // 3


def labels_of(pairs: Ints, count: int) -> NDArray[np.int64]:
    """(count,) component of each of `count` things joined by `pairs`; numbered by first member."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    ones = np.ones(len(pairs), np.int8)
    graph = coo_matrix((ones, (pairs[:, 0], pairs[:, 1])), shape=(count, count))
    labels = connected_components(graph, directed=False)[1]
    _, first, inverse = np.unique(labels, return_index=True, return_inverse=True)
    rank = np.argsort(np.argsort(first, kind="stable"), kind="stable")
    return rank[inverse.reshape(-1)].astype(np.int64)


def face_components(faces: Ints) -> NDArray[np.int64]:
    """(F,) component of each face, joined over shared edges of any number of uses."""
    found = edges(faces)
    order = np.argsort(found.of_half, kind="stable")
    same = found.of_half[order][1:] == found.of_half[order][:-1]
    pairs = np.stack((order[:-1][same], order[1:][same]), axis=1) // 3
    return labels_of(pairs, len(faces))


def fans(faces: Ints) -> Ints:
    """(F, 3) fan of each corner: corners at one vertex joined over edges of exactly two uses."""
    half = edges(faces).pairs()
    if not len(half):
        return np.arange(faces.size).reshape(-1, 3)
    after = half - half % 3 + (half + 1) % 3
    corner = faces.reshape(-1)
    opposed = corner[half[:, 0]] == corner[after[:, 1]]
    far = np.where(opposed, after[:, 1], half[:, 1])
    other = np.where(opposed, half[:, 1], after[:, 1])
    joins = np.concatenate((np.stack((half[:, 0], far), axis=1), np.stack((after[:, 0], other), axis=1)))
    return labels_of(joins, faces.size).reshape(-1, 3)


def topology(faces: Ints) -> Topology:
    """Counts of everything that keeps (F, 3) faces from being a closed manifold."""
    if not len(faces):
        return Topology(0, 0, 0, 0, 0, 0, 0)
    found = edges(faces)
    two = found.uses == 2
    used = len(np.unique(faces))
    fan = fans(faces)
    at = np.unique(np.stack((faces.reshape(-1), fan.reshape(-1)), axis=1), axis=0)[:, 0]
    return Topology(
        len(faces),
        used,
        int((found.uses == 1).sum()),
        int((found.uses > 2).sum()),
        int((two & (found.forward != 1)).sum()),
        int((np.bincount(at) > 1).sum()),
        int(face_components(faces).max()) + 1,
    )


def cross(positions: NDArray[np.floating], faces: Ints) -> F64:
    """(F, 3) twice the area times the unit normal of each face."""
    p = positions.astype(np.float64)
    a, b, c = p[faces[:, 0]], p[faces[:, 1]], p[faces[:, 2]]
    return np.cross(b - a, c - a)


def areas(positions: NDArray[np.floating], faces: Ints) -> F64:
    """(F,) area of each face."""
    return np.linalg.norm(cross(positions, faces), axis=1) / 2


def volumes(positions: NDArray[np.floating], faces: Ints, labels: Ints | None = None) -> F64:
    """(C,) signed volume of each component (of the whole without `labels`); meaningful where closed."""
    p = positions.astype(np.float64)
    p = p - p.mean(axis=0) if len(p) else p
    a, b, c = p[faces[:, 0]], p[faces[:, 1]], p[faces[:, 2]]
    each = np.einsum("ij,ij->i", a, np.cross(b, c)) / 6
    return np.bincount(np.zeros(len(each), np.int64) if labels is None else labels, weights=each).astype(np.float64)


def compact(faces: Ints, count: int) -> tuple[Ints, Ints]:
    """Leave unused vertices out: (faces, indices of the `count` vertices that stay)."""
    used = np.zeros(count, bool)
    used[faces.reshape(-1)] = True
    renumber = np.cumsum(used) - 1
    return renumber[faces].astype(np.int32), np.flatnonzero(used)


def weld_exact(positions: NDArray[np.floating]) -> tuple[Ints, Ints]:
    """(first, index): one vertex for each distinct position; positions[first][index] == positions."""
    clean = np.ascontiguousarray(positions + 0.0)  # -0 and 0 are one place
    _, first, index = np.unique(clean, axis=0, return_index=True, return_inverse=True)
    rank = np.argsort(np.argsort(first, kind="stable"), kind="stable")
    return np.sort(first), rank[index.reshape(-1)]
