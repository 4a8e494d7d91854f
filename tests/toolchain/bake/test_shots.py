"""Colour read from the pictures: sharp where they see, the vertices' where they do not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.toolchain.bake.shapes import ball, low, one_slot, plane, sculpt
from toolchain.asset import GUESSED, MIRRORED, SEEN, Mesh, Sculpt, Shot
from toolchain.bake import stage
from toolchain.bake.rays import make_target
from toolchain.bake.shots import averaged, expose, make_films, pixels_a_unit
from toolchain.srgb import srgb_to_linear
from toolchain.stage import quiet

PX = 128
FRONT = np.array([[PX, 0, 0, 0], [0, -PX, 0, PX], [0, 0, 0, 1]], np.float64)


def picture(cell: int = 4) -> np.ndarray:
    """A red and blue checkerboard, `cell` pixels a square, filling the picture but for 8 pixels of green ground."""
    y, x = np.mgrid[:PX, :PX]
    red = ((x // cell + y // cell) % 2 == 0)[..., None]
    rgba = np.where(red, np.uint8([200, 20, 20, 255]), np.uint8([20, 20, 200, 255])).astype(np.uint8)
    ground = (np.minimum(x, y) < 8) | (np.maximum(x, y) >= PX - 8)
    rgba[ground] = (0, 255, 0, 0)
    return rgba


def front(cell: int = 4, view: str = "front") -> Shot:
    """A camera before the unit square of `plane`, a pixel to 1 / PX."""
    return Shot(view, picture(cell), FRONT, np.array([0.0, 0, 1, 0]))


def read(mesh: Mesh, shots: tuple[Shot, ...], points: np.ndarray, normal: tuple, evidence: int = SEEN) -> tuple:
    target = make_target(mesh)
    normals = np.tile(np.float32(normal), (len(points), 1))
    known = np.full(len(points), evidence, np.uint8)
    return expose(make_films(shots, target), target, target.to_unit(points.astype(np.float32)), normals, known)


def grid(low: float, high: float, n: int = 40) -> np.ndarray:
    x, y = np.meshgrid(np.linspace(low, high, n), np.linspace(low, high, n))
    return np.stack((x.ravel(), y.ravel(), 0 * x.ravel()), 1)


def test_every_pixel_arrives_where_the_vertices_are_far_between() -> None:
    """Two triangles hold no checkerboard; the picture does."""
    source = replace(sculpt(plane(1)), shots=(front(),))
    made = stage.run(
        stage.Params(size_px=PX, ao_rays=1),
        quiet,
        repair=source,
        slots=one_slot(source.mesh),
        unwrap=low(plane(1), 0.0),
    )
    albedo, expected = made.value.sets[0].maps["albedo"], srgb_to_linear(picture()[..., :3])
    inner = slice(16, -16)
    np.testing.assert_allclose(albedo[inner, inner], expected[inner, inner], atol=0.01)
    assert albedo[..., 1].max() < 0.51, "the ground's green must not come in"
    np.testing.assert_allclose(albedo[:8, :8], 0.5, atol=1e-5)  # outside the outline: the vertices' own
    assert 0.6 < made.measures["from_pictures"] < 0.8


def test_trust_fades_towards_the_outline_and_as_the_surface_turns_away() -> None:
    flat = plane(1)
    line = np.stack((np.linspace(8.5 / PX, 20 / PX, 30), np.full(30, 0.5), np.zeros(30)), 1)
    _, trust = read(flat, (front(),), line, (0, 0, 1))
    assert trust[0] == 0 and trust[-1] == 1 and (np.diff(trust) >= 0).all() and np.diff(trust).max() < 0.3
    values = [
        read(flat, (front(),), np.array([[0.5, 0.5, 0]]), (np.sqrt(1 - c * c), 0, c))[1][0] for c in (0.1, 0.4, 0.7)
    ]
    assert values[0] == 0 and 0 < values[1] < 1 and values[2] == 1


def test_what_stands_before_hides_and_its_edge_is_kept_away_from() -> None:
    back, lid = plane(8), plane(4)
    shield = lid.positions * np.float32([0.5, 1, 1]) + np.float32([0, 0, 0.3])
    both = Mesh(np.concatenate((back.positions, shield)), np.concatenate((back.faces, lid.faces + len(back.positions))))
    _, trust = read(both, (front(),), grid(0.2, 0.8), (0, 0, 1))
    x = grid(0.2, 0.8)[:, 0]
    assert (trust[x < 0.5] == 0).all() and (trust[x > 0.5 + 4 / PX] == 1).all()
    assert (trust[(x > 0.5) & (x < 0.5 + 1 / PX)] < 1).all()


def test_a_camera_with_a_place_sees_by_perspective() -> None:
    """At (.5, .5, 2), a focal length of 2 PX: the plane's unit square fills the picture."""
    f = 2.0 * PX
    matrix = np.array([[f, 0, -PX / 2, PX / 2 * 2 - f * 0.5], [0, -f, -PX / 2, PX / 2 * 2 + f * 0.5], [0, 0, -1, 2.0]])
    shot = Shot("single", picture(), matrix, np.array([0.5, 0.5, 2.0, 1.0]))
    colour, trust = read(plane(2), (shot,), grid(0.2, 0.8), (0, 0, 1))
    same, _ = read(plane(2), (front(),), grid(0.2, 0.8), (0, 0, 1))
    assert (trust == 1).all()
    np.testing.assert_allclose(colour, same, atol=0.02)
    assert pixels_a_unit(front().matrix) == pytest.approx(PX)


def test_a_side_that_nobody_drew_takes_the_mirrored_picture_where_the_evidence_says_so() -> None:
    shot = replace(front(view="left"), eye=np.array([0.0, 0, -1, 0]))  # drawn from behind; the plane faces +Z
    for evidence, trusted in ((MIRRORED, 1), (GUESSED, 0)):
        assert (read(plane(2), (shot,), grid(0.2, 0.8), (0, 0, 1), evidence)[1] == trusted).all()
    both = (shot, replace(shot, view="right"))
    assert (read(plane(2), both, grid(0.2, 0.8), (0, 0, 1), MIRRORED)[1] == 0).all()


def test_pictures_finer_than_the_texels_are_averaged() -> None:
    target = make_target(plane(1))
    films = make_films((front(1),), target)
    fine, coarse = films[0].layers[0], averaged(films, 8 / PX * target.scale)[0].layers[0]
    assert fine.shape == (PX, PX, 3) and coarse.shape == (PX // 8, PX // 8, 3)
    mean = srgb_to_linear(np.uint8([[200, 20, 20], [20, 20, 200]])).mean(axis=0)
    np.testing.assert_allclose(coarse[4:-4, 4:-4], np.broadcast_to(mean, coarse[4:-4, 4:-4].shape), atol=0.01)
    assert averaged(films, 0.5 / PX * target.scale)[0].layers[0] is fine


def test_two_pictures_meet_without_a_line() -> None:
    """A ball drawn red from the front and nearly so from the left: from the one to the other no step."""
    solid = ball(120, 60)
    red, rose = np.uint8([200, 0, 0, 255]), np.uint8([200, 60, 60, 255])
    shots = tuple(
        Shot(view, np.tile(colour, (PX, PX, 1)), matrix, eye)
        for view, colour, matrix, eye in (
            ("front", red, np.array([[60, 0, 0, 64], [0, -60, 0, 64], [0, 0, 0, 1.0]]), np.array([0, 0, 1.0, 0])),
            ("left", rose, np.array([[0, 0, -60, 64], [0, -60, 0, 64], [0, 0, 0, 1.0]]), np.array([1.0, 0, 0, 0])),
        )
    )
    turn = np.linspace(0, np.pi / 2, 200)
    way = np.stack((np.sin(turn), 0 * turn, np.cos(turn)), 1)
    target = make_target(solid)
    colour, trust = expose(
        make_films(shots, target),
        target,
        target.to_unit((way * 0.999).astype(np.float32)),
        way.astype(np.float32),
        np.zeros(200, np.uint8),
    )
    green = colour[:, 1]
    assert green[0] < 0.001 and green[-1] > 0.04 and np.abs(np.diff(green)).max() < 0.002 and trust.min() > 0.9


def test_an_empty_picture_is_passed_over() -> None:
    rgba = picture()
    rgba[..., 3] = 0
    blank = replace(front(), rgba=rgba)
    source: Sculpt = replace(sculpt(plane(1)), shots=(blank,))
    assert make_films(source.shots, make_target(source.mesh)) == ()
