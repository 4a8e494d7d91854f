from __future__ import annotations

import numpy as np
import pytest

from tests.toolchain.generate.evaluate.props import CAMERAS, FACES, corners
from toolchain.asset import SEEN, Mesh, Paint, Painted, Sculpt
from toolchain.generate.evaluate.cases import matrix
from toolchain.generate.evaluate.measure import around, measure, silhouette, yaw_error
from toolchain.generate.evaluate.truth import Truth
from toolchain.srgb import lab

SLAB = corners((1.0, 0.6, 0.2))


def sculpt(points: np.ndarray, grey: float = 0.5) -> Sculpt:
    colour = np.full((len(points), 3), grey, np.float32)
    evidence = np.full(len(points), SEEN, np.uint8)
    return Sculpt(Mesh(points.astype(np.float32), FACES), colour, evidence, "test", "", "", "default")


def truth(points: np.ndarray, grey: float = 0.5) -> Truth:
    mesh = Mesh(points.astype(np.float32), FACES)
    colour = np.full((len(points), 3), grey, np.float32)
    return Truth(mesh.positions, FACES, Painted(mesh, (Paint("m"),), colour))


def camera(view: str) -> np.ndarray:
    return matrix({"type": "orthographic", "ortho_width": 2.0, "camera_to_world": CAMERAS[view]}, 80, 60)


def test_the_truth_is_perfect_wherever_it_stands() -> None:
    mask = silhouette(camera("front"), SLAB, FACES, 60, 80)
    got = measure(sculpt(SLAB * 4 + 2), truth(SLAB), {"front": (camera("front"), mask)})
    perfect = {"iou": 1, "f2": 1, "f5": 1, "f10": 1, "chamfer": 0, "around": 1, "from_there": 1, "colour": 0, "yaw": 0}
    assert got == pytest.approx(perfect, abs=1e-6)
    assert mask.sum() == 40 * 24


def test_a_turned_sculpt_is_told_by_how_far() -> None:
    assert yaw_error(SLAB[:, [2, 1, 0]], FACES[:, ::-1], SLAB, FACES) == 90
    post = corners((0.3, 1.0, 0.3))
    assert yaw_error(post, FACES, post, FACES) == 0  # a quarter turn is as good: no error
    angle = np.radians(40)
    turn = np.array([[np.cos(angle), 0, np.sin(angle)], [0, 1, 0], [-np.sin(angle), 0, np.cos(angle)]])
    assert yaw_error(SLAB @ turn.T, FACES, SLAB, FACES) == pytest.approx(40, abs=10)


def test_silhouettes_around_see_what_the_front_does_not() -> None:
    deep = SLAB * (1, 1, 3)
    assert around(SLAB, FACES, SLAB, FACES) == 1
    assert 0.4 < around(deep, FACES, SLAB, FACES) < 0.85
    one, two = (silhouette(camera("front"), p, FACES, 60, 80) for p in (SLAB, deep))
    assert (one == two).all()


def test_a_perspective_camera_makes_the_near_larger() -> None:
    far = {"type": "perspective", "fov_deg": 30.0, "camera_to_world": CAMERAS["front"]}
    x, y, w = matrix(far, 100, 100) @ np.array([0.2, 0.1, 0.0, 1.0])
    focal = 50 / np.tan(np.radians(15))
    assert (x / w, y / w) == pytest.approx((50 + focal * 0.2 / 3, 50 - focal * 0.1 / 3))
    behind = matrix(far, 100, 100)
    assert not silhouette(behind, SLAB + np.array([0, 0, 3]), FACES, 100, 100).any()


@pytest.mark.parametrize("broken", [{"type": "fisheye"}, {"camera_to_world": [[1]]}, {"ortho_width": "wide"}])
def test_a_camera_that_is_none_is_refused(broken: dict) -> None:
    good = {"type": "orthographic", "ortho_width": 1.0, "camera_to_world": CAMERAS["front"]}
    with pytest.raises((ValueError, KeyError, TypeError)):
        matrix(good | broken, 10, 10)


def test_colour_differences_are_of_the_eye() -> None:
    white, red = lab(np.array([[1.0, 1.0, 1.0], [1.0, 0.0, 0.0]]))
    assert white == pytest.approx([100, 0, 0], abs=0.02)
    assert red == pytest.approx([53.24, 80.09, 67.2], abs=0.05)
    darker = measure(sculpt(SLAB, 0.18), truth(SLAB, 1.0), {})["colour"]
    assert darker == pytest.approx(100 - 49.5, abs=0.1)
