"""Straight pictures and the networks' answer, made into one field."""

from __future__ import annotations

import numpy as np
import pytest

from tests.toolchain.generate.pictures import box, disc, reference, view
from toolchain.generate.hull import shape as hull
from toolchain.generate.learned import prior, straight
from toolchain.generate.learned.answer import DEEP, GRID, HALF
from toolchain.generate.learned.field import SLOPE
from toolchain.generate.mesher import surface, volume
from toolchain.generate.views import Registered, pictures_of, register

SQUARE = box(-0.8, -0.8, 0.8, 0.8)


def registered(*names: str) -> Registered:
    return register(pictures_of(reference(*(view(name, SQUARE) for name in names)))[0])


def answer(inside: np.ndarray, half: tuple[float, float, float] = (HALF,) * 3) -> prior.Answer:
    return prior.Answer(prior.FRONT, np.where(inside, 6.0, -6.0).astype(np.float32), 1.0, half)


def cells() -> list[np.ndarray]:
    line = ((np.arange(GRID) + 0.5) / GRID * 2 - 1) * HALF
    return np.meshgrid(line, line, line, indexing="ij")


def test_what_the_networks_hold_for_empty_is_hollowed_out() -> None:
    """A cube less a notch that no silhouette shows."""
    x, y, z = cells()
    cube = np.maximum(np.maximum(abs(x), abs(y)), abs(z)) < 0.5
    notch = (x > 0.1) & (y > 0.1) & (z > 0.1)
    plan = registered("front", "left", "top")
    whole = volume(*surface(hull(plan, 64).field, hull(plan, 64).grid, 0))
    made = straight.shape(answer(cube & ~notch), plan, 64)
    assert made.rung == "hull" and "hollowed out" in made.reason
    assert volume(*surface(made.field, made.grid, 0)) == pytest.approx(whole - 0.4**3, abs=0.012)


def test_outlines_stay_sharp_where_the_networks_are_a_little_off() -> None:
    """A cube a cell smaller, as blurred as answers are, takes nothing off the hull; a much smaller one does."""
    away = np.max([abs(n) for n in cells()], axis=0)
    plan = registered("front", "left", "top")
    theirs = hull(plan, 64).field > 0
    for short, least, most in ((1.0, 0.995, 1.0), (5.0, 0.4, 0.9)):
        logits = np.clip(SLOPE * ((0.5 - away) / straight.CELL - short), -8, 8).astype(np.float32)
        made = straight.shape(prior.Answer(prior.FRONT, logits, 1.0), plan, 64).field > 0
        assert not (made & ~theirs).any()
        assert least <= made.sum() / theirs.sum() <= most


def test_every_line_of_sight_keeps_something() -> None:
    x, _, _ = cells()
    made = straight.shape(answer(x < 0), registered("front", "left"), 64)
    assert ((made.field > 0).any(2) == (hull(registered("front", "left"), 64).field > 0).any(2)).mean() > 0.98


def test_a_lone_front_is_as_deep_as_the_answer() -> None:
    x, y, z = cells()
    deep = answer(np.maximum(np.maximum(abs(x), abs(y)), abs(z)) < 0.5, (HALF, HALF, HALF * DEEP))
    made = straight.shape(deep, registered("front"), 64)
    low, high = (f(surface(made.field, made.grid, 0)[0], axis=0) for f in (np.min, np.max))
    assert high - low == pytest.approx([1, 1, DEEP], abs=0.05)
    assert made.rung == straight.RUNG and made.registered.extents[2] == pytest.approx(DEEP, abs=0.1)


def test_an_answer_is_fitted_to_a_known_box() -> None:
    x, y, z = cells()
    slim = answer((abs(x) < 0.2) & (abs(y) < 0.4) & (abs(z) < 0.3))
    out = prior.reach(prior.fitted(slim, np.array((0.8, 1.0, 0.0))))
    assert out[:2] == pytest.approx([0.4, 0.5], abs=0.01)
    assert out[2] == pytest.approx(0.3 * np.sqrt(2 * 1.25), abs=0.03)


def test_views_are_put_to_the_networks_as_they_were_learned() -> None:
    """A disc from the front and a square from its left: the answer is round in one and square in the other."""
    plan = register(pictures_of(reference(view("front", disc(0.8)), view("left", SQUARE)))[0])
    matter = prior.together(plan).logits > 0
    front, side = matter.any(2), matter.any(0)
    assert front.sum() / (np.ptp(np.nonzero(front), axis=1) + 1).prod() == pytest.approx(np.pi / 4, abs=0.06)
    assert side.sum() / (np.ptp(np.nonzero(side), axis=1) + 1).prod() > 0.93
