"""Texture sizes by slot: about one density over an asset."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from engine_profiles.load import load
from tests.toolchain.bake.shapes import low, plane, sculpt
from toolchain.asset import Mesh, Slot, Slots
from toolchain.bake import stage
from toolchain.bake.sizes import LEAST_PX, sharpness, slot_sizes
from toolchain.recipe import Recipe
from toolchain.stage import quiet


def two(share: float) -> Mesh:
    """A large and a small square, a slot each; both fill the whole UV square."""
    large, small = plane(1), plane(1)
    away = small.positions * np.float32(np.sqrt(share)) + np.float32([2, 0, 0])
    uv = np.concatenate((large.uv, small.uv))  # type: ignore[arg-type]
    slots = np.repeat(np.array([0, 1], np.int32), 2)
    faces = np.concatenate((large.faces, small.faces + 4))
    return Mesh(np.concatenate((large.positions, away)), faces, np.tile(np.float32([0, 0, 1]), (8, 1)), uv, slots=slots)


@pytest.mark.parametrize(("share", "size"), [(1.0, 1024), (0.3, 512), (0.0625, 256), (0.03, 128), (1e-5, LEAST_PX)])
def test_a_slot_of_little_surface_gets_a_small_texture(share: float, size: int) -> None:
    assert slot_sizes(sharpness(two(share), 2), 1024) == [1024, size]


def test_densities_stay_within_a_factor_of_the_root_of_two() -> None:
    rng = np.random.default_rng(0)
    for share in rng.uniform(0.01, 1, 50):
        sharp = sharpness(two(float(share)), 2)
        one, other = (s * size for s, size in zip(sharp, slot_sizes(sharp, 2048), strict=True))
        assert 0.7 < one / other < 1.42


def test_a_density_that_is_asked_for_is_met_by_the_least_size_and_bounded() -> None:
    sharp = sharpness(two(0.25), 2)  # 1 and 2 textures a metre
    assert slot_sizes(sharp, 2048, 500) == [512, 256]
    assert slot_sizes(sharp, 2048, 520) == [512, 256]  # 1.5 % short is let pass, as the rule does
    assert slot_sizes(sharp, 2048, 600) == [1024, 512]
    assert slot_sizes(sharp, 2048, 9000) == [2048, 2048]


def test_an_empty_slot_is_small_and_a_tiny_budget_is_kept() -> None:
    assert slot_sizes([1.0, 0.0], 1024) == [1024, LEAST_PX]
    assert slot_sizes([0.0], 16) == [16] and slot_sizes([1.0, 50.0], 32) == [32, 32]


def test_the_bake_makes_and_measures_them() -> None:
    flat = low(two(0.0625), 0.0)
    slots = Slots((Slot("hull", "mask"), Slot("bolt", "mask")), np.zeros(4, np.int32))
    made = stage.run(
        stage.Params(size_px=256, ao_rays=1), quiet, repair=sculpt(replace(flat, uv=None)), slots=slots, unwrap=flat
    )
    assert [s.coverage.shape[0] for s in made.value.sets] == [256, 64]
    assert made.measures["sizes_px"] == {"hull": 256, "bolt": 64}
    assert made.measures["texels_per_m"] == {"hull": 256.0, "bolt": 256.0}


def test_params_take_size_density_and_maps_of_the_profile() -> None:
    profile = load("unreal")
    asked = replace(
        profile,
        map=(*profile.map, replace(profile.map[0], suffix="H", pack="R=height G=thickness B=id")),
        textures=replace(profile.textures, texels_per_m=512.0),
    )
    params = stage.params(Recipe("H", "h"), asked)
    assert params.maps == ("height", "thickness") and params.texels_per_m == 512.0
    assert stage.params(Recipe("H", "h"), profile).maps == ()
