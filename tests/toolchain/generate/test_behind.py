"""What a back is painted by."""

from __future__ import annotations

import numpy as np

from toolchain.asset import F32
from toolchain.generate.behind import colours_behind

WIDE, DEEP = 0.5, 0.4  # half the box's width and depth


def box(count: int = 41) -> tuple[F32, F32]:
    """Points on the upright faces of a box, and their normals."""
    line, rows = np.linspace(-1, 1, count), np.linspace(-0.5, 0.5, 11)
    points, normals = [], []
    for sign in (-1, 1):
        across, up = (grid.ravel() for grid in np.meshgrid(line, rows))
        points.append(np.stack((across * WIDE, up, np.full_like(up, sign * DEEP)), 1))
        normals.append(np.tile((0, 0, sign), (len(up), 1)))
        points.append(np.stack((np.full_like(up, sign * WIDE), up, across * DEEP), 1))
        normals.append(np.tile((sign, 0, 0), (len(up), 1)))
    return np.concatenate(points).astype(np.float32), np.concatenate(normals).astype(np.float32)


def painted(positions: F32, normals: F32) -> F32:
    """Red in front; on the sides green by how far up, blue by how far from the front."""
    colour = np.zeros_like(positions)
    side = np.abs(normals[:, 0]) > 0.5
    colour[normals[:, 2] > 0.5, 0] = 1
    colour[side, 1] = positions[side, 1] + 0.5
    colour[side, 2] = (DEEP - positions[side, 2]) / (2 * DEEP)
    return colour


def test_a_back_goes_on_from_its_edges_as_the_sides_do() -> None:
    positions, normals = box()
    rows, colours = colours_behind(painted(positions, normals), normals[:, 2] > -0.5, positions, normals)
    inner = np.abs(positions[rows, 0]) < WIDE - 0.05  # at the edge itself the normals of two faces meet
    assert inner.sum() > 0.8 * (normals[:, 2] < -0.5).sum() * (1 - 0.05 / WIDE)
    x, y, _ = positions[rows][inner].T
    assert np.abs(colours[inner, 0]).max() == 0  # nothing of the front
    assert np.abs(colours[inner, 1] - (y + 0.5)).max() < 0.02
    assert np.abs(colours[inner, 2] - (1 - (WIDE - np.abs(x)) / (2 * DEEP))).max() < 0.05


def test_what_is_wider_than_deep_turns_round_at_its_front() -> None:
    """From an edge the pattern of the side runs out after its depth, and goes back again."""
    positions, normals = box()
    positions[:, 0] *= 2.4  # half the back is 1.2 wide, the side 0.8 deep
    rows, colours = colours_behind(painted(positions, normals), normals[:, 2] > -0.5, positions, normals)
    x = np.abs(positions[rows, 0])
    out = (x < 1.2 - 0.8 - 0.05) & (x > 0.05)
    run = 2 * 2 * DEEP - (1.2 - x[out])  # from the back edge along the side, turned round at the front
    assert np.abs(colours[out, 2] - (1 - run / (2 * DEEP))).max() < 0.05


def test_only_what_is_unknown_and_looks_backwards_is_guessed() -> None:
    positions, normals = box()
    known = (normals[:, 2] > 0.5) | (normals[:, 0] > 0.5)
    rows, _ = colours_behind(painted(positions, normals), known, positions, normals)
    assert len(rows) and (normals[rows, 2] < -0.5).all()
    for nothing in (np.ones(len(known), bool), np.zeros(len(known), bool), normals[:, 2] > 0.5):
        assert not len(colours_behind(painted(positions, normals), nothing, positions, normals)[0])
