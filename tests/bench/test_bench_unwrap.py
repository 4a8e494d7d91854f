"""Unwrap of 2,500 triangles for a 1024 square with 4 px of padding; xatlas alone as a peer."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.toolchain.lowpoly.solids import blob
from toolchain.asset import Mesh
from toolchain.lowpoly import unwrap
from toolchain.lowpoly.uvcheck import signed
from toolchain.stage import quiet

PX, PADDING = 1024, 4


@pytest.fixture(scope="module")
def low() -> Mesh:
    return blob(28)


@pytest.mark.benchmark(group="unwrap")
def test_ours(benchmark: Any, low: Mesh) -> None:
    made = benchmark.pedantic(unwrap.run, (unwrap.Params(PX), quiet), {"reduce": low}, rounds=3, warmup_rounds=1)
    (slot,) = made.measures["slots"]
    assert slot["gap_px"] >= PADDING - 0.01 and not slot["overlapping"]
    benchmark.extra_info |= {k: slot[k] for k in ("utilisation", "charts", "seam_length", "gap_px")}


@pytest.mark.benchmark(group="unwrap")
def test_xatlas(benchmark: Any, low: Mesh) -> None:
    """Its square is the longer side of what it made: a texture is one."""
    import xatlas

    def run() -> tuple[float, int]:
        atlas = xatlas.Atlas()
        atlas.add_mesh(low.positions, low.faces.astype(np.uint32))
        options = xatlas.PackOptions()
        options.padding, options.resolution = PADDING, PX
        atlas.generate(xatlas.ChartOptions(), options)
        _, index, uv = atlas.get_mesh(0)
        texels = np.abs(signed(uv.astype(np.float64) * (atlas.width, atlas.height), index.astype(np.int64))).sum()
        return float(texels / max(atlas.width, atlas.height) ** 2), atlas.chart_count

    used, charts = benchmark(run)
    benchmark.extra_info |= {"utilisation": round(used, 4), "charts": charts}
