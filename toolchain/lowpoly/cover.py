"""How well collision shapes stand for an asset: measured on the shapes that are delivered."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from toolchain.lowpoly.distance import sample
from toolchain.lowpoly.hull import Hull, planes
from toolchain.lowpoly.solids import solid

F64 = NDArray[np.float64]
NEAR = 0.01  # of the diagonal: surface that lies deeper outside than this is not covered
SAMPLES = 4_000
RAYS = 40  # a side of the grid that looks for openings along each axis


def volumes_of(asset: Any, shapes: list[Hull]) -> dict[str, float]:
    """Air that the shapes hold, and what they hold twice, both as shares of the asset's volume.

    `asset` is the manifold3d solid, without overlaps.
    """
    import manifold3d as m3

    made = [solid(h.positions, h.faces) for h in shapes]
    together = m3.Manifold.batch_boolean(made, m3.OpType.Add) if len(made) > 1 else made[0]
    volume = float(asset.volume())
    twice = sum(float(m.volume()) for m in made) - float(together.volume())
    return {
        "overshoot": round(max(0.0, float((together - asset).volume())) / volume, 4),
        "overlap": round(max(0.0, twice) / volume, 5),
    }


def uncovered(positions: NDArray[np.floating], faces: NDArray[np.integer], shapes: list[Hull]) -> dict[str, float]:
    """Share of the asset's surface over 1 % of the diagonal outside all shapes, and how far the farthest is."""
    points = sample(positions, faces, SAMPLES)[0]
    diagonal = float(np.linalg.norm(np.ptp(positions, axis=0))) or 1.0
    out = outside(points, shapes)
    return {
        "uncovered": round(float((out > NEAR * diagonal).mean()), 4),
        "pokes_out_percent": round(float(max(0.0, out.max()) / diagonal * 100), 3),
    }


def outside(points: F64, shapes: list[Hull]) -> F64:
    """(N,) metres from each point to the nearest shape's planes; negative inside."""
    least = np.full(len(points), np.inf)
    for shape in shapes:
        normal, at = planes(shape)
        least = np.minimum(least, (points @ normal.T - at).max(axis=1))
    return least


def openings(
    positions: NDArray[np.floating], faces: NDArray[np.integer], whole: Hull, shapes: list[Hull]
) -> dict[str, float]:
    """Ways through: rays along the axes that pass the asset's one hull and miss the asset, and how many stay free.

    `openings`: their share of the rays that pass the hull; `openings_kept`: the share of them that no shape stops
    (1 where there are none).
    """
    from embreex.mesh_construction import TriangleMesh
    from embreex.rtcore_scene import EmbreeScene

    low, size = positions.min(axis=0).astype(np.float64), np.ptp(positions, axis=0).astype(np.float64)
    scale = float(size.max()) or 1.0
    steps = (np.arange(RAYS) + 0.5) / RAYS
    starts, ways = [], []
    for axis in range(3):
        u, v = np.meshgrid(steps, steps, indexing="ij")
        place = np.insert(np.stack((u.ravel(), v.ravel()), axis=1), axis, 0.0, axis=1)
        start = place * size / scale
        start[:, axis] = -0.1
        starts.append(start)
        ways.append(np.tile(np.eye(3)[axis], (len(start), 1)))
    origin, way = np.concatenate(starts).astype(np.float32), np.concatenate(ways).astype(np.float32)

    def stopped(meshes: list[tuple[NDArray[np.floating], NDArray[np.integer]]]) -> NDArray[np.bool_]:
        scene = EmbreeScene()
        for points, index in meshes:
            TriangleMesh(scene, np.ascontiguousarray(((points - low) / scale)[index], np.float32))
        return np.asarray(scene.run(origin, way)) >= 0

    inside = stopped([(whole.positions, whole.faces)])
    free = inside & ~stopped([(positions, faces)])
    kept = free & ~stopped([(s.positions, s.faces) for s in shapes])
    return {
        "openings": round(float(free.sum() / max(1, inside.sum())), 4),
        "openings_kept": round(float(kept.sum() / free.sum()), 4) if free.any() else 1.0,
    }
