"""Collision of a chair-like solid at 5,000 triangles, whole stage; coacd (MIT, not a dependency) as a peer.

The peer runs where it is installed, in a child with a deadline, at one setting that is meant to be quick; what it
makes goes through the same hull limits and is measured by the same measures, at the same number of hulls.
"""

from __future__ import annotations

import importlib.util
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from engine_profiles import load
from tests.toolchain.lowpoly import props
from tests.toolchain.lowpoly.data import densified
from toolchain.asset import Mesh
from toolchain.lowpoly import collision, cover
from toolchain.lowpoly.hull import convex
from toolchain.lowpoly.solids import solid
from toolchain.recipe import Recipe
from toolchain.stage import quiet
from validators.child import call

HULLS = 8
ASKED = replace(collision.params(Recipe("a", "a"), load("unreal")), max_hulls=HULLS)


@pytest.fixture(scope="module")
def chair() -> Mesh:
    """A seat on four splayed legs with a bent back, as one solid of 5,000 triangles or more."""
    made = props.CUBE((1, 0.1, 1)).translate((0, 0.9, 0)) + props.CUBE((1, 1, 0.1)).rotate((-8, 0, 0)).translate(
        (0, 0.95, 0)
    )
    for x in (0.1, 0.9):
        for z in (0.1, 0.9):
            made += props.TUBE(0.95, 0.05, 0.07, 16).rotate((-90, 0, 6 if x > 0.5 else -6)).translate((x, 0, z))
    return densified(props.mesh(made), 5000)


@pytest.mark.benchmark(group="collision")
def test_ours(benchmark: Any, chair: Mesh) -> None:
    made = benchmark.pedantic(collision.run, (ASKED, quiet), {"reduce": chair}, rounds=3, warmup_rounds=1)
    benchmark.extra_info |= {k: made.measures[k] for k in ("hulls", "overshoot", "uncovered")}
    assert made.measures["hulls"] <= HULLS and made.measures["overshoot"] < 0.3 and made.measures["uncovered"] == 0


def coacd_parts(positions: np.ndarray, faces: np.ndarray) -> list[np.ndarray]:
    """Vertices of coacd's parts; called in a child."""
    import coacd

    coacd.set_log_level("off")
    quick = {"resolution": 500, "mcts_nodes": 10, "mcts_iterations": 60, "preprocess_resolution": 30}
    parts = coacd.run_coacd(coacd.Mesh(positions, faces), threshold=0.05, max_convex_hull=HULLS, seed=0, **quick)
    return [np.asarray(points) for points, _ in parts]


@pytest.mark.benchmark(group="collision")
@pytest.mark.skipif(importlib.util.find_spec("coacd") is None, reason="coacd is not installed")
def test_coacd(benchmark: Any, chair: Mesh) -> None:
    if benchmark.disabled:
        pytest.skip("takes seconds: run with --benchmark-enable")
    points, faces = chair.positions.astype(np.float64), chair.faces
    parts = benchmark.pedantic(call, (coacd_parts, points, faces), {"deadline_s": 120.0}, rounds=1)
    hulls = [h for h in (convex(p, ASKED.max_triangles, ASKED.max_vertices) for p in parts) if h is not None]
    found = cover.volumes_of(solid(points, faces), hulls) | cover.uncovered(points, faces, hulls)
    benchmark.extra_info |= {"hulls": len(hulls), **found}
