"""Lights that training pictures are drawn in: suns that cast shadows, a sky and a ground, and how they are told."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from toolchain.asset import F32

F64 = NDArray[np.float64]
Random = np.random.Generator


@dataclass(frozen=True, eq=False)
class Sun:
    """A light far away."""

    towards: F64  # (3,) unit, the subject's frame
    colour: F64  # (3,)
    size: float  # radius of what it is, as seen from here: how soft its shadows are
    casts: bool


@dataclass(frozen=True, eq=False)
class Light:
    """What falls on a subject."""

    suns: tuple[Sun, ...]
    sky: F64  # (3,)
    ground: F64
    depth: float  # power of occlusion: below 1 where light is thrown back within corners
    rim: float  # brightness along the outline
    bands: int  # steps of a toon ramp, 0 for none
    gloss: float  # strength of highlights
    sharp: float  # their power


def light_of(random: Random, turn: F64) -> Light:
    """A light as pictures have them, seen by a camera that `turn` (Pose.turn) describes."""
    kind = random.random()
    count = 0 if kind < 0.15 else 1 if kind < 0.65 else 2 if kind < 0.92 else 3
    warmth = random.normal(0, 0.1)
    suns = []
    for i in range(count):
        way = np.array((random.normal(0, 0.8), random.normal(0.7, 0.5), random.normal(0.4, 0.6)))
        if random.random() < 0.12:
            way[2] = -abs(way[2])  # from behind
        strength = random.uniform(0.5, 1.6) if i == 0 else random.uniform(0.2, 0.9)
        colour = strength * _tint(random, warmth if i == 0 else random.normal(0, 0.15))
        size = random.uniform(0, 0.3) if random.random() < 0.5 else 0.02
        suns.append(Sun(way / np.linalg.norm(way) @ turn, colour, size, random.random() < 0.85))
    fill = random.uniform(0.1, 1.0)
    return Light(
        tuple(suns),
        fill * _tint(random, -warmth + random.normal(0, 0.06)),
        fill * random.uniform(0.1, 0.95) * _tint(random, random.normal(0, 0.1)),
        random.uniform(0.5, 1.1),
        random.uniform(0, 0.5) if random.random() < 0.15 else 0.0,
        int(random.integers(2, 5)) if random.random() < 0.07 else 0,
        random.uniform(0.1, 1) if random.random() < 0.5 else 0.0,
        float(np.exp(random.uniform(np.log(4), np.log(300)))),
    )


def _tint(random: Random, warmth: float) -> F64:
    """(3,) a colour near white: along warm and cool mostly."""
    out = np.exp(warmth * np.array((1.0, 0.0, -1.0)) + random.normal(0, 0.02, 3))
    return np.asarray(out / out.mean())


def banded(values: F32, bands: int) -> F32:
    """Cosines in steps, as cartoons have them."""
    return (np.ceil(values * bands - 0.25) / bands).clip(0, 1).astype(np.float32) if bands else values
