"""How near a mesh is to a known one: solid IoU and F-score, both meshes centred on their boxes, longest side 1.

No alignment: a sculpt that lies on its side, is mirrored or has the wrong depth loses what it should.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

CELLS = 64
SAMPLES = 30_000
NEAR = 0.05


def score(
    positions: NDArray[np.floating],
    faces: NDArray[np.integer],
    true_positions: NDArray[np.floating],
    true_faces: NDArray[np.integer],
) -> dict[str, float]:
    """`iou` of 64^3 solids and `f5`, the F-score of 30,000 area samples a side at 5 % of the longest side."""
    one, two = centred(positions), centred(true_positions)
    a, b = solid(one, faces), solid(two, true_faces)
    return {
        "iou": float((a & b).sum() / max((a | b).sum(), 1)),
        "f5": f_score(sample(one, faces), sample(two, true_faces), NEAR),
    }


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
    random = np.random.default_rng(0)
    a, b, c = (positions[faces[:, k]] for k in range(3))
    area = np.cumsum(np.linalg.norm(np.cross(b - a, c - a), axis=1))
    face = np.minimum(np.searchsorted(area, random.random(count) * area[-1]), len(faces) - 1)
    u, v = np.sqrt(random.random(count)), random.random(count)
    return a[face] * (1 - u)[:, None] + b[face] * (u * (1 - v))[:, None] + c[face] * (u * v)[:, None]


def f_score(ours: NDArray[np.float64], theirs: NDArray[np.float64], near: float) -> float:
    """Harmonic mean of the shares of points of each set within `near` of the other."""
    from scipy.spatial import cKDTree

    precision = float((cKDTree(theirs).query(ours, distance_upper_bound=near)[0] < near).mean())
    recall = float((cKDTree(ours).query(theirs, distance_upper_bound=near)[0] < near).mean())
    return 2 * precision * recall / max(precision + recall, 1e-12)
