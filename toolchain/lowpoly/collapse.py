"""Edge collapse by quadric error on a welded mesh that carries wedges (UVs or slots per corner).

Garland and Heckbert 1997, "Surface simplification using quadric error metrics", with area-weighted
planes, optimal placement, Dey et al.'s link condition (a manifold stays one) and a guard against
turned and needle triangles. A *wedge* is what the corners of one vertex share inside one chart or
slot; an edge whose sides use different wedges is a seam. Inside a chart and along a seam, UVs move with the
surface. Across a seam, a corner whose chart has no wedge at the kept vertex keeps its own UV, so that lookups
slide inside the chart and never leave it; sliding is paid for in cost, so that seams go last. In mode GUARDED
no UV triangle turns over and no wall comes through another (see :mod:`crossing`); in mode CROSSING the second
may happen, in mode FREE both, and triangles may turn farther in space.
"""

from __future__ import annotations

import heapq

import numpy as np
from numba import njit
from numpy.typing import NDArray

from toolchain.lowpoly.crossing import NEAR, Grid, fill, insert, pokes
from toolchain.lowpoly.quadric import best_point, error, normal

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

GUARDED, CROSSING, FREE = 0, 1, 2
RING = 512  # corners round one vertex; beyond it a vertex is left alone
SHAPE = 2e-6  # cost of edge length, so that flat regions collapse short edges first
SLIDE = 0.05  # cost of sliding UVs, against the cost of moving the surface as far
TURN = 0.4  # least cosine between a triangle's normal before and after
TURN_FREE = 0.05  # the same in mode FREE: a box may become a wedge
ROOT = 2.0 * 3.0**0.5  # shape of a triangle: ROOT * twice its area / the sum of its squared sides
NEEDLE = 0.005  # least shape (1 for equilateral) that a collapse may make
PLACES, ROUNDS, DEFER = 4, 4, 4.0  # a refused edge: other places first, then all again later at so many times the cost


@njit(cache=True)
def link(faces: I64, vertices: int) -> tuple[I64, I64]:
    """Corner lists: head (V,) and next (3F,), -1 at the end."""
    head = np.full(vertices, -1, np.int64)
    after = np.full(faces.size, -1, np.int64)
    for f in range(len(faces) - 1, -1, -1):
        for k in range(2, -1, -1):
            after[3 * f + k] = head[faces[f, k]]
            head[faces[f, k]] = 3 * f + k
    return head, after


@njit(cache=True)
def _ring(v: int, head: I64, after: I64, alive: NDArray[np.bool_], out: I64) -> int:
    """Live corners of v into `out`; their count, or -1 where they are more than it holds. Unlinks dead ones."""
    n, previous, c = 0, -1, head[v]
    while c >= 0:
        if alive[c // 3]:
            if n == len(out):
                return -1
            out[n] = c
            n += 1
            if previous < 0:
                head[v] = c
            else:
                after[previous] = c
            previous = c
        c = after[c]
    if previous < 0:
        head[v] = -1
    else:
        after[previous] = -1
    return n


@njit(cache=True)
def _wedges(v: int, ring: I64, n: int, wedge: I64) -> int:
    """Distinct wedges round v, at most 3 counted."""
    first, second = -1, -1
    for i in range(n):
        w = wedge[ring[i] // 3, ring[i] % 3]
        if first < 0:
            first = w
        elif w != first and second < 0:
            second = w
        elif w not in (first, second):
            return 3
    return 1 if second < 0 else 2


@njit(cache=True)
def _plan(
    a: int,
    b: int,
    place: int,
    pos: F64,
    tri: I64,
    wedge: I64,
    quadric: F64,
    ring_a: I64,
    na: int,
    ring_b: I64,
    nb: int,
    pairs: I64,
    point: F64,
) -> tuple[float, float, int]:
    """(cost, t, pairs): b merges into a, t of the way from a to b; cost < 0 where it may not.

    pairs[i] = (wedge of a, wedge of b) in each face at the edge; `point` is where both go. Where nothing
    forbids it that is chosen by `place`: 0 least error, 1 middle, 2 at a, 3 at b.
    """
    count = 0
    for i in range(na):
        f = ring_a[i] // 3
        for k in range(3):
            if tri[f, k] == b:
                if count == 2:
                    return -1.0, 0.0, 0
                pairs[count, 0] = wedge[f, ring_a[i] % 3]
                pairs[count, 1] = wedge[f, k]
                count += 1
    if count == 0:
        return -1.0, 0.0, 0
    wa, wb = _wedges(a, ring_a, na, wedge), _wedges(b, ring_b, nb, wedge)
    split_a = count == 2 and pairs[0, 0] != pairs[1, 0]
    split_b = count == 2 and pairs[0, 1] != pairs[1, 1]
    seam = split_a and split_b
    q = quadric[a] + quadric[b]
    free = (wa == 1 and wb == 1) or (seam and wa == 2 and wb == 2)
    fixed = -1.0
    slide = 0.0
    length = (pos[a, 0] - pos[b, 0]) ** 2 + (pos[a, 1] - pos[b, 1]) ** 2 + (pos[a, 2] - pos[b, 2]) ** 2
    if not free:
        to_a, to_b = error(q, pos[a, 0], pos[a, 1], pos[a, 2]), error(q, pos[b, 0], pos[b, 1], pos[b, 2])
        if split_a == split_b and wa == 1:
            fixed = 1.0
        elif split_a == split_b and wb == 1:
            fixed = 0.0
        elif seam and wa == 2:
            fixed = 1.0
        elif seam and wb == 2:
            fixed = 0.0
        else:
            fixed = 0.0 if (wa > wb or (wa == wb and to_a <= to_b)) else 1.0
            moved = b if fixed == 0.0 else a
            slide = SLIDE * length * (quadric[moved, 0] + quadric[moved, 3] + quadric[moved, 5])
    if not free and place > 0:
        return -1.0, 0.0, 0
    if free:
        if place == 0:
            best_point(q, pos[a], pos[b], point)
        else:
            point[:] = (pos[a] + pos[b]) / 2.0 if place == 1 else (pos[a] if place == 2 else pos[b])
        t = 0.5
        if length > 0.0:
            t = (
                (point[0] - pos[a, 0]) * (pos[b, 0] - pos[a, 0])
                + (point[1] - pos[a, 1]) * (pos[b, 1] - pos[a, 1])
                + (point[2] - pos[a, 2]) * (pos[b, 2] - pos[a, 2])
            ) / length
        fixed = min(1.0, max(0.0, t))
    else:
        point[:] = pos[a] if fixed == 0.0 else pos[b]
    if count == 2 and split_a != split_b:
        count = 1  # the seam ends here: only one side has a wedge to merge with
    elif count == 2 and pairs[0, 0] == pairs[1, 0]:
        count = 1
    cost = max(0.0, error(q, point[0], point[1], point[2])) + SHAPE * length * (q[0] + q[3] + q[5]) + slide
    return cost, fixed, count


@njit(cache=True)
def _keeps_manifold(
    a: int,
    b: int,
    tri: I64,
    ring_a: I64,
    na: int,
    ring_b: I64,
    nb: int,
    mark: I64,
    stamp: int,
    head: I64,
    after: I64,
    alive: NDArray[np.bool_],
    ring_c: I64,
) -> bool:
    """The link condition, and no opposite vertex left with two triangles."""
    edge_faces = 0
    for i in range(na):
        f = ring_a[i] // 3
        here = False
        for k in range(3):
            here = here or tri[f, k] == b
            if tri[f, k] != a:
                mark[tri[f, k]] = stamp
        if here:
            edge_faces += 1
            for k in range(3):
                if tri[f, k] not in (a, b):
                    n = _ring(tri[f, k], head, after, alive, ring_c)
                    if 0 <= n <= 3:
                        return False
    shared = 0
    for i in range(nb):
        f = ring_b[i] // 3
        for k in range(3):
            v = tri[f, k]
            if v not in (a, b) and mark[v] == stamp:
                mark[v] = -1
                shared += 1
    return shared == edge_faces


@njit(cache=True)
def _keeps_shape(
    gone: int,
    other: int,
    point: F64,
    t: float,
    mode: int,
    pos: F64,
    tri: I64,
    wedge: I64,
    uv: F64,
    ring: I64,
    n: int,
    pairs: I64,
    count: int,
    side: int,
) -> bool:
    """No triangle round `gone` that survives turns over or becomes a needle, in space or (not FREE) in UV."""
    for i in range(n):
        f, k = ring[i] // 3, ring[i] % 3
        b, c = tri[f, (k + 1) % 3], tri[f, (k + 2) % 3]
        if other in (b, c):
            continue
        ox, oy, oz = normal(pos, gone, b, c)
        ux, uy, uz = pos[b, 0] - point[0], pos[b, 1] - point[1], pos[b, 2] - point[2]
        vx, vy, vz = pos[c, 0] - point[0], pos[c, 1] - point[1], pos[c, 2] - point[2]
        nx, ny, nz = uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx
        new, old = np.sqrt(nx * nx + ny * ny + nz * nz), np.sqrt(ox * ox + oy * oy + oz * oz)
        if new == 0.0:
            return False
        third = (pos[b, 0] - pos[c, 0]) ** 2 + (pos[b, 1] - pos[c, 1]) ** 2 + (pos[b, 2] - pos[c, 2]) ** 2
        sides = third + ux * ux + uy * uy + uz * uz + vx * vx + vy * vy + vz * vz
        before = third
        for d in range(3):
            before += (pos[gone, d] - pos[b, d]) ** 2 + (pos[gone, d] - pos[c, d]) ** 2
        was, now = ROOT * old / max(before, 1e-300), ROOT * new / sides
        if now < NEEDLE and now < 0.2 * was:
            return False
        least = TURN_FREE if mode == FREE else TURN
        if was >= NEEDLE and ox * nx + oy * ny + oz * nz < least * new * old:  # a needle's normal is noise
            return False
        if mode != FREE and len(uv):
            w = wedge[f, k]
            x, y = uv[w, 0], uv[w, 1]
            for p in range(count):
                if pairs[p, side] == w:
                    x = (1.0 - t) * uv[pairs[p, 0], 0] + t * uv[pairs[p, 1], 0]
                    y = (1.0 - t) * uv[pairs[p, 0], 1] + t * uv[pairs[p, 1], 1]
            wb, wc = wedge[f, (k + 1) % 3], wedge[f, (k + 2) % 3]
            flat = (uv[wb, 0] - uv[w, 0]) * (uv[wc, 1] - uv[w, 1]) - (uv[wb, 1] - uv[w, 1]) * (uv[wc, 0] - uv[w, 0])
            laid = (uv[wb, 0] - x) * (uv[wc, 1] - y) - (uv[wb, 1] - y) * (uv[wc, 0] - x)
            if flat * laid <= 0.0:
                return False
    return True


@njit(cache=True)
def run(
    mode: int,
    target: int,
    pos: F64,
    tri: I64,
    wedge: I64,
    uv: F64,
    quadric: F64,
    alive: NDArray[np.bool_],
    head: I64,
    after: I64,
    room: F64,
    grid: Grid,
) -> int:
    """Collapse in place, cheapest first, until at most `target` triangles live or nothing may go; live triangles."""
    version = np.zeros(len(pos), np.int64)
    mark = np.full(len(pos), -1, np.int64)
    ring_a, ring_b, ring_c = np.zeros(RING, np.int64), np.zeros(RING, np.int64), np.zeros(RING, np.int64)
    pairs = np.zeros((2, 2), np.int64)
    point, box = np.zeros(3), np.zeros(6, np.int64)
    live, stamp = 0, 0
    for f in range(len(tri)):
        live += alive[f]
    heap = [(0.0, 0, 0, 0, 0)]
    heap.pop()
    for f in range(len(tri)):
        if not alive[f]:
            continue
        for k in range(3):
            a, b = tri[f, k], tri[f, (k + 1) % 3]
            if a < b or mode == FREE:  # FREE also meets edges that only one triangle runs along
                na, nb = _ring(a, head, after, alive, ring_a), _ring(b, head, after, alive, ring_b)
                if na > 0 and nb > 0:
                    cost = _plan(a, b, 0, pos, tri, wedge, quadric, ring_a, na, ring_b, nb, pairs, point)[0]
                    if cost >= 0.0:
                        heap.append((cost, a, b, version[a] + version[b], 0))
    heapq.heapify(heap)
    while live > target and heap:
        was, a, b, seen, attempt = heapq.heappop(heap)
        if version[a] < 0 or version[b] < 0 or version[a] + version[b] != seen:
            continue
        na, nb = _ring(a, head, after, alive, ring_a), _ring(b, head, after, alive, ring_b)
        if na <= 0 or nb <= 0 or na + nb > RING:
            continue
        stamp += 1
        cost, t, count = _plan(a, b, attempt % PLACES, pos, tri, wedge, quadric, ring_a, na, ring_b, nb, pairs, point)
        if cost < 0.0 or not _keeps_manifold(
            a, b, tri, ring_a, na, ring_b, nb, mark, stamp, head, after, alive, ring_c
        ):
            continue
        space, area = min(room[a], room[b]), 0.0
        for d in (0, 3, 5):
            area += quadric[a, d] + quadric[b, d]
        thin = mode == GUARDED and space < grid[4][4]
        close = thin and cost > (NEAR * space) ** 2 * area
        if (
            not _keeps_shape(a, b, point, t, mode, pos, tri, wedge, uv, ring_a, na, pairs, count, 0)
            or not _keeps_shape(b, a, point, t, mode, pos, tri, wedge, uv, ring_b, nb, pairs, count, 1)
            or (close and pokes(grid, a, b, point, ring_a, na, pos, tri, alive, box))
            or (close and pokes(grid, b, a, point, ring_b, nb, pos, tri, alive, box))
        ):
            attempt += 1
            cost = -1.0
            if attempt % PLACES:
                place = attempt % PLACES
                cost = _plan(a, b, place, pos, tri, wedge, quadric, ring_a, na, ring_b, nb, pairs, point)[0]
                if cost < 0.0:
                    attempt += PLACES - attempt % PLACES
            if cost < 0.0:
                cost = DEFER * was + 1e-30
            if attempt < PLACES * ROUNDS:
                heapq.heappush(heap, (max(cost, was), a, b, seen, attempt))
            continue
        pos[a] = point
        quadric[a] += quadric[b]
        room[a] = min(room[a], room[b])
        version[b] = -1
        version[a] += 1
        for p in range(count):
            if len(uv):
                for d in range(2):
                    uv[pairs[p, 0], d] = (1.0 - t) * uv[pairs[p, 0], d] + t * uv[pairs[p, 1], d]
        last = ring_a[na - 1]
        for i in range(nb):
            f, k = ring_b[i] // 3, ring_b[i] % 3
            if a in (tri[f, 0], tri[f, 1], tri[f, 2]):
                alive[f] = False
                live -= 1
                continue
            tri[f, k] = a
            for p in range(count):
                if wedge[f, k] == pairs[p, 1]:
                    wedge[f, k] = pairs[p, 0]
                    break
            after[last] = ring_b[i]
            last = ring_b[i]
        after[last] = -1
        na = _ring(a, head, after, alive, ring_a)
        if thin:
            for i in range(na):
                if not insert(grid, ring_a[i] // 3, pos, tri, room, box):
                    fill(grid, pos, tri, alive, room)
                    break
        stamp += 1
        for i in range(na):
            f = ring_a[i] // 3
            for k in range(3):
                v = tri[f, k]
                if v != a and mark[v] != stamp:
                    mark[v] = stamp
                    nb = _ring(v, head, after, alive, ring_b)
                    if nb > 0:
                        cost = _plan(a, v, 0, pos, tri, wedge, quadric, ring_a, na, ring_b, nb, pairs, point)[0]
                        if cost >= 0.0:
                            heapq.heappush(heap, (cost, a, v, version[a] + version[v], 0))
    return live
