"""Three props as solids: the truth behind the example pictures. Canonical axes, metres, parts overlap freely."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from toolchain.asset import F32, I32, Mesh


@dataclass(frozen=True, eq=False)
class Prop:
    """A prop in parts, each closed, with one linear colour and one slot a part."""

    mesh: Mesh
    part: I32  # (F,) part of each face
    colours: F32  # (P, 3) linear
    slots: tuple[str, ...]  # (P,) slot name of each part

    @property
    def face_colours(self) -> F32:
        """(F, 3) linear."""
        return self.colours[self.part]


class _Maker:
    def __init__(self) -> None:
        self.points: list[np.ndarray] = []
        self.faces: list[np.ndarray] = []
        self.colours: list[tuple[float, float, float]] = []
        self.slots: list[str] = []

    def add(self, points: np.ndarray, faces: np.ndarray, colour: tuple[float, float, float], slot: str) -> None:
        self.faces.append(faces + sum(map(len, self.points)))
        self.points.append(points)
        self.colours.append(colour)
        self.slots.append(slot)

    def box(
        self, low: tuple[float, ...], high: tuple[float, ...], colour: tuple[float, float, float], slot: str
    ) -> None:
        """An axis-aligned box."""
        corners = np.array([[(low, high)[(i >> a) & 1][a] for a in range(3)] for i in range(8)])
        quads = [(0, 4, 6, 2), (1, 3, 7, 5), (0, 1, 5, 4), (2, 6, 7, 3), (0, 2, 3, 1), (4, 5, 7, 6)]
        faces = np.array([t for a, b, c, d in quads for t in ((a, b, c), (a, c, d))])
        self.add(corners, faces, colour, slot)

    def lathe(
        self,
        profile: list[tuple[float, float]],
        colour: tuple[float, float, float],
        slot: str,
        centre: tuple[float, float, float] = (0, 0, 0),
        stretch: tuple[float, float] = (1, 1),
        sides: int = 48,
    ) -> None:
        """A (radius, height) profile turned about the vertical; closed by a cap at each end."""
        angles = np.arange(sides) / sides * 2 * np.pi
        rings = [
            np.stack((r * np.sin(angles) * stretch[0], np.full(sides, y), r * np.cos(angles) * stretch[1]), 1)
            for r, y in profile
        ]
        points = np.concatenate((*rings, [[0, profile[0][1], 0], [0, profile[-1][1], 0]])) + np.asarray(centre)
        here, after = np.arange(sides), (np.arange(sides) + 1) % sides
        faces = []
        for ring in range(len(profile) - 1):
            a, b = ring * sides, (ring + 1) * sides
            faces += [np.stack((a + here, a + after, b + after), 1), np.stack((a + here, b + after, b + here), 1)]
        last, first, end = (len(profile) - 1) * sides, len(profile) * sides, len(profile) * sides + 1
        faces += [
            np.stack((np.full(sides, first), after, here), 1),
            np.stack((np.full(sides, end), last + here, last + after), 1),
        ]
        self.add(points, np.concatenate(faces), colour, slot)

    def torus(
        self,
        centre: tuple[float, float, float],
        ring: float,
        tube: float,
        colour: tuple[float, float, float],
        slot: str,
    ) -> None:
        """A ring standing in the x-y plane."""
        a, b = np.meshgrid(np.arange(48) / 48 * 2 * np.pi, np.arange(16) / 16 * 2 * np.pi, indexing="ij")
        radius = ring + tube * np.cos(b)
        points = np.stack((radius * np.cos(a), radius * np.sin(a), tube * np.sin(b)), -1).reshape(-1, 3) + np.asarray(
            centre
        )
        i, j = np.meshgrid(np.arange(48), np.arange(16), indexing="ij")
        index = lambda u, v: (u % 48 * 16 + v % 16).reshape(-1)  # noqa: E731
        quad = index(i, j), index(i + 1, j), index(i + 1, j + 1), index(i, j + 1)
        faces = np.concatenate((np.stack((quad[0], quad[1], quad[2]), 1), np.stack((quad[0], quad[2], quad[3]), 1)))
        self.add(points, faces, colour, slot)

    def done(self) -> Prop:
        part = np.concatenate([np.full(len(f), i) for i, f in enumerate(self.faces)]).astype(np.int32)
        mesh = Mesh(np.concatenate(self.points).astype(np.float32), np.concatenate(self.faces).astype(np.int32))
        return Prop(mesh, part, np.asarray(self.colours, np.float32), tuple(self.slots))


def crate() -> Prop:
    """A sci-fi crate, 0.8 m wide: painted panels in a metal frame, a light on its left, a plate at the back."""
    m = _Maker()
    paint, metal, lamp, dark = (0.62, 0.2, 0.03), (0.1, 0.12, 0.15), (0.05, 0.62, 0.6), (0.02, 0.022, 0.028)
    m.box((-0.37, 0.03, -0.27), (0.37, 0.57, 0.27), paint, "paint")
    for x in (-0.4, 0.32):
        for z in (-0.3, 0.22):
            m.box((x, 0, z), (x + 0.08, 0.6, z + 0.08), metal, "metal")
    for y in (0.0, 0.52):
        for z in (-0.3, 0.22):
            m.box((-0.33, y, z), (0.33, y + 0.08, z + 0.08), metal, "metal")
        for x in (-0.4, 0.32):
            m.box((x, y, -0.23), (x + 0.08, y + 0.08, 0.23), metal, "metal")
    m.box((-0.11, 0.25, 0.26), (0.11, 0.41, 0.295), metal, "metal")  # latch, front
    m.box((-0.05, 0.29, 0.28), (0.05, 0.37, 0.3), dark, "metal")
    m.box((-0.28, 0.13, 0.26), (-0.16, 0.17, 0.28), lamp, "paint")  # mark on its right
    for i in range(4):
        m.box((0.36, 0.16 + i * 0.08, -0.14), (0.385, 0.2 + i * 0.08, 0.14), dark, "metal")  # vents, left
    m.box((0.36, 0.47, -0.16), (0.39, 0.5, 0.16), lamp, "paint")
    m.box((-0.2, 0.18, -0.29), (0.2, 0.44, -0.26), dark, "metal")  # plate, back
    return m.done()


def lantern() -> Prop:
    """A brass lantern, 0.36 m tall with its ring."""
    m = _Maker()
    brass, glass, iron = (0.45, 0.25, 0.05), (0.95, 0.62, 0.2), (0.05, 0.045, 0.045)
    m.lathe([(0.085, 0), (0.09, 0.01), (0.09, 0.03), (0.07, 0.045), (0.062, 0.06)], brass, "metal")
    m.lathe([(0.05, 0.055), (0.064, 0.09), (0.068, 0.13), (0.062, 0.17), (0.048, 0.2)], glass, "glass")
    m.lathe(
        [(0.058, 0.195), (0.075, 0.205), (0.07, 0.22), (0.045, 0.245), (0.03, 0.27), (0.018, 0.275)], brass, "metal"
    )
    for i in range(4):
        angle = i * np.pi / 2 + np.pi / 4
        m.lathe(
            [(0.006, 0.05), (0.006, 0.205)], iron, "metal", (0.071 * np.sin(angle), 0, 0.071 * np.cos(angle)), sides=12
        )
    m.torus((0, 0.315, 0), 0.04, 0.007, iron, "metal")
    return m.done()


def helmet() -> Prop:
    """A crested helmet, 0.3 m tall: a steel dome, a brow, cheek guards, a red crest."""
    m = _Maker()
    steel, brass, red, dark = (0.3, 0.33, 0.37), (0.5, 0.3, 0.07), (0.4, 0.02, 0.02), (0.015, 0.015, 0.02)
    t = np.linspace(0, np.pi / 2, 14)
    dome = [
        (0.118, 0.02),
        (0.12, 0.09),
        *((0.12 * np.cos(a), 0.12 + 0.125 * np.sin(a)) for a in t[:-1]),
        (0.004, 0.245),
    ]
    m.lathe(dome, steel, "steel", stretch=(0.9, 1.1))
    m.lathe([(0.126, 0.115), (0.13, 0.125), (0.126, 0.14)], brass, "brass", stretch=(0.9, 1.1))
    m.lathe([(0.124, 0.0), (0.127, 0.01), (0.122, 0.03)], brass, "brass", stretch=(0.9, 1.1))
    m.box((-0.06, 0.07, 0.1), (0.06, 0.112, 0.135), dark, "steel")
    m.box((-0.012, 0.03, 0.11), (0.012, 0.125, 0.145), brass, "brass")
    for i in range(15):
        a = np.pi * (0.08 + 0.84 * i / 14)
        z, y = 0.135 * np.cos(a), 0.125 + 0.13 * np.sin(a)
        m.box((-0.014, y - 0.02, z - 0.018), (0.014, y + 0.045, z + 0.018), red, "crest")
    return m.done()


PROPS = {"crate": crate, "lantern": lantern, "helmet": helmet}
