"""Maps made only where a profile names them: height, curvature and thickness. Values in 0..1.

Rays are cast within the sculpt itself, so none of them shows where charts end.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from toolchain.asset import F32
from toolchain.bake.ao import hemisphere
from toolchain.bake.field import across
from toolchain.bake.raster import Texels
from toolchain.bake.rays import Target
from toolchain.bake.threads import CHUNK, in_chunks

RING = 8  # directions in which curvature looks
RAYS = 16  # into the body, for thickness
_LEAN, _DOWN = np.sqrt(0.2), np.float32(np.sqrt(0.8))  # one aside to two down: still meets a ball of the radius
_SKIN = np.float32(1e-4)  # rays into the body start this far inside, unit box


@dataclass(frozen=True)
class Extra:
    """Which maps, and what distance (shares of the diagonal) each spans."""

    names: tuple[str, ...] = ()
    height: float = 0.03  # 0 and 1 stand for this far under and over LOD0
    curvature: float = 0.01  # 0 and 1 stand for a hollow and a bump of this radius
    thickness: float = 0.1  # 1 stands for this and more


def height(points: F32, base: F32, up: F32, reach: float) -> F32:
    """(N,) how far `points` of the sculpt stand over LOD0's `base` (N, 3) along its unit normals `up`: 0.5 is on it.

    0 and 1 are `reach` under and over: displacement with a middle of 0.5, as engines and renderers take it.
    """
    over = np.einsum("ij,ij->i", points - base, up)
    return np.clip(np.float32(0.5) + over / np.float32(2 * reach), 0, 1)


def curvature(target: Target, points: F32, normals: F32, radius: float) -> F32:
    """(N,) mean curvature about `points` (N, 3): 0.5 flat, 1 a bump of `radius` and sharper, 0 a hollow.

    The normal curvature towards a point q of the surface is 2 n (p - q) / |p - q|^2 (Taubin 1995): exact on a
    sphere at any distance. Its mean over directions is the mean curvature (Euler). Rays from a point `radius`
    above p, aimed half as far aside, find the q's: so edges count, whatever the charts, and what is finer does not.
    """
    out = np.zeros(len(points), np.float32)
    r = np.float32(radius)

    def work(part: slice) -> None:
        p, n = points[part], normals[part]
        one, two = across(n)
        start = p + n * r
        total = np.zeros(len(p), np.float32)
        for k in range(RING):
            turn = 2 * np.pi * (k + 0.5) / RING
            way = np.float32(_LEAN * np.cos(turn)) * one + np.float32(_LEAN * np.sin(turn)) * two - _DOWN * n
            far = np.full(len(p), 4 * radius, np.float32)
            found = target.scene.run(start, way, dists=far, output=1)
            hit = found["primID"] >= 0
            away = start + way * found["tfar"][:, None] - p
            bend = -2 * np.einsum("ij,ij->i", n, away) / np.maximum(np.einsum("ij,ij->i", away, away), 1e-12)
            total += np.where(hit, np.clip(bend * r, -1, 1), 1)  # beyond an edge there is nothing: a bump
        out[part] = 0.5 + 0.5 * total / RING

    in_chunks(work, len(points))
    return out


def thickness(target: Target, texels: Texels, points: F32, normals: F32, flat: F32, reach: float) -> F32:
    """(N,) mean way through the body under `points` (N, 3), as a share of `reach`; more counts as 1.

    RAYS directions, weighted by the cosine to the inward normal; each distance is held to `reach` before the mean.
    A slab of thickness x times `reach`, x < 1, gives 2 x - x^2.
    """
    out = np.zeros(len(points), np.float32)
    step = CHUNK // 2

    def work(part: slice) -> None:
        for a in range(part.start, part.stop, step):
            here = slice(a, min(a + step, part.stop))
            start, ways = hemisphere(
                points[here], -normals[here], -flat[here], _SKIN, texels.index[here], texels.size, RAYS, False
            )
            far = np.full(len(start), reach, np.float32)
            found = target.scene.run(start, ways, dists=far, query="DISTANCE")
            out[here] = np.minimum(found, np.float32(reach)).reshape(-1, RAYS).mean(axis=1) / np.float32(reach)

    in_chunks(work, len(points))
    return out


def make_extra(
    extra: Extra, target: Target, texels: Texels, points: F32, normals: F32, flat: F32, base: F32, up: F32
) -> dict[str, F32]:
    """(N,) values of each map that `extra` names; arguments as above."""
    makers = {
        "height": lambda: height(points, base, up, extra.height),
        "curvature": lambda: curvature(target, points, normals, extra.curvature),
        "thickness": lambda: thickness(target, texels, points, normals, flat, extra.thickness),
    }
    return {name: makers[name]() for name in extra.names}
