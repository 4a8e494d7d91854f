"""What a painted orthographic view says of each face: a z-buffer, and votes by pixel."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from toolchain.asset import U8, Mesh

F64 = NDArray[np.float64]
#: View -> axes of picture right, picture up and towards the camera, each (axis, sign).
AXES = {
    "front": ((0, 1), (1, 1), (2, 1)),
    "back": ((0, -1), (1, 1), (2, -1)),
    "left": ((2, -1), (1, 1), (0, 1)),
    "right": ((2, 1), (1, 1), (0, -1)),
    "top": ((0, 1), (2, -1), (1, 1)),
    "bottom": ((0, 1), (2, 1), (1, -1)),
}
PIXELS = 1024  # along the longer side of the z-buffer
SQUARE = 0.1  # least cosine to the camera at which a face takes paint


def votes(mesh: Mesh, view: str, alpha: U8, label: NDArray[np.int16], count: int) -> NDArray[np.float32]:
    """(F, count) pixels of each label (-1 is none) on each face that the view sees, by how it faces the camera.

    The subject's bounding box in the picture is the mesh's as seen from that side. Views without an axis
    (single, three_quarter) are taken for the front.
    """
    axes = AXES.get(view, AXES["front"])
    p = mesh.positions.astype(np.float64)
    seen = np.stack([p[:, axis] * sign for axis, sign in axes], axis=1)  # right, up, towards
    low, size = seen.min(axis=0), np.maximum(np.ptp(seen, axis=0), 1e-12)
    pixel = max(size[0], size[1]) / PIXELS
    wide, tall = max(1, int(np.ceil(size[0] / pixel))), max(1, int(np.ceil(size[1] / pixel)))
    screen = np.stack(((seen[:, 0] - low[0]) / pixel, (low[1] + size[1] - seen[:, 1]) / pixel, seen[:, 2]), axis=1)
    facing = _facing(seen, mesh.faces)
    face = nearest_faces(screen, mesh.faces.astype(np.int64), facing, wide, tall, SQUARE)
    inside = alpha >= 128
    if not inside.any():
        return np.zeros((len(mesh.faces), count), np.float32)
    rows, columns = np.flatnonzero(inside.any(axis=1)), np.flatnonzero(inside.any(axis=0))
    y, x = np.nonzero(face >= 0)
    at_x = columns[0] + ((x + 0.5) * (columns[-1] + 1 - columns[0]) / wide).astype(np.int64)
    at_y = rows[0] + ((y + 0.5) * (rows[-1] + 1 - rows[0]) / tall).astype(np.int64)
    at_x, at_y = np.minimum(at_x, columns[-1]), np.minimum(at_y, rows[-1])
    painted = inside[at_y, at_x] & (label[at_y, at_x] >= 0)
    hit, said = face[y, x][painted], label[at_y, at_x][painted].astype(np.int64)
    tally = np.bincount(hit * count + said, weights=facing[hit], minlength=len(mesh.faces) * count)
    return tally.reshape(-1, count).astype(np.float32)


def _facing(seen: F64, faces: NDArray[np.integer]) -> F64:
    """(F,) cosine between a face's normal and the way to the camera."""
    a, b, c = seen[faces[:, 0]], seen[faces[:, 1]], seen[faces[:, 2]]
    n = np.cross(b - a, c - a)
    return n[:, 2] / np.maximum(np.linalg.norm(n, axis=1), 1e-30)


@njit(cache=True)
def nearest_faces(
    screen: F64, faces: NDArray[np.int64], facing: F64, wide: int, tall: int, square: float
) -> NDArray[np.int64]:
    """(tall, wide) nearest face, -1 where there is none or it looks at the camera by less than the cosine `square`.

    `screen` (V, 3): pixels right and down, and nearness. `facing` (F,). Faces turned away still hide.
    """
    depth = np.full((tall, wide), -np.inf)
    owner = np.full((tall, wide), -1, np.int64)
    for f in range(len(faces)):
        a, b, c = screen[faces[f, 0]], screen[faces[f, 1]], screen[faces[f, 2]]
        twice = (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
        if twice == 0.0:
            continue
        x0, x1 = max(0, int(np.floor(min(a[0], b[0], c[0])))), min(wide - 1, int(np.floor(max(a[0], b[0], c[0]))))
        y0, y1 = max(0, int(np.floor(min(a[1], b[1], c[1])))), min(tall - 1, int(np.floor(max(a[1], b[1], c[1]))))
        for y in range(y0, y1 + 1):
            for x in range(x0, x1 + 1):
                px, py = x + 0.5, y + 0.5
                u = ((b[0] - px) * (c[1] - py) - (b[1] - py) * (c[0] - px)) / twice
                v = ((c[0] - px) * (a[1] - py) - (c[1] - py) * (a[0] - px)) / twice
                w = 1.0 - u - v
                if u >= -1e-9 and v >= -1e-9 and w >= -1e-9:
                    z = u * a[2] + v * b[2] + w * c[2]
                    if z > depth[y, x]:
                        depth[y, x] = z
                        owner[y, x] = f if facing[f] > square else -1
    return owner
