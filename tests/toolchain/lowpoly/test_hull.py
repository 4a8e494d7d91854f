"""Hulls within limits, and the simple shapes round points."""

from __future__ import annotations

import numpy as np
import pytest

from toolchain.lowpoly.hull import Hull, convex, deepest, planes
from toolchain.lowpoly.simple import KINDS, ball, box, fit
from toolchain.lowpoly.topology import topology, volumes


def on_ball(count: int = 300) -> np.ndarray:
    points = np.random.default_rng(0).normal(size=(count, 3))
    return points / np.linalg.norm(points, axis=1, keepdims=True)


@pytest.mark.parametrize(("triangles", "corners"), [(100, 4096), (4096, 52)])
def test_a_limit_takes_the_telling_vertices_and_keeps_the_volume(triangles: int, corners: int) -> None:
    hull = convex(on_ball(), triangles, corners)
    assert hull is not None and len(hull.faces) <= 100 and len(hull.positions) <= 52
    full = convex(on_ball(), 4096, fine=0.0)
    assert full is not None and hull.volume == pytest.approx(full.volume, rel=1e-6)
    assert hull.volume == pytest.approx(volumes(hull.positions, hull.faces)[0], rel=1e-9)


def test_corners_that_tell_nothing_are_left_out() -> None:
    cube = np.array([[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)], float)
    noisy = np.concatenate((cube, np.random.default_rng(1).random((500, 3)) * 1.001))
    hull = convex(noisy, 255)
    assert hull is not None and len(hull.positions) == 8 and len(hull.faces) == 12
    away = noisy @ planes(hull)[0].T - planes(hull)[1]
    assert away.max() <= 0.002 * 1.001


def test_points_in_a_plane_or_on_a_line_have_no_hull() -> None:
    grid = np.array([[x, y, 0] for x in range(4) for y in range(4)], float)
    assert convex(grid, 255) is None
    assert convex(grid[:4], 255) is None
    assert convex(grid[:1], 255) is None
    assert convex(np.zeros((50, 3)), 255) is None


def test_deepest_sees_a_dent() -> None:
    hull = convex(on_ball(), 200)
    assert hull is not None and deepest(hull) < 1e-9
    bent = hull.positions.copy()
    bent[3] *= 0.8
    assert deepest(Hull(bent, hull.faces, hull.volume)) > 0.01


@pytest.mark.parametrize("kind", KINDS)
def test_a_simple_shape_holds_its_points(kind: str) -> None:
    points = np.random.default_rng(2).normal(size=(300, 3)) * (1, 2, 0.7) + (5, 0, -3)
    made = fit(kind, points)
    for hull in (made.drawn, made.true):
        assert topology(hull.faces).closed and deepest(hull) < 1e-9
        assert volumes(hull.positions, hull.faces)[0] == pytest.approx(hull.volume, rel=1e-9)
    normal, at = planes(made.true)
    assert (points @ normal.T - at).max() < 0.005 * np.ptp(points, axis=0).max()
    low, high = made.true.positions.min(axis=0), made.true.positions.max(axis=0)
    assert np.allclose(made.drawn.positions.min(axis=0), low) and np.allclose(made.drawn.positions.max(axis=0), high)


def test_a_turned_box_is_found() -> None:
    corners = np.array([[x, y, z] for x in (0, 1) for y in (0, 2) for z in (0, 3)], float)
    inner = np.random.default_rng(3).random((400, 3)) * (1, 2, 3)
    for seed in range(5):
        turn = np.linalg.qr(np.random.default_rng(seed).normal(size=(3, 3)))[0]
        assert box(np.concatenate((corners, inner)) @ turn).drawn.volume == pytest.approx(6, rel=0.01)


def test_an_upright_box_stays_upright_where_turning_gains_little() -> None:
    corners = np.array([[x, y, z] for x in (0, 1) for y in (0, 2) for z in (0, 3)], float)
    for degrees, upright in ((0.2, True), (5.0, False)):
        c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
        made = box(corners @ np.array([[c, s, 0], [-s, c, 0], [0, 0, 1]])).drawn
        assert all(len(np.unique(np.round(made.positions[:, k], 6))) == 2 for k in range(3)) == upright


def test_the_ball_is_near_the_smallest() -> None:
    centre, radius = ball(on_ball() * 3 + (1, 2, 3))
    assert radius == pytest.approx(3, rel=0.005) and np.allclose(centre, (1, 2, 3), atol=0.02)
    assert ball(np.array([[0.0, 0, 0], [2.0, 0, 0]]))[1] == pytest.approx(1)
