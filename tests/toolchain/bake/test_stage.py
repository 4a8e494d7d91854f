"""The whole bake: what an engine would shade must be the sculpt."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from engine_profiles.load import load
from tests.toolchain.bake.shapes import ball, low, one_slot, plane, sculpt
from toolchain.asset import GUESSED, Mesh, Slot, Slots
from toolchain.bake import stage
from toolchain.bake.raster import rasterise
from toolchain.bake.slot import frame
from toolchain.bake.transfer import to_world
from toolchain.recipe import Recipe
from toolchain.stage import StageError, quiet


def test_a_bumpy_plane_gives_the_normals_of_its_formula() -> None:
    a, k = 0.01, 6 * np.pi
    high = plane(300, lambda x, y: a * np.sin(k * x) * np.sin(k * y))
    made = stage.run(
        stage.Params(size_px=128, ao_rays=4),
        quiet,
        repair=sculpt(high),
        slots=one_slot(high),
        unwrap=low(plane(2), 0.0),
    )
    grid = (np.arange(128) + 0.5) / 128
    x, y = np.meshgrid(grid, grid[::-1])
    slope = -a * k * np.stack((np.cos(k * x) * np.sin(k * y), np.sin(k * x) * np.cos(k * y)), -1)
    expected = np.concatenate((slope, np.ones((128, 128, 1))), axis=-1)
    expected /= np.linalg.norm(expected, axis=-1, keepdims=True)
    turn = np.degrees(np.linalg.norm(made.value.sets[0].maps["normal"] - expected, axis=-1))
    assert turn.mean() < 0.3 and turn.max() < 2
    assert made.measures["coverage"] == {"body": 1.0} and made.measures["misses"] == 0


@pytest.fixture(scope="module")
def bumpy() -> tuple:
    """A ball of 40,000 triangles with colour and evidence, baked onto one of 700."""
    high = ball(200, 100, 0.01)
    colour = (high.positions * 0.4 + 0.5).astype(np.float32)
    source = sculpt(high, colour, np.where(high.positions[:, 2] > 0, 0, GUESSED))
    flat = low(ball(28, 14))
    made = stage.run(stage.Params(size_px=256), quiet, repair=source, slots=one_slot(high), unwrap=flat)
    return source, flat, made


def test_low_normals_and_map_show_the_sculpts_normals(bumpy: tuple) -> None:
    source, flat, made = bumpy
    texels = rasterise(flat.uv, flat.faces, 256)
    maps = made.value.sets[0].maps
    shown = to_world(maps["normal"].reshape(-1, 3)[texels.index], *frame(flat, texels, slice(None)))
    from toolchain.bake.field import interpolate, smooth_normals, unit
    from toolchain.bake.rays import make_target, nearest

    target = make_target(source.mesh)
    at = target.to_unit(interpolate(flat.positions, flat.faces, texels.face, texels.bary))
    face, bary, _ = nearest(target, at)
    truth = unit(interpolate(smooth_normals(target.points, target.faces), target.faces, face, bary))
    turn = np.degrees(np.linalg.norm(shown - truth, axis=1))
    assert turn.mean() < 1.0
    sampled = interpolate(source.colour, target.faces, face, bary)
    assert np.abs(maps["albedo"].reshape(-1, 3)[texels.index] - sampled).mean() < 0.005


def test_measures_are_of_the_maps(bumpy: tuple) -> None:
    _, _, made = bumpy
    textures, measures = made.value.sets[0], made.measures
    assert measures["texels"] == textures.coverage.sum() and 0.8 < measures["coverage"]["body"] < 0.85
    evidence = textures.maps["evidence"][textures.coverage]
    assert measures["evidence"]["guessed"] == pytest.approx((evidence == 1).mean(), abs=1e-3)
    assert measures["evidence"]["seen"] == pytest.approx(0.5, abs=0.02)
    assert set(np.unique(np.round(evidence * 3, 4))) == {0, 3}
    assert measures["ao_mean"] > 0.95 and measures["misses"] < 0.01
    assert measures["seams"]["edges"] == 14 and measures["seams"]["albedo"] < 0.01
    assert measures["seams"]["normal_deg"] < 3
    assert all(np.isfinite(m).all() and m.dtype == np.float32 for m in textures.maps.values())


def test_the_same_inputs_give_the_same_bytes(bumpy: tuple) -> None:
    source, flat, made = bumpy
    again = stage.run(stage.Params(size_px=256), quiet, repair=source, slots=one_slot(source.mesh), unwrap=flat)
    assert again.measures == made.measures
    for name, image in made.value.sets[0].maps.items():
        assert image.tobytes() == again.value.sets[0].maps[name].tobytes()


def test_slots_are_baked_apart_and_an_empty_one_is_told() -> None:
    high = plane(20)
    colour = np.where(high.positions[:, :1] < 0.5, [[1.0, 0, 0]], [[0, 0, 1.0]])
    mesh = plane(2)
    halves = (mesh.positions[mesh.faces].mean(axis=1)[:, 0] > 0.5).astype(np.int32)
    flat = low(replace(mesh, slots=halves))
    slots = Slots(
        (Slot("left", "mask"), Slot("right", "mask"), Slot("lost", "mask", (0.1, 0.2, 0.3))),
        np.zeros(len(high.faces), np.int32),
    )
    made = stage.run(stage.Params(size_px=32), quiet, repair=sculpt(high, colour), slots=slots, unwrap=flat)
    left, right, lost = (s.maps["albedo"] for s in made.value.sets)
    assert left[:, :8, 0].min() > 0.9 and right[:, -8:, 2].min() > 0.9
    np.testing.assert_allclose(lost[0, 0], [0.1, 0.2, 0.3], atol=1e-6)
    assert [f.code for f in made.findings] == ["bake.empty_slot"] and '"lost"' in made.findings[0].message


@pytest.mark.parametrize("fault", ["uv", "normals", "tangents"])
def test_a_mesh_that_lacks_a_stream_is_refused(fault: str) -> None:
    mesh = replace(low(plane(2)), **{fault: None})
    with pytest.raises(StageError, match="no UVs, normals or tangents"):
        stage.run(stage.Params(size_px=16), quiet, repair=sculpt(plane(4)), slots=one_slot(plane(4)), unwrap=mesh)


def test_bad_numbers_are_refused() -> None:
    flat, high = low(plane(2)), plane(4)
    broken = Mesh(high.positions * np.float32(np.nan), high.faces)
    with pytest.raises(StageError, match="not a number"):
        stage.run(stage.Params(size_px=16), quiet, repair=sculpt(broken), slots=one_slot(high), unwrap=flat)
    short = sculpt(high, np.zeros((3, 3)))
    with pytest.raises(StageError, match="does not fit"):
        stage.run(stage.Params(size_px=16), quiet, repair=short, slots=one_slot(high), unwrap=flat)


def test_engines_of_one_size_share_a_bake() -> None:
    recipe = Recipe("Helmet", "helmet")
    assert stage.params(recipe, load("unity")) == stage.params(recipe, load("unreal"))
    assert stage.params(recipe, load("unity")).size_px == 1024
