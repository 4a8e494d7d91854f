"""Keys, sharing, re-runs and reasons, on a small table of our own stages."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from engine_profiles import SettingsError, load
from engine_profiles.typed import opt
from toolchain import pipeline
from toolchain.asset import Concept
from toolchain.pipeline import Stage
from toolchain.recipe import Recipe
from toolchain.stage import Made, StageError
from toolchain.store import Store
from toolchain.why import why

RUNS: list[str] = []


@dataclass(frozen=True)
class Params:
    gain: int = opt(1, "a factor", low=0, high=9)
    triangles: int = opt(0, "budget")


def module(name: str, run: Any, from_profile: bool = False) -> str:
    made = ModuleType(f"fake_{name}")
    made.VERSION = 1  # type: ignore[attr-defined]
    made.Params = Params  # type: ignore[attr-defined]
    made.params = lambda recipe, profile: Params(  # type: ignore[attr-defined]
        triangles=profile.tier(recipe.tier).triangles if from_profile else 0
    )
    made.run = run  # type: ignore[attr-defined]
    sys.modules[made.__name__] = made
    return made.__name__


@pytest.fixture(autouse=True)
def table(monkeypatch: pytest.MonkeyPatch) -> None:
    RUNS.clear()

    def read(params: Params, progress: Any, *, concept: Concept) -> Made:
        RUNS.append("read")
        return Made(concept.views["single"].read_text() * params.gain)

    def cut(params: Params, progress: Any, *, read: str) -> Made:
        RUNS.append(f"cut{params.triangles}")
        if read == "bad":
            raise RuntimeError("inner trouble")
        return Made(f"{read}:{params.triangles}", {"n": params.triangles})

    def sum_up(params: Params, progress: Any, *, read: Made, cut: dict[str, Made]) -> Made:
        RUNS.append("sum")
        return Made([read.value, *(f"{e}={m.value}" for e, m in cut.items())])

    stages = (
        Stage("read", module("read", read), ("concept",)),
        Stage("cut", module("cut", cut, True), ("read",), per_engine=True),
        Stage("sum", module("sum", sum_up), ("read", "cut"), whole=True),
    )
    monkeypatch.setattr(pipeline, "STAGES", stages)
    monkeypatch.setattr(pipeline, "BY_NAME", {s.name: s for s in stages})


def concept(folder: Path, text: str = "a") -> Concept:
    path = folder / "thing.png"
    path.write_text(text)
    return Concept("thing", "thing", {"single": path})


def go(tmp_path: Path, recipe: Recipe | None = None, text: str = "a", again: str | None = None, **engines: int) -> Any:
    recipe = recipe or Recipe("thing", "thing")
    profiles = {}
    for name, triangles in (engines or {"unity": 100, "unreal": 100, "roblox": 50}).items():
        base = load("unity")
        profiles[name] = replace(
            base, name=name, budget=replace(base.budget, prop=replace(base.budget.prop, triangles=triangles))
        )
    plan = pipeline.plan(concept(tmp_path, text), recipe, profiles)
    store = Store(tmp_path / "store")
    store.root.mkdir(exist_ok=True)
    return pipeline.run(plan, store, lambda *_: None, again)


def test_engines_that_ask_the_same_share_the_work(tmp_path: Path) -> None:
    built = go(tmp_path)
    assert RUNS == ["read", "cut100", "cut50", "sum"]
    assert built.made["sum"].value == ["a", "unity=a:100", "unreal=a:100", "roblox=a:50"]


def test_a_second_run_does_nothing(tmp_path: Path) -> None:
    go(tmp_path)
    RUNS.clear()
    assert go(tmp_path).ran == ()
    assert RUNS == []


def test_only_what_changed_runs_again(tmp_path: Path) -> None:
    go(tmp_path)
    RUNS.clear()
    go(tmp_path, unity=100, unreal=100, roblox=60)
    assert RUNS == ["cut60", "sum"]
    RUNS.clear()
    go(tmp_path, text="b")
    assert RUNS == ["read", "cut100", "cut50", "sum"]


def test_from_makes_anew(tmp_path: Path) -> None:
    go(tmp_path)
    RUNS.clear()
    go(tmp_path, again="cut")
    assert RUNS == ["cut100", "cut50", "sum"]


def test_overrides_reach_params_and_are_checked(tmp_path: Path) -> None:
    recipe = Recipe("thing", "thing", overrides={"read": {"gain": 3}})
    assert go(tmp_path, recipe).made["read"].value == "aaa"
    for bad in ({"read": {"gian": 1}}, {"read": {"gain": 99}}, {"raed": {}}):
        with pytest.raises(SettingsError):
            go(tmp_path, Recipe("thing", "thing", overrides=bad))


def test_a_fault_in_a_stage_is_one_sentence_and_what_was_done_is_kept(tmp_path: Path) -> None:
    with pytest.raises(StageError, match="cut/unity step failed on this asset: inner trouble") as caught:
        go(tmp_path, text="bad")
    assert "Traceback" in caught.value.detail
    RUNS.clear()
    with pytest.raises(StageError):
        go(tmp_path, text="bad")
    assert "read" not in RUNS


def test_a_damaged_artefact_is_made_anew(tmp_path: Path) -> None:
    go(tmp_path)
    for path in (tmp_path / "store").rglob("made.json"):
        if '"a:100"' in path.read_text():
            path.write_text("{")
    RUNS.clear()
    go(tmp_path)
    assert RUNS == ["cut100"]


def test_why_names_the_change(tmp_path: Path) -> None:
    built = go(tmp_path)
    manifest = {"stages": [{"stage": n.label, **n.record()} for n in built.plan.nodes], "sources": built.plan.sources}
    assert why(built.plan, manifest) == []
    changed = dict(why(go(tmp_path, unity=90, unreal=100, roblox=50).plan, manifest))
    assert changed == {"cut/unity": "triangles 100 -> 90", "sum": "cut/unity changes"}
    redrawn = dict(why(go(tmp_path, text="c").plan, manifest))
    assert redrawn["read"] == "thing.png changed"
    assert why(built.plan, None)[0] == ("read", "never built, or its files in the outbox are not whole")


def test_the_most_that_any_engine_asks_for_serves_all_and_each_takes_its_own_from_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`most` on the asset's stage, and one stage's value handed on under another's name."""

    def find(params: Params, progress: Any) -> Made:
        return Made(params.triangles)

    def fewer(params: Params, progress: Any, *, find: int) -> Made:
        return Made(min(find, params.triangles))

    def use(params: Params, progress: Any, *, find: int) -> Made:
        return Made(find)

    stages = (
        Stage("find", module("find", find, True), (), most="triangles"),
        Stage("fewer", module("fewer", fewer, True), ("find",), per_engine=True),
        Stage("use", module("use", use), ("find=fewer",), per_engine=True),
    )
    monkeypatch.setattr(pipeline, "STAGES", stages)
    monkeypatch.setattr(pipeline, "BY_NAME", {s.name: s for s in stages})
    built = go(tmp_path, unity=90, unreal=100, roblox=90)
    assert built.made["find"].value == 100
    assert [built.made[f"use/{e}"].value for e in ("unity", "unreal", "roblox")] == [90, 100, 90]
    keys = {node.label: node.key for node in built.plan.nodes}
    assert keys["use/unity"] == keys["use/roblox"] != keys["use/unreal"]


def test_unknown_stage_names_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(StageError, match='did you mean "read"'):
        pipeline.stage_named("raed")
