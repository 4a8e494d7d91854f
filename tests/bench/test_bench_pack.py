"""Charts of 2,500 triangles into a 1024 square with 4 px between them; xatlas with the same charts as a peer."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.toolchain.lowpoly.solids import blob
from toolchain.lowpoly.atlas import by_xatlas
from toolchain.lowpoly.charts import Charts, finish
from toolchain.lowpoly.divide import divide
from toolchain.lowpoly.pack import pack
from toolchain.lowpoly.uvcheck import coverage, signed

PX, PADDING = 1024, 4


@pytest.fixture(scope="module")
def flat() -> Charts:
    mesh, cuts = blob(28), []  # type: Any, list[Any]
    by_xatlas(mesh.positions, mesh.faces, cuts.append)
    return divide(finish(mesh.positions, mesh.faces, *cuts[0])[0], PADDING / PX, 0.5)


@pytest.mark.benchmark(group="pack")
def test_ours(benchmark: Any, flat: Charts) -> None:
    uv, _ = benchmark(pack, flat, PADDING / PX)
    benchmark.extra_info["utilisation"] = round(float(np.abs(signed(uv, flat.wedges)).sum()), 3)
    assert benchmark.extra_info["utilisation"] > 0.7
    assert not coverage(uv, flat.wedges, PX)[1].any()


@pytest.mark.benchmark(group="pack")
def test_xatlas(benchmark: Any, flat: Charts) -> None:
    """Its square is the longer side of what it made: a texture is one."""
    import xatlas

    def run() -> float:
        atlas = xatlas.Atlas()
        atlas.add_uv_mesh(flat.uv.astype(np.float32), flat.wedges.astype(np.uint32))
        options = xatlas.PackOptions()
        options.padding, options.resolution = PADDING, PX
        atlas.generate(xatlas.ChartOptions(), options)
        _, index, uv = atlas.get_mesh(0)
        texels = np.abs(signed(uv.astype(np.float64) * (atlas.width, atlas.height), index.astype(np.int64))).sum()
        return float(texels / max(atlas.width, atlas.height) ** 2)

    benchmark.extra_info["utilisation"] = round(benchmark(run), 3)
