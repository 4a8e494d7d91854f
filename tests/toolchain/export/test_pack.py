"""Packing: channels, curves, signs, names and looks, read back from the files."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from engine_profiles.load import load
from engine_profiles.packing import parse_pack
from engine_profiles.schema import Map
from toolchain.asset import PackedTexture, PackedTextures, Slot, Slots, TextureSet, TextureSets
from toolchain.export import pack
from toolchain.export.channels import assemble, quantise, slot_colour
from toolchain.recipe import Recipe, SlotAsk
from toolchain.srgb import srgb
from toolchain.stage import Made, StageError, quiet

SLOTS = Slots((Slot("body", "mask"), Slot("strap", "mask")), np.zeros(4, np.int32))
SIZE = 32


def bake() -> TextureSets:
    """Two slots with slopes in every map."""
    ramp = np.linspace(0, 1, SIZE, dtype=np.float32)
    x, y = np.meshgrid(ramp * 1.2 - 0.6, ramp[::-1] * 1.2 - 0.6)
    normal = np.stack((x, y, np.sqrt(1 - x * x - y * y)), -1).astype(np.float32)
    albedo = np.stack((x + 0.6, y + 0.6, 0 * x + 0.5), -1).astype(np.float32) / np.float32(1.2)
    maps = {"albedo": albedo, "normal": normal, "ao": (y + 0.6).astype(np.float32) / np.float32(1.2), "evidence": 0 * x}
    return TextureSets(tuple(TextureSet(i, maps, np.ones((SIZE, SIZE), bool)) for i in range(2)))


def made(engine: str, **changes: object) -> Made:
    recipe = Recipe("Helmet", "helmet", slots={"body": SlotAsk("#ff0000", "steel"), "strap": SlotAsk(roughness=0.25)})
    params = replace(pack.params(recipe, load(engine)), **changes)  # type: ignore[arg-type]
    return pack.run(params, quiet, bake=bake(), slots=SLOTS)


def pixels(texture: PackedTexture) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(texture.data))).astype(np.float64) / 255


def by_file(value: PackedTextures) -> dict[str, PackedTexture]:
    return {t.file: t for t in value.textures}


def test_unity_gets_its_three_maps_with_smoothness_in_alpha() -> None:
    files = by_file(made("unity").value)
    assert list(files) == [
        f"T_helmet_{s}_{m}.png" for s in ("body", "strap") for m in ("BaseColor", "Normal", "MaskMap")
    ]
    assert all(t.loose for t in files.values())
    mask = pixels(files["T_helmet_body_MaskMap.png"])
    assert mask.shape == (SIZE, SIZE, 4)
    np.testing.assert_allclose(mask[..., 0], 1, atol=1e-6)  # steel is metallic
    np.testing.assert_allclose(mask[..., 1], bake().sets[0].maps["ao"], atol=0.5 / 255 + 1e-6)
    assert (mask[..., 2] == 0).all()
    np.testing.assert_allclose(mask[..., 3], 1 - 0.35, atol=0.5 / 255 + 1e-6)


def test_base_colour_is_srgb_and_says_so() -> None:
    base = by_file(made("unity").value)["T_helmet_body_BaseColor.png"]
    linear = bake().sets[0].maps["albedo"].astype(np.float64)
    expected = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    np.testing.assert_allclose(pixels(base), expected, atol=0.5 / 255 + 1e-4)
    assert base.color_space == "srgb" and b"sRGB" in base.data
    assert b"sRGB" not in by_file(made("unity").value)["T_helmet_body_Normal.png"].data


def test_unreal_has_green_down_and_its_usdz_has_green_up() -> None:
    files = by_file(made("unreal").value)
    down, up = files["T_helmet_body_N.png"], files["T_helmet_body_NormalGL.png"]
    assert (down.normal, down.loose, up.normal, up.loose) == ("directx", True, "opengl", False)
    a, b = pixels(down), pixels(up)
    np.testing.assert_allclose(a[..., 1], 1 - b[..., 1], atol=2 / 255)
    decoded = b * 2 - 1
    assert np.abs(decoded - bake().sets[0].maps["normal"]).max() < 2.1 / 255
    assert [t.role for t in files.values() if "body" in t.file] == ["base_color", "normal", "orm", "normal"]


def test_roblox_glb_gets_an_orm_that_is_not_loose() -> None:
    value = made("roblox").value
    files = by_file(value)
    orm = files["helmet_strap_ORM.png"]
    assert not orm.loose and files["helmet_strap_color.png"].loose
    assert files["helmet_strap_normal.png"].normal == "opengl"
    image = pixels(orm)
    np.testing.assert_allclose(image[..., 1], 0.25, atol=0.5 / 255)
    assert Image.open(io.BytesIO(files["helmet_strap_roughness.png"].data)).mode == "L"
    assert not any("NormalGL" in f or "BaseColor" in f for f in files)


def test_looks_come_from_preset_sidecar_or_default() -> None:
    body, strap = made("unity").value.looks
    assert (body.roughness, body.metallic, body.source, body.preset) == (0.35, 1.0, "preset", "steel")
    assert (strap.roughness, strap.metallic, strap.source) == (0.25, 0.0, "sidecar")
    both = pack.look_of("x", SlotAsk(preset="gold", metallic=0.0))
    assert (both.roughness, both.metallic, both.source) == (0.25, 0.0, "sidecar")
    assert pack.look_of("x").source == "default"
    hinted = pack.look_of("x", None, (0.55, 1.0))
    assert (hinted.roughness, hinted.metallic, hinted.source) == (0.55, 1.0, "guess")
    over = pack.look_of("x", SlotAsk(preset="wood"), (0.55, 1.0))
    assert (over.roughness, over.metallic, over.source) == (0.7, 0.0, "preset")


def test_a_measured_look_is_told_as_measured() -> None:
    sets = tuple(replace(s, maps=s.maps | {"roughness": np.full((SIZE, SIZE), 0.6, np.float32)}) for s in bake().sets)
    made = pack.run(pack.params(Recipe("H", "h"), load("portable")), quiet, bake=TextureSets(sets), slots=SLOTS)
    assert {(v["roughness"], v["source"]) for v in made.measures["looks"].values()} == {(0.6, "measured")}


def test_an_emissive_slot_glows_in_its_own_colour() -> None:
    recipe = Recipe("H", "h", slots={"strap": SlotAsk(preset="emissive")})
    files = by_file(pack.run(pack.params(recipe, load("portable")), quiet, bake=bake(), slots=SLOTS).value)
    glowing = [f for f in files if "missive" in f]
    assert glowing and all("strap" in f for f in glowing)


def test_a_measured_map_holds_unless_a_value_was_stated() -> None:
    sets = tuple(replace(s, maps=s.maps | {"roughness": np.full((SIZE, SIZE), 0.6, np.float32)}) for s in bake().sets)
    params = pack.params(Recipe("H", "h", slots={"strap": SlotAsk(roughness=0.25)}), load("portable"))
    files = by_file(pack.run(params, quiet, bake=TextureSets(sets), slots=SLOTS).value)
    np.testing.assert_allclose(pixels(files["T_h_body_ORM.png"])[..., 1], 0.6, atol=0.003)
    np.testing.assert_allclose(pixels(files["T_h_strap_ORM.png"])[..., 1], 0.25, atol=0.003)


def test_a_look_changes_packing_alone() -> None:
    from toolchain.bake import stage

    before, after = (Recipe("H", "h", slots={"body": SlotAsk(roughness=r)}) for r in (0.2, 0.3))
    profile = load("unity")
    assert stage.params(before, profile) == stage.params(after, profile)
    assert pack.params(before, profile) != pack.params(after, profile)
    painted = Recipe("H", "h", slots={"body": SlotAsk("#00ff00", roughness=0.2)})
    assert pack.params(before, profile) == pack.params(painted, profile)


def test_engines_share_the_files_that_are_alike_and_no_others() -> None:
    maps = bake()
    params = [pack.params(Recipe("Helmet", "helmet"), load(e)) for e in ("unity", "unreal")]
    unity, unreal = (by_file(pack.run(p, quiet, bake=maps, slots=SLOTS).value) for p in params)
    assert unity["T_helmet_body_BaseColor.png"].data is unreal["T_helmet_body_D.png"].data
    assert unity["T_helmet_body_Normal.png"].data != unreal["T_helmet_body_N.png"].data  # green up, and down
    rough = replace(params[0], slots={"body": SlotAsk(roughness=0.25)})
    asked = by_file(pack.run(rough, quiet, bake=maps, slots=SLOTS).value)
    assert asked["T_helmet_body_MaskMap.png"].data != unity["T_helmet_body_MaskMap.png"].data


def test_names_never_meet() -> None:
    maps = (*load("unreal").map[:2], Map("orm", "R=metallic", "metallic"))
    files = [t.file.lower() for t in made("unreal", maps=maps).value.textures]
    assert len(set(files)) == len(files) and "t_helmet_body_orm_2.png" in files
    with pytest.raises(StageError, match="Two textures would be called"):
        made("unreal", template="T_{asset}_{suffix}")


def test_an_id_map_holds_a_colour_of_its_own_for_each_slot() -> None:
    files = made("unity", maps=(Map("ID", "RGB=id", "id"),)).value.textures
    body, strap = (np.unique(pixels(texture).reshape(-1, 3), axis=0) for texture in files)
    assert len(body) == len(strap) == 1 and np.abs(body - strap).max() > 0.3
    many = np.array([slot_colour(i) for i in range(16)])
    apart = np.linalg.norm(many[:, None] - many[None], axis=-1) + np.eye(16)
    assert apart.min() > 0.1


def test_a_height_map_of_sixteen_bits() -> None:
    import cv2

    sets = tuple(replace(s, maps=s.maps | {"height": s.maps["ao"]}) for s in bake().sets)
    params = replace(pack.params(Recipe("H", "h"), load("unity")), maps=(Map("H", "R=height", "height", bits=16),))
    texture = pack.run(params, quiet, bake=TextureSets(sets), slots=SLOTS).value.textures[0]
    image = cv2.imdecode(np.frombuffer(texture.data, np.uint8), cv2.IMREAD_UNCHANGED)
    assert image.dtype == np.uint16 and image.shape == (SIZE, SIZE)
    np.testing.assert_allclose(image / 65535, sets[0].maps["height"], atol=0.6 / 65535)


def test_no_map_has_twelve_bits() -> None:
    with pytest.raises(ValueError, match="8 or 16"):
        Map("H", "R=height", "height", bits=12)


def test_a_slot_nobody_has() -> None:
    found = made("unity", slots={"visor": SlotAsk(preset="glass")}).findings
    assert [f.code for f in found] == ["pack.unknown_slot"] and '"visor"' in found[0].message


def test_sixteen_bits_hold_the_normal_sixteen_bits_deep() -> None:
    import cv2

    texture = made("unity", maps=(Map("N", "RGB=normal", "normal", bits=16),)).value.textures[0]
    image = cv2.imdecode(np.frombuffer(texture.data, np.uint8), cv2.IMREAD_UNCHANGED)[..., ::-1]
    assert image.dtype == np.uint16
    np.testing.assert_allclose(image / 65535 * 2 - 1, bake().sets[0].maps["normal"], atol=1.1 / 65535)


def test_dither_keeps_the_mean_and_leaves_flat_normals_alone() -> None:
    value = np.full((64, 64, 1), 100.3 / 255, np.float32)
    out = quantise(value, 8, True)
    assert set(np.unique(out)) == {100, 101} and out.mean() == pytest.approx(100.3, abs=0.02)
    flat = assemble(parse_pack("RGB=normal"), {"normal": np.tile(np.float32([0, 0, 1]), (16, 16, 1))}, 16, True)
    assert np.unique(quantise(flat, 8, True).reshape(-1, 3), axis=0).tolist() == [[128, 128, 255]]


def test_srgb_curve_at_its_known_points() -> None:
    np.testing.assert_allclose(srgb(np.float32([0, 0.0031308, 0.214041, 1])), [0, 0.04045, 0.5, 1], atol=1e-5)


def test_a_glow_is_packed_where_there_is_one_and_nowhere_else() -> None:
    glow = np.zeros((SIZE, SIZE, 3), np.float32)
    glow[4:8, 4:8] = (0.0, 1.0, 0.5)
    dark, lit = bake().sets
    sets = (
        replace(dark, maps=dark.maps | {"emissive": np.zeros_like(glow)}),
        replace(lit, maps=lit.maps | {"emissive": glow}),
    )
    for engine, suffix in (("unity", "Emission"), ("unreal", "E"), ("portable", "Emissive")):
        params = pack.params(Recipe("Helmet", "helmet"), load(engine))
        files = by_file(pack.run(params, quiet, bake=TextureSets(sets), slots=SLOTS).value)
        glowing = [f for f in files if files[f].role == "emissive"]
        assert all("strap" in f and f.endswith(f"_{suffix}.png") for f in glowing) and glowing, engine
        assert pixels(files[glowing[0]])[5, 5, 1] == 1 and pixels(files[glowing[0]])[20, 20].max() == 0
    params = pack.params(Recipe("Helmet", "helmet"), load("roblox"))
    files = by_file(pack.run(params, quiet, bake=TextureSets(sets), slots=SLOTS).value)
    glowing = [f for f in files if files[f].role == "emissive"]
    assert glowing == ["helmet_strap_emissivemask.png", "helmet_strap_Emissive.png"]
    mask, colour = (files[f] for f in glowing)
    assert (mask.loose, mask.color_space) == (True, "linear") and (colour.loose, colour.color_space) == (False, "srgb")
    grey = pixels(mask)
    assert grey[5, 5] == 1 and grey[20, 20] == 0, "as strong as its strongest channel, and of none"


def test_a_preset_holds_against_a_measured_map() -> None:
    measured = np.full((SIZE, SIZE), 0.9, np.float32)
    sets = tuple(replace(t, maps=t.maps | {"roughness": measured}) for t in bake().sets)
    params = pack.params(Recipe("Helmet", "helmet", slots={"body": SlotAsk(preset="steel")}), load("roblox"))
    files = by_file(pack.run(params, quiet, bake=TextureSets(sets), slots=SLOTS).value)
    rough = {s: pixels(files[f"helmet_{s}_roughness.png"]).mean() for s in ("body", "strap")}
    assert rough["body"] == pytest.approx(0.35, abs=0.01) and rough["strap"] == pytest.approx(0.9, abs=0.01)
