"""Built-in profiles are sound and say what the engines' documents say; `extends` overlays; faults are told."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine_profiles import BUILT_IN, SettingsError, load, template
from engine_profiles.packing import Channel, parse_pack


def studio(tmp_path: Path, text: str, name: str = "studio") -> Path:
    path = tmp_path / f"{name}.toml"
    path.write_text(f'schema = 1\nname = "{name}"\ntitle = "Studio"\n{text}\n', encoding="utf-8")
    return path


def test_every_built_in_loads() -> None:
    assert {load(name).name for name in BUILT_IN} == set(BUILT_IN)


def test_engine_facts() -> None:
    unity, unreal, roblox = load("unity"), load("unreal"), load("roblox")
    assert (unity.world.handed, unity.world.front, unity.textures.normal) == ("left", "+Z", "opengl")
    assert (unreal.deliverable[0].up, unreal.deliverable[0].front, unreal.deliverable[0].unit_m) == ("+Z", "+X", 0.01)
    assert unreal.textures.normal == "directx"
    assert unreal.collision.style == "ucx"
    assert (roblox.limits.triangles_per_mesh, roblox.limits.materials_per_mesh, roblox.limits.uv_sets) == (20000, 1, 1)
    assert roblox.deliverable[0].unit_m == pytest.approx(0.28)
    assert roblox.split_slots
    godot = load("godot")
    assert (godot.world.up, godot.world.front, godot.world.unit_m) == ("+Y", "+Z", 1.0)
    assert (godot.textures.normal, godot.collision.style, godot.deliverable[0].lods) == ("opengl", "suffix", "none")
    assert godot.names.collision.format(mesh="a", index=0).endswith("_convcolonly")


def test_extends_overlays_tables_and_replaces_lists(tmp_path: Path) -> None:
    path = studio(
        tmp_path, 'extends = "unity"\n[budget.prop]\ntriangles = 900\n[lod]\nratios = [0.4]\nscreen = [0.5, 0.1]'
    )
    ours, base = load(str(path)), load("unity")
    assert ours.budget.prop.triangles == 900
    assert ours.budget.prop.texture_px == base.budget.prop.texture_px
    assert ours.budget.hero == base.budget.hero
    assert ours.lod.ratios == (0.4,)
    assert ours.map == base.map


def test_extends_is_relative_to_the_file_that_says_so(tmp_path: Path) -> None:
    studio(tmp_path, 'extends = "unreal"\n[budget.prop]\ntriangles = 700', "base")
    leaf = studio(tmp_path, 'extends = "base.toml"', "leaf")
    assert load(str(leaf)).budget.prop.triangles == 700


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('extends = "untiy"', 'did you mean "unity"'),
        ('extends = "studio.toml"', "extends itself"),
        (
            'extends = "unity"\n[textures]\nnormall = "directx"',
            'line 6: unknown key "normall" in [textures]; did you mean "normal"?',
        ),
        ('extends = "unity"\n[names]\nmesh = "{aset}"', "template"),
        ('extends = "unity"\n[[map]]\nsuffix = "C"\npack = "RGB=albdo"\nrole = "base_color"', "is not a map"),
        (
            'extends = "unity"\n[[deliverable]]\nformat = "glb"\nfile = "{asset}.glb"\nup = "+Y"\nfront = "-Y"',
            "lie on one axis",
        ),
        ('extends = "unity"\n[rules]\n"geo.watertight" = "fatal"', "not one of error, warning, info, off"),
        ("", '"deliverable" is missing'),
    ],
)
def test_faults(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load(str(studio(tmp_path, text)))
    assert words in str(caught.value)


def test_a_fault_in_a_lower_layer_names_the_lower_file(tmp_path: Path) -> None:
    studio(tmp_path, 'extends = "unity"\n[budget.prop]\ntriangels = 1', "base")
    with pytest.raises(SettingsError, match=r"^base.toml, line 6"):
        load(str(studio(tmp_path, 'extends = "base.toml"', "leaf")))


def test_the_template_of_a_new_profile_loads(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(template("mine", "roblox"), encoding="utf-8")
    assert load(str(path)).limits == load("roblox").limits


def test_packing_language() -> None:
    assert parse_pack("R=metallic G=ao B=0 A=1-roughness") == (
        Channel("metallic"),
        Channel("ao"),
        Channel("", constant=0.0),
        Channel("roughness", invert=True),
    )
    assert [c.component for c in parse_pack("RGB=normal")] == [0, 1, 2]
    for bad in ("R=ao B=ao", "RGB=ao R=ao", "X=ao", "R=unknown", "", "G=ao"):
        with pytest.raises(ValueError, match="pack"):
            parse_pack(bad)
