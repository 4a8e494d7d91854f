"""The quick first part of a large reduction: collapse in rounds, without a heap.

A round prices every edge, sorts the cheap ones and collapses them in that order; a vertex is merged at most
once a round, which is what keeps the prices true. So each round takes away up to half of the mesh in
linear time, in nearly the order that a heap would. The price is that of :mod:`collapse` (Garland and Heckbert
1997), and so are the guards, drawn tighter: what they refuse here waits for the careful part.

Only edges between plain vertices are touched: one wedge, no boundary. Seams and slot borders stay whole.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from toolchain.bake.threads import in_order
from toolchain.lowpoly.crossing import NEAR
from toolchain.lowpoly.quadric import best_point, error

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
I32 = NDArray[np.int32]
Bools = NDArray[np.bool_]

SHARE = 0.5  # of the vertices: most that a round takes
PARTS = 4  # that a round's edges are priced in, on as many cores as there are
BUCKETS = 64  # ranks of price in a round
LEAST = 0.02  # a round that takes less is the last
CANDIDATES = 4.0  # edges that are tried, for each vertex that shall go; more where many are refused
TURN = 0.25  # least squared cosine between a triangle's normal before and after: 60 degrees
NEEDLE = 0.02  # least shape (1 for equilateral) that a collapse may make, unless it was worse
HELD = 0.25  # of the cheap edges: where more are left to it, all else must wait for them, or it would pay for them
RING = 64  # corners round a vertex; busier ones are left to the careful part
NEXT = (1, 2, 0, 1)  # corner after corner k, and the one after that at k + 1
ROOT = 2.0 * 3.0**0.5


def coarsen(
    target: int,
    pos: F64,
    tri: I64,
    wedge: I64,
    partner: I64,
    quadric: F64,
    room: F64,
    shape: float,
) -> tuple[I64, I64, I64]:
    """(tri (F', 3), wedge (F', 3), source (F',)): about `target` triangles, or as few as the guards allow.

    `pos`, `quadric` and `room` (V,) (see :mod:`thickness`) are changed in place; vertices keep their numbers. `shape`
    is the cost of an edge's length.
    """
    plain, own = _plain(tri, wedge, partner, len(pos))
    source, window, live = np.arange(len(tri)), CANDIDATES, tri.astype(np.int32)
    while len(live) > target:
        priced = in_order(
            lambda part: _prices(pos, part, quadric, plain, room, shape),
            np.array_split(live, PARTS),
        )
        a, b, cost, held = (np.concatenate(column) for column in zip(*priced, strict=True))
        wanted = min(int(SHARE * len(live) / 2), (len(live) - target + 1) // 2)
        cheap = min(len(cost), int(window * wanted))
        if cheap == 0:
            break
        chosen = cost <= np.partition(cost, cheap - 1)[cheap - 1]
        if held[chosen].mean() > HELD:
            break
        chosen = np.flatnonzero(chosen & ~held)
        order = chosen[_order(cost[chosen])]
        alive = np.ones(len(live), bool)
        gone = _round(a[order], b[order], wanted, pos, live, quadric, room, alive)
        live, source = live[alive], source[alive]
        if gone < LEAST * len(live) / 2 and cheap == len(cost):
            break
        if gone < wanted / 2:  # the cheap ones are refused, and would be again
            window *= 2.0
    kept = live.astype(np.int64)
    return kept, np.where(plain[kept], own[kept], wedge[source]), source


def _order(cost: F64) -> I64:
    """Cheap ones first, by BUCKETS ranks and not finer: inside a rank neighbours stay together, which memory likes."""
    steps = np.quantile(cost[:: len(cost) // 4096 + 1], np.linspace(0, 1, BUCKETS + 1)[1:-1]) if len(cost) else cost
    return np.argsort(np.searchsorted(steps, cost).astype(np.uint8), kind="stable")


@njit(cache=True)
def _plain(tri: I64, wedge: I64, partner: I64, vertices: int) -> tuple[Bools, I64]:
    """(V,) whether all corners of a vertex are one wedge and all its edges have two triangles; (V,) that wedge."""
    plain = np.ones(vertices, np.bool_)
    first = np.full(vertices, -1, np.int64)
    for f in range(len(tri)):
        for k in range(3):
            v = tri[f, k]
            if first[v] < 0:
                first[v] = wedge[f, k]
            elif first[v] != wedge[f, k]:
                plain[v] = False
            if partner[3 * f + k] < 0:
                plain[v] = False
                plain[tri[f, (k + 1) % 3]] = False
    return plain, first


@njit(cache=True, nogil=True)
def _prices(pos: F64, tri: I32, quadric: F64, plain: Bools, room: F64, shape: float) -> tuple[I32, I32, F64, Bools]:
    """(a, b, cost, held) of every edge whose ends are plain; held: it would move the surface near to another wall."""
    a, b = np.zeros(2 * len(tri), np.int32), np.zeros(2 * len(tri), np.int32)
    cost, held = np.zeros(2 * len(tri)), np.zeros(2 * len(tri), np.bool_)
    point, q = np.zeros(3), np.zeros(10)
    n = 0
    for f in range(len(tri)):
        for k in range(3):
            i, j = tri[f, k], tri[f, NEXT[k]]
            if i < j and plain[i] and plain[j]:
                for d in range(10):
                    q[d] = quadric[i, d] + quadric[j, d]
                best_point(q, pos[i], pos[j], point)
                length = 0.0
                for d in range(3):
                    length += (pos[i, d] - pos[j, d]) ** 2
                area = q[0] + q[3] + q[5]
                moved = max(0.0, error(q, point[0], point[1], point[2]))
                a[n], b[n] = i, j
                cost[n] = moved + shape * length * area
                held[n] = moved > (NEAR * min(room[i], room[j])) ** 2 * area
                n += 1
    return a[:n], b[:n], cost[:n], held[:n]


@njit(cache=True)
def _keeps_shape(v: int, other: int, point: F64, pos: F64, tri: I32, ring: I32, n: int) -> bool:
    """No triangle round `v` that survives turns or becomes a needle when v goes to `point`."""
    for i in range(n):
        f, k = ring[i] >> 2, ring[i] & 3
        b, c = tri[f, NEXT[k]], tri[f, NEXT[k + 1]]
        if other in (b, c):
            continue
        ex, ey, ez = pos[c, 0] - pos[b, 0], pos[c, 1] - pos[b, 1], pos[c, 2] - pos[b, 2]
        ux, uy, uz = pos[v, 0] - pos[b, 0], pos[v, 1] - pos[b, 1], pos[v, 2] - pos[b, 2]
        wx, wy, wz = point[0] - pos[b, 0], point[1] - pos[b, 1], point[2] - pos[b, 2]
        ox, oy, oz = ey * uz - ez * uy, ez * ux - ex * uz, ex * uy - ey * ux
        nx, ny, nz = ey * wz - ez * wy, ez * wx - ex * wz, ex * wy - ey * wx
        dot, old, new = ox * nx + oy * ny + oz * nz, ox * ox + oy * oy + oz * oz, nx * nx + ny * ny + nz * nz
        if dot <= 0.0 or dot * dot < TURN * old * new:
            return False
        edge = ex * ex + ey * ey + ez * ez
        was = edge + ux * ux + uy * uy + uz * uz + (ux - ex) ** 2 + (uy - ey) ** 2 + (uz - ez) ** 2
        now = edge + wx * wx + wy * wy + wz * wz + (wx - ex) ** 2 + (wy - ey) ** 2 + (wz - ez) ** 2
        if ROOT * ROOT * new < NEEDLE * NEEDLE * now * now and new * was * was < old * now * now:
            return False
    return True


@njit(cache=True)
def _round(
    first: I32,
    second: I32,
    wanted: int,
    pos: F64,
    tri: I32,
    quadric: F64,
    room: F64,
    alive: Bools,
) -> int:
    """Collapse edges in order until `wanted` vertices went; how many went."""
    head = np.full(len(pos), -1, np.int32)  # corner k of triangle f is 4 f + k
    after = np.full(4 * len(tri), -1, np.int32)
    valence = np.zeros(len(pos), np.int32)
    for f in range(len(tri) - 1, -1, -1):
        for k in range(2, -1, -1):
            after[4 * f + k] = head[tri[f, k]]
            head[tri[f, k]] = 4 * f + k
            valence[tri[f, k]] += 1
    merged = np.zeros(len(pos), np.bool_)
    mark = np.full(len(pos), -1, np.int32)
    ring_a, ring_b = np.zeros(RING, np.int32), np.zeros(RING, np.int32)
    opposite = np.zeros(2, np.int64)
    point, q = np.zeros(3), np.zeros(10)
    gone = 0
    for e in range(len(first)):
        if gone >= wanted:
            break
        a, b = first[e], second[e]
        if merged[a] or merged[b] or valence[a] + valence[b] > RING:
            continue
        na, shared, bad = 0, 0, False
        c = head[a]
        while c >= 0:
            f, k = c >> 2, c & 3
            if alive[f]:
                ring_a[na] = c
                na += 1
                i, j = tri[f, NEXT[k]], tri[f, NEXT[k + 1]]
                mark[i] = mark[j] = e
                if b in (i, j):
                    if shared == 2:
                        bad = True
                        break
                    opposite[shared] = j if i == b else i
                    shared += 1
            c = after[c]
        if bad or shared != 2 or valence[opposite[0]] <= 3 or valence[opposite[1]] <= 3:
            continue
        nb, common = 0, 0
        c = head[b]
        while c >= 0:
            f, k = c >> 2, c & 3
            if alive[f]:
                ring_b[nb] = c
                nb += 1
                for s in range(2):
                    v = tri[f, NEXT[k + s]]
                    if v != a and mark[v] == e:
                        mark[v] = -1
                        common += 1
            c = after[c]
        if common != 2:  # the link condition: Dey et al. 1999
            continue
        for d in range(10):
            q[d] = quadric[a, d] + quadric[b, d]
        best_point(q, pos[a], pos[b], point)
        if not _keeps_shape(a, b, point, pos, tri, ring_a, na) or not _keeps_shape(b, a, point, pos, tri, ring_b, nb):
            continue
        pos[a] = point
        quadric[a] = q
        room[a] = min(room[a], room[b])
        last = ring_a[na - 1]
        for i in range(nb):
            f, k = ring_b[i] >> 2, ring_b[i] & 3
            if a in (tri[f, 0], tri[f, 1], tri[f, 2]):
                alive[f] = False
                continue
            tri[f, k] = a
            after[last] = ring_b[i]
            last = ring_b[i]
        after[last] = -1
        valence[a] += valence[b] - 4
        valence[opposite[0]] -= 1
        valence[opposite[1]] -= 1
        merged[a] = merged[b] = True
        gone += 1
    return gone
