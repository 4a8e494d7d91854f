"""Levels fall strictly, share LOD0's texture, and carry their distance to the sculpt."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.toolchain.lowpoly.solids import blob, halves, sculpt, sphere, together
from toolchain.asset import Mesh, Sculpt
from toolchain.lowpoly import lods, reduce, unwrap
from toolchain.lowpoly.drift import drift
from toolchain.lowpoly.topology import topology, weld_exact
from toolchain.stage import quiet


@pytest.fixture(scope="module")
def base() -> tuple[Sculpt, Mesh]:
    mesh = blob()
    low = reduce.run(reduce.Params(2000), quiet, repair=sculpt(mesh), slots=halves(mesh)).value
    return sculpt(mesh), unwrap.run(unwrap.Params(texture_px=512), quiet, reduce=low).value


def test_chain(base: tuple[Sculpt, Mesh]) -> None:
    made = lods.run(lods.Params((0.5, 0.25, 0.1)), quiet, unwrap=base[1], repair=base[0])
    levels = made.value.levels
    counts = [len(level.mesh.faces) for level in levels]
    assert not made.findings
    assert [level.level for level in levels] == [0, 1, 2, 3]
    assert counts[0] == 2000 and counts[1] <= 1000 and counts[2] <= 500 and counts[3] <= 200
    assert levels[0].mesh is base[1]
    errors = [level.error_mean for level in levels]
    assert errors == sorted(errors) and 0 < errors[0] < errors[3] < 0.015
    for level in levels[1:]:
        mesh = level.mesh
        assert mesh.uv is not None and mesh.normals is not None and mesh.tangents is not None
        assert np.isfinite(mesh.uv).all() and mesh.uv.min() >= 0 and mesh.uv.max() <= 1
        assert set(np.unique(mesh.slot_of_faces())) == {0, 1}
        assert topology(weld_exact(mesh.positions)[1][mesh.faces]).closed
    for figures in made.measures["levels"][1:3]:
        assert figures["drift_mean_percent"] < 0.5
        assert figures["outside_charts_percent"] < 0.5


def test_drift_sees_a_moved_texture(base: tuple[Sculpt, Mesh]) -> None:
    mesh = base[1]
    assert mesh.uv is not None
    assert drift(mesh, mesh)["drift_mean_percent"] < 0.02
    moved = replace(mesh, uv=np.clip(mesh.uv + 0.02, 0, 1))
    assert drift(moved, mesh)["drift_mean_percent"] > 1.0
    assert drift(moved, mesh)["outside_charts_percent"] > 1.0


def test_a_level_out_of_reach_is_an_error() -> None:
    """A tetrahedron has nothing to give."""
    points = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1.0]], np.float32)
    faces = np.array([[0, 2, 1], [0, 1, 3], [1, 2, 3], [2, 0, 3]], np.int32)
    base = unwrap.run(unwrap.Params(texture_px=64), quiet, reduce=Mesh(points, faces)).value
    made = lods.run(lods.Params((0.5,), least=4), quiet, unwrap=base, repair=sculpt(Mesh(points, faces)))
    assert [(f.code, f.severity) for f in made.findings] == [("lod.unreachable", "error")]
    assert len(made.value.levels) == 1
    short = lods.run(lods.Params((0.5,)), quiet, unwrap=base, repair=sculpt(Mesh(points, faces)))
    assert [(f.code, f.severity) for f in short.findings] == [("lod.short", "info")]


def test_parts_too_many_for_a_level_are_left_out() -> None:
    mesh = together(blob(30), *(sphere(0.05, (i, 0, 2), 5) for i in range(40)))
    low = reduce.run(reduce.Params(1000), quiet, repair=sculpt(mesh), slots=halves(mesh)).value
    base = unwrap.run(unwrap.Params(texture_px=512), quiet, reduce=low).value
    made = lods.run(lods.Params((0.5, 0.1)), quiet, unwrap=base, repair=sculpt(mesh))
    assert len(made.value.levels[2].mesh.faces) <= 100
    assert made.measures["levels"][2]["pruned"] > 0


def test_no_ratios_no_levels(base: tuple[Sculpt, Mesh]) -> None:
    made = lods.run(lods.Params(()), quiet, unwrap=base[1], repair=base[0])
    assert len(made.value.levels) == 1
