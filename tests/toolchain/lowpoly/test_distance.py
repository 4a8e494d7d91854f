"""Closest points against brute force; distances with known answers."""

from __future__ import annotations

import numpy as np
import pytest
import trimesh

from tests.toolchain.lowpoly.solids import blob, sphere
from toolchain.lowpoly.closest import build, closest
from toolchain.lowpoly.distance import sample, two_sided


def test_closest_is_exact() -> None:
    rng = np.random.default_rng(3)
    corners = rng.random((200, 3, 3))
    corners[:20, 1] = corners[:20, 0]  # no area
    corners[:5, 2] = corners[:5, 0]  # a point
    points = rng.random((300, 3)) * 2 - 0.5
    found = closest(build(corners.reshape(-1, 3), np.arange(600).reshape(-1, 3)), points)
    every = trimesh.triangles.closest_point(np.tile(corners, (300, 1, 1))[: 300 * 200], np.repeat(points, 200, axis=0))
    brute = np.linalg.norm(every.reshape(300, 200, 3) - points[:, None], axis=2)
    brute[:, :20] = np.inf  # trimesh answers NaN or worse for these; ours must not be farther than the rest
    assert (found.distance <= brute.min(axis=1) + 1e-12).all()
    whole = found.face >= 20
    assert np.allclose(found.distance[whole], brute.min(axis=1)[whole], atol=1e-12)
    assert np.allclose(np.linalg.norm(found.point - points, axis=1), found.distance, atol=1e-12)
    assert np.allclose(found.weights.sum(axis=1), 1)


def test_tree_refuses_what_it_cannot_hold() -> None:
    with pytest.raises(ValueError, match="at least one"):
        build(np.zeros((3, 3)), np.zeros((0, 3), int))


def test_concentric_balls_are_their_gap_apart() -> None:
    a, b = sphere(0.5, (0, 0, 0), 60), sphere(0.6, (0, 0, 0), 60)
    apart = two_sided(a.positions, a.faces, b.positions, b.faces, count=3000)
    assert abs(apart.mean - 0.1) < 2e-3
    assert abs(apart.greatest - 0.1) < 5e-3
    assert two_sided(a.positions, a.faces, a.positions, a.faces, count=1000).greatest < 1e-6


def test_the_worse_direction_counts() -> None:
    mesh = blob(40)
    part = mesh.faces[mesh.positions[mesh.faces].mean(axis=1)[:, 1] < 0.5]
    apart = two_sided(mesh.positions, mesh.faces, mesh.positions, part, count=3000)
    assert apart.greatest > 0.3


def test_samples_are_even_and_the_same_each_time() -> None:
    mesh = blob(40)
    points, face, weights = sample(mesh.positions, mesh.faces, 5000)
    again, _, _ = sample(mesh.positions, mesh.faces, 5000)
    assert np.array_equal(points, again)
    assert np.allclose(np.einsum("nk,nkd->nd", weights, mesh.positions[mesh.faces[face]]), points, atol=1e-6)
    p = mesh.positions[mesh.faces].astype(float)
    area = np.linalg.norm(np.cross(p[:, 1] - p[:, 0], p[:, 2] - p[:, 0]), axis=1)
    upper = p.mean(axis=1)[:, 1] > 0.5
    assert abs((upper[face]).mean() - area[upper].sum() / area.sum()) < 0.005
