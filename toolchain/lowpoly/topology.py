"""Edges, closedness, components and volumes of indexed triangle meshes. Linear time, in numba:
half-edges are dealt to the smaller of their vertices, components are joined by union and find (Tarjan 1975).

A mesh is *closed* here when every edge is shared by exactly two triangles that run along it in
opposite directions, and the triangles round every vertex form one fan: an oriented closed 2-manifold.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
Ints = NDArray[np.integer]
MANY = 24  # half-edges at a vertex: beyond it they are sorted, below it inserted


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

    @property
    def genus(self) -> int:
        """Tunnels and handles, over all components; of a closed surface alone."""
        return self.components - (self.vertices - self.triangles // 2) // 2


@dataclass(frozen=True, eq=False)
class Edges:
    """Undirected edges of (F, 3) faces. Half-edge h = 3 f + k runs from corner k of face f to corner k + 1."""

    of_half: I64  # (3F,) edge of each half-edge
    order: I64  # (3F,) half-edges by edge, and within an edge by number
    ends: I64  # (E, 2) vertices, smaller first; edges are in this order
    uses: I64  # (E,) triangles
    forward: I64  # (E,) triangles that run from the smaller vertex to the larger

    def pairs(self) -> I64:
        """(P, 2) half-edges that share an edge of exactly two uses."""
        first = np.cumsum(self.uses) - self.uses
        two = first[self.uses == 2]
        return np.stack((self.order[two], self.order[two + 1]), axis=1)

    def partners(self) -> I64:
        """(3F,) the half-edge across, -1 where an edge has not exactly two uses."""
        out = np.full(len(self.of_half), -1, np.int64)
        pairs = self.pairs()
        out[pairs[:, 0]], out[pairs[:, 1]] = pairs[:, 1], pairs[:, 0]
        return out


def edges(faces: Ints) -> Edges:
    """Edges of (F, 3) faces."""
    return Edges(*_edges(np.ascontiguousarray(faces, np.int64), int(faces.max()) + 1 if len(faces) else 0))


@njit(cache=True)
def _edges(faces: I64, vertices: int) -> tuple[I64, I64, I64, I64, I64]:
    halves = faces.size
    high = np.zeros(halves, np.int64)
    start = np.zeros(vertices + 1, np.int64)
    for h in range(halves):
        a, b = faces[h // 3, h % 3], faces[h // 3, (h + 1) % 3]
        high[h] = max(a, b)
        start[min(a, b) + 1] += 1
    for v in range(vertices):
        start[v + 1] += start[v]
    fill = start[:-1].copy()
    order = np.zeros(halves, np.int64)
    for h in range(halves):
        low = min(faces[h // 3, h % 3], faces[h // 3, (h + 1) % 3])
        order[fill[low]] = h
        fill[low] += 1
    of_half = np.zeros(halves, np.int64)
    ends = np.zeros((halves, 2), np.int64)
    uses, forward = np.zeros(halves, np.int64), np.zeros(halves, np.int64)
    edge = -1
    for v in range(vertices):
        first, last = start[v], start[v + 1]
        if last - first > MANY:
            mine = order[first:last].copy()
            order[first:last] = mine[np.argsort(high[mine], kind="mergesort")]
        else:
            for i in range(first + 1, last):
                h, j = order[i], i
                while j > first and high[order[j - 1]] > high[h]:
                    order[j] = order[j - 1]
                    j -= 1
                order[j] = h
        for i in range(first, last):
            h = order[i]
            if i == first or high[h] != high[order[i - 1]]:
                edge += 1
                ends[edge, 0], ends[edge, 1] = v, high[h]
            of_half[h] = edge
            uses[edge] += 1
            forward[edge] += faces[h // 3, h % 3] < faces[h // 3, (h + 1) % 3]
    count = edge + 1
    return of_half, order, ends[:count].copy(), uses[:count].copy(), forward[:count].copy()


def face_pairs(faces: Ints) -> I64:
    """(P, 2) faces that are neighbours over an edge of exactly two uses."""
    return edges(faces).pairs() // 3


def labels_of(pairs: Ints, count: int) -> I64:
    """(count,) component of each of `count` things joined by `pairs`; numbered by first member."""
    return _labels(np.ascontiguousarray(pairs, np.int64).reshape(-1, 2), count)


@njit(cache=True)
def root(parent: Ints, x: int) -> int:
    """Root of x, halving the path on the way."""
    while parent[x] != x:
        parent[x] = parent[parent[x]]
        x = parent[x]
    return x


@njit(cache=True)
def unite(parent: Ints, a: int, b: int) -> None:
    """Join two sets; the smaller root stays, so that roots are first members."""
    a, b = root(parent, a), root(parent, b)
    if a < b:
        parent[b] = a
    elif b < a:
        parent[a] = b


@njit(cache=True)
def numbered(parent: NDArray[Any]) -> NDArray[Any]:
    """Labels 0, 1, ... by first member, in the type of `parent`."""
    label = np.zeros_like(parent)
    count = 0
    for x in range(len(parent)):
        r = root(parent, x)
        if r == x:
            label[x] = count
            count += 1
        else:
            label[x] = label[r]
    return label


@njit(cache=True)
def _labels(pairs: I64, count: int) -> I64:
    parent = np.arange(count)
    for i in range(len(pairs)):
        unite(parent, pairs[i, 0], pairs[i, 1])
    return numbered(parent)


def face_components(faces: Ints) -> I64:
    """(F,) component of each face, joined over shared edges of any number of uses."""
    return over_edges(edges(faces), len(faces))


def over_edges(found: Edges, count: int) -> I64:
    """:func:`face_components` of `count` faces whose edges are known."""
    same = found.of_half[found.order]
    at = np.flatnonzero(same[1:] == same[:-1])
    return labels_of(np.stack((found.order[at], found.order[at + 1]), axis=1) // 3, count)


def fans(faces: Ints) -> I64:
    """(F, 3) fan of each corner: corners at one vertex joined over edges of exactly two uses."""
    return _fans(faces, edges(faces))


def _fans(faces: Ints, found: Edges) -> I64:
    half = found.pairs()
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
    corner = faces.reshape(-1)
    heads = np.bincount(corner[_firsts(_fans(faces, found).reshape(-1))])  # fans of each vertex
    return Topology(
        len(faces),
        int((heads > 0).sum()),
        int((found.uses == 1).sum()),
        int((found.uses > 2).sum()),
        int((two & (found.forward != 1)).sum()),
        int((heads > 1).sum()),
        int(over_edges(found, len(faces)).max()) + 1,
    )


def _firsts(labels: I64) -> I64:
    """Where each label of :func:`labels_of` is met first: they are numbered in that order."""
    return np.flatnonzero(np.diff(np.maximum.accumulate(labels), prepend=-1))


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
