"""Props from a grammar of simple solids: boxes, turned profiles, rings, slabs, stacked, mirrored and repeated.

After LRM-Zero (Xie et al. 2024), which learned reconstruction from compositions of primitives alone.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from toolchain.generate.learned.training.meshes import Model, model_of

Part = tuple[NDArray[np.float64], NDArray[np.int32]]
Random = np.random.Generator


def prop(random: Random, name: str = "procedural") -> Model:
    """One prop of 1 to 6 parts, most of them even left and right."""
    parts: list[Part] = []
    colours: list[NDArray[np.float64]] = []
    palette = random.uniform(0.02, 0.9, (3, 3)) ** 1.5
    low, high = np.zeros(3), np.zeros(3)
    even = random.random() < 0.8
    for i in range(int(random.integers(1, 7))):
        size = np.exp(random.normal(-0.6 if i else 0.0, 0.55, 3))
        if random.random() < 0.2:
            size[random.integers(3)] *= 0.15
        points, faces = _solid(random)
        points = points * size
        if i:
            points = points + _place(random, low, high, size, even)
        copies = [points]
        if i and random.random() < 0.45:
            copies = _copies(random, points, even)
        colour = np.tile(palette[random.integers(3)], (len(faces), 1))
        parts += [(copy, faces) for copy in copies]
        colours += [colour for _ in copies]
        every = np.concatenate([p for p, _ in parts])
        low, high = every.min(0), every.max(0)
    start = np.cumsum([0, *(len(p) for p, _ in parts)])
    positions = np.concatenate([p for p, _ in parts])
    faces = np.concatenate([f + s for (_, f), s in zip(parts, start, strict=False)]).astype(np.int32)
    return model_of(name, positions.astype(np.float32), faces, np.concatenate(colours).astype(np.float32))


def _place(random: Random, low: np.ndarray, high: np.ndarray, size: np.ndarray, even: bool) -> np.ndarray:
    """Where a new part goes: on top, below, or at a side of what stands, touching it."""
    middle, half = (low + high) / 2, (high - low) / 2
    axis = int(random.choice((0, 1, 1, 1, 2, 2)))
    if even and axis == 0:
        axis = 1
    at = middle + random.uniform(-0.7, 0.7, 3) * half
    at[axis] = middle[axis] + random.choice((-1, 1)) * (half[axis] + size[axis] * random.uniform(-0.2, 0.48))
    if even and random.random() < 0.8:
        at[0] = middle[0]
    if random.random() < 0.5:
        at[2] = middle[2]
    return np.asarray(at)


def _copies(random: Random, points: np.ndarray, even: bool) -> list[np.ndarray]:
    """`points` and its mirror image, its four corners, or a row of it."""
    kind = random.random()
    shift = random.uniform(0.15, 0.9, 3)
    if kind < 0.45 or (even and kind < 0.6):
        side = points + np.array((shift[0], 0, 0))
        return [side, side * (-1, 1, 1)]
    if kind < 0.8:
        corner = points + np.array((shift[0], 0, shift[2]))
        return [corner * (sx, 1, sz) for sx in (1, -1) for sz in (1, -1)]
    axis = int(random.choice((0, 1, 2)))
    step = np.zeros(3)
    step[axis] = np.ptp(points[:, axis]) * random.uniform(1.1, 2.0)
    count = int(random.integers(2, 6))
    return [points + step * (i - (count - 1) / 2) for i in range(count)]


def _solid(random: Random) -> Part:
    """A solid of unit size about the origin."""
    kind = random.random()
    if kind < 0.4:
        points, faces = _lathe(np.array([[0.5, -0.5], [0.5, 0.5]]), 4)
        points[:, [0, 2]] = points[:, [0, 2]] @ (np.array([[1, 1], [-1, 1]])) * 1.0
        points[:, [0, 2]] *= 0.5 / np.abs(points[:, [0, 2]]).max()
        if random.random() < 0.25:  # tapered
            points[points[:, 1] > 0] *= (random.uniform(0.2, 1), 1, random.uniform(0.2, 1))
    elif kind < 0.9:
        rings = int(random.integers(2, 7))
        profile = np.stack((random.uniform(0.15, 0.5, rings), np.linspace(-0.5, 0.5, rings)), 1)
        style = random.random()
        if style < 0.35:
            profile = np.array([[0.5, -0.5], [0.5, 0.5]])
        elif style < 0.5:
            profile = np.array([[0.5, -0.5], [0.02, 0.5]])
        elif style < 0.7:
            angle = np.linspace(-np.pi / 2, np.pi / 2, 9)
            profile = np.stack((0.5 * np.cos(angle) + 1e-3, 0.5 * np.sin(angle)), 1)
        points, faces = _lathe(profile, int(random.choice((6, 8, 12, 20))))
        points = _laid(random, points)
    else:
        points, faces = _ring(random.uniform(0.06, 0.2), 16, 8)
        points = _laid(random, points)
    return points, faces


def _laid(random: Random, points: np.ndarray) -> np.ndarray:
    """Upright, or along another axis."""
    kind = random.random()
    return points if kind < 0.55 else points[:, [1, 0, 2]] if kind < 0.7 else points[:, [0, 2, 1]]


def _lathe(profile: np.ndarray, sides: int) -> Part:
    """A (radius, height) profile turned about the upright, closed."""
    angle = (np.arange(sides) + 0.5) / sides * 2 * np.pi
    ring = np.stack((np.cos(angle), np.zeros(sides), np.sin(angle)), 1)
    points = np.concatenate([ring * (r, 0, r) + (0, h, 0) for r, h in profile])
    count = len(profile)
    i = np.arange(sides)
    j = (i + 1) % sides
    faces = []
    for k in range(count - 1):
        a, b = k * sides, (k + 1) * sides
        faces += [np.stack((a + i, b + i, a + j), 1), np.stack((a + j, b + i, b + j), 1)]
    ends = np.array([[0, profile[0, 1], 0], [0, profile[-1, 1], 0]])
    bottom, top = len(points), len(points) + 1
    faces.append(np.stack((np.full(sides, bottom), i, j), 1))
    faces.append(np.stack((np.full(sides, top), (count - 1) * sides + j, (count - 1) * sides + i), 1))
    return np.concatenate((points, ends)), np.concatenate(faces).astype(np.int32)


def _ring(thick: float, around: int, across: int) -> Part:
    """A torus about the upright, half a unit in radius."""
    a, b = np.meshgrid(np.arange(around), np.arange(across), indexing="ij")
    u, v = a / around * 2 * np.pi, b / across * 2 * np.pi
    radius = 0.5 - thick + thick * np.cos(v)
    points = np.stack((radius * np.cos(u), thick * np.sin(v), radius * np.sin(u)), -1).reshape(-1, 3)

    def at(i: np.ndarray, j: np.ndarray) -> np.ndarray:
        return ((i % around) * across + j % across).ravel()

    one, two, three, four = at(a, b), at(a, b + 1), at(a + 1, b + 1), at(a + 1, b)
    return points, np.concatenate((np.stack((one, two, three), 1), np.stack((one, three, four), 1))).astype(np.int32)
