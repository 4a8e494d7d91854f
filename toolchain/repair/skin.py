"""The skins of a soup: closed surfaces made of the sides of its faces, whatever their winding.

A skin is what one walks without ever passing through a face: from side to mate (:mod:`halfedges`), and round
open edges to the back. Every skin is closed and knows its outside, so that to repair is to choose skins: those
that look into a closed space are left out, the rest keep the vertices that were given. Where both sides of a
face are kept it is a sheet, and its back is set off by a thickness, with a wall along its open edges.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from toolchain.lowpoly.topology import numbered, root, unite

F64 = NDArray[np.float64]
I32 = NDArray[np.int32]
Bools = NDArray[np.bool_]
NUDGE = 1e-5  # of the diagonal: what meets in a vertex or an edge without being joined is parted by this
STEEPEST = 0.4  # a corner is set off by at most 1 / this of the thickness


@dataclass(frozen=True, eq=False)
class Skins:
    """Skin of each side: side s of face f is 2 f + s."""

    label: I32  # (2F,)
    open: Bools  # (S,) it goes round an open edge
    volume: F64  # (S,) signed, cubic metres
    area: F64  # (S,) square metres


def skins(positions: F64, faces: I32, mate: I32) -> Skins:
    """All skins of (F, 3) faces."""
    label, rim = _sides(len(faces), mate)
    count = int(label.max()) + 1
    p = positions - positions[faces[0, 0]]
    a, b, c = p[faces[:, 0]], p[faces[:, 1]], p[faces[:, 2]]
    normal = np.cross(b - a, c - a)
    twice = np.linalg.norm(normal, axis=1)
    six = np.einsum("ij,ij->i", a, normal)
    both = np.stack((six, -six), axis=1).reshape(-1)
    is_open = np.zeros(count, bool)
    is_open[label[rim]] = True
    return Skins(
        label,
        is_open,
        np.bincount(label, weights=both, minlength=count) / 6,
        np.bincount(label, weights=np.repeat(twice, 2), minlength=count) / 2,
    )


@dataclass(frozen=True, eq=False)
class Cut:
    """The kept skins as a mesh. `origin` is the given vertex of each, `moved` whether it stands elsewhere."""

    positions: F64
    faces: I32
    origin: I32
    moved: Bools
    walls: int  # triangles added along open edges


def emit(positions: F64, faces: I32, mate: I32, keep: Bools, thick: F64, diagonal: float, free: object = None) -> Cut:
    """The mesh of the sides that `keep` (2F,) names.

    `thick` (2F,) is how far each side stands off from its face, metres. `free(points, directions)` tells how far
    a point may go before it meets something, so that no wall is set off through another.
    """
    corner, fans = _fans(faces, mate, keep)
    out, vertex, push, weight = _gather(positions, faces, corner, fans, keep, thick)
    order = np.argsort(vertex, kind="stable")
    rank = np.zeros(fans, np.int32)
    rank[order] = np.arange(fans, dtype=np.int32)
    out, vertex, push, weight = rank[out], vertex[order], push[order], weight[order]
    points = positions[vertex]
    length = np.linalg.norm(push[:, :3], axis=1)
    way = push[:, :3] / np.maximum(length, 1e-300)[:, None]
    reach = np.where(weight > 0, push[:, 3] / np.maximum(weight, 1e-300), 0.0)
    reach /= np.maximum(length / np.maximum(weight, 1e-300), STEEPEST)
    off = (reach > 0) & (length > 0)
    if off.any() and free is not None:
        reach[off] = np.minimum(reach[off], 0.4 * free(points[off], way[off]))  # type: ignore[operator]
    moved = off.copy()
    points[off] += way[off] * reach[off, None]
    close = ~off & (np.bincount(vertex[~off], minlength=len(positions))[vertex] > 1)
    if close.any():
        inward = _normals(points, out)[close]
        points[close] -= NUDGE * diagonal * inward
        moved |= close
    walls = _rims(faces, mate, keep, rank[np.maximum(corner, 0)])
    good = (walls[:, 0] != walls[:, 1]) & (walls[:, 1] != walls[:, 2]) & (walls[:, 2] != walls[:, 0])
    walls = walls[good]
    return Cut(points, np.concatenate((out, walls)), vertex, moved, len(walls))


def _normals(points: F64, faces: I32) -> F64:
    """(V, 3) unit normals weighted by area."""
    p = points[faces]
    n = np.cross(p[:, 1] - p[:, 0], p[:, 2] - p[:, 0])
    total = np.stack([np.bincount(faces.reshape(-1), np.repeat(n[:, d], 3), len(points)) for d in range(3)], axis=1)
    return total / np.maximum(np.linalg.norm(total, axis=1, keepdims=True), 1e-300)


@njit(cache=True)
def _sides(count: int, mate: I32) -> tuple[I32, Bools]:
    parent = np.arange(2 * count).astype(np.int32)
    rim = np.zeros(2 * count, np.bool_)
    for x in range(len(mate)):
        y = mate[x]
        mine, other = 2 * (x // 6) + x % 2, 2 * (y // 6) + y % 2
        unite(parent, mine, other)
        if y // 2 == x // 2:
            rim[mine] = True
    return numbered(parent), rim


@njit(cache=True)
def _fans(faces: I32, mate: I32, keep: Bools) -> tuple[I32, int]:
    """(6F,) fan of corner k of side s of face f, at 6 f + 3 s + k, numbered by first corner; -1 where not kept."""
    count = len(faces)
    parent = np.arange(6 * count).astype(np.int32)
    for x in range(6 * count):
        y = mate[x]
        h, s, g, t = x // 2, x % 2, y // 2, y % 2
        if y < x or g == h or not keep[2 * (h // 3) + s]:
            continue
        f, k, e, j = h // 3, h % 3, g // 3, g % 3
        k2, j2 = (k + 1) % 3, (j + 1) % 3
        if faces[f, k] == faces[e, j]:
            unite(parent, 6 * f + 3 * s + k, 6 * e + 3 * t + j)
            unite(parent, 6 * f + 3 * s + k2, 6 * e + 3 * t + j2)
        else:
            unite(parent, 6 * f + 3 * s + k, 6 * e + 3 * t + j2)
            unite(parent, 6 * f + 3 * s + k2, 6 * e + 3 * t + j)
    fan = np.full(6 * count, -1, np.int32)
    fans = 0
    for c in range(6 * count):
        if keep[c // 3]:
            r = root(parent, c)
            if r == c:
                fan[c] = fans
                fans += 1
            else:
                fan[c] = fan[r]
    return fan, fans


@njit(cache=True)
def _gather(p: F64, faces: I32, corner: I32, fans: int, keep: Bools, thick: F64) -> tuple[I32, I32, F64, F64]:
    """Faces over fans, the vertex of each fan, and where its thick sides push it: sums of normal and distance."""
    made = 0
    for s in range(2 * len(faces)):
        made += keep[s]
    out, vertex = np.zeros((made, 3), np.int32), np.zeros(fans, np.int32)
    push, weight = np.zeros((fans, 4)), np.zeros(fans)
    at = 0
    for f in range(len(faces)):
        for s in range(2):
            if not keep[2 * f + s]:
                continue
            for k in range(3):
                c = k if s == 0 else (3 - k) % 3  # the back runs the other way round
                fan = corner[6 * f + 3 * s + c]
                out[at, k] = fan
                vertex[fan] = faces[f, c]
            at += 1
            far = thick[2 * f + s]
            if far <= 0:
                continue
            a, b, c3 = p[faces[f, 0]], p[faces[f, 1]], p[faces[f, 2]]
            n = np.cross(b - a, c3 - a)
            size = np.sqrt((n * n).sum())
            if size == 0:
                continue
            n = n / size if s == 0 else -n / size
            for k in range(3):
                here, u, v = p[faces[f, k]], p[faces[f, (k + 1) % 3]], p[faces[f, (k + 2) % 3]]
                x, y = u - here, v - here
                w = np.arctan2(size, (x * y).sum())
                fan = corner[6 * f + 3 * s + k]
                push[fan, :3] += w * n
                push[fan, 3] += w * far
                weight[fan] += w
    return out, vertex, push, weight


@njit(cache=True)
def _rims(faces: I32, mate: I32, keep: Bools, corner: I32) -> I32:
    """Two triangles along each open edge, from the front's edge to the back's."""
    out = np.zeros((len(mate), 3), np.int32)
    made = 0
    for h in range(len(mate) // 2):
        f, k = h // 3, h % 3
        if mate[2 * h] != 2 * h + 1 or not keep[2 * f]:
            continue
        a, b = corner[6 * f + k], corner[6 * f + (k + 1) % 3]
        c, d = corner[6 * f + 3 + k], corner[6 * f + 3 + (k + 1) % 3]
        out[made, 0], out[made, 1], out[made, 2] = b, a, c
        out[made + 1, 0], out[made + 1, 1], out[made + 1, 2] = b, c, d
        made += 2
    return out[:made].copy()
