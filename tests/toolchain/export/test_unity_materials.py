"""Unity materials: what a .mat says, that it points at files that are there, and that the model's .meta binds it.

No editor runs here. What is checked is the text against Unity's serialised form: documents, ids, guids, keywords.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from engine_profiles.load import load
from engine_profiles.schema import Sidecars
from tests.letter_model import letter_model
from tests.toolchain.export.test_export_stage import export
from tests.toolchain.export.test_sidecars import loose, yaml
from toolchain.asset import PackedTexture
from toolchain.export.model import Model
from toolchain.export.unity_materials import PIPELINES, unity_materials
from toolchain.export.unity_meta import guid, unity_metas
from toolchain.stage import StageError

SCOPE = "unity/Letter"


def made(pipeline: str, model: Model | None = None, folder: str = "") -> dict[str, str]:
    model = model or letter_model("unity", "fbx")
    files = unity_metas(SCOPE, {"Letter.fbx": model}, loose(model, folder), pipeline)
    return {f.path: f.data.decode() for f in files}


def material(text: str) -> dict[str, Any]:
    """The Material document of a .mat."""
    start, *documents = re.split(r"^--- !u!(?:\d+) &(?:\d+)\n", text, flags=re.MULTILINE)
    assert start == "%YAML 1.1\n%TAG !u! tag:unity3d.com,2011:\n" and len(documents) == 2
    lists = re.sub(r"^( *)- (_\w+): ?", r"\1  \2: ", documents[0], flags=re.MULTILINE)  # a list of single keys as a map
    lists = re.sub(r"^( *)- (_\w+)$", r"\1  \2: 1", lists, flags=re.MULTILINE)
    return yaml(re.sub(r": +$", ":", lists, flags=re.MULTILINE))["Material"]


def test_a_material_a_slot_and_its_meta() -> None:
    files = made("urp")
    for slot in ("paint", "steel"):
        meta = yaml(files[f"M_Letter_{slot}.mat.meta"])
        assert meta["guid"] == guid(SCOPE, f"M_Letter_{slot}.mat")
        assert meta["NativeFormatImporter"]["mainObjectFileID"] == "2100000"
    assert not any(".mat" in path for path in made("none"))


def test_the_model_is_bound_to_them() -> None:
    bound = yaml(made("urp")["Letter.fbx.meta"])["ModelImporter"]["externalObjects"]
    assert [b["first"]["name"] for b in bound] == ["M_Letter_paint", "M_Letter_steel"]
    for item in bound:
        name = item["first"]["name"]
        assert (item["first"]["type"], item["first"]["assembly"]) == ("UnityEngine:Material", "UnityEngine.CoreModule")
        assert item["second"] == f"{{fileID: 2100000, guid: {guid(SCOPE, f'{name}.mat')}, type: 2}}"
    assert yaml(made("none")["Letter.fbx.meta"])["ModelImporter"]["externalObjects"] == "{}"


@pytest.mark.parametrize(
    ("pipeline", "places"),
    [
        (
            "urp",
            {"_BaseMap": "BaseColor", "_BumpMap": "Normal", "_MetallicGlossMap": "MaskMap", "_OcclusionMap": "MaskMap"},
        ),
        ("hdrp", {"_BaseColorMap": "BaseColor", "_NormalMap": "Normal", "_MaskMap": "MaskMap"}),
    ],
)
def test_textures_are_the_ones_of_the_slot(pipeline: str, places: dict[str, str]) -> None:
    for slot in ("paint", "steel"):
        found = material(made(pipeline, folder="Maps")[f"M_Letter_{slot}.mat"])
        assert PIPELINES[pipeline].shader in found["m_Shader"] and found["m_Name"] == f"M_Letter_{slot}"
        held = found["m_SavedProperties"]["m_TexEnvs"]
        for place, suffix in places.items():
            wanted = guid(SCOPE, f"Maps/T_Letter_{slot}_{suffix}.png")
            assert held[place]["m_Texture"] == f"{{fileID: 2800000, guid: {wanted}, type: 3}}"


def test_keywords_follow_the_maps() -> None:
    """A map whose keyword is missing is not read by the shader; one too many reads a white square."""
    full = material(made("urp")["M_Letter_paint.mat"])
    words = {"_METALLICSPECGLOSSMAP", "_NORMALMAP", "_OCCLUSIONMAP"}
    assert words <= set(full["m_ValidKeywords"])
    model = letter_model("unity", "fbx")
    dull = {r: t for r, t in model.materials[0].textures.items() if r != "emissive"}
    plain = replace(model, materials=tuple(replace(m, textures=dull) for m in model.materials))
    without = material(made("urp", plain)["M_Letter_paint.mat"])
    assert set(without["m_ValidKeywords"]) == words and without["m_LightmapFlags"] == "4"
    glow = PackedTexture(0, "emissive", "glow.png", "srgb", next(iter(dull.values())).data)
    lit = replace(model, materials=tuple(replace(m, textures=dull | {"emissive": glow}) for m in model.materials))
    for pipeline, word in (("urp", "_EMISSION"), ("hdrp", "_EMISSIVE_COLOR_MAP")):
        found = material(made(pipeline, lit)["M_Letter_paint.mat"])
        assert word in found["m_ValidKeywords"] and found["m_LightmapFlags"] == "2"


def test_without_a_mask_the_looks_speak() -> None:
    model = letter_model("unity", "fbx")
    bare = replace(model, materials=tuple(replace(m, textures={}) for m in model.materials))
    files = unity_materials("urp", {"a.fbx": bare}, {})
    floats = material(files["M_Letter_steel.mat"].decode())["m_SavedProperties"]["m_Floats"]
    assert (float(floats["_Metallic"]), float(floats["_Smoothness"])) == (1.0, pytest.approx(0.65))
    masked = material(made("urp")["M_Letter_steel.mat"])["m_SavedProperties"]["m_Floats"]
    assert (masked["_Smoothness"], masked["_GlossMapScale"]) == ("1", "1"), "the map's values are whole"


def test_nothing_is_left_to_an_upgrade() -> None:
    for pipeline, said in PIPELINES.items():
        text = made(pipeline)["M_Letter_paint.mat"]
        assert f"guid: {said.version_script}, type: 3}}" in text and text.endswith(f"  version: {said.version}\n")


def test_in_the_delivery() -> None:
    assert load("unity").sidecars.unity_materials == "urp"
    files = {f.path: f.data.decode("utf-8", "replace") for f in export("unity").value.files}
    metas = {re.search(r"guid: (\w+)", t)[1] for p, t in files.items() if p.endswith(".meta")}  # type: ignore[index]
    known = {said.shader for said in PIPELINES.values()} | {said.version_script for said in PIPELINES.values()}
    for path in ("M_Letter_paint.mat", "M_Letter_steel.mat"):
        asked = set(re.findall(r"guid: (\w+)", files[path])) - known
        assert len(asked) >= 3 and asked <= metas, "every guid is a file of the delivery"


@pytest.mark.parametrize("pack", ["R=metallic G=ao B=0 A=roughness", "R=ao G=roughness B=metallic", "R=roughness"])
def test_a_mask_that_the_shader_would_misread_is_refused(pack: str) -> None:
    packs = {m.role: m.pack for m in load("unity").map}
    export("unity", packs=packs | {"mask": packs["mask"].replace("B=0", "B=curvature")})
    with pytest.raises(StageError, match="reads a mask of"):
        export("unity", packs=packs | {"mask": pack})
    export("unity", packs=packs | {"mask": pack}, sidecars=Sidecars(unity_meta=True))
