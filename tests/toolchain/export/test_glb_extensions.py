"""glTF beyond its core: linked levels, quantised vertices and the looks of presets, as strangers read them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine_profiles import SettingsError, load
from engine_profiles.schema import Deliverable
from tests.letter_model import letter_model
from tests.oracles import blender
from tests.toolchain.export.test_glb import _KHRONOS, read, streams
from tests.validators.factory import profile
from toolchain.asset import Look
from toolchain.export.glb import write_glb
from toolchain.export.glb_extensions import Grid, coordinates, directions, of_material
from toolchain.export.model import Model, part_of
from toolchain.recipe import PRESETS
from validators.judge import judge

MATERIALS = tuple(f"KHR_materials_{n}" for n in ("clearcoat", "ior", "sheen", "transmission"))
QUANTISED = {"extensions": ("KHR_mesh_quantization",)}
LINKED = {"lods": "names", "extensions": ("MSFT_lod",)}


def model(**changes: Any) -> Model:
    return letter_model("portable", "glb", **changes)


def looking(preset: str, **changes: Any) -> Model:
    made = model(extensions=MATERIALS, **changes)
    return replace(made, materials=tuple(replace(m, look=replace(m.look, preset=preset)) for m in made.materials))


def test_nothing_is_said_without_need() -> None:
    tree, _ = read(write_glb(model(extensions=MATERIALS)))
    assert not tree.get("extensionsUsed") and not tree.get("extensionsRequired")
    assert not any(m.get("extensions") for m in tree["materials"])


def test_levels_are_linked() -> None:
    made = model(levels=3, **LINKED)
    tree, _ = read(write_glb(made))
    (root,) = tree["scenes"][0]["nodes"]
    assert tree["nodes"][root]["name"] == "Letter_LOD0", "a reader without the extension shows LOD0 and no other"
    ids = tree["nodes"][root]["extensions"]["MSFT_lod"]["ids"]
    assert [tree["nodes"][i]["name"] for i in ids] == ["Letter_LOD1", "Letter_LOD2"]
    assert tree["extensionsUsed"] == ["MSFT_lod"] and not tree.get("extensionsRequired")
    assert not any(i in n.get("children", ()) for i in ids for n in tree["nodes"])


def test_screen_coverage_stands_beside_the_levels() -> None:
    made = replace(model(levels=3, **LINKED), screen=(0.5, 0.25, 0.02))
    tree, _ = read(write_glb(made))
    assert tree["nodes"][0]["extras"] == {"MSFT_screencoverage": [0.5, 0.25, 0.02]}


def test_linked_levels_beside_collision() -> None:
    tree, _ = read(write_glb(model(levels=2, collision=True, **LINKED)))
    (root,) = tree["scenes"][0]["nodes"]
    shown = [tree["nodes"][i]["name"] for i in tree["nodes"][root]["children"]]
    assert "Letter_LOD1" not in shown and "Letter_LOD0" in shown and len(shown) == 3


def test_levels_of_several_meshes_are_not_linked() -> None:
    with pytest.raises(ValueError, match="split_slots"):
        write_glb(letter_model("roblox", "glb", **LINKED))


def test_our_reader_sees_the_linked_levels(tmp_path: Path) -> None:
    from validators.read import read as scene_of

    (tmp_path / "a.glb").write_bytes(write_glb(model(levels=3, **LINKED)))
    scene = scene_of(tmp_path / "a.glb")
    assert {n.name: n.lod for n in scene.nodes} == {f"Letter_LOD{i}": i for i in range(3)} and not scene.findings


def decoded(tree: dict[str, Any], blob: bytes, mesh: int, slot: int) -> dict[str, np.ndarray]:
    """Streams by the specification's own equations (3.6.2.2), positions in the node's frame."""
    got = streams(tree, blob, mesh, slot)
    signed = {"i1": 127.0, "i2": 32767.0}
    for name in ("POSITION", "NORMAL", "TANGENT"):
        raw = got[name].astype(np.int64)
        kind = "i2" if name == "POSITION" else "i1"
        top = 1 << (8 * int(kind[1]) - 1)
        raw = np.where(raw >= top, raw - 2 * top, raw)
        got[name] = np.maximum(raw / signed[kind], -1.0)
    node = tree["nodes"][mesh]
    got["POSITION"] = got["POSITION"] * node["scale"] + node["translation"]
    return got | {n: got[n] / 65535.0 for n in got if n.startswith("TEXCOORD")}


@pytest.fixture
def _signed(monkeypatch: pytest.MonkeyPatch) -> None:
    """test_glb's stream reader, taught the signed component types (their bits; `decoded` gives the sign)."""
    from tests.toolchain.export import test_glb

    real = test_glb.stream

    def stream(tree: dict[str, Any], blob: bytes, index: int) -> np.ndarray:
        entry = tree["accessors"][index]
        other = {5120: 5121, 5122: 5123}.get(entry["componentType"], entry["componentType"])
        accessors = list(tree["accessors"])
        accessors[index] = entry | {"componentType": other}
        return real(tree | {"accessors": accessors}, blob, index)

    monkeypatch.setattr(test_glb, "stream", stream)


@pytest.mark.usefixtures("_signed")
def test_quantised_vertices_are_the_vertices() -> None:
    plain, made = model(levels=1), model(levels=1, **QUANTISED)
    tree, blob = read(write_glb(made))
    assert tree["extensionsRequired"] == tree["extensionsUsed"] == ["KHR_mesh_quantization"]
    step = float(np.ptp(plain.meshes[0].mesh.positions, axis=0).max()) / 65534
    for slot in (0, 1):
        want, got = part_of(plain.meshes[0].mesh, slot), decoded(tree, blob, 0, slot)
        assert np.abs(got["POSITION"] - want.positions).max() <= 0.51 * step
        cosine = (got["NORMAL"] * want.normals).sum(axis=1) / np.linalg.norm(got["NORMAL"], axis=1)
        assert np.degrees(np.arccos(np.clip(cosine, -1, 1))).max() < 0.4
        assert np.array_equal(got["TANGENT"][:, 3], want.tangents[:, 3])
        assert np.abs(got["TEXCOORD_0"] - (want.uv * (1, -1) + (0, 1))).max() <= 0.51 / 65535
        bounds = tree["accessors"][tree["meshes"][0]["primitives"][slot]["attributes"]["POSITION"]]
        assert all(isinstance(v, int) for v in (*bounds["min"], *bounds["max"])), "bounds are of the stored numbers"


def test_what_met_still_meets() -> None:
    """Parts, levels and hulls lie on one grid: equal positions stay equal."""
    made = model(levels=2, lods="names", collision=True, **QUANTISED)
    tree, _ = read(write_glb(made))
    places = {json.dumps([n["scale"], n["translation"]]) for n in tree["nodes"] if "mesh" in n}
    assert len(places) == 1 and len({n["scale"][0] for n in tree["nodes"] if "mesh" in n}) == 1
    assert len({*map(tuple, [n["scale"] for n in tree["nodes"] if "mesh" in n])}) == 1


def test_quantised_is_smaller() -> None:
    made = letter_model("portable", "glb", levels=5)
    fine = replace(made, materials=tuple(replace(m, textures={}) for m in made.materials))
    small = replace(fine, deliverable=replace(fine.deliverable, **QUANTISED))
    assert len(write_glb(small)) < 0.62 * len(write_glb(fine))


def test_kernels() -> None:
    rng = np.random.default_rng(3)
    unit = rng.normal(size=(2000, 3)).astype(np.float32)
    unit /= np.linalg.norm(unit, axis=1, keepdims=True)
    assert np.abs(np.linalg.norm(directions(unit) / 127.0, axis=1) - 1).max() < 0.0069  # the Khronos validator's limit
    far = np.array([[0.5, 1.2]], np.float32)
    assert coordinates(far) is far, "UVs outside 0..1 stay what they are"
    assert coordinates(np.array([[0.0, 1.0]], np.float32)).tolist() == [[0, 65535]]
    grid = Grid(np.array((1, 2, 3), np.float32), 0.5)
    corners = np.array([[0.5, 1.5, 2.5], [1.5, 2.5, 3.5]], np.float32)
    assert grid.positions(corners).tolist() == [[-32767] * 3, [32767] * 3]


def test_our_validator_lets_the_grid_be(tmp_path: Path) -> None:
    file = tmp_path / "Letter.glb"
    file.write_bytes(write_glb(model(levels=1, **QUANTISED)))
    plain = tmp_path / "plain" / "Letter.glb"
    plain.parent.mkdir()
    plain.write_bytes(write_glb(model(levels=1)))
    said = profile("portable")
    assert [f.code for f in judge(file, said).findings] == [f.code for f in judge(plain, said).findings]


@pytest.mark.skipif(blender.why_not() is not None, reason=blender.why_not() or "")
def test_blender_reads_the_same_letter(tmp_path: Path) -> None:
    """assimp 5.2 and Godot 3 take the grid's numbers for floats: the extension is for engines that know it."""
    clouds = []
    for name, made in (("q", model(levels=1, **QUANTISED)), ("p", model(levels=1))):
        (tmp_path / f"{name}.glb").write_bytes(write_glb(made))
        (item,) = [o for o in blender.read(tmp_path / f"{name}.glb")["objects"].values() if o["type"] == "MESH"]
        clouds.append(np.array(item["points"]))
    low, high = (np.array([f(c, axis=0) for c in clouds]) for f in (np.min, np.max))
    assert np.allclose(low[0], low[1], atol=1e-4) and np.allclose(high[0], high[1], atol=1e-4)


@pytest.mark.parametrize(
    ("preset", "names"),
    [
        ("glass", {"KHR_materials_transmission", "KHR_materials_ior"}),
        ("ceramic", {"KHR_materials_clearcoat"}),
        ("cloth", {"KHR_materials_sheen"}),
        ("steel", set()),
    ],
)
def test_presets_say_more(preset: str, names: set[str]) -> None:
    tree, _ = read(write_glb(looking(preset)))
    assert all(set(m.get("extensions", {})) == names for m in tree["materials"])
    assert set(tree.get("extensionsUsed", ())) == names and not tree.get("extensionsRequired")
    assert all(m["alphaMode"] == "OPAQUE" for m in tree["materials"]), "readers without them see it whole"


def test_only_what_the_profile_allows() -> None:
    assert set(of_material(Look("pane", "glass"), ("KHR_materials_ior",))) == {"KHR_materials_ior"}
    assert all(of_material(Look("x", preset), MATERIALS).keys() <= set(MATERIALS) for preset in PRESETS)


def test_settings_are_checked(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match='needs lods = "names"'):
        Deliverable("glb", "a.glb", extensions=("MSFT_lod",))
    with pytest.raises(ValueError, match="extensions are glTF's"):
        Deliverable("fbx", "a.fbx", extensions=("KHR_mesh_quantization",))
    studio = 'schema = 1\nname = "s"\ntitle = "s"\nextends = "portable"\n[[deliverable]]\nformat = "glb"\n'
    (tmp_path / "s.toml").write_text(studio + 'file = "{asset}.glb"\nextensions = ["KHR_mesh_quantisation"]\n')
    with pytest.raises(SettingsError, match='did you mean "KHR_mesh_quantization"'):
        load(str(tmp_path / "s.toml"))


def test_khronos_validator_finds_nothing(tmp_path: Path) -> None:
    modules, node = os.environ.get("DROPFORGE_NODE_MODULES", ""), shutil.which("node")
    if not node or not (Path(modules) / "gltf-validator").is_dir():
        pytest.skip("DROPFORGE_NODE_MODULES does not name a folder with gltf-validator, or node is not installed")
    cases = {
        "quantised": model(**QUANTISED),
        "all": model(levels=3, lods="names", collision=True, extensions=("KHR_mesh_quantization", "MSFT_lod")),
        "linked": model(levels=3, **LINKED),
        **{preset: looking(preset) for preset in ("glass", "plastic", "skin", "ceramic", "cloth")},
    }
    for name, made in cases.items():
        (tmp_path / f"{name}.glb").write_bytes(write_glb(made))
    files = [str(tmp_path / f"{name}.glb") for name in cases]
    done = subprocess.run(
        [node, "-e", _KHRONOS, modules, *files], capture_output=True, text=True, check=True, timeout=60
    )
    # It has not learnt MSFT_lod, and so takes the other levels for unused; a lightmap is no material's to use.
    known = {"UNSUPPORTED_EXTENSION", "UNUSED_OBJECT"}
    for name, issues in zip(cases, json.loads(done.stdout), strict=True):
        assert (issues["numErrors"], issues["numWarnings"]) == (0, 0), (name, issues["messages"][:5])
        codes = {m["code"] for m in issues["messages"] if not m["pointer"].endswith("/TEXCOORD_1")}
        assert codes <= (known if "MSFT_lod" in made_extensions(cases[name]) else set()), (name, codes)


def made_extensions(made: Model) -> tuple[str, ...]:
    return made.deliverable.extensions
