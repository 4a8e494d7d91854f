"""Edge collapse of a 50,000-triangle sculpt to 2,500 triangles; pymeshlab's quadric collapse as a peer."""

from __future__ import annotations

from typing import Any

import numpy as np
import pymeshlab
import pytest

from tests.toolchain.lowpoly.solids import blob
from toolchain.asset import Mesh
from toolchain.lowpoly.distance import two_sided
from toolchain.lowpoly.simplify import simplify
from toolchain.lowpoly.topology import topology

TARGET = 2500


@pytest.fixture(scope="module")
def dense() -> Mesh:
    return blob(96)


def error(dense: Mesh, points: np.ndarray, faces: np.ndarray) -> float:
    return 100 * two_sided(points, faces, dense.positions, dense.faces, count=5000).mean / dense.diagonal


@pytest.mark.benchmark(group="reduce")
def test_ours(benchmark: Any, dense: Mesh) -> None:
    made = benchmark(simplify, dense.positions, dense.faces, TARGET)
    benchmark.extra_info["mean_percent"] = round(error(dense, made.positions, made.faces), 4)
    assert len(made.faces) <= TARGET and topology(made.faces).closed
    assert benchmark.extra_info["mean_percent"] < 0.05


@pytest.mark.benchmark(group="reduce")
def test_pymeshlab(benchmark: Any, dense: Mesh) -> None:
    def run() -> tuple[np.ndarray, np.ndarray]:
        meshes = pymeshlab.MeshSet()
        meshes.add_mesh(pymeshlab.Mesh(dense.positions.astype(np.float64), dense.faces))
        meshes.meshing_decimation_quadric_edge_collapse(
            targetfacenum=TARGET, preservetopology=True, preservenormal=True
        )
        return meshes.current_mesh().vertex_matrix(), meshes.current_mesh().face_matrix()

    points, faces = benchmark(run)
    benchmark.extra_info["mean_percent"] = round(error(dense, points, faces), 4)
