"""An engine that takes fewer slots gets them merged, down to what is delivered."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from engine_profiles.load import load
from engine_profiles.schema import Profile
from tests.toolchain.intake.model_files import letter_glb
from tests.toolchain.lowpoly.solids import blob, sculpt
from toolchain import pipeline
from toolchain.asset import Concept, Slot, Slots
from toolchain.recipe import Recipe, SlotAsk, read_recipe, settle_generator
from toolchain.stage import quiet
from toolchain.store import Store
from toolchain.surface import merge

RED, WINE, BLUE, GREY = (0.5, 0.02, 0.02), (0.4, 0.02, 0.03), (0.02, 0.05, 0.5), (0.3, 0.3, 0.3)


def slot(name: str, colour: tuple[float, float, float], area: float) -> Slot:
    return Slot(name, "mask", colour, area, 0.9)


FOUR = (slot("red", RED, 0.4), slot("wine", WINE, 0.3), slot("blue", BLUE, 0.2), slot("grey", GREY, 0.1))
NO_PAIRS = np.zeros((0, 2), np.int64)


def limited(slots: int, per_mesh: int = 0, split: bool = False) -> Profile:
    unity = load("unity")
    budget = replace(unity.budget, prop=replace(unity.budget.prop, slots=slots))
    return replace(unity, budget=budget, split_slots=split, limits=replace(unity.limits, materials_per_mesh=per_mesh))


def test_what_is_most_alike_goes_first_and_the_larger_gives_the_name() -> None:
    assert merge.join(FOUR, NO_PAIRS, 3, frozenset()).tolist() == [0, 0, 2, 3]
    assert merge.join(FOUR, NO_PAIRS, 1, frozenset()).tolist() == [0, 0, 0, 0]
    assert merge.join(FOUR, NO_PAIRS, 4, frozenset()).tolist() == [0, 1, 2, 3]


def test_what_was_named_goes_last_and_keeps_its_name() -> None:
    into = merge.join(FOUR, NO_PAIRS, 2, frozenset({"wine", "grey"}))
    assert set(into.tolist()) == {1, 3}
    assert into[0] == 1  # the larger red goes into the wine that was named


def test_a_shared_border_speaks_for_two() -> None:
    three = (slot("a", (0.2, 0.2, 0.2), 0.3), slot("b", (0.3, 0.3, 0.3), 0.3), slot("c", (0.13, 0.13, 0.13), 0.3))
    assert merge.join(three, np.array([[0, 1]]), 2, frozenset()).tolist() == [0, 0, 2]
    assert merge.join(three, np.array([[0, 2]]), 2, frozenset()).tolist() == [0, 1, 0]


def test_a_profile_that_allows_as_many_changes_nothing() -> None:
    thing = sculpt(blob(20))
    slots = Slots((slot("red", RED, 0.5), slot("blue", BLUE, 0.5)), (thing.mesh.faces[:, 0] % 2).astype(np.int32))
    made = merge.run(merge.Params(2), quiet, repair=thing, slots=slots)
    assert made.value is slots and not made.findings


def test_faces_areas_and_colours_follow_and_it_is_told() -> None:
    thing = sculpt(blob(20))
    height = thing.mesh.positions[thing.mesh.faces].mean(axis=1)[:, 1]
    faces = np.digitize(height, np.quantile(height, (0.25, 0.5, 0.75))).astype(np.int32)
    made = merge.run(merge.Params(2, ("blue",)), quiet, repair=thing, slots=Slots(FOUR, faces))
    assert [s.name for s in made.value.slots] == ["red", "blue"]
    assert set(made.value.faces[faces < 2]) == {0} and set(made.value.faces[faces == 2]) == {1}
    assert sum(s.area for s in made.value.slots) == pytest.approx(1, abs=1e-5)
    (told,) = made.findings
    assert (told.code, told.severity, told.measured, told.limit) == ("merge.slots", "info", 4, 2)
    assert "wine into red" in told.message
    lost = merge.run(merge.Params(1, ("red", "blue")), quiet, repair=thing, slots=Slots(FOUR, faces))
    assert lost.findings[0].severity == "warning"


def test_how_many_an_engine_takes() -> None:
    recipe = Recipe("a", "a")
    assert merge.params(recipe, limited(3)).max_slots == 3
    assert merge.params(recipe, limited(3, per_mesh=1)).max_slots == 1
    assert merge.params(recipe, limited(3, per_mesh=1, split=True)).max_slots == 3
    asked = Recipe("a", "a", slots={"Red Paint": SlotAsk()}, overrides={"slots": {"max_slots": 6}})
    assert merge.params(asked, limited(3)) == merge.Params(6, ("Red_Paint",))
    assert merge.params(asked, limited(3, per_mesh=2)).max_slots == 2


def test_built_in_engines_share_the_work(tmp_path: Path) -> None:
    planned = pipeline.plan(*_letter(tmp_path), {name: load(name) for name in ("unity", "unreal", "roblox")})
    assert len({node.key for node in planned.nodes if node.stage.name == "merge"}) == 1


def test_the_delivered_file_has_what_its_own_profile_allows(tmp_path: Path) -> None:
    """A model of two materials, for one profile that takes two and one that takes one."""
    portable = load("portable")
    small = replace(
        portable, name="small", budget=replace(portable.budget, prop=replace(portable.budget.prop, slots=1))
    )
    large = replace(
        portable, name="large", budget=replace(portable.budget, prop=replace(portable.budget.prop, slots=3))
    )
    profiles = {"small": small, "large": large}
    planned = pipeline.plan(*_letter(tmp_path), profiles)
    assert next(node for node in planned.nodes if node.stage.name == "slots").params.max_slots == 3
    built = pipeline.run(planned, Store(tmp_path / "store"), lambda label, share, what: None)
    assert len(built.made["slots"].value.slots) == 2
    assert [len(built.made[f"merge/{name}"].value.slots) for name in profiles] == [1, 2]
    for name, count in (("small", 1), ("large", 2)):
        assert built.made[f"export/{name}"].measures["cost"]["levels"][0]["materials"] == count
        assert "mat.count" not in {f.code for f in built.made[f"check/{name}"].findings}
    assert any(file.path == "report.html" for file in built.made["report"].value.files)


def _letter(folder: Path) -> tuple[Concept, Recipe]:
    path = folder / "letter.glb"
    path.write_bytes(letter_glb().bytes())
    concept = Concept("letter", "letter", {}, model=path)
    return concept, settle_generator(read_recipe(concept, ("unity",), {"bake": {"size_px": 64}}), concept, ())
