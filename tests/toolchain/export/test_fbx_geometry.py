"""Control points, edges and smoothing of an FBX geometry."""

from __future__ import annotations

import numpy as np
import pytest

from tests.letter_f import letter_f
from toolchain.export.fbx_geometry import bits, edges, weld


def test_weld_makes_equal_rows_one_and_keeps_their_order() -> None:
    rng = np.random.default_rng(0)
    rows = rng.integers(0, 9, (500, 3)).astype(np.uint32)
    first, index = weld(rows)
    assert len(first) == len(np.unique(rows, axis=0))
    np.testing.assert_array_equal(rows[first][index], rows)
    assert (np.diff(first) > 0).all() and first[0] == 0  # by first appearance


def test_negative_zero_is_zero() -> None:
    first, _ = weld(bits(np.array([[0.0, -0.0], [-0.0, 0.0]], np.float32)))
    assert len(first) == 1


def test_a_sharp_edge_is_hard_and_a_seam_is_not() -> None:
    """Two triangles that share an edge: flat, folded, and flat with the vertices split for a UV seam."""
    corners = np.array([[0, 1, 2], [2, 1, 3]], np.int32)
    up, side = (0.0, 0.0, 1.0), (1.0, 0.0, 0.0)
    for other, expected in ((up, 1), (side, 0)):
        first, smooth = edges(corners, np.array([up] * 3 + [other] * 3, np.float32))
        assert len(first) == 5
        shared = int(np.flatnonzero(first == 1)[0])  # the edge from corner 1 to corner 2
        assert smooth[shared] == expected
        assert smooth.sum() == expected  # borders are hard


@pytest.mark.parametrize("flip", [False, True])
def test_smooth_needs_both_ends(flip: bool) -> None:
    """A crease that runs out: equal normals at one end of the edge, apart at the other."""
    corners = np.array([[0, 1, 2], [1, 2, 3] if flip else [2, 1, 3]], np.int32)  # flip: faces wound against each other
    normals = np.tile(np.array((0.0, 0.0, 1.0), np.float32), (6, 1))
    assert edges(corners, normals)[1].sum() == 1
    normals[3] = (1.0, 0.0, 0.0)
    assert edges(corners, normals)[1].sum() == 0


def test_edges_of_a_closed_mesh() -> None:
    mesh = letter_f(1)
    _, point = weld(bits(mesh.positions))
    corners = point[mesh.faces]
    first, smooth = edges(corners, mesh.normals[mesh.faces.reshape(-1)])
    assert len(first) == len(mesh.faces) * 3 // 2
    flat = corners.reshape(-1)
    follow = corners[:, (1, 2, 0)].reshape(-1)
    ends = {tuple(sorted((flat[i], follow[i]))) for i in first.tolist()}
    assert len(ends) == len(first)
    face_normals = mesh.normals[mesh.faces[:, 0]]
    hard = {tuple(sorted((flat[i], follow[i]))) for i in first[smooth == 0].tolist()}
    by_edge: dict[tuple[int, int], list[int]] = {}
    for i in range(len(flat)):
        by_edge.setdefault(tuple(sorted((flat[i], follow[i]))), []).append(i // 3)
    expected = {e for e, (a, b) in by_edge.items() if face_normals[a] @ face_normals[b] < 0.5}
    assert hard == expected


def test_three_faces_at_an_edge_make_it_hard_and_a_collapsed_side_is_none() -> None:
    corners = np.array([[0, 1, 2], [2, 1, 3], [1, 2, 4], [5, 5, 6]], np.int32)
    first, smooth = edges(corners, np.tile(np.array((0.0, 0.0, 1.0), np.float32), (12, 1)))
    # 1-2 once, its three faces' six other sides, and 5-6, which a sliver has twice in one face.
    assert len(first) == 8 and 9 not in first
    assert smooth[first == 1].tolist() == [0]
