"""Solid textures: colours that run through a subject, so that its pictures are not of one colour a triangle."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from toolchain.asset import F32

F64 = NDArray[np.float64]
Wear = Callable[[F64], F32]


def wear(random: np.random.Generator) -> Wear | None:
    """Factors (N, 3) of colour at places (N, 3) of a subject with longest side 1; None for plain paint."""
    kinds = [make for make, share in ((_clouds, 0.35), (_boards, 0.2), (_badges, 0.3)) if random.random() < share]
    if not kinds:
        return None
    made = [make(random) for make in kinds]

    def factors(at: F64) -> F32:
        out = np.ones((len(at), 3), np.float32)
        for one in made:
            out *= one(at)
        return out

    return factors


def _tint(random: np.random.Generator, strength: float) -> F32:
    """(3,) a factor of colour: mostly of brightness."""
    return np.exp(strength * (random.normal() + 0.35 * random.normal(size=3))).astype(np.float32)


def _clouds(random: np.random.Generator) -> Wear:
    """Waves across waves at two to four scales: stains, grain, rock."""
    waves = []
    size = random.uniform(3, 12)
    for _ in range(int(random.integers(2, 5))):
        ways = random.normal(size=(2, 3)) * size
        ways *= np.exp(random.normal(0, 0.6, 3))  # drawn out along an axis, as wood is
        waves.append((ways, random.uniform(0, 2 * np.pi, 2)))
        size *= random.uniform(1.6, 2.6)
    sharp, tint = random.uniform(0.5, 4), np.log(_tint(random, 0.35))

    def factors(at: F64) -> F32:
        total = np.zeros(len(at))
        for ways, shift in waves:
            turn = np.sin(at @ ways[0] + shift[0] + 2 * np.sin(at @ ways[1] + shift[1]))
            total += turn / len(waves)
        return np.exp(np.tanh(sharp * total)[:, None] * tint).astype(np.float32)

    return factors


def _boards(random: np.random.Generator) -> Wear:
    """Boards, bricks or stripes along the axes: each a little different, with dark gaps."""
    first, second = random.permutation(3)[:2]
    count, long = random.uniform(3, 14), random.uniform(0.5, 4)
    gap, dark, spread = random.uniform(0, 0.12), random.uniform(0.3, 0.9), random.uniform(0.02, 0.3)
    seed = random.uniform(0, 100, 3)

    def factors(at: F64) -> F32:
        row = at[:, first] * count + seed[0]
        column = at[:, second] * long + seed[1] + 0.37 * np.floor(row)
        each = np.sin(np.floor(row) * 12.9898 + np.floor(column) * 78.233 + seed[2]) * 43758.5453
        out = np.exp(spread * (2 * (each - np.floor(each)) - 1))
        near = (np.minimum(row % 1, 1 - row % 1) < gap) | (np.minimum(column % 1, 1 - column % 1) < gap * long / count)
        return np.repeat(np.where(near, out * dark, out)[:, None], 3, 1).astype(np.float32)

    return factors


def _badges(random: np.random.Generator) -> Wear:
    """Labels and panels: boxes and balls of another colour, through the subject along one axis."""
    parts = []
    for _ in range(int(random.integers(1, 5))):
        middle, half = random.uniform(-0.4, 0.4, 3), random.uniform(0.03, 0.25, 3)
        half[random.integers(3)] = 1.0
        parts.append((middle, half, random.random() < 0.4, _tint(random, 0.8)))

    def factors(at: F64) -> F32:
        out = np.ones((len(at), 3), np.float32)
        for middle, half, round_, tint in parts:
            away = (at - middle) / half
            inside = (away**2).sum(1) < 1 if round_ else np.abs(away).max(1) < 1
            out[inside] *= tint
        return out

    return factors
