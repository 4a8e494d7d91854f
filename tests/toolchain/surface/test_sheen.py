"""What shines in a picture is guessed smoother, and only what looks clearly like bare metal is guessed metal."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from tests.toolchain.lowpoly.solids import sculpt, sphere
from toolchain.asset import Sculpt, Shot
from toolchain.srgb import srgb
from toolchain.surface.sheen import DULL, SHINY, Sheen, guess, sheens

PX = 200


def pictured(highlight: float, colour: tuple[float, float, float] = (0.2, 0.02, 0.02), spot: float = 0.985) -> Sculpt:
    """A ball seen from the front, with a round highlight of so much light where the normal is about `spot` to it."""
    y, x = (np.mgrid[:PX, :PX] + 0.5) / PX * 2 - 1
    inside = x * x + y * y < 1
    z = np.sqrt(np.maximum(1 - x * x - y * y, 0))
    light = np.clip(-0.4 * x - 0.5 * y + 0.77 * z, 0, 1)
    linear = np.array(colour) * (0.3 + 0.7 * light)[..., None] + highlight * (light > spot)[..., None]
    rgba = np.dstack((srgb(linear.clip(0, 1)) * 255, 255.0 * inside)).round().astype(np.uint8)
    matrix = np.array(((PX, 0, 0, PX / 2), (0, -PX, 0, PX / 2 + PX / 2), (0, 0, 0, 1.0)))
    shot = Shot("front", rgba, matrix, np.array((0, 0, 1.0, 0)))
    return replace(sculpt(sphere(0.5, (0, 0.5, 0), 30)), shots=(shot,))


def of(thing: Sculpt) -> tuple[float, float] | None:
    return guess(sheens(thing, np.zeros(len(thing.mesh.faces), np.int64), 1)[0])


def test_a_highlight_makes_it_smoother_within_bounds() -> None:
    dull, shiny = of(pictured(0.0)), of(pictured(1.0))
    assert dull is not None and shiny is not None
    assert SHINY <= shiny[0] < dull[0] <= DULL
    assert dull[1] == shiny[1] == 0.0


def test_each_slot_has_its_own() -> None:
    thing = pictured(1.0)
    right = thing.mesh.positions[thing.mesh.faces].mean(axis=1)[:, 0] > 0.15
    left, other = sheens(thing, right.astype(np.int64), 2)
    assert left is not None and other is not None
    assert left.rise > other.rise + 0.5


def test_without_pictures_there_is_no_guess() -> None:
    thing = replace(pictured(1.0), shots=())
    assert sheens(thing, np.zeros(len(thing.mesh.faces), np.int64), 1) == (None,) and guess(None) is None


def test_metal_needs_all_of_it() -> None:
    bare = Sheen(5000, 2.6, 0.03, 8.0, 95.0, 45.0, 3.0)
    assert guess(bare) is not None and guess(bare)[1] == 1.0  # type: ignore[index]
    for change in ({"chroma": 20.0}, {"spots": 0.0}, {"spots": 0.3}, {"lowest": 40.0}, {"middle": 90.0}):
        assert guess(replace(bare, **change))[1] == 0.0  # type: ignore[index,arg-type]
