"""What a light could do to a sculpt: a dictionary of shadings, each at least zero, that a picture's light is a sum of.

Flat light; a sky of seven wide lobes dimmed by occlusion (they span the low orders of Ramamoorthi and Hanrahan 2001);
and lamps far away in directions spread over the sphere, with the shadows the sculpt casts and without.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from toolchain.asset import F32, Mesh
from toolchain.bake.field import unit
from toolchain.bake.rays import make_target

LAMPS = 60
SKY_RAYS = 24
FLAT, LOBES = 1, 7
FIRST_LAMP = FLAT + LOBES  # columns: flat, lobes, lamps that cast shadows, lamps that do not


def directions() -> F32:
    """(LAMPS, 3) unit, towards the lamps: Fibonacci's lattice."""
    i = np.arange(LAMPS) + 0.5
    z, turn = 1 - 2 * i / LAMPS, i * np.pi * (3 - np.sqrt(5))
    r = np.sqrt(1 - z**2)
    return np.stack((r * np.cos(turn), z, r * np.sin(turn)), 1).astype(np.float32)


class Stagecraft:
    """A sculpt that rays can be shot at. Points and normals are given in metres; rays run in a unit box."""

    def __init__(self, mesh: Mesh) -> None:
        self.target = make_target(mesh)
        some = self.target.points[self.target.faces[:: len(self.target.faces) // 20_000 + 1]]
        self.lift = np.float32(np.clip(1.5 * np.median(np.linalg.norm(some[:, 1] - some[:, 0], axis=1)), 1e-4, 0.01))

    def free(self, points: F32, normals: F32, ways: F32) -> NDArray[np.bool_]:
        """(N,) whether nothing of the sculpt stands in the way from `points` along `ways` (N, 3)."""
        start = self.target.to_unit(points) + normals * self.lift
        return np.asarray(self.target.scene.run(start, np.ascontiguousarray(ways), query="OCCLUDED") < 0)

    def openness(self, points: F32, normals: F32) -> F32:
        """(N,) cosine-weighted share of the sky in sight."""
        i = np.arange(SKY_RAYS)
        u, turn = (i + 0.5) / SKY_RAYS, i * np.pi * (3 - np.sqrt(5))
        a, b, c = np.sqrt(u) * np.cos(turn), np.sqrt(u) * np.sin(turn), np.sqrt(1 - u)
        side = unit(np.cross(normals, np.where(np.abs(normals[:, 1:2]) < 0.9, [[0.0, 1, 0]], [[1.0, 0, 0]])))
        other = np.cross(normals, side)
        total = np.zeros(len(points), np.float32)
        for k in range(SKY_RAYS):
            ways = (a[k] * side + b[k] * other + c[k] * normals).astype(np.float32)
            total += self.free(points, normals, ways)
        return total / np.float32(SKY_RAYS)


def shadings(
    craft: Stagecraft, points: F32, normals: F32, sky: F32, columns: NDArray[np.int64] | None = None
) -> tuple[F32, NDArray[np.int64]]:
    """((N, K) shadings at `points` (N, 3) with unit `normals`, (K,) which columns they are); all by default.

    `sky` (N,) is :meth:`Stagecraft.openness`.
    """
    ways = directions()
    wanted = np.arange(FIRST_LAMP + 2 * LAMPS) if columns is None else columns
    out = np.zeros((len(points), len(wanted)), np.float32)
    for k, column in enumerate(wanted):
        if column == 0:
            out[:, k] = 1.0
        elif column == 1:
            out[:, k] = sky
        elif column < FIRST_LAMP:
            axis, sign = (column - 2) // 2, 1 - 2 * ((column - 2) % 2)
            out[:, k] = sky * (0.5 + 0.5 * sign * normals[:, axis])
        else:
            way = ways[(column - FIRST_LAMP) % LAMPS]
            out[:, k] = np.maximum(normals @ way, 0)
            lit = np.flatnonzero(out[:, k] > 0)
            if column < FIRST_LAMP + LAMPS and len(lit):
                rays = np.broadcast_to(way, (len(lit), 3))
                out[lit, k] *= craft.free(points[lit], normals[lit], rays)
    return out, wanted


def heights(columns: NDArray[np.int64]) -> NDArray[np.float64]:
    """(K,) how far above each column's light comes from: 1 straight above, 0 level or from everywhere, -1 below."""
    out = np.zeros(FIRST_LAMP + 2 * LAMPS)
    out[4], out[5] = 0.5, -0.5
    out[FIRST_LAMP:] = np.tile(directions()[:, 1], 2)
    return out[columns]


def describe(columns: NDArray[np.int64], weights: NDArray[Any]) -> list[dict[str, Any]]:
    """The lamps of a light, strongest first: direction towards it, strength as a share of all light given."""
    ways, total = directions(), float(weights.sum()) or 1.0
    found: dict[int, float] = {}
    for column, weight in zip(columns, weights, strict=True):
        if column >= FIRST_LAMP and weight > 0.02 * total:
            lamp = int(column - FIRST_LAMP) % LAMPS
            found[lamp] = found.get(lamp, 0.0) + float(weight)
    order = sorted(found, key=lambda lamp: (-found[lamp], lamp))
    return [{"towards": [round(float(c), 3) for c in ways[k]], "share": round(found[k] / total, 3)} for k in order[:4]]
