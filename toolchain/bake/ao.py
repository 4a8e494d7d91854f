"""Ambient occlusion: the share of the sky, weighted by cosine, that a point of the sculpt sees.

Rays follow the R2 sequence (Roberts 2018) turned by a hash of the texel. With `interleave`, the four texels
of a 2 x 2 block share one turn and take a quarter of the rays each (interleaved sampling, Keller and
Heidrich 2001); a filter that stops at folds and chart borders joins them again.
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np

from toolchain.asset import F32
from toolchain.bake.order import by_place
from toolchain.bake.raster import Texels
from toolchain.bake.rays import Target
from toolchain.bake.threads import CHUNK, in_chunks

_A1, _A2 = 0.7548776662466927, 0.5698402909980532  # powers of the plastic number's inverse


def occlusion(
    target: Target,
    texels: Texels,
    points: F32,
    normals: F32,
    flat: F32,
    rays: int,
    reach: float,
    interleave: bool,
    done: Any = None,
) -> F32:
    """(N,) openness in 0..1, 1 open: `points` and smooth `normals`, face normals `flat` (N, 3) of the sculpt, unit box.

    `reach`: what is further off, as a share of the diagonal, does not darken. `rays` a texel, or a 2 x 2 block's
    texels together where `interleave`.
    """
    own = -(-rays // 4) if interleave else rays
    seen = np.zeros(len(points), np.float32)
    lift = np.float32(_lift(target))
    step = max(1, CHUNK * 2 // own)  # rays that stay in the cache between their making and their casting
    order = by_place(points)

    def work(part: slice) -> None:
        for a in range(part.start, part.stop, step):
            here = order[a : min(a + step, part.stop)]
            start, ways = hemisphere(
                points[here], normals[here], flat[here], lift, texels.index[here], texels.size, own, interleave
            )
            far = np.full(len(start), reach, np.float32)
            blocked = target.scene.run(start, ways, dists=far, query="OCCLUDED") >= 0
            seen[here] = 1.0 - blocked.reshape(-1, own).mean(axis=1)

    in_chunks(work, len(points), done)
    return seen


def _lift(target: Target) -> float:
    """Rays start off the surface by half a typical edge, so that a dense mesh's own facets cast nothing."""
    some = target.points[target.faces[:: len(target.faces) // 20_000 + 1]]
    edge = float(np.median(np.linalg.norm(some[:, 1] - some[:, 0], axis=1)))
    return min(max(0.5 * edge, 2e-5), 1e-3)


@numba.njit(cache=True, nogil=True)
def _hash(x):
    """A 32-bit mix whose every output bit hangs on every input bit (murmur3's finaliser)."""
    x = np.uint32(x)
    x = np.uint32((x ^ (x >> np.uint32(16))) * np.uint32(0x85EBCA6B))
    x = np.uint32((x ^ (x >> np.uint32(13))) * np.uint32(0xC2B2AE35))
    return x ^ (x >> np.uint32(16))


@numba.njit(cache=True, nogil=True)
def hemisphere(points, normals, flat, lift, index, size, own, interleave):
    """(N * own, 3) starts `lift` above the faces, and directions, cosine weighted about `normals`, none below the face.

    A direction's turn about the normal is the texel's own plus a fixed one a ray: two sines a texel do for all.
    """
    start = np.zeros((len(normals) * own, 3), np.float32)
    out = np.zeros((len(normals) * own, 3), np.float32)
    count = 4 * own if interleave else own
    cosine, sine, share = np.zeros(count), np.zeros(count), np.zeros(count)
    for k in range(count):
        cosine[k], sine[k], share[k] = np.cos(2 * np.pi * k * _A2), np.sin(2 * np.pi * k * _A2), (k * _A1) % 1.0
    for i in range(len(normals)):
        row, column = index[i] // size, index[i] % size
        first = 0
        key = index[i]
        if interleave:
            key = (row // 2) * size + column // 2
            first = ((row % 2) * 2 + column % 2) * own
        turn1 = _hash(2 * key) / 4294967296.0
        turn2 = _hash(2 * key + 1) / 4294967296.0 * 2 * np.pi
        c, d = np.cos(turn2), np.sin(turn2)
        x, y, z = float(normals[i, 0]), float(normals[i, 1]), float(normals[i, 2])
        sign = 1.0 if z >= 0 else -1.0  # Duff et al. 2017: a basis about the normal without branches
        a = -1.0 / (sign + z)
        b = x * y * a
        ax, ay, az = 1 + sign * x * x * a, sign * b, -sign * x
        bx, by, bz = b, sign + y * y * a, -y
        gx, gy, gz = float(flat[i, 0]), float(flat[i, 1]), float(flat[i, 2])
        px, py, pz = points[i, 0] + lift * gx, points[i, 1] + lift * gy, points[i, 2] + lift * gz
        for k in range(own):
            u = turn1 + share[first + k]
            u = u - 1.0 if u >= 1.0 else u
            r, h = np.sqrt(u), np.sqrt(1.0 - u)
            s = r * (c * cosine[first + k] - d * sine[first + k])
            t = r * (d * cosine[first + k] + c * sine[first + k])
            dx, dy, dz = s * ax + t * bx + h * x, s * ay + t * by + h * y, s * az + t * bz + h * z
            under = dx * gx + dy * gy + dz * gz
            if under < 0:  # mirrored back above the face
                dx, dy, dz = dx - 2 * under * gx, dy - 2 * under * gy, dz - 2 * under * gz
            j = i * own + k
            out[j, 0], out[j, 1], out[j, 2] = dx, dy, dz
            start[j, 0], start[j, 1], start[j, 2] = px, py, pz
    return start, out


@numba.njit(cache=True, nogil=True)
def smooth(values, index, size, points, normals, reach, radius):
    """(N,) `values` averaged over the texels within `radius` rows and columns that lie near and face alike.

    `reach`: distance, unit box, at which a neighbour no longer counts; it stops the filter at chart borders.
    """
    at = np.full(size * size, -1, np.int32)
    for i in range(len(index)):
        at[index[i]] = i
    out = np.zeros(len(values), np.float32)
    for i in range(len(index)):
        row, column = index[i] // size, index[i] % size
        total, weight = 0.0, 0.0
        for dr in range(-radius, radius + 1):
            for dc in range(-radius, radius + 1):
                r, c = row + dr, column + dc
                if r < 0 or c < 0 or r >= size or c >= size:
                    continue
                j = at[r * size + c]
                if j < 0:
                    continue
                alike = 0.0
                away = 0.0
                for k in range(3):
                    alike += normals[i, k] * normals[j, k]
                    away += (points[i, k] - points[j, k]) ** 2
                if alike <= 0.5 or away > reach * reach:
                    continue
                # A triangular window: the four shares of the 2 x 2 blocks weigh nearly the same at any centre.
                w = (radius + 1 - abs(dr)) * (radius + 1 - abs(dc)) * alike**8
                total += w * values[j]
                weight += w
        out[i] = total / weight if weight > 0 else values[i]
    return out
