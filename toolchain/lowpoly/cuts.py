"""Flat cuts through a solid where its surface is dented, until its parts are nearly convex.

Axis-aligned planes, tried at even steps and where dented edges run across the axis: the underside of a table's
top, the rim of a bucket's floor. Trying a cut costs two hulls of points and no boolean; only the cut that is made
is made exactly, by manifold3d. Nothing here is random.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from toolchain.lowpoly.solids import hull_volume, pieces
from toolchain.lowpoly.topology import Ints, cross, edges

F64 = NDArray[np.float64]
EVEN, DENTS = 7, 12  # planes tried along each axis: at even steps, and at the longest dents
BINS = 48  # steps of an axis within which dents count as one
EDGE = 0.005  # no cut nearer than this share of the part's extent to its end
AIR = 0.002  # a part with less air in its hull, as a share of the whole's volume, is left as it is
#: Air counts to this power: two halves with half the air each are better than one with all of it, so that a ring
#: is halved although no half has less air; the quarters will.
BALANCE = 1.2
#: A cut face as large as a cube's of the same volume makes a cut this much dearer: of cuts that leave the same air,
#: the one through the least material, so that a frame falls into bars and not into thinner frames.
SECTION = 0.05
PIECES = 6  # a cut that leaves more separate pieces than this on one side leaves them together


@dataclass(frozen=True, eq=False)
class Part:
    """A solid, its surface, and the volumes of itself and its hull, cubic metres."""

    solid: Any
    points: F64  # (V, 3)
    faces: Ints  # (F, 3)
    volume: float
    hull: float

    @property
    def air(self) -> float:
        """What the hull holds besides the solid."""
        return max(0.0, self.hull - self.volume)


def cut(solid: Any, most: int) -> list[Part]:
    """Some `most` nearly convex parts of a manifold3d solid; a few more where pieces fall apart."""
    parts = [_part(solid)]
    enough, little = AIR * parts[0].volume, 1e-6 * parts[0].volume
    while len(parts) < most:
        worst = max(range(len(parts)), key=lambda i: parts[i].air)
        if parts[worst].air <= enough:
            break
        made = _halves(parts[worst], little)
        if len(made) > 1:
            parts[worst : worst + 1] = made
        else:  # nothing came off: it must not be tried for ever
            parts[worst] = replace(parts[worst], volume=parts[worst].hull)
    return parts


def _halves(part: Part, little: float) -> list[Part]:
    """What the better of the planes tried makes of a part, each piece that hangs together by itself; [] without one.

    A side of less volume than `little` is no side: then the plane is none.
    """
    best: tuple[float, list[Part]] = (np.inf, [])
    for axis, place in best_planes(part):
        normal = [0.0, 0.0, 0.0]
        normal[axis] = 1.0
        made: list[Part] = []
        for side in part.solid.split_by_plane(normal, place):
            held = [_part(p) for p in pieces(side, PIECES) if p.volume() > little]
            made += held
            if not held:
                break
        else:
            air = sum(p.air**BALANCE for p in made)
            best = (air, made) if air < best[0] else best
    return best[1]


def _part(made: Any) -> Part:
    mesh = made.to_mesh()
    return Part(
        made,
        np.asarray(mesh.vert_properties[:, :3], np.float64),
        np.asarray(mesh.tri_verts, np.int64),
        float(made.volume()),
        float(made.hull().volume()),
    )


def best_planes(part: Part) -> list[tuple[int, float]]:
    """(axis, place) of the cuts at even steps and along dents that leave the least air in the hulls of both sides.

    Two, because a side may fall into pieces, whose hulls hold less than their common one does: the legs of a table.
    """
    ends = edges(part.faces).ends
    dent_ends, dents = dented(part.points, part.faces)
    corners, area = part.points[part.faces], cross(part.points, part.faces) / 2
    best: dict[bool, tuple[float, int, float]] = {}
    for axis in range(3):
        x = part.points[:, axis]
        places, follows = _places(x, dent_ends, dents)
        span = 1e-4 * float(np.ptp(x))
        around = np.concatenate((places, places - span, places + span))
        volumes = volume_below(np.ascontiguousarray(corners[:, :, axis]), np.ascontiguousarray(area[:, axis]), around)
        below, before, after = volumes.reshape(3, -1)
        dearer = 1 + SECTION * (after - before) / (2 * span) / part.volume ** (2 / 3)
        low, high = np.where(x[ends[:, 0]] < x[ends[:, 1]], ends.T, ends.T[::-1])
        rows = zip(places.tolist(), follows.tolist(), below.tolist(), dearer.tolist(), strict=True)
        for place, dent, volume, factor in rows:
            crossing = (x[low] < place) & (x[high] > place)
            a, b = part.points[low[crossing]], part.points[high[crossing]]
            rim = a + ((place - a[:, axis]) / (b[:, axis] - a[:, axis]))[:, None] * (b - a)
            air = 0.0
            for side, held in ((x <= place, volume), (x >= place, part.volume - volume)):
                air += max(0.0, hull_volume(np.concatenate((part.points[side], rim))) - held) ** BALANCE
            if dent not in best or air * factor < best[dent][0]:
                best[dent] = (air * factor, axis, place)
    return [found[1:] for _, found in sorted(best.items())]


def dented(points: F64, faces: Ints) -> tuple[Ints, F64]:
    """(D, 2) ends of the edges where two faces meet in a dent, and each one's length times the sine of the bend."""
    found = edges(faces)
    pair = found.pairs()
    one, other = pair[:, 0] // 3, pair[:, 1] // 3
    ends = found.ends[found.of_half[pair[:, 0]]]
    normal = cross(points, faces)
    normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-30)
    far = faces[other, (pair[:, 1] % 3 + 2) % 3]  # the corner of the other face that is not on the edge
    rises = np.einsum("ij,ij->i", points[far] - points[ends[:, 0]], normal[one]) > 0
    bend = np.linalg.norm(np.cross(normal[one], normal[other]), axis=1)
    weight = bend * np.linalg.norm(points[ends[:, 1]] - points[ends[:, 0]], axis=1)
    return ends[rises], weight[rises]


def _places(x: F64, ends: Ints, weight: F64) -> tuple[F64, NDArray[np.bool_]]:
    """Places along one axis, and which of them are dents: even steps, then the heaviest dents that lie across it."""
    low, span = float(x.min()), float(np.ptp(x))
    steps = low + span * np.arange(1, EVEN + 1) / (EVEN + 1)
    across = np.abs(x[ends[:, 0]] - x[ends[:, 1]]) < 0.02 * span
    at, heavy = x[ends[across]].mean(axis=1), weight[across]
    bucket = np.clip(((at - low) / max(span, 1e-30) * BINS).astype(np.int64), 0, BINS - 1)
    total, moment = np.bincount(bucket, heavy, BINS), np.bincount(bucket, heavy * at, BINS)
    top = np.argsort(-total, kind="stable")[:DENTS]
    top = top[total[top] > 0]
    places = np.concatenate((steps, moment[top] / total[top]))
    kept = (places > low + EDGE * span) & (places < low + (1 - EDGE) * span)
    return places[kept], (np.arange(len(places)) >= EVEN)[kept]


@njit(cache=True)
def volume_below(heights: F64, area: F64, places: F64) -> F64:
    """(K,) volume of a closed mesh below each of `places` along an axis.

    `heights` (F, 3): the corners' coordinates on the axis; `area` (F,): the faces' signed areas seen along it.
    By the divergence theorem: the flux of (x - place) through the surface below, which the cut itself adds nothing
    to; over a triangle the mean of the positive part is a cubic between its corners.
    """
    out = np.zeros(len(places))
    for f in range(len(heights)):
        a, b, c = heights[f, 0], heights[f, 1], heights[f, 2]
        if a > b:
            a, b = b, a
        if b > c:
            b, c = c, b
        if a > b:
            a, b = b, a
        for k in range(len(places)):
            t = places[k]
            if t <= a:
                continue
            if t >= c:
                mean = t - (a + b + c) / 3
            elif t <= b:
                mean = (t - a) ** 3 / (3 * (b - a) * (c - a))
            else:
                mean = t - (a + b + c) / 3 + (c - t) ** 3 / (3 * (c - b) * (c - a))
            out[k] -= area[f] * mean
    return out
