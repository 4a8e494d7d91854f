"""What no painted view shows takes the slot of what it resembles."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from tests.toolchain.lowpoly.solids import sculpt, sphere, together
from toolchain.asset import Mesh, Sculpt
from toolchain.lowpoly.topology import areas, cross
from toolchain.surface.tiles import seams
from toolchain.surface.unpainted import fill


def filled(thing: Sculpt, label: np.ndarray) -> np.ndarray:
    """`fill` with what it wants to know of the mesh."""
    mesh = thing.mesh
    size = areas(mesh.positions, mesh.faces)
    normals = cross(mesh.positions, mesh.faces) / np.maximum(2 * size, 1e-30)[:, None]
    return fill(thing, label, normals, size, seams(mesh.positions, mesh.faces, normals))


def middles(mesh: Mesh) -> np.ndarray:
    return np.asarray(mesh.positions[mesh.faces].mean(axis=1))


def test_every_face_gets_one_and_what_was_painted_stays() -> None:
    thing = sculpt(together(sphere(0.3, (0, 0, 0), 20), sphere(0.1, (1, 0, 0))))
    thing = replace(thing, colour=np.full_like(thing.colour, 0.4))
    place = middles(thing.mesh)[:, 0]
    label = np.full(len(place), -1)
    label[place < -0.25], label[place > 0.25] = 0, 1
    out = filled(thing, label)
    assert (out[label >= 0] == label[label >= 0]).all()
    assert (out[place < -0.1] == 0).all() and (out[place > 0.9] == 1).all() and (out >= 0).all()


def test_colour_says_more_than_nearness() -> None:
    """Rings of two paints about the upright; only the front's middle is painted, and the back has rings too."""
    thing = sculpt(sphere(0.5, (0, 0.5, 0), 60))
    ring = (np.floor(thing.mesh.positions[:, 1] * 6).astype(int) % 2).astype(bool)
    thing = replace(thing, colour=np.where(ring[:, None], (0.6, 0.05, 0.05), (0.05, 0.1, 0.6)).astype(np.float32))
    place = middles(thing.mesh)
    share = ring[thing.mesh.faces].mean(axis=1)
    true = (share > 0.5).astype(np.int64)
    whole = (share < 0.01) | (share > 0.99)
    out = filled(thing, np.where(place[:, 2] > 0.3, true, -1))
    assert (out != true)[whole].mean() < 0.02


def test_a_side_that_was_not_painted_mirrors_the_one_that_was() -> None:
    """Of one colour all over: the left ball was painted, and so was the middle one, which lies nearer to the right."""
    thing = sculpt(together(*(sphere(0.2, (x, 0.2, 0), 16) for x in (1.0, 0.0, -1.0))))
    thing = replace(thing, colour=np.full_like(thing.colour, 0.4))
    place = middles(thing.mesh)[:, 0]
    out = filled(thing, np.where(place > 0.5, 1, np.where(place > -0.5, 0, -1)))
    assert (out[place < -0.5] == 1).all()


def test_nothing_painted_is_nothing_filled() -> None:
    thing = sculpt(sphere(0.3, (0, 0, 0), 12))
    none = np.full(len(thing.mesh.faces), -1)
    assert (filled(thing, none) == -1).all()
