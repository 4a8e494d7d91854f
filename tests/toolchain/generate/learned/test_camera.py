from __future__ import annotations

import math

import numpy as np
import pytest

from toolchain.generate.learned.camera import Pose


def test_a_camera_to_the_left_and_above() -> None:
    """Yaw 33 degrees to the subject's left (+X), pitch 19: the frame of its columns, worked out by hand."""
    turn = Pose(math.radians(33), math.radians(19)).turn()
    assert turn[0] == pytest.approx([0.83867, 0, -0.54464], abs=1e-4)
    assert turn[1] == pytest.approx([-0.17732, 0.94552, -0.27305], abs=1e-4)
    assert turn @ turn.T == pytest.approx(np.eye(3), abs=1e-12)
    assert np.linalg.det(turn) == pytest.approx(1)


def test_what_is_nearer_is_larger() -> None:
    pose = Pose(near=0.5)
    (front, back) = pose.project(np.array([[0.2, 0.1, 0.5], [0.2, 0.1, -0.5]]))
    assert front == pytest.approx([0.2 / 0.75, 0.1 / 0.75])
    assert back == pytest.approx([0.2 / 1.25, 0.1 / 1.25])


def test_the_eye_is_where_lines_of_sight_meet() -> None:
    pose = Pose(0.4, 0.3, 0.5, 0.05, -0.02)
    eye = pose.eye()
    place = eye[:3] / eye[3]
    assert np.linalg.norm(place) == pytest.approx(2.0)
    point = np.array([0.3, -0.2, 0.1])
    along = place + (point - place) * np.array([0.5, 1.0, 1.4])[:, None]
    seen = pose.project(along)
    assert seen == pytest.approx(np.tile(seen[1], (3, 1)), abs=1e-9)


def test_the_middle_falls_where_it_is_said_to() -> None:
    assert Pose(0.4, 0.3, 0.5, 0.05, -0.02).project(np.zeros((1, 3)))[0] == pytest.approx([0.05, -0.02])
