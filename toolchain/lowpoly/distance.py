"""How far two surfaces are apart, both ways, at area-uniform samples and at the vertices.

The greatest and mean distance to the other surface, as in Cignoni, Rocchini and Scopigno 1998,
"Metro: measuring error on simplified surfaces". Samples are seeded: the same meshes, the same numbers.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from toolchain.lowpoly.closest import Tree, build, closest
from toolchain.lowpoly.topology import areas, cross

F64 = NDArray[np.float64]
SAMPLES = 30_000
AWAY = -0.3  # cosine between normals below which a wall faces the other way


@dataclass(frozen=True)
class Distance:
    """Metres; the worse of the two directions. `crossed` is a share of the area: thin walls that poke through."""

    greatest: float
    mean: float
    crossed: float = 0.0  # share of the samples that lie nearer to a wall facing the other way than to their own


def sample(
    positions: NDArray[np.floating],
    faces: NDArray[np.integer],
    count: int,
    seed: int = 0,
) -> tuple[F64, NDArray[np.int64], F64]:
    """`count` points uniform over the area: (points (N, 3), faces (N,), barycentric weights (N, 3))."""
    rng = np.random.default_rng(seed)
    total = np.cumsum(areas(positions, faces))
    at = (np.arange(count) + rng.random(count)) / count * total[-1]  # stratified: one in each share of the area
    face = np.minimum(np.searchsorted(total, at, side="right"), len(faces) - 1)
    root, other = np.sqrt(rng.random(count)), rng.random(count)
    weights = np.stack((1 - root, root * (1 - other), root * other), axis=1)
    points = np.einsum("nk,nkd->nd", weights, positions.astype(np.float64)[faces[face]])
    return points, face, weights


def one_sided(
    positions: NDArray[np.floating],
    faces: NDArray[np.integer],
    target: Tree,
    count: int = SAMPLES,
) -> Distance:
    """From the surface to `target`: mean over area samples, greatest over samples and at most `count` vertices."""
    points, face, _ = sample(positions, faces, count)
    used = np.unique(faces)
    corners = positions[used[:: len(used) // count + 1]].astype(np.float64)
    found = closest(target, points)
    inner, wall = found.distance, target.corners[found.row]
    theirs = np.cross(wall[:, 1] - wall[:, 0], wall[:, 2] - wall[:, 0])
    ours = cross(positions, faces[face])
    cosine = np.einsum("ij,ij->i", ours, theirs)
    away = cosine < AWAY * np.linalg.norm(ours, axis=1) * np.linalg.norm(theirs, axis=1)
    greatest = max(inner.max(), closest(target, corners).distance.max())
    return Distance(float(greatest), float(inner.mean()), float(away.mean()))


def two_sided(
    positions_a: NDArray[np.floating],
    faces_a: NDArray[np.integer],
    positions_b: NDArray[np.floating],
    faces_b: NDArray[np.integer],
    tree_b: Tree | None = None,
    count: int = SAMPLES,
) -> Distance:
    """The worse direction between surfaces a and b; `tree_b` saves building one for b."""
    there = one_sided(positions_a, faces_a, tree_b or build(positions_b, faces_b), count)
    back = one_sided(positions_b, faces_b, build(positions_a, faces_a), count)
    return Distance(max(there.greatest, back.greatest), max(there.mean, back.mean), max(there.crossed, back.crossed))
