"""Sidecars: Unity metas read back as YAML, the Unreal script run against a recording engine, Roblox's text."""

from __future__ import annotations

import re
import sys
import types
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import pytest

from engine_profiles.load import load
from tests.letter_model import letter_model, png
from toolchain.asset import PackedTexture
from toolchain.export.model import Model
from toolchain.export.png_header import read_png_header
from toolchain.export.roblox_notes import roblox_notes
from toolchain.export.unity_meta import guid, unity_metas
from toolchain.export.unreal_script import unreal_script


def loose(model: Model, folder: str = "") -> dict[str, PackedTexture]:
    found = [t for m in model.materials for t in m.textures.values()]
    return {f"{folder}/{t.file}".lstrip("/"): t for t in found}


def yaml(text: str) -> dict[str, Any]:
    """The block YAML that Unity writes: maps, lists of scalars or maps, plain scalars. Anything else is an error."""
    rows = []
    for line in text.splitlines():
        match = re.fullmatch(r"( *)(- )?(?:([A-Za-z_]\w*):(?: (.*))?|([^:]+))", line)
        assert match, f"no YAML: {line!r}"
        rows.append((len(match[1]), bool(match[2]), match[3], (match[4] or "") if match[3] else match[5]))

    def block(at: int, depth: int) -> tuple[Any, int]:
        if rows[at][1]:
            items: list[Any] = []
            while at < len(rows) and rows[at][0] == depth and rows[at][1]:
                if rows[at][2] is None:
                    items.append(rows[at][3])
                    at += 1
                else:
                    rows[at] = (depth + 2, False, *rows[at][2:])
                    item, at = block(at, depth + 2)
                    items.append(item)
            return items, at
        out: dict[str, Any] = {}
        while at < len(rows) and rows[at][0] == depth and not rows[at][1]:
            key, value = rows[at][2], rows[at][3]
            assert key not in out, f"{key} twice"
            at += 1
            nested = at < len(rows) and not value and (rows[at][0] > depth or (rows[at][0] == depth and rows[at][1]))
            out[key], at = block(at, rows[at][0]) if nested else (value, at)
        return out, at

    tree, end = block(0, 0)
    assert end == len(rows)
    return tree


@pytest.fixture
def metas() -> dict[str, dict[str, Any]]:
    model = letter_model("unity", "fbx")
    made = unity_metas("unity/Letter", {"Letter.fbx": model}, loose(model, "Maps"))
    return {f.path: yaml(f.data.decode()) for f in made}


def test_unity_has_a_meta_for_every_file_and_folder(metas: dict[str, Any]) -> None:
    model = letter_model("unity", "fbx")
    assert set(metas) == {"Letter.fbx.meta", "Maps.meta", *(f"{p}.meta" for p in loose(model, "Maps"))}
    guids = [m["guid"] for m in metas.values()]
    assert all(re.fullmatch(r"[0-9a-f]{32}", g) for g in guids) and len(set(guids)) == len(guids)
    assert all(m["fileFormatVersion"] == "2" for m in metas.values())
    assert metas["Maps.meta"]["folderAsset"] == "yes"


def test_unity_guids_are_stable() -> None:
    """A changed guid breaks every reference in a project: these are the ones of the first release."""
    assert guid("unity/Letter", "Letter.fbx") == "bcc7cdb69cc2eb2684af48e7a2cd20a3"
    assert guid("unity/Letter", "Letter.fbx") != guid("unity/Other", "Letter.fbx") != guid("hdrp/Letter", "Letter.fbx")


def test_unity_model(metas: dict[str, Any]) -> None:
    made = metas["Letter.fbx.meta"]["ModelImporter"]
    meshes, space = made["meshes"], made["tangentSpace"]
    assert [float(s) for s in meshes["lODScreenPercentages"]] == list(letter_model("unity", "fbx").screen)
    wanted = {
        "globalScale": "1",
        "useFileScale": "1",
        "bakeAxisConversion": "0",
        "addColliders": "0",
        "generateSecondaryUV": "0",
        "importCameras": "0",
        "importLights": "0",
    }
    assert {k: meshes[k] for k in wanted} == wanted
    assert (space["normalImportMode"], space["tangentImportMode"]) == ("0", "0")
    assert (made["materials"]["materialImportMode"], made["importAnimation"]) == ("2", "0")


def test_unity_model_without_lightmap_and_tangents() -> None:
    model = letter_model("unity", "fbx", levels=1, up="+Z", front="+X")
    item = model.meshes[0]
    bare = replace(model, meshes=(replace(item, mesh=replace(item.mesh, uv_light=None, tangents=None)),))
    made = yaml(unity_metas("s", {"a.fbx": bare}, {})[0].data.decode())["ModelImporter"]
    assert made["meshes"]["lODScreenPercentages"] == "[]"
    assert (made["meshes"]["generateSecondaryUV"], made["meshes"]["bakeAxisConversion"]) == ("1", "1")
    assert made["tangentSpace"]["tangentImportMode"] == "3"


@pytest.mark.parametrize(
    ("suffix", "srgb", "kind"), [("BaseColor", "1", "0"), ("Normal", "0", "1"), ("MaskMap", "0", "0")]
)
def test_unity_textures(metas: dict[str, Any], suffix: str, srgb: str, kind: str) -> None:
    made = metas[f"Maps/T_Letter_paint_{suffix}.png.meta"]["TextureImporter"]
    assert (made["mipmaps"]["sRGBTexture"], made["textureType"]) == (srgb, kind)
    assert made["bumpmap"]["flipGreenChannel"] == "0"
    assert made["maxTextureSize"] == made["platformSettings"][0]["maxTextureSize"] == "2048"


def test_unity_large_and_directx_textures() -> None:
    texture = PackedTexture(0, "normal", "n.png", "linear", png((0, 0, 0), 4097), normal="directx")
    made = yaml(unity_metas("s", {}, {"n.png": texture})[0].data.decode())["TextureImporter"]
    assert (made["maxTextureSize"], made["bumpmap"]["flipGreenChannel"]) == ("8192", "1")


class Recorder(types.ModuleType):
    """An `unreal` module that remembers what was set on what."""

    class StaticMesh(MagicMock):
        pass

    def __init__(self) -> None:
        super().__init__("unreal")
        self.tasks: list[dict[str, Any]] = []
        self.assets: dict[str, Any] = {}
        self.log_warning, self.log = MagicMock(), MagicMock()
        tools = MagicMock()
        tools.import_asset_tasks.side_effect = lambda jobs: self.tasks.extend(self.made(job) for job in jobs)
        self.AssetToolsHelpers = MagicMock()
        self.AssetToolsHelpers.get_asset_tools.return_value = tools
        self.AssetImportTask, self.FbxImportUI = self.thing, self.thing
        self.EditorAssetLibrary = MagicMock()
        self.EditorAssetLibrary.does_asset_exist.return_value = False
        self.MaterialEditingLibrary = MagicMock()
        self.MaterialEditingLibrary.create_material_expression.side_effect = lambda *a: self.thing()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        value = MagicMock(name=name)
        setattr(self, name, value)
        return value

    def thing(self) -> MagicMock:
        values: dict[str, Any] = {}
        made = MagicMock(values=values)
        made.set_editor_property.side_effect = values.__setitem__
        made.get_editor_property.side_effect = lambda n: values.setdefault(n, self.thing())
        return made

    def made(self, job: Any) -> dict[str, Any]:
        path = f"{job.values['destination_path']}/{job.values['destination_name']}"
        job.values["imported_object_paths"] = [path]
        is_mesh = job.values["filename"].endswith(".fbx")
        self.assets[path] = self.StaticMesh() if is_mesh else self.thing()
        if is_mesh:
            self.assets[path].get_material_index.side_effect = ["M_Letter_paint", "M_Letter_steel"].index
        return job.values

    def load_asset(self, path: str) -> Any:
        return self.assets[path]


@pytest.fixture
def unreal(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    recorder = Recorder()
    monkeypatch.setitem(sys.modules, "unreal", recorder)
    return recorder


def script(folder: Path, packs: dict[str, str] | None = None, **changes: Any) -> tuple[str, Path]:
    model = letter_model("unreal", "fbx", **changes)
    textures = loose(model)
    packs = {m.role: m.pack for m in load("unreal").map} | (packs or {})
    (made,) = unreal_script("Letter", {"SM_Letter.fbx": model}, textures, packs)
    assert made.path == "import_Letter.py"
    for name in ("SM_Letter.fbx", *textures):
        (folder / name).write_bytes(b"x")
    return made.data.decode(), folder / made.path


def test_unreal_script_imports_everything(unreal: Recorder, tmp_path: Path) -> None:
    text, path = script(tmp_path)
    exec(compile(text, str(path), "exec"), {"__name__": "__main__", "__file__": str(path)})  # noqa: S102 - it is ours
    assert not unreal.log_warning.called
    assert {t["destination_path"] for t in unreal.tasks} == {"/Game/Dropforge/Letter"}
    assert all(Path(t["filename"]).is_file() for t in unreal.tasks)
    *maps, mesh = unreal.tasks
    names = sorted(f"T_Letter_{s}_{x}" for s in ("paint", "steel") for x in ("D", "N", "ORM"))
    assert [m["destination_name"] for m in maps] == names
    kinds = unreal.TextureCompressionSettings
    wanted = (("D", True, kinds.TC_DEFAULT), ("N", False, kinds.TC_NORMALMAP), ("ORM", False, kinds.TC_MASKS))
    for suffix, srgb, kind in wanted:
        values = unreal.assets[f"/Game/Dropforge/Letter/T_Letter_paint_{suffix}"].values
        assert values["srgb"] is srgb and values["compression_settings"] is kind
        assert values.get("flip_green_channel") is (False if suffix == "N" else None), "the file is DirectX already"
    options = mesh["options"].values
    data = options["static_mesh_import_data"].values
    assert mesh["destination_name"] == "SM_Letter"
    assert options["import_textures"] is options["import_materials"] is False
    assert data["import_mesh_lods"] is True and data["build_nanite"] is False
    assert data["auto_generate_collision"] is False and data["generate_lightmap_u_vs"] is False
    assert data["convert_scene_unit"] is False and data["force_front_x_axis"] is False
    made = unreal.assets["/Game/Dropforge/Letter/SM_Letter"]
    assert [c.args[0] for c in made.set_material.call_args_list] == [0, 1]
    made.set_editor_property.assert_any_call("light_map_coordinate_index", 1)
    subsystem = unreal.get_editor_subsystem.return_value
    ends = letter_model("unreal", "fbx").screen
    subsystem.set_lod_screen_sizes.assert_called_once_with(made, [1.0, ends[0]])


@pytest.mark.parametrize(
    ("pack", "pins"),
    [
        (None, {"R": "MP_AMBIENT_OCCLUSION", "G": "MP_ROUGHNESS", "B": "MP_METALLIC"}),
        ("R=metallic G=roughness B=ao", {"R": "MP_METALLIC", "G": "MP_ROUGHNESS", "B": "MP_AMBIENT_OCCLUSION"}),
        ("R=metallic G=ao B=0 A=1-roughness", {"R": "MP_METALLIC", "G": "MP_AMBIENT_OCCLUSION", "": "MP_ROUGHNESS"}),
        ("R=ao", {"R": "MP_AMBIENT_OCCLUSION", "": "MP_METALLIC MP_ROUGHNESS"}),
    ],
)
def test_unreal_material_is_wired_as_the_profile_packs(
    unreal: Recorder, tmp_path: Path, pack: str | None, pins: dict[str, str]
) -> None:
    """A studio's own packing must reach the material: roughness read from the metal channel looks like a bad bake."""
    text, path = script(tmp_path, {"orm": pack} if pack else None)
    exec(compile(text, str(path), "exec"), {"__name__": "__main__", "__file__": str(path)})  # noqa: S102
    named = {getattr(unreal.MaterialProperty, n): n for n in " ".join(pins.values()).split()}
    named |= {getattr(unreal.MaterialProperty, n): "" for n in ("MP_BASE_COLOR", "MP_NORMAL")}
    edit = unreal.MaterialEditingLibrary
    calls = [c.args for c in edit.connect_material_property.call_args_list]
    half = calls[: len(calls) // 2]  # two slots, alike
    found: dict[str, str] = {}
    for _, pin, output in half:
        if named[output]:
            found[pin] = f"{found[pin]} {named[output]}" if pin in found else named[output]
    assert found == pins
    turned = [c.args[1] for c in edit.connect_material_expressions.call_args_list]
    assert turned == (["A", "A"] if pack and "1-roughness" in pack else [])
    assert [pin for _, pin, output in half if not named[output]] == ["RGB", "RGB"]


def test_unreal_script_one_level_is_for_nanite(unreal: Recorder, tmp_path: Path) -> None:
    text, path = script(tmp_path, levels=1, collision=False)
    exec(compile(text, str(path), "exec"), {"__name__": "__main__", "__file__": str(path)})  # noqa: S102
    data = unreal.tasks[-1]["options"].values["static_mesh_import_data"].values
    assert data["build_nanite"] is data["auto_generate_collision"] is True and data["import_mesh_lods"] is False
    assert not unreal.get_editor_subsystem.called


def test_unreal_script_tells_what_is_missing(unreal: Recorder, tmp_path: Path) -> None:
    text, path = script(tmp_path)
    (tmp_path / "SM_Letter.fbx").unlink()
    with pytest.raises(RuntimeError, match=r"SM_Letter\.fbx is not beside"):
        exec(compile(text, str(path), "exec"), {"__name__": "__main__", "__file__": str(path)})  # noqa: S102


def test_unreal_script_needs_an_fbx() -> None:
    with pytest.raises(ValueError, match="needs an FBX"):
        unreal_script("x", {"x.usdz": letter_model("unreal", "usdz")}, {}, {})


def test_roblox_notes() -> None:
    model = letter_model("roblox", "glb")
    names = {"base_color": "color", "normal": "normal", "roughness": "roughness", "metallic": "metalness"}
    made_of = [
        PackedTexture(i, role, f"Letter_{slot}_{suffix}.png", "linear", b"")
        for i, slot in enumerate(("paint", "steel"))
        for role, suffix in names.items()
    ]
    textures = {f"SurfaceAppearance/{t.file}": t for t in made_of}
    (made,) = roblox_notes({"Letter.glb": model}, textures)
    text = made.data.decode()
    assert made.path == "IMPORT.txt"
    for name, value in (("Scale Unit", "Studs"), ("World Forward", "Front"), ("World Up", "Top")):
        assert re.search(rf"^  {name} +{value}\r$", text, re.MULTILINE)
    assert re.search(r"^  Letter_steel\r$", text, re.MULTILINE)
    assert re.search(r"^    MetalnessMap +SurfaceAppearance/Letter_steel_metalness\.png\r$", text, re.MULTILINE)
    (metres,) = roblox_notes({"a.glb": letter_model("roblox", "glb", unit_m=1.0)}, {})
    assert "Scale Unit                 Meter" in metres.data.decode()
    with pytest.raises(ValueError, match=r"no Scale Unit of 0\.5 m"):
        roblox_notes({"a.glb": letter_model("roblox", "glb", unit_m=0.5)}, {})


def test_png_header() -> None:
    header = read_png_header(png((1, 2, 3), 16), "a.png")
    assert (header.width, header.height, header.channels, header.bits) == (16, 16, 3, 8)
    with pytest.raises(ValueError, match=r"a\.png is not a PNG"):
        read_png_header(b"\x89PNG\r\n", "a.png")
