"""Curvature and thickness of 16,384 points, against bare embree shooting as many rays."""

from __future__ import annotations

import numpy as np
import pytest

from tests.bench.test_bench_ao import scene
from toolchain.bake import extra


@pytest.mark.benchmark(group="curvature, 131072 rays")
def test_curvature(benchmark) -> None:  # type: ignore[no-untyped-def]
    target, _, points, flat = scene()
    bent = benchmark(extra.curvature, target, points, flat, 0.01)
    assert 0.5 < bent.mean() < 0.6


@pytest.mark.benchmark(group="curvature, 131072 rays")
def test_peer_bare_embree(benchmark) -> None:  # type: ignore[no-untyped-def]
    target, _, points, flat = scene()
    start = np.repeat(points + flat * np.float32(0.01), extra.RING, axis=0)
    ways, far = np.repeat(-flat, extra.RING, axis=0), np.full(len(start), 0.04, np.float32)
    found = benchmark(lambda: target.scene.run(start, ways, dists=far.copy(), output=1))
    assert (found["primID"] >= 0).all()


@pytest.mark.benchmark(group="thickness, 262144 rays")
def test_thickness(benchmark) -> None:  # type: ignore[no-untyped-def]
    target, texels, points, flat = scene()
    deep = benchmark(extra.thickness, target, texels, points, flat, flat, 2.0)
    assert 0.1 < deep.mean() < 0.3


@pytest.mark.benchmark(group="thickness, 262144 rays")
def test_peer_bare_distances(benchmark) -> None:  # type: ignore[no-untyped-def]
    from toolchain.bake import ao

    target, texels, points, flat = scene()
    start, ways = ao.hemisphere(points, -flat, -flat, np.float32(1e-4), texels.index, texels.size, extra.RAYS, False)
    far = np.full(len(ways), 2.0, np.float32)
    assert len(benchmark(lambda: target.scene.run(start, ways, dists=far.copy(), query="DISTANCE"))) == len(ways)
