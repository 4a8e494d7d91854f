"""Slots by colour: what is two is told apart, what is one stays one, and borders lie where the paint changes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.toolchain.lowpoly.solids import sculpt, sphere, together
from toolchain.asset import GUESSED, LEARNED, Mesh, Reference, Sculpt
from toolchain.recipe import Recipe, SlotAsk
from toolchain.stage import Made, quiet
from toolchain.surface import slots
from toolchain.surface.auto import find
from toolchain.surface.kinds import groups

RED, BLUE, GREEN, WHITE = (0.5, 0.03, 0.03), (0.03, 0.08, 0.5), (0.05, 0.4, 0.05), (0.7, 0.7, 0.7)


def ball(detail: int = 64) -> Mesh:
    return sphere(0.5, (0, 0.5, 0), detail)


def lit(mesh: Mesh, albedo: np.ndarray, seed: int = 0) -> Sculpt:
    """`mesh` in (V, 3) linear colours under a lamp, with some noise."""
    out = mesh.positions - mesh.positions.mean(axis=0)
    out = out / np.linalg.norm(out, axis=1, keepdims=True)
    shade = 0.35 + 0.65 * np.clip(out @ (-0.4, 0.7, 0.6), 0, 1)
    noise = 1 + 0.03 * np.random.default_rng(seed).normal(size=(len(out), 1))
    return replace(sculpt(mesh), colour=(albedo * shade[:, None] * noise).clip(0, 1).astype(np.float32))


def bands(mesh: Mesh, colours: list[tuple[float, float, float]]) -> np.ndarray:
    """(V, 3) colours of even bands from the bottom up."""
    share = (mesh.positions[:, 1] / mesh.positions[:, 1].max() * len(colours)).astype(int)
    return np.array(colours)[np.minimum(share, len(colours) - 1)]


def run(thing: Sculpt, recipe: Recipe | None = None, **params: object) -> Made:
    given = replace(slots.params(recipe or Recipe("a", "a", tier="hero")), **params)  # type: ignore[arg-type]
    return slots.run(given, quiet, repair=thing, intake=Reference(()))


@pytest.mark.parametrize("colour", [RED, WHITE, (0.02, 0.02, 0.02)])
def test_one_paint_under_a_lamp_is_one_slot(colour: tuple[float, float, float]) -> None:
    mesh = ball()
    made = run(lit(mesh, np.tile(colour, (len(mesh.positions), 1))))
    assert [(s.name, s.source) for s in made.value.slots] == [("main", "single")]
    assert made.value.slots[0].sure > 0.5


def test_two_paints_are_two_slots_that_know_themselves() -> None:
    mesh = ball()
    made = run(lit(mesh, bands(mesh, [RED, BLUE])))
    assert sorted(s.name.removeprefix("dark_") for s in made.value.slots) == ["blue", "red"]
    assert {s.source for s in made.value.slots} == {"colour"}
    assert all(0.6 < s.sure <= 1 and 0.4 < s.area < 0.6 for s in made.value.slots)
    upper = mesh.positions[mesh.faces].mean(axis=1)[:, 1] > 0.5
    blue = [s.name.endswith("blue") for s in made.value.slots].index(True)
    assert ((made.value.faces == blue) == upper).mean() > 0.98


def test_white_beside_black_may_be_light_and_is_told_apart_where_two_are_asked_for() -> None:
    mesh = ball()
    thing = lit(mesh, bands(mesh, [(0.03, 0.03, 0.03), (0.8, 0.8, 0.8), (0.03, 0.03, 0.03)]))
    made = run(thing, count=2)
    assert {s.name for s in made.value.slots} <= {"black", "dark_grey", "grey", "white"}
    white = int(np.argmax([s.colour[1] for s in made.value.slots]))
    height = mesh.positions[mesh.faces].mean(axis=1)[:, 1]
    assert ((made.value.faces == white) == (np.abs(height - 0.5) < 1 / 6)).mean() > 0.95


def test_the_tier_bounds_them_and_the_sidecar_turns_them_off() -> None:
    mesh = ball()
    thing = lit(mesh, bands(mesh, [RED, WHITE, BLUE, GREEN]))
    assert len(run(thing).value.slots) == 4
    assert len(run(thing, Recipe("a", "a", tier="prop")).value.slots) == 2
    assert len(run(thing, Recipe("a", "a", tier="background")).value.slots) == 1
    assert [s.name for s in run(thing, automatic=False).value.slots] == ["main"]
    assert len(run(thing, count=3).value.slots) == 3


def test_names_without_colours() -> None:
    mesh = ball()
    share = mesh.positions[:, 1] / mesh.positions[:, 1].max()
    thing = lit(mesh, np.where(share[:, None] > 0.7, [BLUE], [RED]))
    plain = [s.name for s in run(thing).value.slots]  # the larger first
    asks = {"grip": SlotAsk(), "slide": SlotAsk()}
    assert [s.name for s in run(thing, Recipe("a", "a", tier="hero", slots=asks)).value.slots] == ["grip", "slide"]
    one = run(thing, Recipe("a", "a", tier="hero", slots={plain[1]: SlotAsk()}))
    assert [s.name for s in one.value.slots] == plain  # a name from the page means that slot
    whole = run(thing, Recipe("a", "a", tier="hero", slots={"paint": SlotAsk()}))
    assert [s.name for s in whole.value.slots] == ["paint"]
    more = run(thing, Recipe("a", "a", tier="prop", slots={n: SlotAsk() for n in ("p", "q", "r")}))
    assert [f.code for f in more.findings] == ["slots.missing"] and '"r"' in more.findings[0].message


def test_the_unseen_side_takes_what_lies_beside_it_and_is_less_sure() -> None:
    mesh = ball()
    seen = lit(mesh, bands(mesh, [RED, BLUE]))
    back = mesh.positions[:, 2] < 0
    colour = np.where(back[:, None], np.random.default_rng(1).random(seen.colour.shape), seen.colour)
    guessed = replace(seen, colour=colour.astype(np.float32), evidence=np.where(back, GUESSED, 0).astype(np.uint8))
    all_round, front = find(seen, 4), find(guessed, 4)
    assert front.label.max() == 1
    middle = mesh.positions[mesh.faces].mean(axis=1)
    clear = middle[:, 2] > 0.05
    assert (front.label == all_round.label)[clear].mean() in (pytest.approx(1, abs=0.03), pytest.approx(0, abs=0.03))
    assert max(front.sure) < min(all_round.sure)


def test_colours_filled_in_on_a_learned_side_make_no_slot() -> None:
    mesh = ball()
    back = mesh.positions[:, 2] < 0
    thing = lit(mesh, np.where(back[:, None], [BLUE], [RED]))
    assert len(run(thing).value.slots) == 2
    evidence = np.where(back, LEARNED, 0).astype(np.uint8)
    assert len(run(replace(thing, evidence=evidence)).value.slots) == 1


def test_a_highlight_on_one_paint_is_no_slot() -> None:
    mesh = ball()
    thing = lit(mesh, np.tile(RED, (len(mesh.positions), 1)))
    out = mesh.positions - mesh.positions.mean(axis=0)
    out = out / np.linalg.norm(out, axis=1, keepdims=True)
    half = np.array((-0.25, 0.45, 0.85)) / np.linalg.norm((-0.25, 0.45, 0.85))
    shine = 0.8 * np.clip(out @ half, 0, 1) ** 14
    glossy = replace(thing, colour=np.clip(thing.colour + shine[:, None], 0, 1).astype(np.float32))
    assert len(run(glossy).value.slots) == 1


def test_as_many_as_are_asked_for_are_found_where_fewer_are_clear() -> None:
    mesh = ball()
    thing = lit(mesh, bands(mesh, [(0.05, 0.05, 0.05), (0.09, 0.09, 0.09), (0.16, 0.16, 0.16)]))
    assert find(thing, 4).label.max() == 0 and find(thing, 8, 2).label.max() == 1


def test_greys_of_a_shade_are_found_where_their_number_is_told() -> None:
    """Three greys 10 % apart, in even light: they differ in lightness alone, which counts in full where it was told."""
    mesh = ball()
    albedo = bands(mesh, [(v, v, v) for v in (0.2, 0.22, 0.25)])
    noise = 1 + 0.06 * np.random.default_rng(0).normal(size=(len(albedo), 1))
    found = find(replace(sculpt(mesh), colour=(albedo * noise).astype(np.float32)), 8, 3)
    height = mesh.positions[mesh.faces].mean(axis=1)[:, 1]
    assert found.label.max() == 2
    at = [int(np.bincount(found.label[(height > low) & (height < low + 0.2)]).argmax()) for low in (0.0, 0.4, 0.8)]
    assert sorted(at) == [0, 1, 2]


def test_specks_and_noise_make_no_slot() -> None:
    mesh = ball()
    albedo = np.tile(WHITE, (len(mesh.positions), 1))
    albedo[np.random.default_rng(2).random(len(albedo)) < 0.02] = RED
    assert len(run(lit(mesh, albedo)).value.slots) == 1


def test_the_same_sculpt_gives_the_same_slots() -> None:
    mesh = together(ball(60), sphere(0.2, (1, 0.2, 0), 40))
    thing = lit(mesh, bands(mesh, [RED, BLUE, WHITE]))
    one, two = find(thing, 4), find(thing, 4)
    assert np.array_equal(one.label, two.label) and one.sure == two.sure


def test_groups_split_what_is_spread_most() -> None:
    points = np.concatenate([np.random.default_rng(i).normal(c, 0.5, (50, 3)) for i, c in enumerate((0, 10, 30))])
    label = groups(points, np.ones(150), 3)
    assert [len(set(label[i : i + 50])) for i in (0, 50, 100)] == [1, 1, 1] and len(set(label)) == 3
    assert groups(np.ones((9, 3)), np.ones(9), 4).max() == 0
