from __future__ import annotations

import numpy as np
import pytest

from tests.toolchain.generate.pictures import Inside, blob, box, disc, hammer, reference, vase, view
from toolchain.asset import Sculpt
from toolchain.generate.embedded import Params, generate
from toolchain.generate.mesher import closed, volume
from toolchain.stage import quiet


def made(inside: Inside, name: str = "single") -> Sculpt:
    return generate(reference(view(name, inside)), Params(resolution=96, learned=False), quiet)


@pytest.mark.parametrize(
    ("inside", "rung", "word"),
    [
        (vase, "revolve", "upright axis"),
        (box(-0.6, -1, 0.6, 1), "box", "rectangle"),
        (hammer, "plate", "leaning"),
        (blob, "inflate", "inflated"),
        (lambda x, y: vase(y, x) & (x < 0.9), "revolve", "level axis"),
    ],
)
def test_the_outline_chooses_the_rung(inside: Inside, rung: str, word: str) -> None:
    sculpt = made(inside)
    assert sculpt.rung == rung, sculpt.reason
    assert word in sculpt.reason
    assert "taken for a front view" in sculpt.reason
    assert closed(sculpt.mesh.faces)
    assert sculpt.notes["silhouette_iou"]["single"] > 0.97


def test_a_disc_turns_into_a_ball() -> None:
    mesh = made(disc()).mesh
    assert volume(mesh.positions, mesh.faces) == pytest.approx(np.pi / 6, rel=0.03)


def test_a_vase_has_its_solid_of_revolution() -> None:
    mesh = made(vase).mesh
    y = np.linspace(-1, 1, 4001)
    true = np.trapezoid(np.pi * (0.45 + 0.25 * np.sin(2.5 * y)) ** 2, y) / 8
    assert volume(mesh.positions, mesh.faces) == pytest.approx(true, rel=0.03)


def test_a_box_is_as_deep_as_its_shorter_side() -> None:
    size = made(box(-0.6, -1, 0.6, 1)).mesh.size
    assert size == pytest.approx([0.6, 1.0, 0.6], rel=0.04)


def test_depth_lies_along_the_line_of_sight() -> None:
    size = made(box(-0.3, -1, 0.3, 1), "left").mesh.size
    assert size == pytest.approx([0.3, 1.0, 0.3], rel=0.06)
    size = made(hammer, "top").mesh.size
    assert size[1] < 0.3 * min(size[0], size[2])
    size = made(hammer, "left").mesh.size
    assert size[0] < 0.3 * min(size[1], size[2])


def test_a_plate_is_thinner_than_it_is_wide() -> None:
    assert made(hammer).mesh.size[2] < 0.3


def test_front_and_back_alone_make_one_shape_seen_from_both_sides() -> None:
    pictures = reference(view("front", blob), view("back", lambda x, y: blob(-x, y)))
    sculpt = generate(pictures, Params(resolution=96, learned=False), quiet)
    assert sculpt.rung == "inflate"
    assert min(sculpt.notes["silhouette_iou"].values()) > 0.97
