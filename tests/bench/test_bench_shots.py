"""Colour of 16,384 points from a picture with nine rays each, against bare embree shooting as many."""

from __future__ import annotations

import numpy as np
import pytest

from tests.toolchain.bake.shapes import ball
from toolchain.asset import Shot
from toolchain.bake.rays import Target, make_target
from toolchain.bake.shots import RING, expose, make_films

COUNT, PX = 16_384, 512


def scene() -> tuple[Target, np.ndarray, np.ndarray, Shot]:
    """Points on the front of a ball and a picture of it."""
    target = make_target(ball(200, 100, 0.02))
    front = np.flatnonzero(target.flat[:, 2] > 0.7)
    face = front[np.arange(COUNT) % len(front)]
    rgba = np.full((PX, PX, 4), 255, np.uint8)
    matrix = np.array([[PX / 3, 0, 0, PX / 2], [0, -PX / 3, 0, PX / 2], [0, 0, 0, 1.0]])
    points = target.points[target.faces[face]].mean(axis=1)
    return target, points, target.flat[face], Shot("front", rgba, matrix, np.array([0, 0, 1.0, 0]))


@pytest.mark.benchmark(group="shots, 16384 points")
def test_ours(benchmark) -> None:  # type: ignore[no-untyped-def]
    target, points, normals, shot = scene()
    films, seen = make_films((shot,), target), np.zeros(COUNT, np.uint8)
    expose(films, target, points[:8], normals[:8], seen[:8])
    colour, trust = benchmark(expose, films, target, points, normals, seen)
    assert trust.mean() > 0.95 and colour[trust > 0].min() > 0.99


@pytest.mark.benchmark(group="shots, 16384 points")
def test_peer_bare_embree(benchmark) -> None:  # type: ignore[no-untyped-def]
    target, points, normals, _ = scene()
    start = np.repeat(points + normals * np.float32(1e-3), RING + 1, axis=0)
    ways = np.tile(np.float32([0, 0, 1]), (len(start), 1))
    far = np.full(len(start), 2.0, np.float32)
    assert len(benchmark(lambda: target.scene.run(start, ways, dists=far.copy(), query="OCCLUDED"))) == len(start)
