"""The shipped networks on pictures of a known solid, and what is made of their answer."""

from __future__ import annotations

import math
from functools import cache
from importlib import resources

import numpy as np
import pytest
import torch

from tests.toolchain.generate.pictures import box, disc, hammer, reference, view
from toolchain.asset import GUESSED, LEARNED, MIRRORED, SEEN, Reference, Sculpt, View
from toolchain.generate import embedded
from toolchain.generate.evidence import outline_iou, shares
from toolchain.generate.learned import prior
from toolchain.generate.learned.camera import Pose
from toolchain.generate.learned.field import field_of, pixel_matrix, weights
from toolchain.generate.learned.training.meshes import model_of
from toolchain.generate.learned.training.samples import picture_of as drawn
from toolchain.generate.learned.training.samples import subject_of
from toolchain.generate.mesher import surface
from toolchain.generate.plan import lies_flat
from toolchain.generate.score import score
from toolchain.generate.sight import Camera, in_sight
from toolchain.generate.views import register
from toolchain.stage import quiet

YAW, PITCH = math.radians(33), math.radians(18)
QUICK = embedded.Params(resolution=64)


@cache
def chest(yaw: float = YAW) -> tuple[np.ndarray, np.ndarray, View]:
    """A long box with a narrower lid and a lock in front, and its three-quarter picture."""
    corners = np.array([[(i >> k) & 1 for k in range(3)] for i in range(8)], float) - 0.5
    quads = [(0, 4, 6, 2), (1, 3, 7, 5), (0, 1, 5, 4), (2, 6, 7, 3), (0, 2, 3, 1), (4, 5, 7, 6)]
    brick = np.array([t for a, b, c, d in quads for t in ((a, b, c), (a, c, d))])
    parts = (((1, 0.5, 0.6), (0, 0, 0)), ((0.9, 0.2, 0.5), (0, 0.35, 0)), ((0.12, 0.16, 0.08), (0, 0.2, 0.32)))
    positions = np.concatenate([corners * size + place for size, place in parts])
    faces = np.concatenate([brick + 8 * i for i in range(3)]).astype(np.int32)
    colours = np.repeat(np.array([[0.4, 0.2, 0.1], [0.3, 0.15, 0.08], [0.7, 0.6, 0.2]], np.float32), 12, axis=0)
    model = model_of("chest", positions.astype(np.float32), faces, colours)
    random = np.random.default_rng(2)
    picture, _, _ = drawn(subject_of(model, random, exact=True), random, (yaw, PITCH, 0.46), 192, 2)
    straight = np.clip(picture[:3] / np.maximum(picture[3], 1e-6), 0, 1) ** (1 / 2.2)
    rgba = np.round(np.concatenate((straight, picture[3:])) * 255).astype(np.uint8).transpose(1, 2, 0)
    return model.positions, model.faces, View("three_quarter", np.ascontiguousarray(rgba), "given", "chest.png")


def picture(which: View):  # type: ignore[no-untyped-def]
    from toolchain.generate.views import PLANES, picture_of

    return picture_of(which, PLANES["front"])


def test_the_weights_are_small_enough_to_ship() -> None:
    folder = resources.files("toolchain.generate.learned")
    sizes = [len(folder.joinpath(file).read_bytes()) for file in prior.WEIGHTS]
    assert sum(sizes) < 40e6
    assert max(sizes) < 16 * 2**20


def test_the_pose_of_a_box_is_found() -> None:
    pose = prior.pose_of(picture(chest()[2]))
    assert math.degrees(pose.yaw) == pytest.approx(33, abs=10)
    assert math.degrees(pose.pitch) == pytest.approx(18, abs=10)


def test_the_mirror_image_is_answered_with_the_mirror_image() -> None:
    which = chest()[2]
    other = View(which.name, np.ascontiguousarray(which.rgba[:, ::-1]), "given", "chest.png")
    one, two = (prior.shape(p, prior.read_pose(p)) for p in (picture(which), picture(other)))
    assert two.pose.yaw == pytest.approx(-one.pose.yaw, abs=1e-3)
    assert np.abs(two.logits[::-1] - one.logits).mean() < 0.05


def test_a_chest_is_a_chest() -> None:
    """Nearer the truth than the rule for fronts, in canonical pose, on the picture's outline, and evidenced."""
    positions, faces, which = chest()
    sculpt = embedded.generate(Reference((which,)), QUICK, quiet)
    rule = embedded.generate(Reference((which,)), embedded.Params(resolution=64, learned=False), quiet)
    assert sculpt.rung == "learned" and rule.rung != "learned"
    ours = score(sculpt.mesh.positions, sculpt.mesh.faces, positions, faces)
    theirs = score(rule.mesh.positions, rule.mesh.faces, positions, faces)
    assert ours["iou"] > theirs["iou"] + 0.1
    assert ours["f5"] > theirs["f5"] + 0.1
    assert sculpt.notes["silhouette_iou"]["three_quarter"] > 0.97
    parts = shares(sculpt.evidence, sculpt.mesh.positions, sculpt.mesh.faces)
    assert parts["seen"] > 0.25 and parts["mirrored"] > 0.05 and parts["learned"] > 0.1
    assert "33 degrees" in sculpt.reason or "degrees to its left" in sculpt.reason
    (shot,) = sculpt.shots
    seen = sculpt.mesh.positions[sculpt.evidence == SEEN].astype(np.float64)
    pixel = seen @ shot.matrix[:, :3].T + shot.matrix[:, 3]
    column, row = (pixel[:, :2] / pixel[:, 2:]).T.astype(int)
    assert (shot.rgba[row, column, 3] > 100).mean() > 0.98


def test_the_same_picture_the_same_bytes_on_any_number_of_threads() -> None:
    before = torch.get_num_threads()

    def made(threads: int) -> Sculpt:
        torch.set_num_threads(threads)
        out = embedded.generate(Reference((chest()[2],)), QUICK, quiet)
        assert torch.get_num_threads() == threads  # left as they were
        return out

    try:
        one, two = made(1), made(3)
    finally:
        torch.set_num_threads(before)
    assert one.mesh.positions.tobytes() == two.mesh.positions.tobytes()
    assert one.colour.tobytes() == two.colour.tobytes()


def test_a_boxy_front_is_learned_straight_on_and_a_round_one_turned() -> None:
    sculpt = embedded.generate(reference(view("front", box(-1, -0.6, 1, 0.6))), QUICK, quiet)
    assert sculpt.rung == "learned"
    assert (sculpt.evidence == LEARNED).any() and not (sculpt.evidence == GUESSED).any()
    wide, high, _ = np.ptp(sculpt.mesh.positions, axis=0)
    assert wide == pytest.approx(high / 0.6, rel=0.03)
    assert embedded.generate(reference(view("front", disc())), QUICK, quiet).rung == "revolve"


def test_nothing_outside_the_outline_and_something_behind_all_of_it() -> None:
    """Logits of a slab to the left alone, behind the outline of a disc: cut on the left, given back on the right."""
    place, _, _ = prior.axes(prior.Answer(Pose(), np.zeros(1, np.float32), 1.0))
    x, _, z = np.meshgrid(place, place, place, indexing="ij")
    logits = np.where((np.abs(z) < 0.2) & (x < 0), 4.0, -4.0 - 0.5 * np.abs(z)).astype(np.float32)
    which = picture(view("front", disc()))
    field, grid = field_of(prior.Answer(Pose(), logits, 1.0), which, 64)
    positions, faces = surface(field, grid, 0)
    camera = Camera(which, pixel_matrix(Pose(), which), Pose().eye())
    assert outline_iou(which, camera.pixels(positions), faces) > 0.97


def test_splines_go_through_what_they_are_given() -> None:
    values = np.array([0.0, 1.0, 4.0, 9.0, 16.0, 25.0])
    at = np.array([1.0, 2.0, 2.5, 3.0, 9.0, -4.0])
    out = weights(at, 6) @ values
    assert out == pytest.approx([1, 4, 6.25, 9, 25, 0], abs=1e-5)


def test_sight_with_perspective() -> None:
    """A camera close by sees but one face of a cube; from afar and aside, three; never the far ones."""
    corners = np.array([[(i >> k) & 1 for k in range(3)] for i in range(8)], np.float32) - 0.5
    quads = [(0, 4, 6, 2), (1, 3, 7, 5), (0, 1, 5, 4), (2, 6, 7, 3), (0, 2, 3, 1), (4, 5, 7, 6)]
    faces = np.array([t for a, b, c, d in quads for t in ((a, b, c), (a, c, d))], np.int32)
    middles = corners[np.array(quads)].mean(1)
    normals = (middles / np.linalg.norm(middles, axis=1, keepdims=True)).astype(np.float32)
    which = picture(chest()[2])
    to_pixels = np.array([[100.0, 0, 100], [0, -100, 100], [0, 0, 1]])

    def seen(pose: Pose) -> list[bool]:
        camera = Camera(which, to_pixels @ pose.matrix(), pose.eye())
        return in_sight(camera, corners, faces, middles, normals, 0.02)[0].tolist()

    assert seen(Pose(0, 0, 0.9)) == [False, False, False, False, False, True]
    assert seen(Pose(0.7, 0.5, 0.3)) == [False, True, False, True, False, True]
    assert seen(Pose(-0.7, -0.5, 0.0)) == [True, False, True, False, False, True]


def test_twins_of_what_is_seen_are_mirrored() -> None:
    sculpt = embedded.generate(Reference((chest()[2],)), QUICK, quiet)
    positions = sculpt.mesh.positions
    left = positions[:, 0] > 0.42 * np.ptp(positions[:, 0])
    right = positions[:, 0] < -0.42 * np.ptp(positions[:, 0])
    assert (sculpt.evidence[left] == SEEN).mean() > 0.5
    assert (sculpt.evidence[right] == MIRRORED).mean() > 0.3
    assert (sculpt.evidence == LEARNED).any()


def test_a_tool_drawn_leaning_is_a_plate_unless_it_is_named() -> None:
    """A lone picture without a name; the same picture called three-quarter is believed to be one."""
    assert embedded.generate(reference(view("single", hammer)), QUICK, quiet).rung == "plate"
    assert embedded.generate(reference(view("three_quarter", hammer)), QUICK, quiet).rung == "learned"


@pytest.mark.parametrize(
    ("turn", "wide", "flat"), [(45, 0.2, True), (-50, 0.35, True), (90, 0.2, False), (0, 0.2, False), (45, 0.7, False)]
)
def test_what_lies_flat_is_long_and_leans(turn: float, wide: float, flat: bool) -> None:
    """Level things may be cars seen from aside, upright ones posts; stout ones lean by chance."""
    c, s = math.cos(math.radians(turn)), math.sin(math.radians(turn))
    lone = view("single", lambda x, y: (abs(s * x + c * y) < 0.95) & (abs(c * x - s * y) < 0.95 * wide))
    assert lies_flat(register((picture(lone),))) is flat
