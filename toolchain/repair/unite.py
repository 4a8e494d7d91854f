"""Solids that run into each other become one, exactly, by manifold3d's boolean union.

Only parts whose boxes overlap are handed to it; the rest keep their vertices and their order.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from toolchain.lowpoly.topology import compact, labels_of
from toolchain.repair.loops import boxes

F64 = NDArray[np.float64]
I32 = NDArray[np.int32]
Ints = NDArray[np.integer]
MOST_PARTS = 3_000


def groups(positions: F64, faces: Ints, part: Ints) -> Ints:
    """(C,) group of each part: parts whose boxes overlap, chains too."""
    low, high = boxes(positions, faces, part)
    order = np.argsort(low[:, 0], kind="stable")
    ends = np.searchsorted(low[order, 0], high[order, 0], side="right")
    pairs = [np.zeros((0, 2), np.int64)]
    for i, end in enumerate(ends):
        mine, others = order[i], order[i + 1 : end]
        meet = (low[others] <= high[mine]).all(axis=1) & (low[mine] <= high[others]).all(axis=1)
        pairs.append(np.stack((np.full(int(meet.sum()), mine), others[meet]), axis=1))
    return labels_of(np.concatenate(pairs), len(low))


def union(positions: F64, faces: Ints, part: Ints, hidden: NDArray[np.bool_]) -> tuple[F64, I32, I32] | None:
    """(positions, faces, given vertex of each or -1): the union of the closed outward parts of (F, 3) faces.

    `hidden` (C,) tells which parts have faces that nobody sees: a group without any is left as it is.
    None where manifold3d refuses, or where nothing would change.
    """
    import manifold3d

    group = groups(positions, faces, part)
    count = np.bincount(group)
    busy = (count > 1) & (np.bincount(group, weights=hidden[: len(group)]) > 0)
    if not busy.any() or count[busy].max() > MOST_PARTS:
        return None
    calm = ~busy[group[part]]
    kept, used = compact(faces[calm], len(positions)) if calm.any() else (np.zeros((0, 3), np.int32), np.zeros(0, int))
    points, made, origin, start = [positions[used]], [kept], [used], len(used)
    centre = positions.mean(axis=0)
    scale = float(np.abs(positions - centre).max()) or 1.0
    for g in np.flatnonzero(busy):
        solids = []
        for c in np.flatnonzero(group == g):
            mine, own = compact(faces[part == c], len(positions))
            solid = manifold3d.Manifold(
                manifold3d.Mesh64(
                    vert_properties=np.ascontiguousarray((positions[own] - centre) / scale),
                    tri_verts=np.ascontiguousarray(mine, np.uint64),
                )
            )
            if solid.status() != manifold3d.Error.NoError:
                return None
            solids.append(solid)
        joined = manifold3d.Manifold.batch_boolean(solids, manifold3d.OpType.Add)
        if joined.status() != manifold3d.Error.NoError or joined.is_empty():
            return None
        out = joined.to_mesh64()
        root = np.arange(len(out.vert_properties))
        root[out.merge_from_vert] = out.merge_to_vert
        mine, own = compact(root[out.tri_verts.astype(np.int64)], len(root))
        points.append(np.asarray(out.vert_properties, np.float64)[own, :3] * scale + centre)
        made.append(mine + start)
        origin.append(np.full(len(own), -1))
        start += len(own)
    return np.concatenate(points), np.concatenate(made).astype(np.int32), np.concatenate(origin).astype(np.int32)
