from __future__ import annotations

import numpy as np
import pytest

from tests.toolchain.generate.pictures import BLUE, GREEN, RED, armed, box, disc, reference, view
from toolchain.asset import GUESSED, MIRRORED, SEEN, Sculpt, View
from toolchain.generate.colour import fill, mirror_iou
from toolchain.generate.embedded import Params, generate
from toolchain.srgb import srgb_to_linear
from toolchain.stage import quiet

QUICK = Params(resolution=72)


@pytest.fixture(scope="module")
def sculpt() -> Sculpt:
    return generate(armed("front", "left", "top"), Params(resolution=110), quiet)


def linear(colour: tuple[int, int, int]) -> np.ndarray:
    return srgb_to_linear(np.array(colour, np.uint8))


def facing(sculpt: Sculpt, axis: int, sign: int) -> np.ndarray:
    assert sculpt.mesh.normals is not None
    return sculpt.mesh.normals[:, axis] * sign > 0.95


@pytest.mark.parametrize(
    ("axis", "sign", "colour", "evidence"),
    [
        (2, 1, GREEN, SEEN),
        (0, 1, RED, SEEN),
        (1, 1, BLUE, SEEN),
        (0, -1, RED, MIRRORED),
        (2, -1, GREEN, GUESSED),
    ],
)
def test_each_picture_paints_its_side(sculpt: Sculpt, axis: int, sign: int, colour: tuple, evidence: int) -> None:
    there = facing(sculpt, axis, sign)
    right = sculpt.evidence[there] == evidence
    assert right.mean() > 0.9
    assert np.median(sculpt.colour[there], axis=0) == pytest.approx(linear(colour), abs=0.02)


def test_the_underside_is_guessed(sculpt: Sculpt) -> None:
    assert (sculpt.evidence[facing(sculpt, 1, -1)] == GUESSED).mean() > 0.97


def test_no_background_bleeds_in(sculpt: Sculpt) -> None:
    """The background is magenta, which no mixture of the three sides' colours comes near."""
    assert (np.minimum(sculpt.colour[:, 0], sculpt.colour[:, 2]) < 0.35).all()
    one = generate(reference(view("front", disc(), GREEN)), Params(resolution=80), quiet)
    assert np.abs(one.colour - linear(GREEN)).max() < 0.01


def test_what_stands_behind_does_not_take_the_front_parts_colour() -> None:
    """Two posts, the nearer one narrow and red in the front picture, the farther wide and green behind it."""
    front = view("front", lambda x, y: (np.abs(x) < 0.8) & (np.abs(y) < 1), GREEN)
    rgba = front.rgba.copy()
    middle = slice(120 - 22, 120 + 22)
    rgba[:, middle, :3] = np.where(rgba[:, middle, 3:] > 0, np.array(RED, np.uint8), rgba[:, middle, :3])
    top = view("top", lambda x, y: box(-0.2, -0.8, 0.2, -0.4)(x, y) | box(-0.8, 0.2, 0.8, 0.8)(x, y))
    plain = Params(resolution=110, learned=False)  # the networks, which know no such thing, would cut into the post
    made = generate(reference(type(front)("front", rgba, "given", "f"), top), plain, quiet)
    p, n = made.mesh.positions, made.mesh.normals
    assert n is not None
    behind = (p[:, 2] < 0) & (n[:, 2] > 0.95) & (np.abs(p[:, 0]) < 0.07)
    assert behind.any()
    assert (made.evidence[behind] == GUESSED).all()


def test_holes_fill_from_their_neighbours() -> None:
    positions = np.stack([np.arange(6.0), np.zeros(6), np.zeros(6)], 1).astype(np.float32)
    faces = np.array([[i, i + 1, min(i + 2, 5)] for i in range(4)], np.int32)
    colour = np.zeros((6, 3), np.float32)
    colour[0], colour[5] = 1, 0
    known = np.array([True, False, False, False, False, True])
    out = fill(colour, known, positions, faces)[:, 0]
    assert out[0] == 1
    assert out[5] == 0
    assert (np.diff(out) < 0).all()
    assert fill(colour, np.zeros(6, bool), positions, faces) == pytest.approx(0.5)


def test_a_face_has_no_twin_behind_and_a_band_goes_round() -> None:
    front = view("front", box(-0.7, -1, 0.7, 1), GREEN)
    rgba = front.rgba.copy()
    rgba[100:140, 105:135, :3] = RED  # a badge in the middle
    rgba[180:205, :, :3] = BLUE  # a band across
    made = generate(
        reference(View("front", rgba, "given", "f"), view("left", box(-0.5, -1, 0.5, 1), GREEN)), QUICK, quiet
    )
    assert made.mesh.normals is not None
    red = made.colour[:, 0] > 0.2
    assert red[facing(made, 2, 1)].any()
    assert not red[facing(made, 2, -1)].any()
    height = made.mesh.positions[:, 1] - made.mesh.positions[:, 1].min()
    band = facing(made, 2, -1) & (np.abs(height - 0.13 * np.ptp(made.mesh.positions[:, 1])) < 0.02)
    assert np.median(made.colour[band], axis=0) == pytest.approx(linear(BLUE), abs=0.05)


@pytest.mark.parametrize(("skew", "evidence"), [(0.0, MIRRORED), (0.6, GUESSED)])
def test_the_far_side_is_mirrored_only_where_halves_are_even(skew: float, evidence: int) -> None:
    def outline(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        return (np.abs(y) < 1) & (x < 0.5) & (x > -0.5 - skew * (y > 0.2))

    made = generate(reference(view("front", outline), view("left", box(-0.5, -1, 0.5, 1), RED)), QUICK, quiet)
    assert (made.evidence[facing(made, 0, -1)] == evidence).mean() > 0.9


def test_the_mirror_line_need_not_be_the_middle_of_the_picture() -> None:
    mask = np.zeros((40, 60), bool)
    mask[5:30, 4:30] = True
    assert mirror_iou(mask) > 0.99
    mask[5:15, 30:55] = True
    assert mirror_iou(mask) < 0.8
