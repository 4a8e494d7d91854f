"""Openness where it is known by formula."""

from __future__ import annotations

import numpy as np
import pytest

from tests.toolchain.bake.shapes import plane, sheet
from toolchain.asset import Mesh
from toolchain.bake import ao
from toolchain.bake.field import interpolate
from toolchain.bake.order import by_place
from toolchain.bake.raster import Texels
from toolchain.bake.rays import make_target, nearest


def openness(mesh: Mesh, points: np.ndarray, rays: int, reach: float, interleave: bool = False) -> np.ndarray:
    """AO at the mesh's points nearest to `points` (N, 3)."""
    target = make_target(mesh)
    face, bary, _ = nearest(target, target.to_unit(points.astype(np.float32)))
    at, flat = interpolate(target.points, target.faces, face, bary), target.flat[face]
    side = int(np.ceil(np.sqrt(len(points))))
    texels = Texels(side, np.arange(len(points)), face, bary)
    return ao.occlusion(target, texels, at, flat, flat, rays, reach, interleave)


@pytest.mark.parametrize("interleave", [False, True])
def test_a_flat_plane_is_open(interleave: bool) -> None:
    points = np.random.default_rng(0).uniform(0.1, 0.9, (256, 3)) * [1, 1, 0]
    assert (openness(plane(40), points, 16, 2.0, interleave) == 1).all()


def test_the_order_of_the_rays_goes_cell_by_cell_and_misses_nobody() -> None:
    points = np.random.default_rng(0).uniform(-0.5, 0.5, (4000, 3)).astype(np.float32)
    rows = by_place(points)
    assert sorted(rows.tolist()) == list(range(4000))
    step = np.linalg.norm(np.diff(points[rows], axis=0), axis=1).mean()
    assert step < 0.35 * np.linalg.norm(np.diff(points, axis=0), axis=1).mean()


def test_a_floor_by_a_high_wall_sees_what_the_formula_says() -> None:
    """A wall of height h at distance d, endlessly long, hides (1 - d / sqrt(d^2 + h^2)) / 2 of the weighted sky."""
    long, h = 40.0, 1.0
    floor = sheet(40, 4, lambda u, v: np.stack((long * (u - 0.5), 0 * u, -2 * v), 1))
    wall = sheet(40, 4, lambda u, v: np.stack((long * (u - 0.5), h * v, 0 * u - 2), 1))
    faces = np.concatenate((floor.faces, wall.faces + len(floor.positions)))
    both = Mesh(np.concatenate((floor.positions, wall.positions)), faces)
    for d in (0.1, 0.5, 1.5):
        points = np.stack((np.linspace(-3, 3, 400), np.zeros(400), np.full(400, d - 2.0)), 1)
        found = float(openness(both, points, 64, 2.0).mean())
        assert found == pytest.approx(0.5 + d / np.hypot(d, h) / 2, abs=0.015)


def test_what_is_further_than_the_reach_does_not_darken() -> None:
    floor, roof = plane(8), plane(8)
    lid = Mesh(
        np.concatenate((floor.positions, roof.positions + np.float32([0, 0, 0.5]))),
        np.concatenate((floor.faces, roof.faces[:, ::-1] + len(floor.positions))),
    )
    points = np.random.default_rng(0).uniform(0.4, 0.6, (100, 3)) * [1, 1, 0]
    assert openness(lid, points, 64, 2.0).mean() < 0.5
    assert (openness(lid, points, 64, 0.3) == 1).all()


def test_smooth_keeps_charts_and_folds_apart_and_halves_the_noise() -> None:
    side = 32
    index = np.arange(side * side)
    row, column = np.divmod(index, side)
    points = np.stack((column, row, np.where(column < 16, 0, 1000)), 1).astype(np.float32) / side
    normals = np.tile(np.float32([0, 0, 1]), (len(index), 1))
    noise = np.random.default_rng(0).normal(0, 0.1, len(index)).astype(np.float32)
    values = (np.where(column < 16, 0.2, 0.8) + noise).astype(np.float32)
    out = ao.smooth(values, index, side, points, normals, 6 / side, 2)
    left, right = out[column < 16], out[column >= 16]
    assert abs(left.mean() - 0.2) < 0.01 and abs(right.mean() - 0.8) < 0.01
    assert left.std() < 0.04 and right.std() < 0.04
