"""Turns are proper rotations that put up, front and left where the profile says."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from engine_profiles import BUILT_IN, load
from engine_profiles.schema import AXES
from toolchain.asset import Mesh
from toolchain.export.frame import axis, rotation, to_file

PAIRS = [(u, f) for u, f in itertools.product(AXES, AXES) if u[1] != f[1]]


@pytest.mark.parametrize(("up", "front"), PAIRS)
def test_every_pair_is_a_rotation(up: str, front: str) -> None:
    turn = rotation(up, front)
    assert np.linalg.det(turn) == pytest.approx(1.0)
    assert np.array_equal(turn @ axis("+Y"), axis(up))
    assert np.array_equal(turn @ axis("+Z"), axis(front))


def test_geometry_and_directions_turn_together_and_only_positions_scale() -> None:
    mesh = Mesh(
        np.eye(3, dtype=np.float32),
        np.array([[0, 1, 2]], np.int32),
        normals=np.eye(3, dtype=np.float32),
        tangents=np.array([[1, 0, 0, -1]] * 3, np.float32),
    )
    out = to_file(mesh, "+Z", "+X", 0.01)
    assert np.allclose(out.positions, [[0, 100, 0], [0, 0, 100], [100, 0, 0]])
    assert np.allclose(out.normals, [[0, 1, 0], [0, 0, 1], [1, 0, 0]])
    assert np.allclose(out.tangents, [[0, 1, 0, -1]] * 3)


def test_after_the_engine_mirrors_the_left_is_the_left() -> None:
    """Unity negates X, Unreal negates Y; then the asset's left must lie to the left of its front, seen from above."""
    for name, mirror in (("unity", (-1, 1, 1)), ("unreal", (1, -1, 1)), ("roblox", (1, 1, 1))):
        profile = load(name)
        deliverable = profile.deliverable[0]
        turn = rotation(deliverable.up, deliverable.front)
        up, front, left = (np.asarray(mirror) * (turn @ axis(a)) for a in ("+Y", "+Z", "+X"))
        assert np.array_equal(up, axis(profile.world.up))
        assert np.array_equal(front, axis(profile.world.front))
        sign = 1 if profile.world.handed == "right" else -1
        assert np.array_equal(left, sign * np.cross(up, front))


def test_built_in_units_are_the_engines() -> None:
    for name in BUILT_IN:
        profile = load(name)
        if profile.deliverable[0].format == "fbx" or name == "roblox":
            assert profile.deliverable[0].unit_m == pytest.approx(profile.world.unit_m)
