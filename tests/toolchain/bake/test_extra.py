"""Height, curvature and thickness where a formula gives them."""

from __future__ import annotations

import numpy as np
import pytest

from tests.toolchain.bake.shapes import ball, low, one_slot, plane, sculpt
from toolchain.asset import F32, Mesh
from toolchain.bake import stage
from toolchain.bake.extra import curvature, height, thickness
from toolchain.bake.field import interpolate
from toolchain.bake.raster import Texels
from toolchain.bake.rays import Target, make_target, nearest
from toolchain.stage import quiet


def at(mesh: Mesh, points: np.ndarray) -> tuple[Target, Texels, F32, F32, F32]:
    """The mesh's points nearest to `points`, with their normals, as a bake would have them."""
    target = make_target(mesh)
    face, bary, _ = nearest(target, target.to_unit(points.astype(np.float32)))
    here = interpolate(target.points, target.faces, face, bary)
    side = int(np.ceil(np.sqrt(len(points))))
    return target, Texels(side, np.arange(len(points)), face, bary), here, target.flat[face], target.flat[face]


def some(count: int = 256) -> np.ndarray:
    return np.random.default_rng(0).uniform(0.3, 0.7, (count, 3)) * [1, 1, 0]


def box(x: float, y: float, z: float) -> Mesh:
    """A closed box from the origin."""
    corner = np.array([[i, j, k] for i in (0, x) for j in (0, y) for k in (0, z)], np.float32)
    quads = [[0, 1, 3, 2], [4, 6, 7, 5], [0, 4, 5, 1], [2, 3, 7, 6], [0, 2, 6, 4], [1, 5, 7, 3]]
    faces = np.array([t for a, b, c, d in quads for t in ((a, b, c), (a, c, d))], np.int32)
    return Mesh(corner, faces)


def test_height_is_the_signed_way_along_the_normal() -> None:
    base, up = np.zeros((3, 3), np.float32), np.tile(np.float32([0, 1, 0]), (3, 1))
    over = np.float32([[0.3, 0.01, 0], [0, -0.005, 0], [0, 1, 0]])
    np.testing.assert_allclose(height(over, base, up, 0.02), [0.75, 0.375, 1.0], atol=1e-6)


def test_a_wave_over_a_flat_low_poly_gives_its_formula_as_height_in_metres() -> None:
    a, k = 0.01, 4 * np.pi
    high = plane(200, lambda x, y: a * np.sin(k * x))
    made = stage.run(
        stage.Params(size_px=64, ao_rays=1, maps=("height",), height_reach=0.02),
        quiet,
        repair=sculpt(high),
        slots=one_slot(high),
        unwrap=low(plane(2), 0.0),
    )
    span = made.measures["maps_span_m"]["height"]
    found = (made.value.sets[0].maps["height"][32] - 0.5) * 2 * span
    np.testing.assert_allclose(found, a * np.sin(k * (np.arange(64) + 0.5) / 64), atol=2e-4)


@pytest.mark.parametrize("times", [1.5, 3.0, 10.0])
def test_curvature_of_a_ball_is_one_by_its_radius(times: float) -> None:
    solid = ball(300, 150)
    rng = np.random.default_rng(1)
    way = rng.normal(size=(200, 3)) * [1, 0.5, 1]
    target, _, points, flat, _ = at(solid, way / np.linalg.norm(way, axis=1, keepdims=True))
    radius = target.scale / times
    assert curvature(target, points, flat, radius).mean() == pytest.approx(0.5 + 0.5 / times, abs=0.01)
    inside = Mesh(solid.positions, solid.faces[:, ::-1].copy())
    target, _, points, flat, _ = at(inside, way / np.linalg.norm(way, axis=1, keepdims=True))
    assert curvature(target, points, flat, radius).mean() == pytest.approx(0.5 - 0.5 / times, abs=0.01)


def test_a_plane_has_no_curvature_an_edge_is_a_bump_and_a_corner_between_walls_a_hollow() -> None:
    target, _, points, flat, _ = at(plane(4), some())
    np.testing.assert_allclose(curvature(target, points, flat, 0.02), 0.5, atol=1e-3)
    cube = box(1, 1, 1)
    edge = np.stack((np.full(50, 1.0), np.linspace(0.3, 0.7, 50), np.full(50, 0.997)), 1)
    target, _, points, flat, _ = at(cube, edge)
    assert curvature(target, points, flat, 0.01).min() > 0.7
    room = Mesh(cube.positions, cube.faces[:, ::-1].copy())
    target, _, points, flat, _ = at(room, edge)
    assert curvature(target, points, flat, 0.01).max() < 0.3


@pytest.mark.parametrize("share", [0.1, 0.4, 0.8])
def test_thickness_of_a_slab(share: float) -> None:
    """Cosine-weighted ways through a slab of x times the reach, each held to the reach: 2 x - x^2."""
    slab = box(8, 8, 0.1)
    spots = np.random.default_rng(0).uniform(3, 5, (600, 3)) * [1, 1, 0] + [0, 0, 0.1]
    target, texels, points, flat, _ = at(slab, spots)
    reach = 0.1 * target.scale / share
    found = thickness(target, texels, points, flat, flat, reach)
    assert found.mean() == pytest.approx(2 * share - share**2, abs=0.01)


def test_maps_are_made_where_they_are_named_alone_and_blank_slots_hold_their_neutral() -> None:
    from dataclasses import replace

    from toolchain.asset import Slot, Slots

    high, flat = plane(8), low(plane(2))
    slots = Slots((Slot("body", "single"), Slot("lost", "mask")), np.zeros(len(high.faces), np.int32))
    names = ("curvature", "height", "thickness")

    def run(maps: tuple[str, ...]) -> list[dict]:
        made = stage.run(
            replace(stage.Params(size_px=32, ao_rays=1), maps=maps),
            quiet,
            repair=sculpt(high),
            slots=slots,
            unwrap=flat,
        )
        return [s.maps for s in made.value.sets]

    assert not set(names) & set(run(())[0])
    body, lost = run(names)
    assert set(names) <= set(body)
    assert [float(lost[n].max()) for n in names] == [0.5, 0.5, 1.0]
    np.testing.assert_allclose(body["height"], 0.5, atol=1e-3)
    np.testing.assert_allclose(body["thickness"], 1.0, atol=1e-3)  # an open sheet: nothing behind
