"""Rasteriser of triangles that are already in a picture's plane: which is nearest in each pixel, and how near."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from toolchain.asset import F32, I32

F64 = NDArray[np.float64]
NOTHING = np.float32(-1e30)
#: Pixels: a triangle with a corner as far left as this is not drawn; what is behind a camera goes there.
OUTSIDE = -1e6


@njit(cache=True, nogil=True)
def front(pixels: F64, depth: F64, faces: I32, height: int, width: int) -> tuple[I32, F64]:
    """((height, width) nearest face at each pixel's centre, -1 where there is none; its `depth`, else NOTHING).

    `pixels` (V, 2): x right, y down, the first pixel's centre at 0.5. `depth` (V,) is greater towards the camera.
    A centre on an edge counts as covered; of two faces as near, the first stays.
    """
    face = np.full((height, width), -1, np.int32)
    near = np.full((height, width), NOTHING, np.float64)
    for f in range(len(faces)):
        i, j, k = faces[f, 0], faces[f, 1], faces[f, 2]
        ax, ay, bx, by, cx, cy = pixels[i, 0], pixels[i, 1], pixels[j, 0], pixels[j, 1], pixels[k, 0], pixels[k, 1]
        area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
        if area == 0.0 or min(ax, bx, cx) <= OUTSIDE:
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
                    if z > near[y, x]:
                        near[y, x] = z
                        face[y, x] = f
    return face, near


@njit(cache=True, nogil=True)
def corners(pixels: F64, faces: I32, face: I32, rows: NDArray[np.int64], columns: NDArray[np.int64]) -> F64:
    """(N, 3) barycentrics, in the picture's plane, of the centres of pixels that `face` (H, W) covers."""
    out = np.zeros((len(rows), 3))
    for n in range(len(rows)):
        i, j, k = faces[face[rows[n], columns[n]]]
        ax, ay, bx, by, cx, cy = pixels[i, 0], pixels[i, 1], pixels[j, 0], pixels[j, 1], pixels[k, 0], pixels[k, 1]
        area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
        px, py = columns[n] + 0.5, rows[n] + 0.5
        out[n, 0] = ((bx - px) * (cy - py) - (by - py) * (cx - px)) / area
        out[n, 1] = ((cx - px) * (ay - py) - (cy - py) * (ax - px)) / area
        out[n, 2] = 1.0 - out[n, 0] - out[n, 1]
    return out


def nearest(pixels: F64, depth: F64, faces: I32, height: int, width: int) -> F32:
    """(height, width) depth of :func:`front`, single precision."""
    return front(pixels, depth, faces, height, width)[1].astype(np.float32)


def outline(pixels: F64, faces: I32, height: int, width: int) -> NDArray[np.bool_]:
    """(height, width) whether a triangle covers a pixel's centre."""
    return front(pixels, np.zeros(len(pixels)), faces, height, width)[0] >= 0


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
