"""The Godot delivery: what Godot itself imports of it, its .import files, and names that can mean nothing to it."""

from __future__ import annotations

import configparser
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from engine_profiles.load import load
from tests.letter_model import letter_model
from tests.oracles import godot
from tests.toolchain.export.test_export_stage import SLOTS, export, paths
from toolchain.asset import PackedTexture
from toolchain.export.godot_import import godot_imports, uid
from toolchain.export.naming import name_faults
from toolchain.export.stage import params
from toolchain.recipe import Recipe
from toolchain.stage import StageError
from validators.judge import judge
from validators.readers.conventions import purpose_of


def ini(text: str) -> configparser.ConfigParser:
    read = configparser.ConfigParser(delimiters=("=",), interpolation=None)
    read.optionxform = str  # type: ignore[method-assign,assignment]
    read.read_string(text)
    return read


def test_delivery() -> None:
    assert paths(export("godot")) == ["Letter.glb", "Letter.glb.import"]


@pytest.mark.skipif(godot.why_not() is not None, reason=godot.why_not() or "")
def test_godot_imports_it(tmp_path: Path) -> None:
    made = export("godot")
    rows = godot.read({f"props/{f.path}": f.data for f in made.value.files}, "props/Letter.glb", tmp_path)
    (mesh,) = [r for r in rows if r["class"] == "MeshInstance"]
    assert mesh["name"] == "Letter_mesh"
    assert np.allclose(mesh["low"], (-0.3, 0, -0.1), atol=1e-3) and np.allclose(mesh["size"], (0.6, 1, 0.2), atol=1e-3)
    assert [m["name"] for m in mesh["materials"]] == ["Letter_paint_mat", "Letter_steel_mat"]
    assert all(m["albedo"] and m["normal"] and m["metallic"] and not m["double_sided"] for m in mesh["materials"])
    (body,) = [r for r in rows if r["class"] == "StaticBody"]
    (shape,) = [r for r in rows if r["class"] == "CollisionShape"]
    assert body["name"] == "Letter_mesh_00" and shape["shape"] == "ConvexPolygonShape"
    corners = np.array(shape["points"])
    assert len(corners) == 8
    # Godot 3 hulls the hull anew and rounds what it finds: up to 16 mm on this metre.
    assert np.allclose(corners.min(axis=0), (-0.3, 0, -0.1), atol=0.02)
    assert np.allclose(corners.max(axis=0), (-0.1, 1, 0.1), atol=0.02)
    assert all(np.allclose(r["origin"], 0) for r in rows if "origin" in r)


@pytest.mark.skipif(godot.why_not() is not None, reason=godot.why_not() or "")
def test_godot_would_show_a_hull_by_unreals_name(tmp_path: Path) -> None:
    """The oracle can tell: the names of another engine leave a mesh and no body."""
    names = replace(load("godot").names, collision="UCX_{mesh}_{index:02d}")
    made = export("godot", names=names)
    rows = godot.read({f.path: f.data for f in made.value.files}, "Letter.glb", tmp_path)
    assert sorted(r["name"] for r in rows if r["class"] == "MeshInstance") == ["Letter_mesh", "UCX_Letter_mesh_00"]
    assert not [r for r in rows if r["class"] == "StaticBody"]


def test_our_validator_agrees(tmp_path: Path) -> None:
    said = load("godot")
    for f in export("godot").value.files:
        (tmp_path / f.path).write_bytes(f.data)
    found = {f.code for f in judge(tmp_path / "Letter.glb", said).findings} - {"col.fit"}  # one hull, round the stem
    assert not {c for c in found if c.startswith(("col.", "name.", "xf.", "lod."))}
    names = replace(said.names, collision="UCX_{mesh}_{index:02d}")
    for f in export("godot", names=names).value.files:
        (tmp_path / f.path).write_bytes(f.data)
    assert "col.leak" in {f.code for f in judge(tmp_path / "Letter.glb", said).findings}


@pytest.mark.parametrize("asset", ["Cart_wheel_2", "door_col", "key_noimp", "sword_rigid", "x_convcolonly", "lamp_occ"])
def test_no_name_of_ours_means_anything(asset: str) -> None:
    """Whatever the artist calls asset and slot, only collision ends in a word that the importer acts on."""
    slots = replace(SLOTS, slots=(replace(SLOTS.slots[0], name="alpha"), replace(SLOTS.slots[1], name="vcol_2")))
    made = export("godot", asset=asset, slots=slots)
    assert [f.path for f in made.value.files] == [f"{asset}.glb", f"{asset}.glb.import"]


def test_a_suffix_is_seen_through_digits() -> None:
    names = replace(load("godot").names, mesh="{asset}_wheel_02")
    with pytest.raises(StageError, match="ends in _wheel"):
        export("godot", names=names)
    model = letter_model("godot", "glb")
    renamed = replace(model, meshes=(replace(model.meshes[0], name="Letter_wheel_02"),))
    assert name_faults(renamed, load("godot").names, [])
    assert not name_faults(renamed, replace(load("godot").names, suffixes_before_digits=False), [])


@pytest.mark.parametrize(
    ("name", "purpose"),
    [
        ("Crate-convcolonly", "collision"),
        ("Crate_ColOnly", "collision"),
        ("Crate_convcolonly_02 ", "collision"),
        ("Crate$colonly.wall", "collision"),
        ("Crate-convcol", "render"),  # drawn, and collision as well
        ("Crate_col", "render"),
        ("colonly", "render"),
        ("Crate_colonly_mesh", "render"),
    ],
)
def test_readers_know_its_collision_names(name: str, purpose: str) -> None:
    assert purpose_of(name) == purpose


def test_import_settings() -> None:
    model = letter_model("godot", "glb")
    (made,) = godot_imports("godot/Letter", {"Letter.glb": model}, {})
    text = made.data.decode()
    assert made.path == "Letter.glb.import" and "\r" not in text
    read = ini(text)
    assert dict(read["remap"]) == {
        "importer": '"scene"',
        "importer_version": "1",
        "type": '"PackedScene"',
        "uid": f'"{uid("godot/Letter", "Letter.glb")}"',
    }
    told = read["params"]
    assert (told["meshes/ensure_tangents"], told["meshes/generate_lods"]) == ("true", "true")
    assert (told["nodes/use_name_suffixes"], told["gltf/embedded_image_handling"]) == ("true", "2")
    assert told["meshes/light_baking"] == "1", "the letter brings its own UV2"
    bare = replace(model, meshes=tuple(replace(m, mesh=replace(m.mesh, uv_light=None)) for m in model.meshes))
    (made,) = godot_imports("godot/Letter", {"Letter.glb": bare}, {})
    assert ini(made.data.decode())["params"]["meshes/light_baking"] == "2"


def test_a_fine_mesh_is_not_unwrapped_by_godot() -> None:
    """Godot's unwrapping drops triangles with an edge under 0.346 mm: found by counting what it imports."""
    model = letter_model("godot", "glb")
    for size, asked in ((0.3, "2"), (0.001, "1")):
        small = tuple(
            replace(m, mesh=replace(m.mesh, uv_light=None, positions=m.mesh.positions * np.float32(size)))
            for m in model.meshes
        )
        (made,) = godot_imports("s", {"Letter.glb": replace(model, meshes=small)}, {})
        assert ini(made.data.decode())["params"]["meshes/light_baking"] == asked


def test_import_of_loose_textures() -> None:
    texture = PackedTexture(0, "normal", "n.png", "linear", b"", normal="directx")
    (made,) = godot_imports("s", {}, {"maps/n.png": texture})
    read = ini(made.data.decode())
    assert made.path == "maps/n.png.import" and read["remap"]["importer"] == '"texture"'
    assert (read["params"]["compress/normal_map"], read["params"]["process/normal_map_invert_y"]) == ("1", "true")


def test_uids_are_stable_and_godots() -> None:
    """A changed uid breaks every scene that uses the asset: this is the one of the first release."""
    made = uid("godot/Letter", "Letter.glb")
    assert made == "uid://ccrh0jncaccg"
    assert re.fullmatch(r"uid://[a-y0-8]{1,13}", made)
    assert len({uid("a", "b"), uid("a", "c"), uid("b", "b")}) == 3


def test_the_profile_asks_for_uv2_and_levels_of_the_engine() -> None:
    made = params(Recipe("x", "x"), load("godot"))
    assert made.deliverables[0].lods == "none" and not load("godot").lightmap.px and made.sidecars.godot_import
