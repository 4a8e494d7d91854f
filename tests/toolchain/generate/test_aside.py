"""A three-quarter picture beside straight ones: where it was taken from, what it adds."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tests.toolchain.generate.learned.test_prior import QUICK, chest
from tests.toolchain.generate.pictures import hammer, view
from toolchain.asset import SEEN, Reference, View
from toolchain.generate import aside, embedded
from toolchain.generate.hull import shape
from toolchain.generate.learned.camera import Pose, place
from toolchain.generate.learned.training.meshes import model_of
from toolchain.generate.learned.training.samples import STRAIGHT, picture_of, subject_of
from toolchain.generate.score import score
from toolchain.generate.views import PLANES, pictures_of, register
from toolchain.generate.views import picture_of as registered_picture
from toolchain.stage import quiet


def seen(name: str) -> View:
    """A straight picture of the chest."""
    positions, faces, _ = chest()
    model = model_of("chest", positions, faces, np.full((len(faces), 3), 0.4, np.float32))
    random = np.random.default_rng(0)
    yaw, pitch = np.radians(STRAIGHT[name])
    drawn, _, _ = picture_of(subject_of(model, random, exact=True), random, (yaw, pitch, 0.0), 192, 2)
    straight = np.clip(drawn[:3] / np.maximum(drawn[3], 1e-6), 0, 1) ** (1 / 2.2)
    rgba = np.round(np.concatenate((straight, drawn[3:])) * 255).astype(np.uint8).transpose(1, 2, 0)
    return View(name, np.ascontiguousarray(rgba), "given", f"{name}.png")


@pytest.mark.parametrize("off", [(0.0, 0.0), (0.3, -0.2), (-0.35, 0.15)])
def test_the_pose_is_found_from_a_rough_guess(off: tuple[float, float]) -> None:
    """Yaw 33 and pitch 18 degrees at a distance of 1 / 0.46, from the hull of front and side."""
    registered = register(pictures_of(Reference((seen("front"), seen("left"))))[0])
    picture = registered_picture(chest()[2], PLANES["front"])
    first = Pose(math.radians(33) + off[0], math.radians(18) + off[1])
    out = aside.found(picture, first, shape(registered, 64))
    assert out is not None
    assert math.degrees(out.pose.yaw) == pytest.approx(33, abs=5)
    assert math.degrees(out.pose.pitch) == pytest.approx(18, abs=5)
    assert out.pose.near == pytest.approx(0.46, abs=0.25)
    assert out.agreement > 0.93
    corner = out.camera.pixels(np.array([[0.5, 0.0, 0.3]]))[0]
    assert picture.alpha[int(corner[1]), int(corner[0])] > 0.5


def test_its_colours_are_taken_and_told() -> None:
    """Front and top do not show the chest's left; the three-quarter picture does."""
    straight = (seen("front"), seen("top"))
    both = embedded.generate(Reference((*straight, chest()[2])), QUICK, quiet)
    assert [shot.view for shot in both.shots] == ["front", "top", "three_quarter"]
    assert "three-quarter picture was taken from 3" in both.reason
    assert both.notes["silhouette_iou"]["three_quarter"] > 0.9
    without = embedded.generate(Reference(straight), QUICK, quiet)
    left, before = ((s.evidence[s.mesh.normals[:, 0] > 0.9] == SEEN).mean() for s in (both, without))
    assert left > 0.6 and before < 0.2


def test_beside_a_lone_front_it_tells_the_depth() -> None:
    positions, faces, quarter = chest()
    sculpt = embedded.generate(Reference((seen("front"), quarter)), QUICK, quiet)
    assert sculpt.rung == "learned"
    assert sculpt.notes["silhouette_iou"]["front"] > 0.97
    alone = embedded.generate(Reference((quarter,)), QUICK, quiet)
    iou, lone = (score(s.mesh.positions, s.mesh.faces, positions, faces)["iou"] for s in (sculpt, alone))
    assert iou > lone - 0.02 and iou > 0.6


def test_a_picture_of_something_else_gives_no_colours() -> None:
    sculpt = embedded.generate(Reference((seen("front"), seen("left"), view("three_quarter", hammer))), QUICK, quiet)
    assert [shot.view for shot in sculpt.shots] == ["front", "left"]
    assert "shows another outline" in sculpt.reason


def test_a_pose_in_words() -> None:
    assert place(Pose(math.radians(33), math.radians(18))) == "33 degrees to its left and 18 degrees above"
    assert place(Pose(math.radians(-40), math.radians(-9))) == "40 degrees to its right and 9 degrees below"
    assert place(Pose(0.01, 0.02)) == "the front and level"


def test_where_it_is_of_no_use_that_is_said() -> None:
    both = Reference((seen("front"), chest()[2]))
    sculpt = embedded.generate(both, embedded.Params(resolution=64, learned=False), quiet)
    assert "three-quarter picture was not used" in sculpt.reason
    side = embedded.generate(Reference((seen("left"), chest()[2])), QUICK, quiet)
    assert "three-quarter picture was not used" in side.reason
