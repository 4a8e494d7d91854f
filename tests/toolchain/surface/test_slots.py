"""Painted masks reach the faces they were painted over."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.toolchain.lowpoly.solids import blob, sculpt, sphere, together
from toolchain.asset import Reference, View
from toolchain.recipe import Recipe, SlotAsk
from toolchain.stage import quiet
from toolchain.surface import slots
from toolchain.surface.labels import absorb, keep_largest
from toolchain.surface.palette import read_palette

RED, GREEN, BLUE = (255, 0, 0), (0, 255, 0), (0, 0, 255)


def view(name: str, paint: np.ndarray, border: int = 20) -> View:
    """A picture whose subject is all of `paint`, with an empty border."""
    mask = np.pad(paint, ((border, border), (border, border), (0, 0)))
    alpha = np.zeros(mask.shape[:2], np.uint8)
    alpha[border:-border, border:-border] = 255
    return View(name, np.dstack((mask, alpha)), "given", "x.png", mask)


def split(name: str, along: int) -> View:
    """Red in the first half of the picture's rows (0) or columns (1), green in the rest."""
    paint = np.zeros((200, 200, 3), np.uint8)
    paint[:] = GREEN
    paint[(slice(0, 100), slice(None))[:: 1 if along == 0 else -1]] = RED
    return view(name, paint)


def test_without_a_mask_there_is_one_slot() -> None:
    thing = sculpt(blob(30))
    thing = replace(thing, colour=np.full_like(thing.colour, 0.3))
    plain = Reference((View("single", np.zeros((4, 4, 4), np.uint8), "given", "x.png"),))
    made = slots.run(slots.params(Recipe("a", "a")), quiet, repair=thing, intake=plain)
    assert [(s.name, s.source, s.area) for s in made.value.slots] == [("main", "single", 1.0)]
    named = slots.run(slots.params(Recipe("a", "a", slots={"Cast Iron": SlotAsk()})), quiet, repair=thing, intake=plain)
    assert named.value.slots[0].name == "Cast_Iron"


@pytest.mark.parametrize(
    ("name", "along", "axis", "sign"),
    [
        ("front", 1, 0, -1),
        ("back", 1, 0, 1),
        ("left", 1, 2, 1),
        ("right", 1, 2, -1),
        ("top", 1, 0, -1),
        ("front", 0, 1, 1),
        ("top", 0, 2, -1),
        ("single", 1, 0, -1),
    ],
)
def test_each_view_paints_its_own_side(name: str, along: int, axis: int, sign: int) -> None:
    """The red half, left or upper in the picture, lies on the side of the asset that the view's camera says."""
    mesh = sphere(0.5, (0, 0.5, 0), 40)
    made = slots.run(
        slots.Params(names=("red", "green"), colours=("#ff0000", "#00ff00")),
        quiet,
        repair=sculpt(mesh),
        intake=Reference((split(name, along),)),
    )
    assert [s.name for s in made.value.slots] == ["red", "green"]
    middle = mesh.positions[mesh.faces].mean(axis=1) - (0, 0.5, 0)
    clear = np.abs(middle[:, axis]) > 0.05
    red = made.value.faces == 0
    assert (red[clear] != (sign * middle[clear, axis] > 0)).mean() < 0.02
    assert abs(made.value.slots[0].area - 0.5) < 0.03


def test_two_views_and_hidden_parts() -> None:
    mesh = together(sphere(0.3, (0, 0.3, 0.5), 24), sphere(0.3, (0, 0.3, -0.5), 24))
    red, blue = np.zeros((60, 60, 3), np.uint8), np.zeros((60, 60, 3), np.uint8)
    red[:], blue[:] = RED, BLUE
    painted = Reference((view("front", red), view("back", blue)))
    made = slots.run(slots.Params(), quiet, repair=sculpt(mesh), intake=painted)
    front = np.arange(len(mesh.faces)) < len(mesh.faces) // 2
    assert len(made.value.slots) == 2
    assert len(np.unique(made.value.faces[front])) == 1
    assert len(np.unique(made.value.faces[~front])) == 1
    assert made.value.faces[0] != made.value.faces[-1]


def test_too_many_colours_are_merged_and_a_missing_one_is_told() -> None:
    paint = np.zeros((120, 120, 3), np.uint8)
    for i, colour in enumerate(((255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 0), (255, 0, 255), (0, 255, 255))):
        paint[20 * i : 20 * (i + 1)] = colour
    made = slots.run(
        slots.Params(names=("gone",), colours=("#808080",), max_slots=3),
        quiet,
        repair=sculpt(blob(40)),
        intake=Reference((view("front", paint),)),
    )
    assert len(made.value.slots) == 3
    assert made.measures["merged"] == 3
    assert {f.code for f in made.findings} == {"slots.missing", "slots.merged"}
    assert made.value.faces.max() == 2
    assert abs(sum(s.area for s in made.value.slots) - 1) < 1e-4


def test_soft_brush_edges_are_no_slots_and_black_is_unpainted() -> None:
    paint = np.zeros((100, 100, 3), np.uint8)
    paint[:, :50], paint[:, 51:] = RED, BLUE
    paint[:, 50] = (128, 0, 128)
    paint[:20] = 0
    alpha = np.full((100, 100), 255, np.uint8)
    assert read_palette([(paint, alpha)], (), (), 0.02).names == ("slot1", "slot2")
    assert read_palette([(paint, alpha)], ("ink",), ("#000000",), 0.02).names[0] == "ink"


def test_islands_and_the_largest_few() -> None:
    mesh = sphere(0.3, (0, 0, 0), 30)
    areas = np.ones(len(mesh.faces))
    middle = mesh.positions[mesh.faces].mean(axis=1)
    label = (middle[:, 0] > 0).astype(np.int64)
    label[np.argmin(middle[:, 0])] = 2
    out, islands = absorb(mesh.faces, label, areas, 0.01)
    assert islands == 1 and set(out) == {0, 1}
    merged, count = keep_largest(mesh.faces, np.where(middle[:, 1] > 0.2, 2, label), areas, 2)
    assert count == 1 and len(np.unique(merged)) == 2
