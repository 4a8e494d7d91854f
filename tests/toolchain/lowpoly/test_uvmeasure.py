"""Measures against layouts whose answers are known."""

from __future__ import annotations

import numpy as np
import pytest

from tests.toolchain.lowpoly.flat import rectangles
from toolchain.lowpoly.gaps import least_gap
from toolchain.lowpoly.uvmeasure import density, layout, seam_length, stretch

SQUARE = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0.0]])
FACES = np.array([[0, 1, 2], [0, 2, 3]])


def test_stretch_of_a_sheet_pulled_to_twice_its_length() -> None:
    """Singular values sqrt(2) and 1 / sqrt(2) at the mean scale."""
    found = stretch(SQUARE, FACES, SQUARE[:, :2] * (0.5, 0.25), FACES)
    assert found["linf"] == pytest.approx(np.sqrt(2), abs=1e-4)
    assert found["l2"] == pytest.approx(np.sqrt(1.25), abs=1e-4)
    assert found["angle"] == pytest.approx(1.25, abs=1e-4)
    assert found["area"] == 1.0


def test_area_distortion_without_any_of_angle() -> None:
    """Two triangles of one size in space, one twice as wide in the texture."""
    uv = np.array([[0, 0], [0.1, 0], [0, 0.1], [0.5, 0.5], [0.7, 0.5], [0.5, 0.7]])
    points = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 0, 1], [0, 1, 1.0]])
    faces = np.arange(6).reshape(2, 3)
    found = stretch(points, faces, uv, faces)
    assert found["angle"] == 1.0 and found["area"] > 1.2 and found["linf"] == pytest.approx(np.sqrt(2.5), abs=1e-4)


def test_density_of_a_square_metre_on_half_a_texture() -> None:
    found = density(np.array([0.125, 0.125]), np.array([0.5, 0.5]), 1024)
    assert set(found.values()) == {512.0}


def test_seams_are_cut_edges_and_no_borders() -> None:
    apart = np.array([[0, 1, 2], [3, 4, 5]])
    assert seam_length(SQUARE, FACES, FACES) == 0
    assert seam_length(SQUARE, FACES, apart) == pytest.approx(np.sqrt(2))


def test_the_gap_is_that_of_the_nearest_pair() -> None:
    charts = rectangles([(0.1, 0.1), (0.1, 0.1), (0.3, 0.02)])
    move = np.array([[0.1, 0.1], [0.213, 0.1], [0.1, 0.5]])
    corners = (charts.uv + np.repeat(move, 4, axis=0))[charts.wedges]
    assert least_gap(corners, charts.wedges, charts.chart, 0.05) == pytest.approx(0.013)
    assert least_gap(corners, charts.wedges, charts.chart, 0.01) == pytest.approx(0.01)  # as far as it looked
    crossing = (charts.uv + np.repeat(np.array([[0.1, 0.1], [0.15, 0.12], [0.1, 0.5]]), 4, axis=0))[charts.wedges]
    assert least_gap(crossing, charts.wedges, charts.chart, 0.05) == 0


def test_gaps_match_every_pair_tried() -> None:
    rng = np.random.default_rng(5)
    charts = rectangles([(0.02, 0.05)] * 40)
    corners = (charts.uv + np.repeat(rng.random((40, 2)) * 0.9, 4, axis=0))[charts.wedges]
    points = corners.reshape(-1, 2)
    owner = np.repeat(charts.chart, 3)
    between = np.linalg.norm(points[:, None] - points[None], axis=2)[owner[:, None] != owner[None]].min()
    assert least_gap(corners, charts.wedges, charts.chart, 1.0) <= between + 1e-12


def test_faults_of_a_layout_are_measured() -> None:
    uv = np.array([[0, 0], [1, 0], [1, 1], [0.4, 0.2]])  # the second triangle lies on the first, and is mirrored
    found = layout(SQUARE, FACES, uv, FACES, np.zeros(2, np.int64), 64, 2.0)
    assert found["overlapping"] == 2 and found["mirrored"] == 0.5
    assert found["charts"] == 1 and found["border_px"] == 0 and found["seam_length"] == 0
