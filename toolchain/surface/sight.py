"""What a picture's camera sees of a sculpt: which face lies under each pixel, and which vertices are in sight."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from toolchain.asset import F32, I32, Mesh, Shot

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


def look(mesh: Mesh, normals: F32, shot: Shot) -> Sight:
    """`mesh`, with unit `normals` (V, 3), under the picture of `shot`. A picture behind the camera sees nothing."""
    height, width = shot.rgba.shape[:2]
    p = mesh.positions.astype(np.float64)
    flat = np.column_stack((p, np.ones(len(p)))) @ shot.matrix.T
    ahead = np.abs(flat[:, 2]) > 1e-12
    pixels = np.divide(flat[:, :2], flat[:, 2:], out=np.full((len(p), 2), -1e6), where=ahead[:, None])
    pixels = np.clip(np.nan_to_num(pixels, nan=-1e6), -1e6, 1e6)
    if shot.eye[3] == 0:
        way = np.tile(shot.eye[:3] / np.linalg.norm(shot.eye[:3]), (len(p), 1))
        depth = p @ way[0]
    else:
        way = shot.eye[:3] / shot.eye[3] - p
        depth = -np.linalg.norm(way, axis=1)
        way /= np.maximum(-depth, 1e-12)[:, None]
    face, bary, near = _raster(pixels, depth, mesh.faces, height, width)
    cosine = np.einsum("ij,ij->i", normals, way).astype(np.float32)
    slack = SLACK * mesh.diagonal * (1 + 2 * np.sqrt(np.maximum(1 - cosine**2, 0)) / np.maximum(np.abs(cosine), 0.2))
    seen = (cosine > OBLIQUE) & _clear(near, pixels, depth, slack)
    across = np.zeros(len(p), np.bool_)
    if shot.eye[3] == 0:
        far = _raster(pixels, -depth, mesh.faces, height, width)[2]
        across = (cosine < -OBLIQUE) & _clear(far, pixels, -depth, slack)
    return Sight(face, bary, pixels, way.astype(np.float32), cosine, seen, across)


@njit(cache=True)
def _raster(pixels, depth, faces, height, width):
    """Nearest face (H, W), its barycentrics (H, W, 3) in the picture's plane, and its depth (H, W)."""
    face = np.full((height, width), -1, np.int32)
    bary = np.zeros((height, width, 3), np.float32)
    near = np.full((height, width), -1e30, np.float64)
    for f in range(len(faces)):
        i, j, k = faces[f, 0], faces[f, 1], faces[f, 2]
        ax, ay, bx, by, cx, cy = pixels[i, 0], pixels[i, 1], pixels[j, 0], pixels[j, 1], pixels[k, 0], pixels[k, 1]
        area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
        if area == 0.0 or min(ax, bx, cx) <= -1e6:
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
                        bary[y, x, 0], bary[y, x, 1], bary[y, x, 2] = u, v, w
    return face, bary, near


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


@njit(cache=True)
def spread(values, faces, face, bary):
    """(H, W, C) of per-vertex `values` (V, C) under the pixels; zero where there is no face."""
    height, width = face.shape
    out = np.zeros((height, width, values.shape[1]), np.float32)
    for y in range(height):
        for x in range(width):
            f = face[y, x]
            if f >= 0:
                for c in range(values.shape[1]):
                    out[y, x, c] = (
                        values[faces[f, 0], c] * bary[y, x, 0]
                        + values[faces[f, 1], c] * bary[y, x, 1]
                        + values[faces[f, 2], c] * bary[y, x, 2]
                    )
    return out
