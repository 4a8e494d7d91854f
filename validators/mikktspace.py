"""MikkTSpace tangents: the one kernel of the bake, the writers and `validate --fix`.

The tangent space of Mikkelsen, *Simulation of Wrinkled Surfaces Revisited* (2008), as the engines and
the bakers evaluate it: corners that agree in position, normal and UV are one vertex; around a vertex,
triangles joined edge to edge with the same UV winding form one group; a group's tangent is the
angle-weighted mean of its triangles' UV directions laid into the plane of the vertex normal.
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]


def vertex_tangents(
    positions: Any, faces: Any, normals: Any, uv: Any
) -> tuple[I64, NDArray[np.int32], NDArray[np.float32]]:
    """(V',) old vertex of each new one, (F, 3) faces over those, and their tangents (V', 4).

    w is the bitangent's sign for v upwards: b = w * cross(n, t). A vertex whose triangles need different frames
    (mirrored UVs) is split: it keeps its index for the first frame, further ones are appended, so V' >= V.
    positions (V, 3), faces (F, 3), normals (V, 3) unit, uv (V, 2) v upwards.
    """
    group, tangents = corner_tangents(positions, faces, normals, uv)
    corner_vertex = faces.reshape(-1).astype(np.int64)
    # One new vertex for each (vertex, group) pair; sorted by vertex, so the first of a vertex comes first.
    pair = corner_vertex * (group.max(initial=0) + 2) + group + 1
    _, first, index = np.unique(pair, return_index=True, return_inverse=True)
    owner = corner_vertex[first]
    is_first = np.ones(len(owner), bool)
    is_first[1:] = owner[1:] != owner[:-1]
    count = len(positions)
    target = np.where(is_first, owner, count + np.cumsum(~is_first) - 1)
    source = np.concatenate((np.arange(count), owner[~is_first]))

    out = np.concatenate((_perpendicular(normals), np.ones((count, 1))), axis=1)[source]  # unused vertices
    out[target] = tangents[first]
    return source, target[index.reshape(-1)].reshape(-1, 3).astype(np.int32), out.astype(np.float32)


def corner_tangents(positions: Any, faces: Any, normals: Any, uv: Any) -> tuple[I64, F64]:
    """Group (3F,) and tangent frame (3F, 4) of each corner. Group -1: no triangle there has a UV direction.

    positions (V, 3), faces (F, 3), normals (V, 3) unit, uv (V, 2) v upwards.
    """
    tris = _weld(positions, normals, uv)[faces].astype(np.int64)  # corners in the reference's own vertices
    p, t = positions.astype(np.float64)[faces], uv.astype(np.float64)[faces]
    n = normals.astype(np.float64)[faces]
    d1, d2 = p[:, 1] - p[:, 0], p[:, 2] - p[:, 0]
    t1, t2 = t[:, 1] - t[:, 0], t[:, 2] - t[:, 0]
    area = t1[:, 0] * t2[:, 1] - t1[:, 1] * t2[:, 0]
    upright = area > 0
    along = _unit(t2[:, 1:] * d1 - t1[:, 1:] * d2) * np.where(upright, 1.0, -1.0)[:, None]  # dP/du, unit
    no_direction = (np.abs(area) <= np.finfo(np.float32).tiny) | ~along.any(axis=1)
    collapsed = (d1 == 0).all(1) | (d2 == 0).all(1) | (p[:, 1] == p[:, 2]).all(1)

    group, group_upright = _groups(tris, _neighbours(tris, collapsed), upright, no_direction, collapsed)
    flat = group.reshape(-1)
    weight = np.where(no_direction | collapsed, 0.0, 1.0)[:, None] * _corner_angles(p, n)
    laid = _unit(along[:, None] - n * (n * along[:, None]).sum(-1, keepdims=True)) * weight[..., None]
    total = np.zeros((len(group_upright), 3))
    np.add.at(total, flat[flat >= 0], laid.reshape(-1, 3)[flat >= 0])
    total = _unit(total)

    _borrow(tris.reshape(-1), flat)
    known = flat >= 0
    frames = np.concatenate((_perpendicular(n.reshape(-1, 3)), np.ones((len(flat), 1))), axis=1)
    vectors = total[flat[known]]
    vectors -= n.reshape(-1, 3)[known] * (n.reshape(-1, 3)[known] * vectors).sum(-1, keepdims=True)
    vectors = _unit(vectors)
    frames[known, :3] = np.where(vectors.any(axis=1, keepdims=True), vectors, frames[known, :3])
    frames[known, 3] = np.where(group_upright[flat[known]], 1.0, -1.0)
    return flat, frames


def _weld(positions: Any, normals: Any, uv: Any) -> I64:
    """(V,) one index for all vertices equal in position, normal and UV, whatever else split them."""
    rows = np.concatenate((positions, normals, uv), axis=1, dtype=np.float32) + np.float32(0)  # -0 becomes 0
    _, index = np.unique(rows.view(np.dtype((np.void, rows.shape[1] * 4))).reshape(-1), return_inverse=True)
    return index.reshape(-1).astype(np.int64)


def _unit(vectors: F64) -> F64:
    """Unit vectors; a zero stays zero."""
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.divide(vectors, length, out=np.zeros_like(vectors), where=length > 0)


def _perpendicular(normals: Any) -> F64:
    """(N, 3) some unit vector at a right angle to each normal, for corners without a UV direction."""
    n = np.asarray(normals, np.float64)
    pick = np.eye(3)[np.argmin(np.abs(n), axis=1)]
    return _unit(pick - n * (n * pick).sum(-1, keepdims=True))


def _corner_angles(p: F64, n: F64) -> F64:
    """(F, 3) angle of each corner, seen along its normal."""
    angles = np.zeros(p.shape[:2])
    for k in range(3):
        edges = [p[:, (k + s) % 3] - p[:, k] for s in (1, 2)]
        a, b = (_unit(e - n[:, k] * (n[:, k] * e).sum(-1, keepdims=True)) for e in edges)
        angles[:, k] = np.arccos(np.clip((a * b).sum(-1), -1.0, 1.0))
    return angles


def _neighbours(tris: I64, collapsed: NDArray[np.bool_]) -> I64:
    """(F, 3) triangle across edge k (corner k to k + 1), -1 for none. The first two of opposite direction pair up."""
    start, end = tris.reshape(-1), np.roll(tris, -1, axis=1).reshape(-1)
    edges = np.flatnonzero(~np.repeat(collapsed, 3))
    low, high = np.minimum(start, end)[edges], np.maximum(start, end)[edges]
    order = edges[np.lexsort((edges, high, low))]
    return _pair(order, start, end).reshape(-1, 3)


@numba.njit(cache=True)
def _pair(order, start, end):
    across = np.full(len(start), -1, np.int64)
    for at in range(len(order)):
        a = order[at]
        if across[a] >= 0:
            continue
        for later in range(at + 1, len(order)):
            b = order[later]
            if min(start[a], end[a]) != min(start[b], end[b]) or max(start[a], end[a]) != max(start[b], end[b]):
                break
            if across[b] < 0 and start[a] == end[b] and end[a] == start[b]:
                across[a], across[b] = b // 3, a // 3
                break
    return across


@numba.njit(cache=True)
def _groups(tris, across, upright, no_direction, collapsed):
    """Flood each vertex's fan over edges while the UV winding holds; (F, 3) group, (G,) its winding.

    A triangle without a UV direction takes the winding of the first group that reaches it.
    """
    winding = upright.copy()
    group = np.full(tris.shape, -1, np.int64)
    group_upright = np.zeros(tris.size, np.bool_)
    count = 0
    stack = np.zeros(tris.size + 2, np.int64)
    for face in range(len(tris)):
        for corner in range(3):
            if group[face, corner] >= 0 or no_direction[face] or collapsed[face]:
                continue
            vertex = tris[face, corner]
            group_upright[count] = winding[face]
            stack[0], depth = face, 1
            while depth:
                depth -= 1
                f = stack[depth]
                k = 0 if tris[f, 0] == vertex else (1 if tris[f, 1] == vertex else 2)
                if group[f, k] >= 0:
                    continue
                if no_direction[f] and group[f, 0] < 0 and group[f, 1] < 0 and group[f, 2] < 0:
                    winding[f] = group_upright[count]
                if winding[f] != group_upright[count]:
                    continue
                group[f, k] = count
                for edge in ((k + 2) % 3, k):  # the one that leaves the vertex is looked at first
                    other = across[f, edge]
                    if other >= 0:  # at most one more than the corners taken: the stack holds them all
                        stack[depth] = other
                        depth += 1
            count += 1
    return group, group_upright[:count]


@numba.njit(cache=True)
def _borrow(vertex, group):
    """Corners that no group reached take, in place, the first group known at their vertex."""
    first = np.full(vertex.max() + 1 if len(vertex) else 0, -1, np.int64)
    for c in range(len(vertex)):
        if group[c] >= 0 and first[vertex[c]] < 0:
            first[vertex[c]] = group[c]
    for c in range(len(vertex)):
        if group[c] < 0:
            group[c] = first[vertex[c]]
