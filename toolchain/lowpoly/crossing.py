"""Would a collapse push one wall through another? Triangles of thin places in a hashed grid, tested exactly.

A wall counts where its triangles face the other way and share no vertex: parts that merely stick in each other
are left as they are. Two triangles cross where an edge of one pierces the other (signed volumes, as in Guigue
and Devillers 2003). Only places with less room than an edge are held, so that thick shapes cost nothing.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
Bools = NDArray[np.bool_]
#: head (H,), triangle and next of each entry (N,), [entries], [origin x y z, cell, thin, last stamp], stamps (F,)
Grid = tuple[I64, I64, I64, I64, F64, I64]

CELL = 0.6  # of the edge that a triangle of the target's size has
THIN = 1.0  # of that edge: less room than this is thin, for a triangle sags by a part of its edge at most
MOST = 4096  # cells of one triangle; larger ones are not held
NEAR = 0.15  # of the room: a surface that moves less (as a root mean square) reaches no other wall
FACING = -0.2  # cosine between the normals of opposite walls


def make_grid(pos: F64, tri: I64, alive: Bools, room: F64, target: int) -> Grid:
    """A grid of the live thin triangles, with cells of the size of triangles half way to `target`."""
    a, b, c = pos[tri[alive, 0]], pos[tri[alive, 1]], pos[tri[alive, 2]]
    area = float(np.linalg.norm(np.cross(b - a, c - a), axis=1).sum()) / 2
    edge = max((2.3 * area / max(target, 1)) ** 0.5, 1e-9)
    size = 1 << max(10, int(2 * len(tri)).bit_length())
    entries = 48 * len(tri) + 4 * MOST
    meta = np.array([*pos.min(axis=0), CELL * edge * (target / max(int(alive.sum()), 1)) ** 0.25, THIN * edge, 0.0])
    grid = (
        np.full(size, -1, np.int64),
        np.zeros(entries, np.int64),
        np.zeros(entries, np.int64),
        np.zeros(1, np.int64),
        meta,
        np.full(len(tri), -1, np.int64),
    )
    fill(grid, pos, tri, alive, room)
    return grid


@njit(cache=True)
def _slot(x: int, y: int, z: int, size: int) -> int:
    return ((x * 73856093) ^ (y * 19349663) ^ (z * 83492791)) & (size - 1)


@njit(cache=True)
def _box(meta: F64, p: F64, q: F64, r: F64, out: I64) -> int:
    """Cells of a triangle's box into `out` (low 3, high 3); how many they are."""
    count = 1
    for d in range(3):
        out[d] = int(np.floor((min(p[d], q[d], r[d]) - meta[d]) / meta[3]))
        out[d + 3] = int(np.floor((max(p[d], q[d], r[d]) - meta[d]) / meta[3]))
        count *= out[d + 3] - out[d] + 1
    return count


@njit(cache=True)
def insert(grid: Grid, f: int, pos: F64, tri: I64, room: F64, box: I64) -> bool:
    """Hold triangle f where it is thin; False where the grid is full."""
    head, entry, after, used, meta, _ = grid
    a, b, c = tri[f, 0], tri[f, 1], tri[f, 2]
    if min(room[a], room[b], room[c]) > meta[4]:
        return True
    count = _box(meta, pos[a], pos[b], pos[c], box)
    if count > MOST:
        return True
    if used[0] + count > len(entry):
        return False
    for x in range(box[0], box[3] + 1):
        for y in range(box[1], box[4] + 1):
            for z in range(box[2], box[5] + 1):
                s = _slot(x, y, z, len(head))
                entry[used[0]] = f
                after[used[0]] = head[s]
                head[s] = used[0]
                used[0] += 1
    return True


@njit(cache=True)
def fill(grid: Grid, pos: F64, tri: I64, alive: Bools, room: F64) -> None:
    """Empty the grid and hold all live thin triangles, as far as they fit."""
    head, _, _, used, _, _ = grid
    head[:] = -1
    used[0] = 0
    box = np.zeros(6, np.int64)
    for f in range(len(tri)):
        if alive[f] and not insert(grid, f, pos, tri, room, box):
            return


@njit(cache=True)
def _volume(a: F64, b: F64, c: F64, d: F64) -> float:
    ux, uy, uz = b[0] - a[0], b[1] - a[1], b[2] - a[2]
    vx, vy, vz = c[0] - a[0], c[1] - a[1], c[2] - a[2]
    wx, wy, wz = d[0] - a[0], d[1] - a[1], d[2] - a[2]
    return ux * (vy * wz - vz * wy) + uy * (vz * wx - vx * wz) + uz * (vx * wy - vy * wx)


@njit(cache=True)
def _pierces(p: F64, q: F64, a: F64, b: F64, c: F64) -> bool:
    """Whether the segment p q crosses the triangle a b c."""
    if _volume(a, b, c, p) * _volume(a, b, c, q) >= 0.0:
        return False
    u, v, w = _volume(p, q, a, b), _volume(p, q, b, c), _volume(p, q, c, a)
    return (u > 0.0 and v > 0.0 and w > 0.0) or (u < 0.0 and v < 0.0 and w < 0.0)


@njit(cache=True)
def _apart(a: F64, b: F64, c: F64, p: F64, q: F64, r: F64) -> bool:
    """Whether the boxes of two triangles share nothing."""
    for d in range(3):
        if max(a[d], b[d], c[d]) < min(p[d], q[d], r[d]) or max(p[d], q[d], r[d]) < min(a[d], b[d], c[d]):
            return True
    return False


@njit(cache=True)
def cross(a: F64, b: F64, c: F64, p: F64, q: F64, r: F64) -> bool:
    """Whether the triangles a b c and p q r cross."""
    return not _apart(a, b, c, p, q, r) and (
        _pierces(p, q, a, b, c)
        or _pierces(q, r, a, b, c)
        or _pierces(r, p, a, b, c)
        or _pierces(a, b, p, q, r)
        or _pierces(b, c, p, q, r)
        or _pierces(c, a, p, q, r)
    )


@njit(cache=True)
def pokes(
    grid: Grid,
    gone: int,
    other: int,
    point: F64,
    ring: I64,
    n: int,
    pos: F64,
    tri: I64,
    alive: Bools,
    box: I64,
) -> bool:
    """Whether a triangle round `gone` that survives comes to cross an opposite wall when `gone` goes to `point`."""
    head, entry, after, _, meta, seen = grid
    for i in range(n):
        f, k = ring[i] // 3, ring[i] % 3
        b, c = tri[f, (k + 1) % 3], tri[f, (k + 2) % 3]
        if other in (b, c) or _box(meta, point, pos[b], pos[c], box) > MOST:
            continue
        ux, uy, uz = pos[b, 0] - point[0], pos[b, 1] - point[1], pos[b, 2] - point[2]
        vx, vy, vz = pos[c, 0] - point[0], pos[c, 1] - point[1], pos[c, 2] - point[2]
        nx, ny, nz = uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx
        meta[5] += 1.0
        stamp = int(meta[5])
        for x in range(box[0], box[3] + 1):
            for y in range(box[1], box[4] + 1):
                for z in range(box[2], box[5] + 1):
                    e = head[_slot(x, y, z, len(head))]
                    while e >= 0:
                        h = entry[e]
                        e = after[e]
                        if seen[h] == stamp or not alive[h]:
                            continue
                        seen[h] = stamp
                        p, q, r = tri[h, 0], tri[h, 1], tri[h, 2]
                        outside = False
                        for d in range(3):
                            low, high = min(point[d], pos[b, d], pos[c, d]), max(point[d], pos[b, d], pos[c, d])
                            outside |= max(pos[p, d], pos[q, d], pos[r, d]) < low
                            outside |= min(pos[p, d], pos[q, d], pos[r, d]) > high
                        if outside:
                            continue
                        if gone in (p, q, r) or other in (p, q, r) or b in (p, q, r) or c in (p, q, r):
                            continue
                        sx, sy, sz = pos[q, 0] - pos[p, 0], pos[q, 1] - pos[p, 1], pos[q, 2] - pos[p, 2]
                        tx, ty, tz = pos[r, 0] - pos[p, 0], pos[r, 1] - pos[p, 1], pos[r, 2] - pos[p, 2]
                        mx, my, mz = sy * tz - sz * ty, sz * tx - sx * tz, sx * ty - sy * tx
                        size = (nx * nx + ny * ny + nz * nz) * (mx * mx + my * my + mz * mz)
                        if nx * mx + ny * my + nz * mz > FACING * np.sqrt(size):
                            continue
                        if cross(point, pos[b], pos[c], pos[p], pos[q], pos[r]) and not cross(
                            pos[gone], pos[b], pos[c], pos[p], pos[q], pos[r]
                        ):
                            return True
    return False
