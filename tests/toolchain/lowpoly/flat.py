"""Flat charts made by hand."""

from __future__ import annotations

import numpy as np

from toolchain.lowpoly.charts import Charts


def rectangles(sizes: list[tuple[float, float]]) -> Charts:
    """A chart of two triangles for each width and height, all at the origin."""
    wedges = np.arange(4 * len(sizes)).reshape(-1, 4)
    uv = np.concatenate([np.array([[0, 0], [w, 0], [w, h], [0, h]], float) for w, h in sizes])
    faces = np.stack((wedges[:, [0, 1, 2]], wedges[:, [0, 2, 3]]), axis=1).reshape(-1, 3)
    return Charts(faces, uv, np.repeat(np.arange(len(sizes)), 2))


def cells(taken: np.ndarray) -> Charts:
    """One chart of the unit cells set in `taken` (H, W)."""
    rows, columns = np.nonzero(taken)
    wide = taken.shape[1] + 1
    a = rows * wide + columns
    quads = np.stack((a, a + 1, a + wide + 1, a + wide), axis=1)
    faces = np.concatenate((quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]))
    used, index = np.unique(faces, return_inverse=True)
    uv = np.stack((used % wide, used // wide), axis=1).astype(float)
    return Charts(index.reshape(-1, 3), uv, np.zeros(len(faces), np.int64))
