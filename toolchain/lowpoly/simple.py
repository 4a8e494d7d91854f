"""The smallest box, sphere and capsule round a cloud of points, and meshes that an engine knows them by.

An engine that reads a sphere or a capsule off its mesh measures the mesh's own bounding box, so a capsule stands
along one of the canonical axes and a sphere has a vertex at each end of each axis. A box may lie at any angle.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from toolchain.lowpoly.hull import Hull, convex
from toolchain.lowpoly.topology import cross, volumes

F64 = NDArray[np.float64]
KINDS = ("box", "sphere", "capsule")
AROUND = 8  # segments of a drawn sphere: a multiple of 4, so that its bounding box is a cube
FINE_AROUND = 48  # segments of the mesh that stands for the true shape when it is measured
UPRIGHT = 0.98  # a turned box must be smaller than the upright one by this factor
FRAMES = 24  # faces of the hull that a box is tried on
STEPS = 400  # of the search for the smallest ball


@dataclass(frozen=True, eq=False)
class Simple:
    """One shape: the mesh that is written, and a fine one of what the engine makes of it."""

    kind: str  # box, sphere, capsule
    drawn: Hull
    true: Hull


def fit(kind: str, points: F64) -> Simple:
    """The `kind` round the (N, 3) points, which span a volume."""
    return {"box": box, "sphere": sphere, "capsule": capsule}[kind](points)


def box(points: F64, thinnest: float = 0.0) -> Simple:
    """The smallest box found round (N, 3) points, no side thinner than `thinnest` metres.

    One side lies on a face of the points' hull and an edge along an edge there, as in O'Rourke 1985 ("Finding
    minimal enclosing boxes"); the upright box stands where a turned one gains too little.
    """
    frames = [np.eye(3), *_frames(points)]
    sizes = [float(np.prod(np.maximum(np.ptp(points @ axes.T, axis=0), thinnest))) for axes in frames]
    sizes[0] *= UPRIGHT
    axes = frames[int(np.argmin(sizes))]
    inside = points @ axes.T
    low, high = inside.min(axis=0), inside.max(axis=0)
    grow = np.maximum(0.0, thinnest - (high - low)) / 2
    low, high = low - grow, high + grow
    pick = np.stack(np.meshgrid([0, 1], [0, 1], [0, 1], indexing="ij"), axis=-1).reshape(-1, 3)
    made = Hull(np.where(pick == 1, high, low) @ axes, _BOX, float(np.prod(high - low)))
    return Simple("box", made, made)


#: Corner 4 i + 2 j + k is at the high end of x where i, of y where j, of z where k.
_BOX = np.array(
    [
        *((0, 1, 3), (0, 3, 2), (4, 6, 7), (4, 7, 5), (0, 4, 5), (0, 5, 1)),
        *((2, 3, 7), (2, 7, 6), (0, 2, 6), (0, 6, 4), (1, 5, 7), (1, 7, 3)),
    ],
    np.int64,
)


def _frames(points: F64) -> list[F64]:
    """(3, 3) right-handed axes as rows: the smallest rectangle round the points seen along each large hull face."""
    from scipy.spatial import ConvexHull

    hull = convex(points, 80, fine=0.01)  # a few faces: one of them is a side of the box
    if hull is None:
        return []
    doubled = cross(hull.positions, hull.faces)
    size = np.linalg.norm(doubled, axis=1)
    large = np.argsort(-size, kind="stable")[:FRAMES]
    out = []
    for rounded in np.unique(np.round(doubled[large] / size[large, None], 3), axis=0):
        n = rounded / np.linalg.norm(rounded)
        u = np.cross(n, np.eye(3)[int(np.argmin(np.abs(n)))])
        u /= np.linalg.norm(u)
        flat = points @ np.stack((u, np.cross(n, u)), axis=1)
        rim = flat[ConvexHull(flat).vertices]
        side = np.roll(rim, -1, axis=0) - rim
        side /= np.linalg.norm(side, axis=1, keepdims=True)
        spans = np.ptp(rim @ side.T, axis=0) * np.ptp(rim @ np.stack((-side[:, 1], side[:, 0])), axis=0)
        c, s = side[int(np.argmin(spans))]
        along = c * u + s * np.cross(n, u)
        out.append(np.stack((n, along, np.cross(n, along))))
    return out


def ball(points: F64) -> tuple[F64, float]:
    """(centre, radius) of a ball round (N, D) points, within a few thousandths of the smallest.

    Badoiu and Clarkson 2003 ("Smaller core-sets for balls"): step to the farthest point, ever shorter.
    """
    centre = (points.min(axis=0) + points.max(axis=0)) / 2
    best = (centre, float(np.linalg.norm(points - centre, axis=1).max()))
    for i in range(1, STEPS):
        away = points - centre
        far = int(np.argmax(np.einsum("ij,ij->i", away, away)))
        centre = centre + away[far] / (i + 1)
        radius = float(np.linalg.norm(points - centre, axis=1).max())
        best = (centre, radius) if radius < best[1] else best
    return best


def sphere(points: F64) -> Simple:
    """A ball round (N, 3) points."""
    centre, radius = ball(points)
    return Simple("sphere", *(_round(n, radius, 0.0, 1, centre) for n in (AROUND, FINE_AROUND)))


def capsule(points: F64) -> Simple:
    """The smallest capsule along a canonical axis round (N, 3) points; its straight part may be short, never gone."""
    found = []
    for axis in range(3):
        others = [i for i in range(3) if i != axis]
        middle, radius = ball(points[:, others])
        reach = np.sqrt(np.maximum(0.0, radius**2 - ((points[:, others] - middle) ** 2).sum(axis=1)))
        top, bottom = float((points[:, axis] - reach).max()), float((points[:, axis] + reach).min())
        half = max((top - bottom) / 2, 0.05 * radius)
        centre = np.insert(middle, axis, (top + bottom) / 2)
        found.append((radius**2 * (2 * half + 4 / 3 * radius), axis, radius, half, centre))
    _, axis, radius, half, centre = min(found, key=lambda f: f[:2])
    return Simple("capsule", *(_round(n, radius, half, axis, centre) for n in (AROUND, FINE_AROUND)))


def _round(around: int, radius: float, half: float, axis: int, centre: F64) -> Hull:
    """A ball (`half` is 0) or a capsule with `half` its straight part, metres, along `axis`."""
    up = np.pi / 2 - np.arange(1, around // 4 + 1) * 2 * np.pi / around  # latitudes below the pole, to the equator
    high = np.stack((radius * np.cos(up), radius * np.sin(up) + half), axis=1)
    low = (high if half > 0 else high[:-1])[::-1] * (1, -1)
    rings = np.concatenate((high, low))
    turn = np.arange(around) * 2 * np.pi / around
    ring = np.stack((np.cos(turn), np.zeros(around), np.sin(turn)), axis=1)
    body = rings[:, :1, None] * ring + np.array([0.0, 1.0, 0.0]) * rings[:, 1, None, None]
    poles = np.array([[0.0, radius + half, 0.0], [0.0, -radius - half, 0.0]])
    points = np.concatenate((body.reshape(-1, 3), poles))
    here, after = np.arange(around), np.roll(np.arange(around), -1)
    faces = [np.stack((np.full(around, len(points) - 2), after, here), axis=1)]
    for k in range(len(rings) - 1):
        a, b = k * around, (k + 1) * around
        faces += [
            np.stack((a + here, a + after, b + here), axis=1),
            np.stack((a + after, b + after, b + here), axis=1),
        ]
    last = (len(rings) - 1) * around
    faces.append(np.stack((np.full(around, len(points) - 1), last + here, last + after), axis=1))
    points = np.roll(points, axis - 1, axis=1)  # a cyclic change of axes turns and never mirrors
    joined = np.concatenate(faces)
    return Hull(points + centre, joined, float(volumes(points, joined)[0]))
