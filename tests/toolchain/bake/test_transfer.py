"""Tangent-space normals: the exact inverse of the engine's decode."""

from __future__ import annotations

import numpy as np

from toolchain.bake.transfer import Z_LEAST, to_tangent_space, to_world


def test_round_trip_with_frames_that_are_neither_unit_nor_square() -> None:
    rng = np.random.default_rng(0)
    normal = (rng.normal(size=(2000, 3)) * 0.3 + [0, 0, 1]).astype(np.float32)
    tangent = (rng.normal(size=(2000, 3)) * 0.3 + [1, 0, 0]).astype(np.float32)
    sign = np.where(rng.random(2000) < 0.5, -1, 1).astype(np.float32)
    world = rng.normal(size=(2000, 3)) * 0.4 + [0, 0, 1]
    world = (world / np.linalg.norm(world, axis=1, keepdims=True)).astype(np.float32)
    packed, raised = to_tangent_space(world, normal, tangent, sign)
    np.testing.assert_allclose(np.linalg.norm(packed, axis=1), 1, atol=1e-5)
    back = to_world(packed, normal, tangent, sign)
    np.testing.assert_allclose(back[~raised], world[~raised], atol=1e-5)
    assert 0 < raised.mean() < 0.2 and (packed[:, 2] >= Z_LEAST - 1e-6).all()


def test_green_is_up_and_follows_the_sign() -> None:
    up = np.float32([[0, 0.6, 0.8]])
    frame = (np.float32([[0, 0, 1]]), np.float32([[1, 0, 0]]))
    np.testing.assert_allclose(to_tangent_space(up, *frame, np.float32([1]))[0], [[0, 0.6, 0.8]], atol=1e-6)
    np.testing.assert_allclose(to_tangent_space(up, *frame, np.float32([-1]))[0], [[0, -0.6, 0.8]], atol=1e-6)


def test_a_frame_without_volume_gives_a_flat_normal() -> None:
    zero = np.zeros((1, 3), np.float32)
    packed, raised = to_tangent_space(np.float32([[0, 0, 1]]), zero, zero, np.float32([1]))
    assert packed.tolist() == [[0, 0, 1]] and raised.all()
