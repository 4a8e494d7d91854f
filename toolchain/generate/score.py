"""How near a mesh is to a known one: solid IoU, F-scores, Chamfer; both centred on their boxes, longest side 1.

No alignment: a sculpt that lies on its side, is mirrored or has the wrong depth loses what it should.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

CELLS = 64
SAMPLES = 30_000
NEAR = {"f2": 0.02, "f5": 0.05, "f10": 0.1}  # of the longest side


def score(
    positions: NDArray[np.floating],
    faces: NDArray[np.integer],
    true_positions: NDArray[np.floating],
    true_faces: NDArray[np.integer],
) -> dict[str, float]:
    """`iou` of 64^3 solids; of 30,000 area samples a side, `f2`, `f5`, `f10` and `chamfer`.

    The F-scores are at 2, 5 and 10 % of the longest side. `chamfer`: mean distance from ours to theirs plus mean
    distance from theirs to ours, the longest side being 1.
    """
    one, two = centred(positions), centred(true_positions)
    there, back = apart(sample(one, faces), sample(two, true_faces))
    return {
        "iou": overlap(solid(one, faces), solid(two, true_faces)),
        **{name: f_score(there, back, near) for name, near in NEAR.items()},
        "chamfer": float(there.mean() + back.mean()),
    }


def overlap(one: NDArray[np.bool_], two: NDArray[np.bool_]) -> float:
    """IoU of two masks or solids of one shape; 0 where both are empty."""
    return float((one & two).sum() / max((one | two).sum(), 1))


def centred(positions: NDArray[np.floating]) -> NDArray[np.float64]:
    """(V, 3) moved to its box's centre and scaled to a longest side of 1."""
    low, high = positions.min(0).astype(np.float64), positions.max(0).astype(np.float64)
    return (positions - (low + high) / 2) / max((high - low).max(), 1e-12)


def solid(positions: NDArray[np.float64], faces: NDArray[np.integer], cells: int = CELLS) -> NDArray[np.bool_]:
    """(cells,)*3 voxels of the cube -1/2..1/2 touched by the surface, and all that the outside cannot reach."""
    from scipy.ndimage import binary_fill_holes

    touched = np.zeros((cells, cells, cells), np.bool_)
    _touch(np.ascontiguousarray(positions, np.float64), np.ascontiguousarray(faces, np.int64), touched)
    return binary_fill_holes(touched)


@njit(cache=True)
def _touch(positions: NDArray[np.float64], faces: NDArray[np.int64], touched: NDArray[np.bool_]) -> None:
    """Mark voxels under points at most 0.4 voxels apart on every triangle."""
    cells = touched.shape[0]
    for f in range(len(faces)):
        a, b, c = positions[faces[f, 0]], positions[faces[f, 1]], positions[faces[f, 2]]
        longest = max(((b - a) ** 2).sum(), ((c - a) ** 2).sum(), ((c - b) ** 2).sum())
        n = max(1, int(np.ceil(np.sqrt(longest) * cells / 0.4)))
        for i in range(n + 1):
            for j in range(n + 1 - i):
                point = a + (b - a) * (i / n) + (c - a) * (j / n)
                x = min(max(int(np.floor((point[0] + 0.5) * cells)), 0), cells - 1)
                y = min(max(int(np.floor((point[1] + 0.5) * cells)), 0), cells - 1)
                z = min(max(int(np.floor((point[2] + 0.5) * cells)), 0), cells - 1)
                touched[x, y, z] = True


def sample(positions: NDArray[np.float64], faces: NDArray[np.integer], count: int = SAMPLES) -> NDArray[np.float64]:
    """(count, 3) points, uniform by area; the same points each time."""
    face, weights = spread(positions, faces, count)
    return sum(positions[faces[face, k]] * weights[:, k : k + 1] for k in range(3))


def spread(
    positions: NDArray[np.floating], faces: NDArray[np.integer], count: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """(count,) faces and (count, 3) barycentric weights of points uniform by area; the same each time."""
    random = np.random.default_rng(0)
    a, b, c = (positions[faces[:, k]] for k in range(3))
    area = np.cumsum(np.linalg.norm(np.cross(b - a, c - a), axis=1))
    face = np.minimum(np.searchsorted(area, random.random(count) * area[-1]), len(faces) - 1)
    u, v = np.sqrt(random.random(count)), random.random(count)
    return face, np.stack([1 - u, u * (1 - v), u * v], axis=1)


def apart(ours: NDArray[np.float64], theirs: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Distance from each of our points to the nearest of theirs, and from each of theirs to the nearest of ours."""
    from scipy.spatial import cKDTree

    return cKDTree(theirs).query(ours)[0], cKDTree(ours).query(theirs)[0]


def f_score(there: NDArray[np.float64], back: NDArray[np.float64], near: float) -> float:
    """Harmonic mean of the shares of points of each set within `near` of the other; distances as of :func:`apart`."""
    precision, recall = float((there < near).mean()), float((back < near).mean())
    return 2 * precision * recall / max(precision + recall, 1e-12)
