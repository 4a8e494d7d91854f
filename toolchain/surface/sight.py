"""What a picture's camera sees of a sculpt: which face lies under each pixel, and which vertices are in sight."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from toolchain.asset import F32, I32, Mesh, Shot
from toolchain.bake.field import interpolate
from toolchain.raster import OUTSIDE, corners, front

OBLIQUE = 0.15  # least cosine at which a picture shows a surface usefully
SLACK = 0.004  # of the diagonal: what lies this little behind the nearest surface is that surface


@dataclass(frozen=True, eq=False)
class Sight:
    """A sculpt under a picture of H x W pixels."""

    face: I32  # (H, W) nearest face, -1 where there is none
    bary: F32  # (H, W, 3)
    pixels: NDArray[np.float64]  # (V, 2) where each vertex falls, edge coordinates
    towards: F32  # (V, 3) unit, to the camera
    facing: F32  # (V,) cosine between normal and the way to the camera
    seen: NDArray[np.bool_]  # (V,) faces the camera and nothing hides it
    across: NDArray[np.bool_]  # (V,) the same for a camera on the far side; none where the camera is not at infinity
    whole: bool = True  # what is across has all of the picture; else its broad colours alone


def look(mesh: Mesh, normals: F32, shot: Shot) -> Sight:
    """`mesh`, with unit `normals` (V, 3), under the picture of `shot`. A picture behind the camera sees nothing."""
    height, width = shot.rgba.shape[:2]
    p = mesh.positions.astype(np.float64)
    flat = np.column_stack((p, np.ones(len(p)))) @ shot.matrix.T
    ahead = np.abs(flat[:, 2]) > 1e-12
    pixels = np.divide(flat[:, :2], flat[:, 2:], out=np.full((len(p), 2), OUTSIDE), where=ahead[:, None])
    pixels = np.clip(np.nan_to_num(pixels, nan=OUTSIDE), OUTSIDE, -OUTSIDE)
    if shot.eye[3] == 0:
        way = np.tile(shot.eye[:3] / np.linalg.norm(shot.eye[:3]), (len(p), 1))
        depth = p @ way[0]
    else:
        way = shot.eye[:3] / shot.eye[3] - p
        depth = -np.linalg.norm(way, axis=1)
        way /= np.maximum(-depth, 1e-12)[:, None]
    face, near = front(pixels, depth, mesh.faces, height, width)
    rows, columns = np.nonzero(face >= 0)
    bary = np.zeros((height, width, 3), np.float32)
    bary[rows, columns] = corners(pixels, mesh.faces, face, rows, columns)
    cosine = np.einsum("ij,ij->i", normals, way).astype(np.float32)
    slack = SLACK * mesh.diagonal * (1 + 2 * np.sqrt(np.maximum(1 - cosine**2, 0)) / np.maximum(np.abs(cosine), 0.2))
    seen = (cosine > OBLIQUE) & _clear(near, pixels, depth, slack)
    across = np.zeros(len(p), np.bool_)
    if shot.eye[3] == 0:
        far = front(pixels, -depth, mesh.faces, height, width)[1]
        across = (cosine < -OBLIQUE) & _clear(far, pixels, -depth, slack)
    return Sight(face, bary, pixels, way.astype(np.float32), cosine, seen, across, shot.view in ("left", "right"))


@njit(cache=True)
def _clear(near, pixels, depth, slack):
    """(V,) whether a vertex falls into the picture and nothing stands more than `slack` before it."""
    height, width = near.shape
    out = np.zeros(len(pixels), np.bool_)
    for i in range(len(pixels)):
        x, y = int(np.floor(pixels[i, 0])), int(np.floor(pixels[i, 1]))
        if 0 <= x < width and 0 <= y < height:
            out[i] = near[y, x] <= depth[i] + slack[i]
    return out


def outwards(values: F32, there: NDArray[np.bool_]) -> F32:
    """(H, W, C) `values` where they hold, `there` (H, W), the nearest of those elsewhere; as they are if nowhere."""
    from scipy.ndimage import distance_transform_edt

    if not there.any():
        return values
    row, column = distance_transform_edt(~there, return_distances=False, return_indices=True)
    return np.ascontiguousarray(values[row, column])


def spread(values: F32, faces: I32, face: I32, bary: F32) -> F32:
    """(H, W, C) of per-vertex `values` (V, C) under the pixels; zero where there is no face."""
    out = np.zeros((*face.shape, values.shape[1]), np.float32)
    there = face >= 0
    out[there] = interpolate(values, faces, face[there], bary[there])
    return out
