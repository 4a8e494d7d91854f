from __future__ import annotations

import numpy as np
import pytest

from tests.toolchain.generate.pictures import ARM_VOLUME, Inside, armed, box, disc, reference, view
from toolchain.asset import Sculpt, View
from toolchain.generate.embedded import Params, generate
from toolchain.generate.mesher import closed, face_areas, volume
from toolchain.generate.shading import side_light
from toolchain.generate.views import PLANES, picture_of
from toolchain.stage import quiet

SQUARE = box(-0.8, -0.8, 0.8, 0.8)


def made(resolution: int = 96, **views: Inside) -> Sculpt:
    return generate(reference(*(view(k, v) for k, v in views.items())), Params(resolution=resolution), quiet)


@pytest.mark.parametrize(
    ("views", "true"),
    [
        ({"front": SQUARE, "left": SQUARE, "top": SQUARE}, 1.0),
        ({"front": SQUARE, "left": SQUARE}, 1.0),
        ({"front": SQUARE, "left": SQUARE, "top": disc(0.8)}, np.pi / 4),
        ({"front": disc(), "left": disc(), "top": disc()}, np.pi / 6),
        ({"front": disc(), "right": disc(), "bottom": disc()}, np.pi / 6),
    ],
)
def test_volumes_of_known_solids(views: dict[str, Inside], true: float) -> None:
    sculpt = made(**views)
    mesh = sculpt.mesh
    assert sculpt.rung == "hull"
    assert closed(mesh.faces)
    assert volume(mesh.positions, mesh.faces) == pytest.approx(true, rel=0.03)
    assert min(sculpt.notes["silhouette_iou"].values()) > 0.97


def test_turned_things_seen_from_two_sides_get_round_sections() -> None:
    mesh = made(front=disc(), left=disc()).mesh
    assert volume(mesh.positions, mesh.faces) == pytest.approx(np.pi / 6, rel=0.08)


def test_the_surface_is_smooth_without_steps() -> None:
    mesh = made(front=SQUARE, left=SQUARE, top=disc(0.8)).mesh
    assert face_areas(mesh.positions, mesh.faces).sum() == pytest.approx(np.pi + np.pi / 2, rel=0.03)
    radius = np.hypot(mesh.positions[:, 0], mesh.positions[:, 2])[np.abs(mesh.positions[:, 1]) < 0.4]
    assert np.abs(radius - 0.5).max() < 0.006


def test_arm_on_its_left_nose_to_the_front() -> None:
    sculpt = generate(armed("front", "left", "top"), Params(resolution=120), quiet)
    p = sculpt.mesh.positions - (sculpt.mesh.positions.max(0) + sculpt.mesh.positions.min(0)) / 2
    low, high = p.min(0), p.max(0)
    arm, nose = p[p[:, 0] > high[0] - 0.02], p[p[:, 2] > high[2] - 0.02]
    assert arm[:, 1].min() > 0.2  # high up
    assert nose[:, 1].max() < -0.2  # low down
    assert np.abs(np.ptp(arm[:, 2]) - 0.1) < 0.02
    assert p[p[:, 0] < low[0] + 0.02][:, 1].min() < -0.45  # the right and the back are the body's flat sides
    assert p[p[:, 2] < low[2] + 0.02][:, 1].min() < -0.45
    assert volume(sculpt.mesh.positions, sculpt.mesh.faces) == pytest.approx(ARM_VOLUME / 8, rel=0.03)


def test_views_that_disagree_keep_every_drawn_part() -> None:
    """Drawn 4 % lower in one picture, a thin shelf would vanish from a plain hull."""

    def shelf(at: float) -> Inside:
        return lambda x, y: ((np.abs(x) < 0.1) & (np.abs(y) < 1)) | ((np.abs(x) < 0.8) & (np.abs(y - at) < 0.015))

    sculpt = made(120, front=shelf(0.20), left=shelf(0.28))
    assert min(sculpt.notes["silhouette_iou"].values()) > 0.9
    assert closed(sculpt.mesh.faces)


def test_opposite_drawings_meet_halfway() -> None:
    sculpt = made(front=box(-0.5, -1, 0.5, 1), back=box(-0.52, -1, 0.52, 1), left=box(-0.5, -1, 0.5, 1))
    assert sculpt.mesh.size[0] == pytest.approx(0.51, abs=0.01)


def lit(name: str, fall: float) -> View:
    """An upright pipe or post with a slanting foot, its light falling by exp(`fall`) from left to right."""

    def outline(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        return (np.abs(x) < 0.5 - 0.25 * np.clip(y, 0, 1)) & (np.abs(y) < 1)

    made = view(name, outline, (200, 200, 200))
    place = np.linspace(-1, 1, made.rgba.shape[1])
    rgba = made.rgba.copy()
    rgba[..., :3] = np.clip(160 * np.exp(-fall * place)[None, :, None] ** (1 / 2.2), 0, 255)
    return View(name, rgba, "given", name)


def test_the_light_tells_a_pipe_from_a_post() -> None:
    round_one = generate(reference(lit("front", 1.5), lit("left", 1.5)), Params(resolution=64), quiet)
    assert round_one.notes["section_power"] == 2.5
    assert "light" in round_one.reason
    flat = generate(reference(lit("front", 0.0), lit("left", 0.0)), Params(resolution=64), quiet)
    assert flat.notes["section_power"] != 2.5
    one_side = generate(reference(lit("front", 1.5), lit("left", 0.0)), Params(resolution=64), quiet)
    assert "light" not in one_side.reason


def test_a_label_on_one_side_is_not_light() -> None:
    plain = lit("front", 0.0)
    rgba = plain.rgba.copy()
    rgba[90:150, 60:110, :3] = 20
    assert side_light(picture_of(View("front", rgba, "given", "f"), PLANES["front"])) < 0.01
    assert side_light(picture_of(lit("front", 1.0), PLANES["front"])) > 0.1
