"""Finding the sculpt's point: rays, facing, the nearest point."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.toolchain.bake.shapes import ball, plane
from toolchain.asset import Mesh
from toolchain.bake.field import interpolate, smooth_normals, unit
from toolchain.bake.nearest import closest_of
from toolchain.bake.raster import rasterise
from toolchain.bake.rays import cage_distance, make_target, nearest, search
from toolchain.bake.slot import find, make_surface, upright


def test_search_finds_the_sphere_along_the_normal_in_any_unit() -> None:
    for metre in (1e-3, 1.0, 1e4):
        mesh = ball(96, 48)
        target = make_target(Mesh((mesh.positions * metre + 7 * metre).astype(np.float32), mesh.faces))
        rng = np.random.default_rng(0)
        ways = rng.normal(size=(500, 3))
        ways = (ways / np.linalg.norm(ways, axis=1, keepdims=True)).astype(np.float32)
        points = target.to_unit((ways * metre * rng.uniform(0.97, 1.03, (500, 1)) + 7 * metre).astype(np.float32))
        hits = search(target, points, ways, 0.02)
        assert hits.missed.mean() < 0.01
        found = interpolate(target.points, target.faces, hits.face, hits.bary)
        radial = np.linalg.norm(np.cross(found - target.to_unit(np.full((1, 3), 7 * metre, np.float32)), ways), axis=1)
        assert np.quantile(radial, 0.99) < 2e-4


def test_the_far_wall_of_a_thin_plate_is_never_taken() -> None:
    sheet = plane(8)
    back = sheet.positions - np.float32([0, 0, 0.01])
    faces = np.concatenate((sheet.faces, sheet.faces[:, ::-1] + len(back)))
    both = Mesh(np.concatenate((sheet.positions, back)), faces)
    target = make_target(both)
    rng = np.random.default_rng(0)
    for depth in (0.006, 0.02):  # nearer to the far wall; beyond it
        points = np.concatenate((rng.uniform(0.1, 0.9, (200, 2)), np.full((200, 1), -depth)), axis=1).astype(np.float32)
        ways = np.tile(np.float32([0, 0, 1]), (200, 1))
        hits = search(target, target.to_unit(points), ways, 0.03)
        assert not hits.missed.any() and (hits.face < len(sheet.faces)).all()


def test_misses_fall_back_to_the_nearest_point_and_are_counted() -> None:
    target = make_target(ball(48, 24))
    way = np.float32([[1, 0, 0], [0, 0, 1]])
    hits = search(target, np.float32([[0.6, 0, 0], [0, 0, 0.29]]), way, 0.01)
    assert hits.missed.tolist() == [True, False]
    found = interpolate(target.points, target.faces, hits.face, hits.bary)
    assert found[0, 0] > 0.28 and abs(found[0, 1:]).max() < 1e-2


def test_nearest_is_exact_even_on_two_large_triangles() -> None:
    target = make_target(plane(1))
    rng = np.random.default_rng(0)
    query = rng.uniform(-0.5, 0.5, (300, 3)).astype(np.float32)
    _, _, away = nearest(target, query)
    low, high = target.points.min(0), target.points.max(0)
    np.testing.assert_allclose(away, np.linalg.norm(query - np.clip(query, low, high), axis=1), atol=1e-6)


def test_closest_point_of_a_triangle_against_many_samples() -> None:
    rng = np.random.default_rng(0)
    corners, query = rng.normal(size=(50, 3, 3)), rng.normal(size=(50, 3))
    none, own = np.zeros((0, 3)), np.arange(50, dtype=np.int32)[:, None]
    faces = np.arange(150, dtype=np.int32).reshape(50, 3)
    _, weights, away = closest_of(query, own, corners.reshape(-1, 3), faces, none, none)
    u, v = rng.random((2, 20_000))
    u, v = np.where(u + v > 1, 1 - u, u), np.where(u + v > 1, 1 - v, v)
    samples = np.einsum("sk,nkj->nsj", np.stack((1 - u - v, u, v), 1), corners)
    least = np.linalg.norm(samples - query[:, None], axis=2).min(axis=1)
    assert (away <= least + 1e-6).all() and (least - away).max() < 0.05
    np.testing.assert_allclose(weights.sum(1), 1, atol=1e-6)


def test_cage_follows_the_distance_within_its_bounds() -> None:
    target = make_target(ball(96, 48))
    near = ball(24, 12)
    cage, apart = cage_distance(target, target.to_unit(near.positions), near.faces, 1e-4, 0.03)
    sagitta = (1 - np.cos(np.pi / 24)) / target.scale**-1
    assert 0.5 * sagitta < apart < 3 * sagitta and cage == np.clip(1.5 * apart, 1e-4, 0.03)
    assert cage_distance(target, target.to_unit(near.positions), near.faces, 1e-4, 2e-4)[0] == 2e-4


def test_smooth_normals_do_not_hang_on_the_cut_nor_on_splits() -> None:
    corner = np.float32([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0], [0, 0, 1], [1, 0, 1], [0, 1, 1]])
    faces = np.int32([[0, 2, 1], [0, 3, 2], [0, 1, 5], [0, 5, 4], [0, 6, 3], [0, 4, 6]])
    expected = -np.ones(3) / np.sqrt(3)
    np.testing.assert_allclose(smooth_normals(corner, faces)[0], expected, atol=1e-6)
    split = smooth_normals(corner[faces].reshape(-1, 3), np.arange(18, dtype=np.int32).reshape(-1, 3))
    np.testing.assert_allclose(split[0], expected, atol=1e-6)


@pytest.mark.parametrize("slip", [0.3, -0.3, -2.0])
def test_rays_at_the_rim_of_a_thin_sheet_keep_to_their_own_side(slip: float) -> None:
    """Smooth normals there look along the sheet, or through it; the far side must not be taken for it."""
    top = plane(6)
    under = top.positions - np.float32([0, 0, 0.004])
    sheets = Mesh(
        np.concatenate((top.positions, under)), np.concatenate((top.faces, top.faces[:, ::-1] + len(top.positions)))
    )
    target = make_target(sheets)
    surface = make_surface(target, top)
    surface = replace(surface, ways=unit(surface.ways * np.float32(slip) + np.float32([0.5, 0, 0])))
    assert top.uv is not None
    hits = find(target, surface, rasterise(top.uv, top.faces, 64), 0.03)
    assert (hits.face < len(top.faces)).all() and not hits.missed.any()


def test_a_ray_is_only_turned_where_it_must_be() -> None:
    flat = np.tile(np.float32([0, 0, 1]), (3, 1))
    ways = unit(np.float32([[0.2, 0, 1], [1, 0, 0.1], [0, 1, -3]]))
    turned = upright(ways, flat)
    np.testing.assert_allclose(turned[0], ways[0], atol=1e-6)
    half = np.sqrt(0.75)
    np.testing.assert_allclose(turned[1:], [[half, 0, 0.5], [0, half, 0.5]], atol=1e-6)
    np.testing.assert_allclose(upright(ways, flat * 0), ways, atol=1e-6)
