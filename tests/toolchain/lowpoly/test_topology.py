"""Counts of edges and parts on meshes whose counts are known."""

from __future__ import annotations

import numpy as np

from tests.toolchain.lowpoly.solids import blob, sphere, together
from toolchain.lowpoly.topology import compact, face_components, topology, volumes, weld_exact

TETRA = np.array([[0, 2, 1], [0, 1, 3], [1, 2, 3], [2, 0, 3]])


def test_tetrahedron_is_closed() -> None:
    found = topology(TETRA)
    assert found.closed
    assert (found.triangles, found.vertices, found.components) == (4, 4, 1)


def test_each_fault_is_told_apart() -> None:
    assert topology(TETRA[:3]).boundary_edges == 3
    turned = TETRA.copy()
    turned[0] = turned[0][::-1]
    assert topology(turned).flipped_edges == 3
    fin = np.concatenate((TETRA, [[0, 1, 4]]))
    assert topology(fin).nonmanifold_edges == 1
    touching = np.concatenate((TETRA, np.where(TETRA == 0, 0, TETRA + 10)))
    assert topology(touching).nonmanifold_vertices == 1
    assert not topology(np.zeros((0, 3), int)).closed


def test_volume_of_a_ball_and_of_its_inside_out() -> None:
    mesh = sphere(0.5, (1, 2, 3), 40)
    exact = 4 / 3 * np.pi * 0.125
    assert abs(volumes(mesh.positions, mesh.faces)[0] / exact - 1) < 0.02
    assert volumes(mesh.positions, mesh.faces[:, ::-1])[0] < 0


def test_parts_and_weld() -> None:
    mesh = together(sphere(0.2, (0, 0, 0)), sphere(0.2, (1, 0, 0)), blob(30))
    assert topology(mesh.faces).components == 3
    soup = mesh.positions[mesh.faces].reshape(-1, 3)
    first, index = weld_exact(soup)
    assert len(first) == len(mesh.positions)
    assert np.array_equal(soup[first][index], soup)
    labels = face_components(index.reshape(-1, 3))
    assert np.bincount(labels).sum() == len(mesh.faces)
    assert (np.diff(np.unique(labels, return_index=True)[1]) > 0).all()


def test_compact_keeps_positions() -> None:
    mesh = blob(30)
    faces, used = compact(mesh.faces[:100], len(mesh.positions))
    assert faces.max() == len(used) - 1
    assert np.array_equal(mesh.positions[used][faces], mesh.positions[mesh.faces[:100]])
