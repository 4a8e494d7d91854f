"""Orthographic rasteriser: which triangle is nearest in each pixel. For silhouettes and for what a view sees."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from toolchain.asset import F32, I32

NOTHING = np.float32(-1e30)


@njit(cache=True)
def nearest(pixels: NDArray[np.float64], depth: NDArray[np.float64], faces: I32, height: int, width: int) -> F32:
    """(height, width) greatest `depth` (towards the camera) at each pixel's centre; NOTHING where no triangle is.

    `pixels` (V, 2): x right, y down, the first pixel's centre at 0.5. A centre on an edge counts as covered.
    """
    out = np.full((height, width), NOTHING, np.float32)
    for f in range(len(faces)):
        i, j, k = faces[f, 0], faces[f, 1], faces[f, 2]
        ax, ay, bx, by, cx, cy = pixels[i, 0], pixels[i, 1], pixels[j, 0], pixels[j, 1], pixels[k, 0], pixels[k, 1]
        area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
        if area == 0.0:
            continue
        x0 = max(int(np.ceil(min(ax, bx, cx) - 0.5)), 0)
        x1 = min(int(np.floor(max(ax, bx, cx) - 0.5)), width - 1)
        y0 = max(int(np.ceil(min(ay, by, cy) - 0.5)), 0)
        y1 = min(int(np.floor(max(ay, by, cy) - 0.5)), height - 1)
        for y in range(y0, y1 + 1):
            for x in range(x0, x1 + 1):
                px, py = x + 0.5, y + 0.5
                u = ((bx - px) * (cy - py) - (by - py) * (cx - px)) / area
                v = ((cx - px) * (ay - py) - (cy - py) * (ax - px)) / area
                w = 1.0 - u - v
                if u >= 0.0 and v >= 0.0 and w >= 0.0:
                    z = u * depth[i] + v * depth[j] + w * depth[k]
                    out[y, x] = max(out[y, x], np.float32(z))
    return out


@njit(cache=True)
def hidden(
    buffer: F32, pixels: NDArray[np.float64], depth: NDArray[np.float64], slack: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """(V,) whether something stands more than `slack` nearer in the 3 x 3 pixels about each vertex.

    The 3 x 3 keeps what lies just behind an edge from catching the edge's own colour.
    """
    height, width = buffer.shape
    out = np.zeros(len(pixels), np.bool_)
    for i in range(len(pixels)):
        x, y = int(np.floor(pixels[i, 0])), int(np.floor(pixels[i, 1]))
        for row in range(max(y - 1, 0), min(y + 2, height)):
            for column in range(max(x - 1, 0), min(x + 2, width)):
                if buffer[row, column] > depth[i] + slack[i]:
                    out[i] = True
    return out
