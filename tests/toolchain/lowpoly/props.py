"""Solids that collision is judged on: openings, ledges, and the simple shapes themselves. Metres, +Y up."""

from __future__ import annotations

from typing import Any

import manifold3d as m3
import numpy as np

from toolchain.asset import Mesh

CUBE, TUBE, BALL = m3.Manifold.cube, m3.Manifold.cylinder, m3.Manifold.sphere


def mesh(solid: Any) -> Mesh:
    """A manifold3d solid as a Mesh."""
    out = solid.to_mesh()
    return Mesh(np.asarray(out.vert_properties[:, :3], np.float32), np.asarray(out.tri_verts, np.int32))


def table() -> Mesh:
    """A top on four legs, in one piece: one hull would fill the space under it."""
    solid = CUBE((1, 0.1, 1)).translate((0, 0.9, 0))
    for x in (0, 0.9):
        for z in (0, 0.9):
            solid += CUBE((0.1, 0.9, 0.1)).translate((x, 0, z))
    return mesh(solid)


def arch() -> Mesh:
    """A doorway: the middle of it is at (0.5, 0.4, 0.15)."""
    return mesh(CUBE((1, 1.2, 0.3)) - CUBE((0.6, 0.9, 0.5)).translate((0.2, -0.01, -0.1)))


def frame() -> Mesh:
    """A picture frame; thinner frames are no answer, bars are."""
    return mesh(CUBE((1, 1, 0.1)) - CUBE((0.8, 0.8, 0.3)).translate((0.1, 0.1, -0.1)))


def bucket() -> Mesh:
    """An open vessel on the Y axis, 1 m high, with walls of 4 cm."""
    return mesh((TUBE(1, 0.4, 0.5, 32) - TUBE(1, 0.36, 0.46, 32).translate((0, 0, 0.06))).rotate((-90, 0, 0)))


def plank() -> Mesh:
    """A box at an angle to every axis."""
    return mesh(CUBE((2, 0.1, 0.3)).rotate((10, 20, 30)))


def ball() -> Mesh:
    """A ball of half a metre."""
    return mesh(BALL(0.5, 48))


def pill() -> Mesh:
    """A capsule along Y: radius 0.2, straight part 0.6."""
    solid = TUBE(0.6, 0.2, 0.2, 48) + BALL(0.2, 48) + BALL(0.2, 48).translate((0, 0, 0.6))
    return mesh(solid.rotate((-90, 0, 0)))


def many_balls(count: int = 60) -> Mesh:
    """More separate pieces than any engine takes hulls."""
    places = np.random.default_rng(5).random((count, 3)) * 3
    return mesh(m3.Manifold.batch_boolean([BALL(0.15, 12).translate(tuple(p)) for p in places], m3.OpType.Add))
