"""Charts of 2,500 triangles into a 1024 square with 8 px between them; xatlas with its charts as a peer."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.toolchain.lowpoly.solids import blob
from toolchain.lowpoly.charts import Charts, by_xatlas, finish
from toolchain.lowpoly.pack import pack
from toolchain.lowpoly.simplify import simplify
from toolchain.lowpoly.uvcheck import coverage, signed


@pytest.fixture(scope="module")
def flat() -> tuple[Charts, np.ndarray, np.ndarray]:
    mesh = blob()
    low = simplify(mesh.positions, mesh.faces, 2500)
    points, faces = low.positions.astype(np.float32), low.faces.astype(np.int32)
    return finish(points, faces, *by_xatlas(points, faces))[0], points, faces


@pytest.mark.benchmark(group="pack")
def test_ours(benchmark: Any, flat: tuple[Charts, np.ndarray, np.ndarray]) -> None:
    uv, _ = benchmark(pack, flat[0], 1024, 8.0)
    benchmark.extra_info["utilisation"] = round(float(np.abs(signed(uv, flat[0].wedges)).sum()), 3)
    assert benchmark.extra_info["utilisation"] > 0.45
    assert not coverage(uv, flat[0].wedges, 1024)[1].any()


@pytest.mark.benchmark(group="pack")
def test_xatlas(benchmark: Any, flat: tuple[Charts, np.ndarray, np.ndarray]) -> None:
    import xatlas

    def run() -> float:
        atlas = xatlas.Atlas()
        atlas.add_mesh(flat[1], flat[2].astype(np.uint32))
        options = xatlas.PackOptions()
        options.padding, options.resolution, options.rotate_charts = 8, 1024, False
        atlas.generate(xatlas.ChartOptions(), options)
        return float(atlas.utilization)

    benchmark.extra_info["utilisation"] = round(benchmark(run), 3)
