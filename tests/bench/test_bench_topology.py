"""Edges and shells of a closed mesh of 50,000 triangles, and trimesh's watertight, winding and body count as a peer."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.validators.factory import cube
from validators.rules.shape import topology


@pytest.fixture(scope="module")
def welded() -> tuple[np.ndarray, np.ndarray]:
    mesh = cube("m", 65, 1.0)
    tri = mesh.welded_triangles
    points = np.zeros((int(tri.max()) + 1, 3))
    points[tri.ravel()] = mesh.points[mesh.triangle_points.ravel()]
    return points, tri


@pytest.mark.benchmark(group="topology")
def test_ours(benchmark: Any, welded: tuple[np.ndarray, np.ndarray]) -> None:
    shape = benchmark(topology, welded[1])
    assert shape.closed.all() and shape.shells == 1 and shape.open_edges == 0


@pytest.mark.benchmark(group="topology")
def test_trimesh(benchmark: Any, welded: tuple[np.ndarray, np.ndarray]) -> None:
    import trimesh

    def judge() -> tuple[bool, bool, int]:
        mesh = trimesh.Trimesh(*welded, process=False)
        return mesh.is_watertight, mesh.is_winding_consistent, mesh.body_count

    assert benchmark(judge) == (True, True, 1)
