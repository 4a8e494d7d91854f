"""Error quadrics (Garland and Heckbert 1997) as numba kernels: area-weighted planes, boundaries and seams held."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

BOUNDARY, SEAM = 10.0, 0.3  # weight of the planes that hold boundaries and seams


@njit(cache=True)
def normal(pos: F64, a: int, b: int, c: int) -> tuple[float, float, float]:
    ux, uy, uz = pos[b, 0] - pos[a, 0], pos[b, 1] - pos[a, 1], pos[b, 2] - pos[a, 2]
    vx, vy, vz = pos[c, 0] - pos[a, 0], pos[c, 1] - pos[a, 1], pos[c, 2] - pos[a, 2]
    return uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx


@njit(cache=True)
def _add_plane(quadric: F64, v: int, n: F64, d: float, weight: float) -> None:
    i = 0
    for r in range(3):
        for s in range(r, 3):
            quadric[v, i] += weight * n[r] * n[s]
            i += 1
    for r in range(3):
        quadric[v, 6 + r] += weight * n[r] * d
    quadric[v, 9] += weight * d * d


@njit(cache=True)
def quadrics(pos: F64, tri: I64, wedge: I64, partner: I64) -> F64:
    """(V, 10) quadrics: xx xy xz yy yz zz, x y z, 1. `partner` (3F,) is the half-edge across, -1 at a boundary."""
    out = np.zeros((len(pos), 10))
    n = np.zeros(3)
    m = np.zeros(3)
    e = np.zeros(3)
    for f in range(len(tri)):
        n[0], n[1], n[2] = normal(pos, tri[f, 0], tri[f, 1], tri[f, 2])
        twice = np.sqrt(n[0] * n[0] + n[1] * n[1] + n[2] * n[2])
        if twice == 0.0:
            continue
        n /= twice
        p = pos[tri[f, 0]]
        d = -(n[0] * p[0] + n[1] * p[1] + n[2] * p[2])
        for k in range(3):
            _add_plane(out, tri[f, k], n, d, twice / 6.0)
        for k in range(3):
            other = partner[3 * f + k]
            a, b = tri[f, k], tri[f, (k + 1) % 3]
            weight = 0.0
            if other < 0:
                weight = BOUNDARY
            else:
                g, j = other // 3, other % 3
                if wedge[g, j] != wedge[f, (k + 1) % 3] or wedge[g, (j + 1) % 3] != wedge[f, k]:
                    weight = SEAM
            if weight > 0.0:
                e[:] = pos[b] - pos[a]
                m[0], m[1], m[2] = n[1] * e[2] - n[2] * e[1], n[2] * e[0] - n[0] * e[2], n[0] * e[1] - n[1] * e[0]
                length = np.sqrt(m[0] * m[0] + m[1] * m[1] + m[2] * m[2])
                if length > 0.0:
                    m /= length
                    d2 = -(m[0] * pos[a, 0] + m[1] * pos[a, 1] + m[2] * pos[a, 2])
                    _add_plane(out, a, m, d2, weight * length * length / 2.0)
                    _add_plane(out, b, m, d2, weight * length * length / 2.0)
    return out


@njit(cache=True)
def error(q: F64, x: float, y: float, z: float) -> float:
    return (
        q[0] * x * x
        + 2.0 * q[1] * x * y
        + 2.0 * q[2] * x * z
        + q[3] * y * y
        + 2.0 * q[4] * y * z
        + q[5] * z * z
        + 2.0 * (q[6] * x + q[7] * y + q[8] * z)
        + q[9]
    )


@njit(cache=True)
def best_point(q: F64, a: F64, b: F64, out: F64) -> None:
    """The point of least error, drawn weakly to the edge's middle so that flat regions have one."""
    mx, my, mz = (a[0] + b[0]) / 2.0, (a[1] + b[1]) / 2.0, (a[2] + b[2]) / 2.0
    pull = 1e-5 * (q[0] + q[3] + q[5]) / 3.0 + 1e-30
    xx, yy, zz, xy, xz, yz = q[0] + pull, q[3] + pull, q[5] + pull, q[1], q[2], q[4]
    rx, ry, rz = pull * mx - q[6], pull * my - q[7], pull * mz - q[8]
    c0, c1, c2 = yy * zz - yz * yz, xz * yz - xy * zz, xy * yz - xz * yy
    det = xx * c0 + xy * c1 + xz * c2
    out[0], out[1], out[2] = mx, my, mz
    if det > 0.0:
        x = (c0 * rx + c1 * ry + c2 * rz) / det
        y = (c1 * rx + (xx * zz - xz * xz) * ry + (xy * xz - xx * yz) * rz) / det
        z = (c2 * rx + (xy * xz - xx * yz) * ry + (xx * yy - xy * xy) * rz) / det
        reach = (a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2 + (a[2] - b[2]) ** 2
        if (x - mx) ** 2 + (y - my) ** 2 + (z - mz) ** 2 <= 2.25 * reach:
            out[0], out[1], out[2] = x, y, z
