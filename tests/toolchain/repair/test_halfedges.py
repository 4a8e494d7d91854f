"""The linear half-edge kernels say what the plain topology says; mates pair, whatever meets at an edge."""

from __future__ import annotations

import numpy as np
import pytest

from tests.toolchain.hostile import hostile
from toolchain.lowpoly.topology import topology
from toolchain.repair.halfedges import book, coherent, mates, survey
from toolchain.repair.skin import skins


def sound(name: str) -> tuple[np.ndarray, np.ndarray]:
    points, faces = hostile()[name]
    faces = faces[((faces >= 0) & (faces < len(points))).all(axis=1)]
    twofold = (faces[:, 0] == faces[:, 1]) | (faces[:, 1] == faces[:, 2]) | (faces[:, 2] == faces[:, 0])
    return points.astype(np.float64), faces[~twofold]


@pytest.mark.parametrize("name", ["edge_fan", "given_twice", "sphere_200_holes", "klein_bottle", "bow_tie", "soup_5k"])
def test_the_survey_counts_as_topology_does(name: str) -> None:
    points, faces = sound(name)
    assert survey(faces, len(points)) == topology(faces)


def test_a_vertex_of_many_edges_is_sorted_too() -> None:
    points = np.concatenate(([[0.0, 0, 0]], np.random.default_rng(0).random((400, 3))))
    rim = 1 + np.random.default_rng(1).permutation(400)
    faces = np.stack((np.zeros(400, int), rim, np.roll(rim, -1)), axis=1)
    assert survey(faces, len(points)) == topology(faces)


@pytest.mark.parametrize("name", ["edge_fan", "boxes_on_an_edge", "moebius", "inner_shell_joined"])
def test_mates_come_in_pairs(name: str) -> None:
    points, faces = sound(name)
    mate = mates(points, faces, book(faces, len(points)))
    assert np.array_equal(mate[mate], np.arange(len(mate)))
    assert (mate != np.arange(len(mate))).all()


def test_an_edge_of_four_faces_parts_two_boxes() -> None:
    points, faces = sound("boxes_on_an_edge")
    found = skins(points, faces, mates(points, faces, book(faces, len(points))))
    assert sorted(np.round(found.volume, 9)) == [-1.0, -1.0, 2.0]


def test_faces_that_lie_on_each_other_stack_alike_at_every_edge() -> None:
    """Two triangulations of one square on one box: the gap between them is a skin of its own, and empty."""
    top = np.array([[0, 1, 0], [1, 1, 0], [1, 1, 1], [0, 1, 1]], float)
    points = np.concatenate((top, top * (1, 0, 1)))
    sides = [[i, (i + 1) % 4, (i + 1) % 4 + 4] for i in range(4)] + [[i, (i + 1) % 4 + 4, i + 4] for i in range(4)]
    faces = np.array([[0, 2, 1], [0, 3, 2], [0, 3, 1], [1, 3, 2], *sides, [4, 5, 6], [4, 6, 7]])
    found = skins(points, faces, mates(points, faces, book(faces, len(points))))
    assert not found.open.any()
    assert sorted(np.round(found.volume, 9)) == [-1.0, 0.0, 1.0]


def test_winding_is_made_coherent_by_turning_the_fewer() -> None:
    points, faces = hostile()["double_wall"]
    turned = faces.copy()
    turned[::7] = turned[::7, ::-1]
    fixed = coherent(turned, book(turned, len(points)))
    assert np.array_equal(np.flatnonzero(fixed), np.arange(0, len(faces), 7))
