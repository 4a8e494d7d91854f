"""What a texel holds: the sculpt's normal in LOD0's tangent space, its colour, and how we know it.

The tangent-space normal is the exact inverse of what an engine computes from it (MikkTSpace):
n = normalise(x T + y B + z N) with T and N interpolated and not normalised, B = w cross(N, T).
"""

from __future__ import annotations

import numba
import numpy as np

#: Least z of a tangent-space normal: engines that store x and y alone cannot show a normal that looks inwards.
Z_LEAST = 0.02


@numba.njit(cache=True, nogil=True)
def to_tangent_space(world, normal, tangent, sign):
    """(N, 3) float32 tangent-space unit normals, Y+, and (N,) bool: where z was raised to Z_LEAST.

    world (N, 3) sculpt normals; normal, tangent (N, 3) interpolated; sign (N,) bitangent signs.
    """
    out = np.zeros((len(world), 3), np.float32)
    raised = np.zeros(len(world), np.bool_)
    for i in range(len(world)):
        nx, ny, nz = float(normal[i, 0]), float(normal[i, 1]), float(normal[i, 2])
        tx, ty, tz = float(tangent[i, 0]), float(tangent[i, 1]), float(tangent[i, 2])
        wx, wy, wz = float(world[i, 0]), float(world[i, 1]), float(world[i, 2])
        bx, by, bz = (ny * tz - nz * ty) * sign[i], (nz * tx - nx * tz) * sign[i], (nx * ty - ny * tx) * sign[i]
        # Cramer's rule on [T B N] c = w; the determinant's size falls away when c is made unit.
        px, py, pz = by * nz - bz * ny, bz * nx - bx * nz, bx * ny - by * nx  # B x N
        qx, qy, qz = ny * tz - nz * ty, nz * tx - nx * tz, nx * ty - ny * tx  # N x T
        rx, ry, rz = ty * bz - tz * by, tz * bx - tx * bz, tx * by - ty * bx  # T x B
        det = tx * px + ty * py + tz * pz
        if det == 0:
            out[i, 2] = 1.0
            raised[i] = True
            continue
        x = (wx * px + wy * py + wz * pz) / det
        y = (wx * qx + wy * qy + wz * qz) / det
        z = (wx * rx + wy * ry + wz * rz) / det
        length = np.sqrt(x * x + y * y + z * z)
        if length == 0:
            out[i, 2] = 1.0
            raised[i] = True
            continue
        x, y, z = x / length, y / length, z / length
        if z < Z_LEAST:
            raised[i] = True
            flat = np.sqrt(x * x + y * y)
            z = Z_LEAST
            grow = np.sqrt(1 - Z_LEAST * Z_LEAST) / flat if flat > 0 else 0.0
            x, y = x * grow, y * grow
            if flat == 0:
                z = 1.0
        out[i, 0], out[i, 1], out[i, 2] = x, y, z
    return out, raised


@numba.njit(cache=True, nogil=True)
def to_world(packed, normal, tangent, sign):
    """(N, 3) float32 unit normals as an engine shades with: the inverse of :func:`to_tangent_space`."""
    out = np.zeros((len(packed), 3), np.float32)
    for i in range(len(packed)):
        nx, ny, nz = float(normal[i, 0]), float(normal[i, 1]), float(normal[i, 2])
        tx, ty, tz = float(tangent[i, 0]), float(tangent[i, 1]), float(tangent[i, 2])
        a, b, c = float(packed[i, 0]), float(packed[i, 1]) * sign[i], float(packed[i, 2])
        x = a * tx + b * (ny * tz - nz * ty) + c * nx
        y = a * ty + b * (nz * tx - nx * tz) + c * ny
        z = a * tz + b * (nx * ty - ny * tx) + c * nz
        length = np.sqrt(x * x + y * y + z * z)
        if length > 0:
            out[i, 0], out[i, 1], out[i, 2] = x / length, y / length, z / length
    return out
