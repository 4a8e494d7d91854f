"""Surface that is joined to the outside and yet never seen: the inner wall behind a pinhole, a tube's run
through itself. It is cut out where sight ends, and what is cut is closed by lids that nobody sees either."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from toolchain.lowpoly.topology import areas, compact
from toolchain.repair.halfedges import book, patches
from toolchain.repair.loops import fill
from toolchain.repair.sight import Scene, face_normals

F64 = NDArray[np.float64]
I32 = NDArray[np.int32]
Ints = NDArray[np.integer]
Bools = NDArray[np.bool_]
RAYS = 48
ISLAND = 0.004  # of the area: a patch of sight or of shadow smaller than this takes after what is round it
CORNERS = np.array([[1, 1, 1], [2.4, 0.3, 0.3], [0.3, 2.4, 0.3], [0.3, 0.3, 2.4]]) / 3  # places that are asked


def shadow(positions: F64, faces: Ints) -> Bools:
    """(F,) faces of a closed outward mesh in patches that no ray from outside reaches."""
    scene, normals = Scene(positions, faces), face_normals(positions, faces)
    dark = np.ones(len(faces), bool)
    for weights in CORNERS:
        live = np.flatnonzero(dark)
        points = np.einsum("k,fkd->fd", weights, positions[faces[live]])
        dark[live] = ~scene.seen(points, normals[live], RAYS)
    pages = book(faces, len(positions))
    pairs = pages.order.reshape(-1, 2) // 3  # closed: two faces at every edge
    area = areas(positions, faces)
    for _ in range(3):  # a face goes with the most of its neighbours
        round_it = np.bincount(pairs[:, 0], dark[pairs[:, 1]], len(faces))
        round_it += np.bincount(pairs[:, 1], dark[pairs[:, 0]], len(faces))
        dark = np.where(round_it >= 3, True, np.where(round_it <= 0, False, dark))
    for value in (False, True):
        mine = np.flatnonzero(dark == value)
        if not len(mine):
            continue
        label = patches(faces[mine], book(faces[mine], len(positions)))
        small = np.bincount(label, weights=area[mine]) < ISLAND * area.sum()
        dark[mine[small[label]]] = not value
    return dark


def bury(positions: F64, faces: Ints) -> tuple[F64, I32, I32] | None:
    """(positions, faces, given vertex of each) with the shadow cut out and lids on; None without any."""
    dark = shadow(positions, faces)
    if not dark.any() or dark.all():
        return None
    kept, used = compact(faces[~dark], len(positions))
    points = positions[used]
    closed, _ = fill(points, kept, book(kept, len(points)), 0.0, 0.0, np.ones(len(kept), bool))
    return points, closed, used.astype(np.int32)
