"""Slots from the materials of a dropped model."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.letter_f import letter_f
from toolchain.asset import Mesh, Paint, Painted, Reference, Sculpt, View
from toolchain.generate.canonical import weld
from toolchain.recipe import Recipe
from toolchain.stage import Made, quiet
from toolchain.surface import slots
from toolchain.surface.materials import names_of, nearest_paint


def letter(label: np.ndarray, names: tuple[str, ...], fine: int = 2) -> Sculpt:
    """The F repaired into small triangles, painted by `label` of its coarse faces (4 ** fine of which make one)."""
    coarse = letter_f()
    painted = Painted(replace(coarse, slots=label.astype(np.int32)), tuple(Paint(n) for n in names))
    mesh = weld(letter_f(fine))[0]
    count = len(mesh.positions)
    return Sculpt(
        mesh, np.full((count, 3), 0.5, np.float32), np.zeros(count, np.uint8), "file", "glb", "", "file", {}, painted
    )


def run(sculpt: Sculpt, views: tuple[View, ...] = (), **params: object) -> Made:
    return slots.run(slots.Params(**params), quiet, repair=sculpt, intake=Reference(views))  # type: ignore[arg-type]


def test_faces_take_the_material_of_the_model() -> None:
    coarse = letter_f()
    assert coarse.slots is not None
    made = run(letter(coarse.slots, ("Red paint", "Steel.001")))
    assert [s.name for s in made.value.slots] == ["Red_paint", "Steel"]
    assert {s.source for s in made.value.slots} == {"material"}
    assert np.array_equal(made.value.faces, np.repeat(coarse.slots, 16))
    assert made.value.slots[0].area == pytest.approx(0.64 / (0.64 + 3.6 * 0.2), abs=0.01)


def test_small_materials_are_merged_to_what_the_tier_allows() -> None:
    label = np.arange(len(letter_f().faces)) // 10  # five materials of a few faces each
    sculpt = letter(label, ("a", "b", "c", "d", "e"))
    made = run(sculpt)
    assert len(made.value.slots) == 2 and made.measures["merged"] == 3
    assert [(f.code, f.severity) for f in made.findings] == [("slots.materials", "info")]
    assert len(run(sculpt, max_slots=5).value.slots) == 5
    assert [s.name for s in run(sculpt, max_slots=1).value.slots] == ["main"]


def test_the_tier_says_how_many() -> None:
    from engine_profiles.load import BUILT_IN, load

    for tier, count in slots.TIER_SLOTS.items():
        assert slots.params(Recipe(tier=tier, name="a", asset="a")).max_slots == count
        assert all(load(name).tier(tier).slots >= count for name in BUILT_IN if name != "print")


def test_one_material_is_one_slot_called_main() -> None:
    made = run(letter(np.zeros(len(letter_f().faces)), ("Skin",)))
    assert [s.name for s in made.value.slots] == ["main"] and made.measures["source"] == "single"


def test_a_painted_mask_wins() -> None:
    rgba = np.full((64, 64, 4), 255, np.uint8)
    mask = np.zeros((64, 64, 3), np.uint8)
    mask[:, :32], mask[:, 32:] = (255, 0, 0), (0, 0, 255)
    coarse = letter_f()
    assert coarse.slots is not None
    made = run(letter(coarse.slots, ("a", "b")), (View("front", rgba, "given", "f.png", mask),))
    assert made.measures["source"] == "mask"


def test_names_are_safe_and_apart() -> None:
    names = names_of(tuple(Paint(n) for n in ("Steel", "steel.001", "STEEL.002", "Größe", ".001")))
    assert names[:3] == ("Steel", "steel_2", "STEEL_3")
    assert len({n.lower() for n in names}) == 5 and all(n.isascii() and n[0].isalpha() for n in names)


def test_the_side_that_faces_the_same_way_answers() -> None:
    square = np.float32([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]])
    points = np.concatenate((square, square - np.float32((0, 0, 1e-4))))
    sheet = Mesh(points, np.int32([[0, 1, 2], [0, 2, 3], [4, 6, 5], [4, 7, 6]]), slots=np.int32([0, 0, 1, 1]))
    skin = Mesh(points, sheet.faces[[3, 0, 2, 1]])
    assert nearest_paint(Painted(sheet, (Paint("a"), Paint("b"))), skin).tolist() == [1, 0, 1, 0]
