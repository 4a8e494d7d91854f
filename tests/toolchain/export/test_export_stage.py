"""The export stage over all built-in profiles: what is written, under which names, and what is measured."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from engine_profiles.load import load
from engine_profiles.schema import Names, Sidecars
from tests.letter_f import SIZE, letter_f
from tests.letter_model import SLOTS, box_hull, png
from toolchain.asset import Delivery, Hulls, Lod, Lods, Look, PackedTexture, PackedTextures, Slots
from toolchain.export import stage
from toolchain.export.measure import block_bytes, raw_bytes
from toolchain.export.png_header import PngHeader
from toolchain.recipe import Recipe
from toolchain.stage import Made, StageError, quiet

LOOKS = (Look("paint", "", 0.7, 0.0), Look("steel", "steel", 0.35, 1.0))
ENGINES = ("unity", "unreal", "roblox", "godot", "portable")


def packed(engine: str) -> PackedTextures:
    """What packing hands over: the profile's own maps, and OpenGL and ORM maps for GLB and USDZ where it has none."""
    wanted, made = load(engine), []  # type: Any, list[PackedTexture]
    for i, slot in enumerate(SLOTS.slots):
        for m in (m for m in wanted.map if not m.optional):
            name = wanted.names.texture.format(asset="Letter", slot=slot.name, suffix=m.suffix)
            normal = wanted.textures.normal if m.role == "normal" else ""
            made.append(PackedTexture(i, m.role, f"{name}.png", m.color_space, png((40 * i, 90, 90)), normal=normal))
        mine = {t.role: t for t in made if t.slot == i}
        inner = f"Letter_{slot.name}_inner"
        if "orm" not in mine:
            made.append(PackedTexture(i, "orm", f"{inner}_orm.png", "linear", png((255, 90, 0)), False))
        if mine["normal"].normal == "directx":
            made.append(PackedTexture(i, "normal", f"{inner}_gl.png", "linear", png((128, 128, 255)), False, "opengl"))
    return PackedTextures(tuple(made), LOOKS)


def export(
    engine: str, levels: int = 3, slots: Slots = SLOTS, pack: PackedTextures | None = None, **changes: Any
) -> Made:
    params = replace(stage.params(Recipe("Lettre F", "Letter"), load(engine)), **changes)
    lods = Lods(tuple(Lod(i, letter_f(levels - 1 - i)) for i in range(levels)))
    hulls = Hulls((box_hull((-0.3, 0.0, -0.1), (-0.1, 1.0, 0.1)),))
    return stage.run(params, quiet, lods=lods, collision=hulls, pack=pack or packed(engine), slots=slots)


def paths(made: Made) -> list[str]:
    assert isinstance(made.value, Delivery)
    return [f.path for f in made.value.files]


def test_params_are_hashable_and_plain() -> None:
    import dataclasses

    for engine in ENGINES:
        made = stage.params(Recipe("Lettre F", "Letter"), load(engine))
        assert json.loads(json.dumps(dataclasses.asdict(made)))["extras"]["asset"] == "Letter"
    with pytest.raises(ValueError, match="for an engine"):
        stage.params(Recipe("a", "a"), None)


def test_unity_delivery() -> None:
    maps = [f"T_Letter_{s}_{x}.png" for s in ("paint", "steel") for x in ("BaseColor", "Normal", "MaskMap")]
    files = ["Letter.fbx", "M_Letter_paint.mat", "M_Letter_steel.mat", *maps]
    assert paths(export("unity")) == sorted([*files, *(f"{f}.meta" for f in files)])
    foldered = paths(export("unity", texture_folder="Maps"))
    assert "Maps.meta" in foldered and f"Maps/{maps[0]}.meta" in foldered


def test_unreal_delivery() -> None:
    maps = [f"T_Letter_{s}_{x}.png" for s in ("paint", "steel") for x in ("D", "N", "ORM")]
    assert paths(export("unreal")) == sorted(["SM_Letter.fbx", "SM_Letter.usdz", "import_Letter.py", *maps])


def test_roblox_delivery() -> None:
    suffixes = ("color", "normal", "roughness", "metalness")
    maps = [f"SurfaceAppearance/Letter_{s}_{x}.png" for s in ("paint", "steel") for x in suffixes]
    project = ["upload.json", "default.project.json", "Letter.model.json"]
    assert paths(export("roblox")) == sorted(["IMPORT.txt", "Letter.glb", *project, *maps])


def test_portable_delivery_carries_its_textures() -> None:
    assert paths(export("portable")) == ["Letter.glb", "Letter.usdz"]


def test_a_usdc_brings_the_textures_that_only_it_needs() -> None:
    params = stage.params(Recipe("F", "Letter"), load("unreal"))
    usdc = replace(params.deliverables[1], format="usdc", file="SM_{asset}.usdc", textures="beside")
    found = paths(export("unreal", deliverables=(params.deliverables[0], usdc)))
    assert "SM_Letter.usdc" in found and "Letter_paint_inner_gl.png" in found and "T_Letter_paint_N.png" in found


@pytest.mark.parametrize("engine", ENGINES)
def test_same_bytes_twice(engine: str) -> None:
    first, second = export(engine), export(engine)
    assert first.value == second.value and first.measures == second.measures
    json.dumps(first.measures, allow_nan=False)


@pytest.mark.parametrize("engine", ENGINES)
def test_measures_are_of_what_was_written(engine: str) -> None:
    made = export(engine)
    assert made.measures["files"] == {f.path: len(f.data) for f in made.value.files}
    for path, cost in made.measures["models"].items():
        with_lods = next(d for d in load(engine).deliverable if path.endswith(d.format)).lods != "none"
        assert [x["triangles"] for x in cost["levels"]] == ([768, 192, 48] if with_lods else [768])
        assert {x["draw_calls"] for x in cost["levels"]} == {x["materials"] for x in cost["levels"]} == {2}
        assert cost["bytes"] == made.measures["files"][path]
        assert np.allclose(cost["size_m"], SIZE, atol=1e-5)
        assert all(t["width"] == t["height"] == 8 for t in cost["textures"])


def test_measured_vertices_are_those_of_the_glb() -> None:
    import struct

    made = export("portable")
    data = next(f.data for f in made.value.files if f.path == "Letter.glb")
    tree = json.loads(data[20 : 20 + struct.unpack_from("<I", data, 12)[0]])
    primitives = [p for m in tree["meshes"] for p in m["primitives"]]
    stored = sum(tree["accessors"][p["attributes"]["POSITION"]]["count"] for p in primitives)
    cost = made.measures["models"]["Letter.glb"]
    assert cost["levels"][0]["vertices"] == stored
    assert len(cost["textures"]) == len(tree["images"])


def test_video_memory() -> None:
    rgb, one = PngHeader(8, 8, 3, 8), PngHeader(16, 4, 1, 8)
    assert raw_bytes(rgb) == (64 + 16 + 4 + 1) * 4
    assert block_bytes(rgb) == (4 + 1 + 1 + 1) * 16
    assert raw_bytes(one) == 64 + 16 + 4 + 2 + 1
    assert block_bytes(one) == (4 + 2 + 1 + 1 + 1) * 8
    assert raw_bytes(PngHeader(8, 8, 3, 16)) == 2 * raw_bytes(rgb)


def _slots(*names: str) -> Slots:
    return replace(SLOTS, slots=tuple(replace(s, name=n) for s, n in zip(SLOTS.slots, names, strict=True)))


def _faults() -> Iterator[Any]:
    yield {"engine": "unity", "names": Names(mesh="{asset} LOD{lod}")}, "does not match"
    yield {"engine": "unity", "names": Names(max_length=9)}, r"at most 9"
    yield {"engine": "unity", "names": Names(mesh="UCX_{asset}_{lod}", reserved_prefixes=("UCX_",))}, "starts with UCX_"
    yield {"engine": "unity", "names": Names(material="M_{slot}_Att", reserved_suffixes=("_att",))}, "ends in _att"
    yield {"engine": "unity", "names": Names(material="M_{asset}")}, "two materials are called"
    yield {"engine": "unity", "slots": _slots("Paint", "paint")}, "two materials are called"
    yield {"engine": "unity", "names": Names(mesh="{asset}_mesh")}, "two nodes are called"
    yield {"engine": "roblox", "sidecars": Sidecars(unreal_script=True)}, "needs an FBX"


@pytest.mark.parametrize(("asked", "says"), list(_faults()))
def test_faults_are_one_sentence(asked: dict[str, Any], says: str) -> None:
    with pytest.raises(StageError, match=says) as caught:
        export(**asked)
    assert re.fullmatch(r"[A-Z].*\.", caught.value.args[0])


def test_two_files_of_one_name() -> None:
    params = stage.params(Recipe("F", "Letter"), load("portable"))
    with pytest.raises(StageError, match=r"Two files .* Letter\.glb"):
        export("portable", deliverables=(params.deliverables[0],) * 2)
    twice = packed("unity").textures
    clash = PackedTextures((*twice, replace(twice[0], file=twice[0].file.lower())), LOOKS)
    with pytest.raises(StageError, match="called"):
        export("unity", pack=clash)


def test_a_format_that_cannot_say_it_is_a_stage_error() -> None:
    params = stage.params(Recipe("F", "Letter"), load("portable"))
    with pytest.raises(StageError, match=r"Letter\.glb could not be written: glTF is \+Y up"):
        export("portable", deliverables=(replace(params.deliverables[0], up="+Z", front="+X"),))
