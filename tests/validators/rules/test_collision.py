"""Boxes, balls and capsules by name: what an engine can read off a mesh passes, at any angle it allows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.validators.factory import clean, profile, with_node
from toolchain.lowpoly.hull import Hull
from toolchain.lowpoly.simple import fit
from validators.finding import Finding
from validators.rules.col_shape import RULE
from validators.scene import Scene

PREFIX = {"box": "UBX", "sphere": "USP", "capsule": "UCP"}


def judged(prefix: str, hull: Hull, points: np.ndarray) -> list[Finding]:
    """What the rule says of the clean scene's hull redrawn."""
    scene = with_node(clean("unreal"), 5, name=f"{prefix}_SM_Crate_LOD0_00")
    corners, faces = hull.faces.reshape(-1).astype(np.int32), len(hull.faces)
    mesh = replace(
        scene.meshes[4],
        points=points,
        corner_point=corners,
        face_sizes=np.full(faces, 3, np.int32),
        face_material=np.zeros(faces, np.int32),
        normals=np.zeros((len(corners), 3)),
        tangents=np.zeros((len(corners), 4)),
        uvs=(),
    )
    made: Scene = replace(scene, meshes=(*scene.meshes[:4], mesh))
    return RULE.check(made, profile("unreal"))


@pytest.mark.parametrize("kind", PREFIX)
def test_our_own_shapes_are_what_they_are_called(kind: str) -> None:
    cloud = np.random.default_rng(1).normal(size=(100, 3)) * (1, 2, 1.5)
    shape = fit(kind, cloud).drawn
    assert judged(PREFIX[kind], shape, shape.positions) == []
    other = next(p for k, p in PREFIX.items() if k != kind)
    assert judged(other, shape, shape.positions)


def test_a_box_may_lie_at_any_angle_and_a_bent_one_is_none() -> None:
    rng = np.random.default_rng(2)
    box = fit("box", np.array([[x, y, z] for x in (0, 1.0) for y in (0, 0.2) for z in (0, 3.0)])).drawn
    turn = np.linalg.qr(rng.normal(size=(3, 3)))[0]
    assert judged("UBX", box, box.positions @ turn) == []
    bent = box.positions.copy()
    bent[0] += (0.3, 0.0, 0.0)
    assert judged("UBX", box, bent)


def test_a_squeezed_ball_is_none() -> None:
    ball = fit("sphere", np.random.default_rng(3).normal(size=(50, 3))).drawn
    assert judged("USP", ball, ball.positions * (1, 1, 0.8))
