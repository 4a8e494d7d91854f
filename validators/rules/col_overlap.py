"""Collision hulls lie in each other.

Checks
    The share of the hulls' common volume that lies in two of them or more, on a grid of 32 steps; reported from a
    quarter on.
Why it fails in the engine
    Nothing breaks, but each contact is solved twice: stacked props jitter, and hulls are wasted.
How to fix
    Cut the hulls so that they meet without overlapping.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from validators.rules.base import Fault, Rule
from validators.rules.case import Case
from validators.rules.words import share
from validators.scene import F64

STEPS = 32
MOST = 0.25
MOST_HULLS = 64


def _faults(case: Case) -> Iterator[Fault]:
    hulls = case.hulls()
    box = case.scene.bounds(hulls)
    if box is None or not 2 <= len(hulls) <= MOST_HULLS:
        return
    axes = [np.linspace(a, b, STEPS + 2)[1:-1] for a, b in zip(*box, strict=True)]
    grid = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3)
    held = np.zeros(len(grid), np.int32)
    for node in hulls:
        assert node.mesh is not None
        points = case.scene.world_points(node)[case.scene.meshes[node.mesh].triangle_points]
        held += _inside(grid, points)
    part = float((held > 1).sum() / max((held > 0).sum(), 1))
    if part > MOST:
        yield Fault(f"{share(part)} of the collision lies in two hulls or more.", measured=round(part, 3), limit=MOST)


def _inside(grid: F64, triangles: F64) -> np.ndarray:
    """(N,) whether points lie behind every face of a convex hull (T, 3, 3), whichever way its faces look."""
    normal = np.cross(triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0])
    long = np.linalg.norm(normal, axis=1)
    good = long > 0
    normal, at = normal[good] / long[good, None], triangles[good, 0]
    middle = triangles.reshape(-1, 3).mean(axis=0)
    normal *= np.where(np.einsum("ij,ij->i", normal, middle - at) > 0, -1.0, 1.0)[:, None]
    return (grid @ normal.T <= np.einsum("ij,ij->i", normal, at) + 1e-9).all(axis=1)


RULE = Rule("col.overlap", "info", _faults, "Cut the hulls so that they meet without overlapping.")
