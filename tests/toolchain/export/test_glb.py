"""GLB: judged by the Khronos validator, trimesh, assimp and Blender, and by the specification's own definitions."""

from __future__ import annotations

import json
import os
import shutil
import struct
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.letter_f import FOOT, MIDDLE_ARM_TIP, SIZE, TOP_ARM_TIP, letter_f
from tests.letter_model import letter_model
from tests.oracles import blender
from tests.oracles.strangers import by_assimp
from toolchain.asset import GUESSED, SEEN, Mesh, Sculpt
from toolchain.export.glb import write_glb
from toolchain.export.guard import used_slots
from toolchain.export.model import Model, ModelMesh
from toolchain.export.sculpt_glb import write_sculpt_glb

_KHRONOS = """
const v = require(process.argv[1] + '/gltf-validator'), fs = require('fs');
Promise.all(process.argv.slice(2).map(f => v.validateBytes(new Uint8Array(fs.readFileSync(f)), {maxIssues: 500})))
  .then(all => console.log(JSON.stringify(all.map(r => r.issues))));
"""


def portable(**changes: Any) -> Model:
    return letter_model("portable", "glb", **changes)


def sculpt() -> Sculpt:
    mesh = replace(letter_f(), uv=None, uv_light=None, tangents=None, slots=None)
    count = len(mesh.positions)
    colour = np.linspace(0, 1, count * 3, dtype=np.float32).reshape(-1, 3)
    evidence = np.where(mesh.normals[:, 2] > 0.5, SEEN, GUESSED).astype(np.uint8)
    return Sculpt(mesh, colour, evidence, "embedded", "hull", "three views", "sidecar")


def read(data: bytes) -> tuple[dict[str, Any], bytes]:
    """JSON and binary chunk, by the container's own rules."""
    magic, version, length = struct.unpack_from("<4sII", data)
    size, kind = struct.unpack_from("<I4s", data, 12)
    assert (magic, version, length, kind, size % 4) == (b"glTF", 2, len(data), b"JSON", 0)
    size2, kind2 = struct.unpack_from("<I4s", data, 20 + size)
    assert (kind2, size2 % 4, 28 + size + size2) == (b"BIN\0", 0, len(data))
    return json.loads(data[20 : 20 + size]), data[28 + size :]


def stream(tree: dict[str, Any], blob: bytes, index: int) -> np.ndarray:
    accessor = tree["accessors"][index]
    view = tree["bufferViews"][accessor["bufferView"]]
    dtype = np.dtype({5121: "u1", 5123: "<u2", 5125: "<u4", 5126: "<f4"}[accessor["componentType"]])
    width = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4}[accessor["type"]]
    start, stride = view.get("byteOffset", 0), view.get("byteStride", width * dtype.itemsize)
    assert start % 4 == 0 and stride % dtype.itemsize == 0
    rows = np.ndarray((accessor["count"], width), dtype, blob, start, (stride, dtype.itemsize))
    return rows.copy()


def streams(tree: dict[str, Any], blob: bytes, mesh: int = 0, primitive: int = 0) -> dict[str, np.ndarray]:
    entry = tree["meshes"][mesh]["primitives"][primitive]
    out = {name: stream(tree, blob, index) for name, index in entry["attributes"].items()}
    return out | {"faces": stream(tree, blob, entry["indices"]).reshape(-1, 3).astype(np.int64)}


def test_khronos_validator_finds_nothing(tmp_path: Path) -> None:
    modules, node = os.environ.get("DROPFORGE_NODE_MODULES", ""), shutil.which("node")
    if not node or not (Path(modules) / "gltf-validator").is_dir():
        pytest.skip("DROPFORGE_NODE_MODULES does not name a folder with gltf-validator, or node is not installed")
    cases = {
        "lod0": portable(),
        "names": portable(lods="names"),
        "roblox": letter_model("roblox", "glb"),
        "hulls": portable(collision=True),
        "sculpt": None,
    }
    for name, model in cases.items():
        (tmp_path / f"{name}.glb").write_bytes(write_glb(model) if model else write_sculpt_glb(sculpt()))
    files = [str(tmp_path / f"{name}.glb") for name in cases]
    command = [node, "-e", _KHRONOS, modules, *files]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    for name, issues in zip(cases, json.loads(done.stdout), strict=True):
        lightmap_aside = [m for m in issues["messages"] if not m["pointer"].endswith("/TEXCOORD_1")]
        assert (issues["numErrors"], issues["numWarnings"], lightmap_aside) == (0, 0, []), name


def test_one_primitive_a_slot_in_order() -> None:
    model = portable()
    tree, blob = read(write_glb(model))
    assert [m["name"] for m in tree["materials"]] == ["M_Letter_paint", "M_Letter_steel"]
    assert [p["material"] for p in tree["meshes"][0]["primitives"]] == [0, 1]
    mesh = model.meshes[0].mesh
    for slot in used_slots(mesh):
        got = streams(tree, blob, 0, slot)
        faces = mesh.faces[mesh.slot_of_faces() == slot]
        assert np.array_equal(got["POSITION"][got["faces"]], mesh.positions[faces])
        assert np.array_equal(got["NORMAL"][got["faces"]], mesh.normals[faces])
        assert np.array_equal(got["TEXCOORD_0"][got["faces"]], (mesh.uv[faces] * (1, -1) + (0, 1)).astype(np.float32))
        assert np.allclose(got["TEXCOORD_1"][got["faces"]], mesh.uv_light[faces] * (1, -1) + (0, 1), atol=1e-6)
        position = tree["accessors"][tree["meshes"][0]["primitives"][slot]["attributes"]["POSITION"]]
        assert np.array_equal(np.float32(position["min"]), got["POSITION"].min(axis=0))
        assert np.array_equal(np.float32(position["max"]), got["POSITION"].max(axis=0))


def test_tangents_meet_the_specification() -> None:
    """3.7.2.1: bitangent = cross(normal, tangent) * w. 3.9.3: green is up in the picture, against glTF's v."""
    tree, blob = read(write_glb(portable()))
    signs = set()
    for primitive in range(2):
        got = streams(tree, blob, 0, primitive)
        p, uv = got["POSITION"][got["faces"]].astype(np.float64), got["TEXCOORD_0"][got["faces"]].astype(np.float64)
        e1, e2, d1, d2 = p[:, 1] - p[:, 0], p[:, 2] - p[:, 0], uv[:, 1] - uv[:, 0], uv[:, 2] - uv[:, 0]
        area = d1[:, 0] * d2[:, 1] - d1[:, 1] * d2[:, 0]
        along_u = (e1 * d2[:, 1:] - e2 * d1[:, 1:]) / area[:, None]
        along_v = (e2 * d1[:, :1] - e1 * d2[:, :1]) / area[:, None]
        corner = got["faces"][:, 0]
        normal, tangent = got["NORMAL"][corner], got["TANGENT"][corner]
        bitangent = np.cross(normal, tangent[:, :3]) * tangent[:, 3:]
        picture_up = -along_v / np.linalg.norm(along_v, axis=1, keepdims=True)
        assert (np.sum(tangent[:, :3] * along_u, axis=1) > 0).all()
        assert (np.sum(bitangent * picture_up, axis=1) > 0.99).all()
        signs |= set(np.sign(tangent[:, 3]))
    assert signs == {1.0, -1.0}, "the letter F must hold mirrored UVs, or this test proves little"


def test_images_are_stored_once_and_bound_by_role() -> None:
    model = portable()
    tree, _ = read(write_glb(model))
    assert len(tree["images"]) == len(tree["textures"]) == 6
    for material in tree["materials"]:
        pbr = material["pbrMetallicRoughness"]
        assert pbr["metallicRoughnessTexture"]["index"] == material["occlusionTexture"]["index"]
        assert pbr["roughnessFactor"] == pbr["metallicFactor"] == 1.0
        names = [tree["textures"][i["index"]]["name"] for i in (pbr["baseColorTexture"], material["normalTexture"])]
        assert [n.rpartition("_")[2] for n in names] == ["BaseColor", "Normal"]
    first, second = model.materials
    shared = replace(model, materials=(first, replace(second, textures=first.textures)))
    assert len(read(write_glb(shared))[0]["images"]) == 3
    bare = replace(model, materials=tuple(replace(m, textures={}) for m in model.materials))
    tree, _ = read(write_glb(bare))
    assert "images" not in tree and "samplers" not in tree
    assert [m["pbrMetallicRoughness"]["metallicFactor"] for m in tree["materials"]] == [0.0, 1.0]


def test_unused_materials_are_left_out() -> None:
    model = portable()
    plain = replace(model, meshes=(replace(model.meshes[0], mesh=replace(letter_f(), slots=np.ones(48, np.int32))),))
    tree, _ = read(write_glb(plain))
    assert [m["name"] for m in tree["materials"]] == ["M_Letter_steel"] and len(tree["images"]) == 3
    assert tree["meshes"][0]["primitives"][0]["material"] == 0


def test_nodes() -> None:
    tree, _ = read(write_glb(portable()))
    assert tree["nodes"] == [{"mesh": 0, "name": "Letter_LOD0"}] and tree["scenes"][0]["nodes"] == [0]
    assert tree["asset"] == {
        "generator": "Dropforge",
        "version": "2.0",
        "extras": {"generator": "test", "triangles": 48, "height_m": 1.0},
    }
    tree, _ = read(write_glb(portable(lods="names", collision=True)))
    assert [n["name"] for n in tree["nodes"]] == [
        "Letter_LOD0",
        "Letter_LOD1",
        "UCX_Letter_LOD0_00",
        "UCX_Letter_LOD0_01",
        "Letter",
    ]
    assert tree["nodes"][4]["children"] == [0, 1, 2, 3] and tree["scenes"][0]["nodes"] == [4]
    assert set(tree["meshes"][2]["primitives"][0]["attributes"]) == {"POSITION"}


def test_index_width() -> None:
    model, side = portable(), 257  # 66,049 vertices
    u, v = np.meshgrid(np.linspace(0, 1, side), np.linspace(0, 1, side))
    at = np.arange(side * side).reshape(side, side)
    a, b, c, d = at[:-1, :-1].ravel(), at[:-1, 1:].ravel(), at[1:, 1:].ravel(), at[1:, :-1].ravel()
    big = Mesh(
        np.stack((u.ravel(), v.ravel(), 0 * u.ravel()), 1).astype(np.float32),
        np.concatenate((np.stack((a, b, c), 1), np.stack((a, c, d), 1))).astype(np.int32),
    )
    bare = replace(model, materials=tuple(replace(m, textures={}) for m in model.materials))
    for count, component in ((None, 5125), (1000, 5123)):
        some = ModelMesh("big", 0, replace(big, faces=big.faces[:count]))
        tree, blob = read(write_glb(replace(bare, meshes=(some,))))
        index = tree["meshes"][0]["primitives"][0]["indices"]
        assert tree["accessors"][index]["componentType"] == component
        got = streams(tree, blob)
        assert np.array_equal(got["POSITION"][got["faces"]], big.positions[big.faces[:count]])


def test_same_model_same_bytes() -> None:
    assert write_glb(portable(lods="names")) == write_glb(portable(lods="names"))
    assert write_sculpt_glb(sculpt()) == write_sculpt_glb(sculpt())


def _changed(model: Model, **fields: Any) -> Model:
    item = model.meshes[0]
    return replace(model, meshes=(replace(item, mesh=replace(item.mesh, **fields)),))


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        (lambda m: replace(m, deliverable=replace(m.deliverable, up="+Z", front="+X")), r"\+Y up"),
        (lambda m: replace(m, deliverable=replace(m.deliverable, textures="beside")), "inside"),
        (lambda m: replace(m, meshes=()), "no mesh"),
        (lambda m: _changed(m, tangents=None), "no tangents"),
        (lambda m: _changed(m, uv=None), "no UVs"),
        (lambda m: _changed(m, normals=m.meshes[0].mesh.normals * np.float32(0.5)), "unit length"),
        (lambda m: _changed(m, positions=m.meshes[0].mesh.positions * np.float32(np.nan)), "not finite"),
        (lambda m: _changed(m, faces=m.meshes[0].mesh.faces + 1), "asks for vertex"),
        (lambda m: _changed(m, slots=np.full(len(m.meshes[0].mesh.faces), 7, np.int32)), "slot 7"),
        (
            lambda m: replace(
                m,
                materials=tuple(
                    replace(x, textures={"base_color": replace(x.textures["base_color"], data=b"GIF89a")})
                    for x in m.materials
                ),
            ),
            "PNG and JPEG",
        ),
    ],
)
def test_faults_are_told(fault: Any, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        write_glb(fault(portable()))


def test_trimesh_and_assimp_read_it(tmp_path: Path) -> None:
    import io

    from trimesh.exchange import gltf

    data = write_glb(portable())
    read = gltf.load_glb(io.BytesIO(data))["geometry"]
    assert sum(len(g["faces"]) for g in read.values()) == len(portable().meshes[0].mesh.faces)
    points = np.concatenate([g["vertices"] for g in read.values()])
    assert np.allclose(np.ptp(points, axis=0), SIZE, atol=1e-6)
    (tmp_path / "f.glb").write_bytes(data)
    found = by_assimp(tmp_path / "f.glb")
    assert sorted(len(m["uvs"]) for m in found["meshes"]) == [2, 2]
    for tip in (TOP_ARM_TIP, MIDDLE_ARM_TIP, FOOT):
        assert min(np.abs(m["points"] - tip).max(axis=1).min() for m in found["meshes"]) < 1e-6


def test_roblox_faces_minus_z_in_studs() -> None:
    tree, blob = read(write_glb(letter_model("roblox", "glb", levels=1)))
    assert [n["name"] for n in tree["nodes"]] == ["Letter_paint", "Letter_steel", "Letter"]
    points = np.concatenate([streams(tree, blob, mesh)["POSITION"] for mesh in range(2)])
    for tip in (TOP_ARM_TIP, MIDDLE_ARM_TIP, FOOT):
        there = np.array(tip) * (-1, 1, -1) / 0.28
        assert np.abs(points - there).max(axis=1).min() < 1e-5


@pytest.mark.skipif(blender.why_not() is not None, reason=str(blender.why_not()))
def test_blender_reads_it(tmp_path: Path) -> None:
    (tmp_path / "f.glb").write_bytes(write_glb(portable(levels=1)))
    found = blender.read(tmp_path / "f.glb")
    item = found["objects"]["Letter_LOD0"]
    assert item["triangles"] == 48 and item["materials"] == ["M_Letter_paint", "M_Letter_steel"]
    points = np.array(item["points"])
    for x, y, z in (TOP_ARM_TIP, MIDDLE_ARM_TIP, FOOT):  # Blender is +Z up; an asset that faces us looks to -Y
        assert np.abs(points - (x, -z, y)).max(axis=1).min() < 1e-6
    mesh = letter_f()
    names = sorted(item["uv"])
    assert np.allclose(item["uv"][names[0]]["low"], mesh.uv.min(axis=0), atol=1e-6)
    assert np.allclose(item["uv"][names[0]]["high"], mesh.uv.max(axis=0), atol=1e-6)
    images = found["materials"]["M_Letter_paint"]["images"]
    assert "BaseColor" in images["Base Color"] and "ORM" in images["Roughness"] and "Normal" in images["Normal"]


def test_sculpt() -> None:
    made = sculpt()
    tree, blob = read(write_sculpt_glb(made))
    got = streams(tree, blob)
    assert np.array_equal(got["POSITION"], made.mesh.positions) and np.array_equal(got["faces"], made.mesh.faces)
    assert np.abs(got["COLOR_0"][:, :3] / 65535 - made.colour).max() <= 0.5 / 65535 + 1e-7
    assert (got["COLOR_0"][:, 3] == 65535).all()
    assert np.array_equal(got["_EVIDENCE"][:, 0], made.evidence)
    assert tree["accessors"][tree["meshes"][0]["primitives"][0]["indices"]]["componentType"] == 5125
    assert tree["nodes"][0]["extras"]["rung"] == "hull"
    with pytest.raises(ValueError, match="one colour"):
        write_sculpt_glb(replace(made, colour=made.colour[1:]))
    with pytest.raises(ValueError, match="not finite"):
        write_sculpt_glb(replace(made, colour=made.colour + np.float32(np.inf)))
