"""Levels fall strictly, share LOD0's texture, and carry their distance to the sculpt."""

from __future__ import annotations

import sys
import types
from dataclasses import replace

import numpy as np
import pytest

from engine_profiles.load import load
from tests.toolchain.lowpoly.solids import blob, halves, sculpt, sphere, together
from toolchain.asset import Mesh, Sculpt, Slot, Slots
from toolchain.lowpoly import lods, reduce, unwrap
from toolchain.lowpoly.drift import drift
from toolchain.lowpoly.screen import diameter, pixels
from toolchain.lowpoly.topology import topology, weld_exact
from toolchain.recipe import Recipe
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


def test_engines_that_differ_in_lightmaps_alone_share_the_levels(
    base: tuple[Sculpt, Mesh], monkeypatch: pytest.MonkeyPatch
) -> None:
    from toolchain.lowpoly import level

    real, asked = level.make_level, []
    monkeypatch.setattr(level, "make_level", lambda ground, target: asked.append(target) or real(ground, target))
    low = replace(base[1])
    made = [
        lods.run(lods.Params((0.5,), screen=(at,), lightmap_px=px), quiet, unwrap=low, repair=base[0]).value.levels
        for at, px in ((0.5, 0), (0.2, 128))
    ]
    assert asked == [1000]
    assert made[0][1].mesh.uv_light is None and made[1][1].mesh.uv_light is not None
    assert made[0][1].error == made[1][1].error
    lods.run(lods.Params((0.25,)), quiet, unwrap=low, repair=base[0])
    assert asked == [1000, 500]


def test_drift_sees_a_moved_texture(base: tuple[Sculpt, Mesh]) -> None:
    mesh = base[1]
    assert mesh.uv is not None
    assert drift(mesh, mesh)["drift_mean_percent"] < 0.02
    moved = replace(mesh, uv=np.clip(mesh.uv + 0.02, 0, 1))
    assert drift(moved, mesh)["drift_mean_percent"] > 1.0
    assert drift(moved, mesh)["outside_charts_percent"] > 1.0


def test_a_level_out_of_reach_is_an_error(base: tuple[Sculpt, Mesh], monkeypatch: pytest.MonkeyPatch) -> None:
    from toolchain.lowpoly import level

    real = level.make_level
    monkeypatch.setattr(level, "make_level", lambda ground, target: real(ground, target + 2))
    made = lods.run(lods.Params((0.5,)), quiet, unwrap=replace(base[1]), repair=base[0])
    assert [(f.code, f.severity) for f in made.findings] == [("lod.unreachable", "error")]
    assert len(made.value.levels) == 1


def test_a_tetrahedron_has_nothing_to_give() -> None:
    points = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1.0]], np.float32)
    faces = np.array([[0, 2, 1], [0, 1, 3], [1, 2, 3], [2, 0, 3]], np.int32)
    base = unwrap.run(unwrap.Params(texture_px=64), quiet, reduce=Mesh(points, faces)).value
    made = lods.run(lods.Params((0.5,), least=4), quiet, unwrap=base, repair=sculpt(Mesh(points, faces)))
    assert [(f.code, f.severity) for f in made.findings] == [("lod.short", "info")]
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


def test_screen_and_pixels_are_told_and_a_coarse_switch_too(base: tuple[Sculpt, Mesh]) -> None:
    wide = diameter(base[0].mesh.positions)
    made = lods.run(lods.Params((0.5, 0.05), screen=(1.0, 0.9, 0.01)), quiet, unwrap=base[1], repair=base[0])
    for lod, figures, at in zip(made.value.levels, made.measures["levels"], (1.0, 1.0, 0.9), strict=True):
        assert lod.screen == figures["screen"] == pytest.approx(min(1.0, wide / (1080 * lod.error)), rel=1e-3)
        assert figures["switch_pixels"] == pytest.approx(lod.error / wide * at * 1080, rel=1e-2)
        assert pixels(lod.error, wide, lod.screen) < 1.01
    assert made.value.levels[2].screen < made.value.levels[1].screen
    told = [f for f in made.findings if f.code == "lod.switch"]
    assert told and all(f.severity == "warning" and f.measured > f.limit == 4.0 for f in told)
    late = lods.run(lods.Params((0.5, 0.05), screen=(0.05, 0.02, 0.01)), quiet, unwrap=base[1], repair=base[0])
    assert not late.findings


def test_a_slot_that_a_level_loses_is_told_of() -> None:
    mesh = blob()
    at = mesh.positions[mesh.faces].mean(axis=1)
    spot = np.linalg.norm(at - at[np.argmax(at[:, 1])], axis=1) < 0.03
    slots = Slots((Slot("all", "mask"), Slot("spot", "mask")), spot.astype(np.int32))
    low = reduce.run(reduce.Params(2000), quiet, repair=sculpt(mesh), slots=slots).value
    base = unwrap.run(unwrap.Params(texture_px=256), quiet, reduce=low).value
    made = lods.run(lods.Params((0.5, 0.03)), quiet, unwrap=base, repair=sculpt(mesh))
    present = [set(np.unique(level.mesh.slot_of_faces())) for level in made.value.levels]
    lost = [i for i, slots in enumerate(present) if slots != {0, 1}]
    assert lost and [f.code for f in made.findings].count("lod.slot") == len(lost)


def test_every_level_gets_its_lightmap(base: tuple[Sculpt, Mesh], monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def lay(mesh: Mesh, px: int, padding: float) -> tuple[Mesh, dict[str, int]]:
        asked.append((len(mesh.faces), px, padding))
        assert mesh.tangents is not None
        return replace(mesh, uv_light=np.zeros((len(mesh.positions), 2), np.float32)), {"overlapping": len(asked) // 2}

    module = types.ModuleType("toolchain.lowpoly.lightmap")
    module.lightmap = lay  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, module.__name__, module)
    given = lods.Params((0.5,), lightmap_px=64, lightmap_padding=2.0)
    made = lods.run(given, quiet, unwrap=base[1], repair=base[0])
    assert asked == [(len(level.mesh.faces), 64, 2.0) for level in made.value.levels]
    assert all(level.mesh.uv_light is not None for level in made.value.levels)
    assert [figures["lightmap"]["overlapping"] for figures in made.measures["levels"]] == [0, 1]
    assert [(f.code, f.severity) for f in made.findings] == [("lod.lightmap", "error")]


def test_params_are_the_profiles() -> None:
    profile = load("unreal")
    asked = lods.params(Recipe("a", "a"), profile)
    assert (asked.ratios, asked.screen) == (profile.lod.ratios, profile.lod.screen)
    assert (asked.lightmap_px, asked.lightmap_padding) == (profile.lightmap.px, profile.lightmap.padding)


def test_a_chain_ends_where_a_level_would_save_nothing(
    base: tuple[Sculpt, Mesh], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A level that gave up more than its budget asked for may lie below the next one's: that is no error."""
    from toolchain.lowpoly import level

    real = level.make_level
    monkeypatch.setattr(level, "make_level", lambda ground, target: real(ground, min(target, 150)))
    made = lods.run(lods.Params((0.5, 0.25, 0.1)), quiet, unwrap=replace(base[1]), repair=base[0])
    assert len(made.value.levels) == 2
    assert [(f.code, f.severity) for f in made.findings] == [("lod.short", "info")]
    assert "The chain ends at LOD1" in made.findings[0].message
