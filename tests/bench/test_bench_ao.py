"""Ambient occlusion against bare embree shooting the same rays: what making and counting them costs."""

from __future__ import annotations

import numpy as np
import pytest

from tests.toolchain.bake.shapes import ball
from toolchain.bake import ao
from toolchain.bake.raster import Texels
from toolchain.bake.rays import Target, make_target

SIDE, RAYS, REACH = 128, 16, 0.25


def scene() -> tuple[Target, Texels, np.ndarray, np.ndarray]:
    """A bumpy ball and points at the middle of its faces."""
    target = make_target(ball(200, 100, 0.02))
    face = np.linspace(0, len(target.faces) - 1, SIDE * SIDE).astype(np.int32)
    texels = Texels(SIDE, np.arange(SIDE * SIDE), face, np.full((len(face), 3), 1 / 3, np.float32))
    return target, texels, target.points[target.faces[face]].mean(axis=1), target.flat[face]


@pytest.mark.benchmark(group="ao, 262144 rays")
def test_ours(benchmark) -> None:  # type: ignore[no-untyped-def]
    target, texels, points, flat = scene()
    seen = benchmark(ao.occlusion, target, texels, points, flat, flat, RAYS, REACH, False)
    assert 0.9 < seen.mean() <= 1


@pytest.mark.benchmark(group="ao, 262144 rays")
def test_peer_bare_embree(benchmark) -> None:  # type: ignore[no-untyped-def]
    target, texels, points, flat = scene()
    start, ways = ao.hemisphere(points, flat, flat, np.float32(1e-3), texels.index, SIDE, RAYS, False)
    far = np.full(len(ways), REACH, np.float32)
    blocked = benchmark(lambda: target.scene.run(start, ways, dists=far.copy(), query="OCCLUDED"))
    assert len(blocked) == SIDE * SIDE * RAYS
