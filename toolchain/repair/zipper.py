"""T-junctions: where an open edge runs past an open vertex, the edge gets that vertex, so that the two sides join."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from toolchain.repair.clean import Soup, drop_flat
from toolchain.repair.halfedges import book

F64 = NDArray[np.float64]
MOST = 200_000  # open edges; beyond, the mesh is no mesh with cracks


def zip_up(soup: Soup, distance: float) -> tuple[Soup, int]:
    """(soup, vertices put into open edges that pass within `distance` metres of them)."""
    total = 0
    for _ in range(3):  # of a face one edge a time
        soup, count = _once(soup, distance)
        total += count
        if not count:
            break
    return soup, total


def _once(soup: Soup, distance: float) -> tuple[Soup, int]:
    pages = book(soup.faces, len(soup.positions))
    half = pages.order[pages.first[:-1]][pages.uses == 1]
    if not len(half) or len(half) > MOST:
        return soup, 0
    half = np.sort(half)
    edge, vertex, along = _near(soup, half, distance)
    face = half[edge] // 3
    # Of a face that several edges could be cut of, the first is.
    best = np.full(len(soup.faces), 3)
    np.minimum.at(best, face, half[edge] % 3)
    mine = half[edge] % 3 == best[face]
    edge, vertex, along, face = edge[mine], vertex[mine], along[mine], face[mine]
    if not len(edge):
        return soup, 0
    order = np.lexsort((along, face))
    face, vertex = face[order], vertex[order]
    split, first, count = np.unique(face, return_index=True, return_counts=True)
    k = best[split]
    a, b, c = (soup.faces[split, (k + i) % 3] for i in range(3))
    # The chain a, m1, m2, ..., b, each link with c.
    start = vertex.copy()
    end = np.roll(vertex, -1)
    last = first + count - 1
    end[last] = b
    links = np.concatenate((np.stack((a, vertex[first]), 1), np.stack((start, end), 1)))
    third = np.concatenate((c, np.repeat(c, count)))
    made = np.concatenate((links, third[:, None]), axis=1)
    keep = np.ones(len(soup.faces), bool)
    keep[split] = False
    faces = np.concatenate((soup.faces[keep], made)).astype(np.int32)
    return drop_flat(Soup(soup.positions, faces, soup.origin))[0], len(vertex)


def _near(soup: Soup, half: NDArray[np.integer], distance: float) -> tuple[NDArray, NDArray, F64]:
    """(index into `half`, vertex, place along 0..1) of open vertices that lie on open edges but at no end."""
    from scipy.spatial import cKDTree

    f, k = half // 3, half % 3
    ends = np.stack((soup.faces[f, k], soup.faces[f, (k + 1) % 3]), axis=1)
    names = np.unique(ends)
    a, b = soup.positions[ends[:, 0]], soup.positions[ends[:, 1]]
    length = np.linalg.norm(b - a, axis=1)
    long = np.flatnonzero(length > 4 * distance)
    found = cKDTree(soup.positions[names]).query_ball_point(
        (a[long] + b[long]) / 2, length[long] / 2 + distance, return_sorted=True
    )
    count = np.array([len(x) for x in found], np.int64)
    if not count.sum():
        return np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0)
    edge = np.repeat(long, count)
    vertex = names[np.concatenate([np.asarray(x, np.int64) for x in found])]
    way = b[edge] - a[edge]
    t = np.einsum("nd,nd->n", soup.positions[vertex] - a[edge], way) / np.maximum(length[edge] ** 2, 1e-300)
    off = np.linalg.norm(a[edge] + t[:, None] * way - soup.positions[vertex], axis=1)
    margin = distance / length[edge]
    good = (off <= distance) & (t > margin) & (t < 1 - margin)
    third = soup.faces[half[edge] // 3, (half[edge] % 3 + 2) % 3]
    good &= vertex != third
    return edge[good], vertex[good], t[good]
