"""The alpha wrap: asked for, closed and near; a grid skin stands in, with the reason, where it cannot be had."""

from __future__ import annotations

import numpy as np
import pytest

from tests.toolchain.lowpoly.solids import sculpt
from toolchain.asset import Mesh
from toolchain.lowpoly.topology import topology
from toolchain.repair import ladder, stage, wrap
from toolchain.stage import quiet


def cloud() -> Mesh:
    """Loose triangles that stand for a ball: no two share a vertex."""
    rng = np.random.default_rng(5)
    way = rng.standard_normal((1500, 3))
    way /= np.linalg.norm(way, axis=1, keepdims=True)
    corners = way[:, None] + rng.normal(0, 0.08, (1500, 3, 3))
    return Mesh(corners.reshape(-1, 3).astype(np.float32), np.arange(4500, dtype=np.int32).reshape(-1, 3))


def test_it_is_closed_and_near() -> None:
    pytest.importorskip("pymeshlab")
    made = stage.run(stage.Params(skin="wrap", gap=0.1), quiet, generate=sculpt(cloud()))
    assert made.measures["rung"] == "wrapped" and topology(made.value.mesh.faces).closed
    assert made.measures["drift_percent"] < 10
    assert "repair.rebuilt" in [f.code for f in made.findings]


def test_without_being_asked_for_it_is_not_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ladder, "wrap", lambda *_: pytest.fail("nobody asked"))
    assert stage.run(stage.Params(cells=40), quiet, generate=sculpt(cloud())).measures["rung"] == "solid"


def test_a_wrap_that_hangs_leaves_the_grid_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wrap, "DEADLINE_S", 0.01)
    made = stage.run(stage.Params(skin="wrap", cells=40), quiet, generate=sculpt(cloud()))
    assert made.measures["rung"] == "solid" and "the alpha wrap did not finish (timeout)" in made.measures["reason"]
