from __future__ import annotations

import numpy as np
import pytest

from toolchain.generate.mesher import (
    closed,
    crossings,
    face_areas,
    grid_about,
    surface,
    vertex_normals,
    volume,
)


def ball_field(resolution: int) -> tuple[np.ndarray, object]:
    grid = grid_about(np.ones(3), resolution)
    x, y, z = np.meshgrid(*grid.axes, indexing="ij")
    return (0.5 - np.sqrt(x**2 + y**2 + z**2)).astype(np.float32), grid


@pytest.mark.parametrize("smooth", [0, 2])
def test_a_ball_is_closed_outward_and_true(smooth: int) -> None:
    field, grid = ball_field(48)
    positions, faces = surface(field, grid, smooth)
    assert closed(faces)
    assert volume(positions, faces) == pytest.approx(np.pi / 6, rel=0.01)
    assert face_areas(positions, faces).sum() == pytest.approx(np.pi, rel=0.01)
    normals = vertex_normals(positions, faces)
    assert (np.einsum("ij,ij->i", normals, positions / np.linalg.norm(positions, axis=1, keepdims=True)) > 0.98).all()
    assert crossings(field) == len(positions)


def test_a_field_that_fills_its_grid_is_closed_at_the_border() -> None:
    _, grid = ball_field(12)
    positions, faces = surface(np.ones(tuple(len(a) for a in grid.axes), np.float32), grid, 0)
    assert closed(faces)
    assert volume(positions, faces) > 1


def test_nodes_on_the_surface_make_no_needles() -> None:
    field, grid = ball_field(16)
    field[np.abs(field) < 0.02] = 0
    positions, faces = surface(field, grid, 0)
    assert closed(faces)
    assert face_areas(positions, faces).min() > 0


def test_open_and_doubled_faces_are_not_closed() -> None:
    field, grid = ball_field(8)
    faces = surface(field, grid, 0)[1]
    assert not closed(faces[1:])
    assert not closed(np.concatenate([faces, faces[:1]]))
    assert not closed(np.concatenate([faces[1:], faces[:1, ::-1]]))
