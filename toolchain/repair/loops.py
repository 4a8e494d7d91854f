"""Holes: the cycles of open edges, and triangles across those that are faults and not openings.

What is filled: a crack (hardly any area), a small hole, a larger one with a ragged rim. A wide hole with a flat
rim is an opening that belongs (a helmet's, a bucket's) and stays. Small cycles are filled by the triangles of
least area (Barequet and Sharir 1995, as Liepa 2003 uses it), large ones ear by ear, the shortest cut first.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from toolchain.lowpoly.topology import areas
from toolchain.repair.halfedges import Book, mates, patches

F64 = NDArray[np.float64]
I32 = NDArray[np.int32]
Ints = NDArray[np.integer]
EXACT = 64  # edges up to which the least area is searched for
CRACK = 2e-3  # area over the square of the length round it, under which a hole is a crack
FLAT = 0.02  # greatest deviation of a cut rim from its plane, as a share of its size
SHALLOW = 0.8  # a lid with more area than this share of its part's would close a pane on itself
OWN = 0.6  # a rim this large a share of its own part is the part's outline and no hole in it


@dataclass(frozen=True, eq=False)
class Loops:
    """Cycles of open edges. Cycle i is `vertices[first[i]:first[i + 1]]`."""

    vertices: I32
    first: I32
    face: I32  # (N,) a face at each cycle

    def __len__(self) -> int:
        return len(self.first) - 1

    def __iter__(self) -> Iterator[I32]:
        return (self.vertices[a:b] for a, b in zip(self.first[:-1], self.first[1:], strict=True))


def loops(positions: F64, faces: Ints, pages: Book, mate: I32 | None = None) -> Loops:
    """Every simple cycle of edges with one face."""
    if not (pages.uses == 1).any():
        return Loops(np.zeros(0, np.int32), np.zeros(1, np.int32), np.zeros(0, np.int32))
    mate = mates(positions, faces, pages) if mate is None else mate
    return Loops(*_cycles(np.ascontiguousarray(faces, np.int32), mate, len(positions)))


def fill(
    positions: F64, faces: Ints, pages: Book, small: float, ragged: float, lid: NDArray[np.bool_] | None = None
) -> tuple[I32, int]:
    """(faces and the triangles that close holes, number of holes closed).

    A triangle that would lie on a face cancels with it where that is a small loose ear; else the hole stays.

    `small` and `ragged` are the greatest sizes in metres of a hole, and of one with an uneven rim, that is closed
    in any case; `lid` (F,) marks the faces of parts whose every hole is closed.
    """
    found = loops(positions, faces, pages)
    made: list[I32] = []
    if not len(found):
        return np.asarray(faces, np.int32), 0
    part = patches(faces, pages)
    low, high = boxes(positions, faces, part)
    whole = np.linalg.norm(high - low, axis=1)
    area = np.bincount(part, weights=areas(positions, faces))
    for i, ring in enumerate(found):
        points = positions[ring]
        size = float(np.linalg.norm(np.ptp(points, axis=0)))
        mine = part[found.face[i]]
        asked = lid is not None and bool(lid[found.face[i]])
        outline = size > OWN * whole[mine]
        if not asked and size > ragged and len(ring) > 4 * EXACT:
            continue
        patch = ring[least(points) if len(ring) <= EXACT else _ears(points)]
        if asked and _extent(positions[patch]) > SHALLOW * area[mine]:
            continue
        if not asked and not _crack(points, positions[patch]):
            uneven = _unevenness(points) > FLAT
            if outline or not (size <= small or (size <= ragged and uneven)):
                continue
        elif not asked and outline and len(ring) == 3:
            continue  # a lone needle is no crack
        made.append(patch)
    return _joined(positions, faces, made, 0.05 * small**2)


def _joined(positions: F64, faces: Ints, made: list[I32], ear: float) -> tuple[I32, int]:
    """(faces with the patches, patches used). A patch that lies on a face larger than `ear` is left out."""
    if not made:
        return np.asarray(faces, np.int32), 0
    patch = np.concatenate(made).astype(np.int32)
    owner = np.repeat(np.arange(len(made)), [len(m) for m in made])
    both = np.concatenate((faces, patch))
    _, which = np.unique(np.sort(both, axis=1), axis=0, return_inverse=True)
    which = which.reshape(-1)
    given, mine = which[: len(faces)], which[len(faces) :]
    large = np.zeros(int(which.max()) + 1, bool)
    large[given[areas(positions, faces) > ear]] = True
    bad = np.zeros(len(made), bool)
    bad[owner[large[mine]]] = True
    stays = np.concatenate((np.ones(len(faces), bool), ~bad[owner]))
    times = np.bincount(which[stays], minlength=len(large))
    filled = np.bincount(mine[~bad[owner]], minlength=len(large)) > 0
    stays &= ~(filled & (times % 2 == 0))[which]
    return both[stays].astype(np.int32), int((~bad).sum())


def boxes(positions: F64, faces: Ints, label: Ints) -> tuple[F64, F64]:
    """(lowest (C, 3), highest (C, 3)) corners of each label's faces."""
    count = int(label.max(initial=-1)) + 1
    low, high = np.full((count, 3), np.inf), np.full((count, 3), -np.inf)
    p, f = np.ascontiguousarray(positions, np.float64), np.ascontiguousarray(faces, np.int32)
    _bounds(p, f, np.ascontiguousarray(label, np.int32), low, high)
    return low, high


def _crack(ring: F64, patch: F64) -> bool:
    round_it = float(np.linalg.norm(ring - np.roll(ring, 1, axis=0), axis=1).sum())
    return _extent(patch) <= CRACK * round_it**2


def _extent(corners: F64) -> float:
    """Area of (N, 3, 3) triangles."""
    return (
        float(np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1).sum()) / 2
    )


def _unevenness(ring: F64) -> float:
    """Greatest distance of a rim from the plane that fits it best, over its size."""
    centred = ring - ring.mean(axis=0)
    normal = np.linalg.svd(centred, full_matrices=False)[2][-1]
    return float(np.abs(centred @ normal).max() / max(float(np.linalg.norm(np.ptp(ring, axis=0))), 1e-300))


@njit(cache=True)
def _bounds(p: F64, faces: I32, label: I32, low: F64, high: F64) -> None:
    for f in range(len(faces)):
        for k in range(3):
            for d in range(3):
                x = p[faces[f, k], d]
                low[label[f], d] = min(low[label[f], d], x)
                high[label[f], d] = max(high[label[f], d], x)


@njit(cache=True)
def _cycles(faces: I32, mate: I32, count: int) -> tuple[I32, I32, I32]:
    """Walk each rim with one hand on the surface; cut the walk into cycles wherever it meets itself."""
    total = 3 * len(faces)
    seen = np.zeros(total, np.bool_)
    place = np.full(count, -1, np.int64)
    stack, vertices = np.zeros(total + 1, np.int32), np.zeros(2 * total + 1, np.int32)
    first, owner = np.zeros(total + 1, np.int32), np.zeros(total, np.int32)
    made, filled = 0, 0
    for start in range(total):
        if seen[start] or mate[2 * start] != 2 * start + 1:
            continue
        h, side, top = start, 0, 0
        v = faces[h // 3, h % 3]
        for _ in range(total):
            seen[h] = True
            if place[v] >= 0:  # the walk was here before: what lies between is a cycle
                if top - place[v] >= 3:
                    owner[made] = h // 3
                    for i in range(place[v], top):
                        vertices[filled] = stack[i]
                        filled += 1
                    made += 1
                    first[made] = filled
                for i in range(place[v] + 1, top):
                    place[stack[i]] = -1
                top = place[v] + 1
            else:
                place[v], stack[top] = top, v
                top += 1
            f, k = h // 3, h % 3
            v = faces[f, (k + 1) % 3] if faces[f, k] == v else faces[f, k]
            g = h
            while True:  # turn about v, from face to face over mates, to the next open edge
                f, k = g // 3, g % 3
                corner = k if faces[f, k] == v else (k + 1) % 3
                g = 3 * f + ((corner + 2) % 3 if g == 3 * f + corner else corner)
                if mate[2 * g + side] // 2 == g:
                    break
                other = mate[2 * g + side]
                g, side = other // 2, other % 2
            h = g
            if seen[h]:
                break
        if top >= 3 and place[v] == 0:
            owner[made] = start // 3
            for i in range(top):
                vertices[filled] = stack[i]
                filled += 1
            made += 1
            first[made] = filled
        for i in range(top):
            place[stack[i]] = -1
    return vertices[:filled].copy(), first[: made + 1].copy(), owner[:made].copy()


@njit(cache=True)
def _area(a: F64, b: F64, c: F64) -> float:
    ux, uy, uz = b[0] - a[0], b[1] - a[1], b[2] - a[2]
    vx, vy, vz = c[0] - a[0], c[1] - a[1], c[2] - a[2]
    x, y, z = uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx
    return np.sqrt(x * x + y * y + z * z)


@njit(cache=True)
def least(ring: F64) -> I32:
    """(n - 2, 3) corners of the least area, by dynamic programming."""
    n = len(ring)
    cost, cut = np.zeros((n, n)), np.zeros((n, n), np.int32)
    for gap in range(2, n):
        for i in range(n - gap):
            j = i + gap
            best = np.inf
            for m in range(i + 1, j):
                c = cost[i, m] + cost[m, j] + _area(ring[i], ring[m], ring[j])
                if c < best:
                    best, cut[i, j] = c, m
            cost[i, j] = best
    out, stack = np.zeros((n - 2, 3), np.int32), np.zeros((n + 2, 2), np.int32)
    stack[0, 0], stack[0, 1], top, made = 0, n - 1, 1, 0
    while top:
        top -= 1
        i, j = stack[top, 0], stack[top, 1]
        if j - i < 2:
            continue
        m = cut[i, j]
        out[made, 0], out[made, 1], out[made, 2] = i, m, j
        made += 1
        stack[top, 0], stack[top, 1] = i, m
        stack[top + 1, 0], stack[top + 1, 1] = m, j
        top += 2
    return out


@njit(cache=True)
def _ears(ring: F64) -> I32:
    """(n - 2, 3) corners: again and again the corner whose neighbours stand nearest to each other is cut off."""
    n = len(ring)
    before, after = (np.arange(n) - 1) % n, (np.arange(n) + 1) % n
    length = np.zeros(n)
    for i in range(n):
        length[i] = ((ring[before[i]] - ring[after[i]]) ** 2).sum()
    out = np.zeros((n - 2, 3), np.int32)
    for made in range(n - 2):
        i = int(np.argmin(length))
        a, b = before[i], after[i]
        out[made, 0], out[made, 1], out[made, 2] = a, i, b
        length[i] = np.inf
        after[a], before[b] = b, a
        if made < n - 4:
            length[a] = ((ring[before[a]] - ring[b]) ** 2).sum()
            length[b] = ((ring[a] - ring[after[b]]) ** 2).sum()
    return out
