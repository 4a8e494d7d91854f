from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.validators.readers.glb_maker import SQUARE, SQUARE_UV, Glb, pack, png, rich
from validators.read import read
from validators.scene import Scene


def scene_of(made: Glb | bytes, folder: Path, name: str = "a.glb") -> Scene:
    path = folder / name
    path.write_bytes(made if isinstance(made, bytes) else made.bytes())
    return read(path)


def codes(scene: Scene) -> list[str]:
    return [f.code for f in scene.findings]


def square(folder: Path, **node: Any) -> tuple[Glb, Scene]:
    made = Glb()
    made.node(mesh=made.mesh(made.square()), **node)
    return made, scene_of(made, folder)


def test_numbers_as_written(tmp_path: Path) -> None:
    scene = scene_of(rich(), tmp_path)
    assert not scene.findings
    assert (scene.format, scene.up, scene.unit_m) == ("glb", "+Y", 1.0)
    mesh = scene.meshes[0]
    assert mesh.points.shape == (8, 3) and mesh.stored_vertices == 8 and len(mesh.triangles) == 4
    assert np.array_equal(mesh.points[:4], SQUARE)
    corners = [0, 1, 2, 0, 2, 3]
    assert mesh.corner_point.tolist() == [*corners, *(4 + c for c in corners)]
    assert mesh.face_material.tolist() == [0, 0, -1, -1]
    assert np.allclose(mesh.uvs[0][:6, 0], SQUARE_UV[corners, 0])
    assert np.allclose(mesh.uvs[0][:6, 1], 1 - SQUARE_UV[corners, 1])
    assert len(mesh.uvs) == 2
    assert mesh.colours is not None and (mesh.colours[:6] == 1.0).all()
    assert mesh.tangents is not None and (mesh.tangents[:6, 3] == -1).all()
    assert scene.extras == {"cameras": 1, "lights": 0, "animations": 1, "skins": 1, "morph_targets": 0}


def test_sparse_values_replace(tmp_path: Path) -> None:
    points = scene_of(rich(), tmp_path).meshes[0].points[4:]
    assert np.array_equal(points, SQUARE[[0, 0, 2, 1]])


def test_nodes_place_and_mean(tmp_path: Path) -> None:
    scene = scene_of(rich(), tmp_path)
    nodes = {n.name: n for n in scene.nodes}
    turned = scene.world_points(nodes["Crate_LOD0"])  # a quarter turn about z, twice the size, ten along x
    assert np.allclose(turned[1], (10, 4, 0), atol=1e-6)
    assert np.allclose(nodes["Crate_LOD1"].world[:3, 3], (15, 6, 7))
    assert (nodes["Crate_LOD0"].lod, nodes["Crate_LOD1"].lod, nodes["Crate"].lod) == (0, 1, None)
    assert nodes["UCX_Crate_LOD0_00"].purpose == "collision" and nodes["UCX_Crate_LOD0_00"].lod is None
    assert nodes["Camera"].kind == "camera" and nodes["Bone"].kind == "bone"
    assert nodes["Crate"].properties == {"tier": "prop"}
    assert [n.name for n in scene.lod0_nodes()] == ["Crate_LOD0"]


def test_material_roles(tmp_path: Path) -> None:
    scene = scene_of(rich(), tmp_path)
    material = scene.materials[0]
    read_as = {role: (b.texture, b.uv_set, b.channels, b.color_space) for role, b in material.bindings.items()}
    assert read_as == {
        "base_color": (0, 0, "rgb", "srgb"),
        "opacity": (0, 0, "a", "srgb"),
        "roughness": (1, 0, "g", "linear"),
        "metallic": (1, 0, "b", "linear"),
        "normal": (1, 0, "rgb", "linear"),
        "occlusion": (1, 1, "r", "linear"),
        "other:clearcoatTexture": (0, 0, "rgb", ""),
    }
    assert material.double_sided and material.alpha == "mask" and material.factors["base_color"] == (1, 0.5, 0.25, 1)
    assert material.factors["texture_transform"] == ("base_color",) and material.factors["normal_scale"] == 0.5
    base, orm = scene.textures
    assert (base.name, base.format, base.width, base.height, base.channels) == ("Base", "png", 4, 8, 4)
    assert base.embedded
    assert orm.decode is not None and orm.decode().shape == (2, 2, 3)


def test_quantised_positions(tmp_path: Path) -> None:
    made = Glb()
    square = made.square()
    corner = np.array([[-128, 0, 127]] * 4, np.int8)
    square["attributes"]["POSITION"] = made.accessor(corner, normalized=True)
    made.node(mesh=made.mesh(square))
    points = scene_of(made, tmp_path).meshes[0].points
    assert np.allclose(points[0], (-1, 0, 1))


def test_stride(tmp_path: Path) -> None:
    made = Glb()
    square = made.square()
    woven = np.concatenate((SQUARE, np.full((4, 1), 9, np.float32)), axis=1)
    view = made.view(woven.tobytes(), byteStride=16)
    made.json["accessors"][square["attributes"]["POSITION"]]["bufferView"] = view
    made.node(mesh=made.mesh(square))
    assert np.array_equal(scene_of(made, tmp_path).meshes[0].points, SQUARE)


@pytest.mark.parametrize(("mode", "faces", "size"), [(0, 4, 1), (1, 2, 2), (2, 4, 2), (3, 3, 2), (5, 2, 3), (6, 2, 3)])
def test_modes(tmp_path: Path, mode: int, faces: int, size: int) -> None:
    made = Glb()
    order = (0, 1, 3, 2) if mode == 5 else (0, 1, 2, 3)
    made.node(mesh=made.mesh(made.square(indices=order) | {"mode": mode}))
    mesh = scene_of(made, tmp_path).meshes[0]
    assert len(mesh.face_sizes) == faces and set(mesh.face_sizes.tolist()) == {size}
    if size == 3:
        a, b, c = (mesh.points[mesh.triangle_points[:, i]] for i in range(3))
        assert (np.cross(b - a, c - a)[:, 2] > 0).all()  # a strip keeps its winding


def test_shared_vertices_count_once(tmp_path: Path) -> None:
    made = Glb()
    one = made.square()
    made.node(mesh=made.mesh(one, one | {"indices": one["indices"]}))
    mesh = scene_of(made, tmp_path).meshes[0]
    assert mesh.stored_vertices == 4 and len(mesh.triangles) == 4


def test_gltf_with_files(tmp_path: Path) -> None:
    made = Glb()
    made.node(mesh=made.mesh(made.square()))
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "my data.bin").write_bytes(made.binary)
    (tmp_path / "T_Base.png").write_bytes(png(4, 4))
    made.json["buffers"] = [{"uri": "parts/my%20data.bin", "byteLength": len(made.binary)}]
    inline = "data:image/png;base64," + base64.b64encode(png(2, 2)).decode()
    made.json["images"] = [{"uri": "T_Base.png"}, {"uri": "T_Gone.png"}, {"uri": inline}]
    scene = scene_of(json.dumps(made.json).encode(), tmp_path, "a.gltf")
    assert scene.format == "gltf" and np.array_equal(scene.meshes[0].points, SQUARE)
    assert codes(scene) == ["file.missing_part"] and scene.findings[0].where.pointer == "/images/1"
    assert [(t.name, t.uri, t.missing, t.embedded, t.width) for t in scene.textures] == [
        ("T_Base.png", "T_Base.png", False, False, 4),
        ("T_Gone.png", "T_Gone.png", True, False, 0),
        ("", "", False, True, 2),
    ]


@pytest.mark.parametrize(
    "uri",
    [
        "../secret.png",
        "/etc/passwd",
        "C:\\secret.png",
        "\\\\host\\share\\s.png",
        "file:///etc/passwd",
        "link.png",
        "\x00",
        "https://example.org/a.png",
        "%2e%2e/secret.png",
        "a/../../secret.png",
        "x" * 5000,
    ],
)
def test_nothing_outside_is_read(tmp_path: Path, uri: str) -> None:
    inside = tmp_path / "in"
    inside.mkdir()
    (tmp_path / "secret.png").write_bytes(png(7, 7))
    (inside / "link.png").symlink_to(tmp_path / "secret.png")
    made = rich()
    made.json["images"][0] = {"uri": uri}
    scene = scene_of(made, inside)
    assert codes(scene) == ["file.escape"]
    assert scene.textures[0].missing and scene.textures[0].width == 0


def test_root_widens_the_delivery(tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    (tmp_path / "T.png").write_bytes(png(7, 7))
    made = rich()
    made.json["images"][0] = {"uri": "../T.png"}
    path = tmp_path / "models" / "a.glb"
    path.write_bytes(made.bytes())
    scene = read(path, tmp_path)
    assert not scene.findings and scene.textures[0].width == 7 and scene.file == "models/a.glb"


def broken(change: str, made: Glb) -> None:
    doc = made.json
    first = doc["meshes"][0]["primitives"][0]
    position = doc["accessors"][first["attributes"]["POSITION"]]
    if change == "huge count":
        position["count"] = 2**40
    elif change == "zero accessor":
        position["count"] = 10**9
        del position["bufferView"]
    elif change == "past view":
        position["byteOffset"] = 8
    elif change == "past buffer":
        doc["bufferViews"][position["bufferView"]]["byteLength"] = 10**6
    elif change == "no such accessor":
        first["indices"] = 999
    elif change == "wild index":
        first["indices"] = made.accessor(np.array([0, 1, 2, 0, 2, 77], np.uint8))
    elif change == "float indices":
        first["indices"] = first["attributes"]["POSITION"]
    elif change == "bad component":
        position["componentType"] = 5124
    elif change == "short normals":
        first["attributes"]["NORMAL"] = made.accessor(SQUARE[:3])
    elif change == "cycle":
        doc["nodes"][0]["children"] = [2]
    elif change == "self":
        doc["nodes"][2]["children"].append(2)
    elif change == "two parents":
        doc["nodes"][3]["children"] = [0]
    elif change == "no such child":
        doc["nodes"][2]["children"].append(4000)
    elif change == "bad quaternion":
        doc["nodes"][0]["rotation"] = [0, 0, 0, 0]
    elif change == "text matrix":
        doc["nodes"][1]["matrix"] = ["x"] * 16
    elif change == "draco":
        first["extensions"] = {"KHR_draco_mesh_compression": {"bufferView": 0, "attributes": {}}}
    elif change == "required":
        doc["extensionsRequired"] = ["VENDOR_cloud_mesh"]
    elif change == "nodes no list":
        doc["nodes"] = {"0": 1}
    elif change == "material number":
        doc["materials"][0] = 3
    elif change == "sparse down":
        where = doc["accessors"][doc["meshes"][0]["primitives"][1]["attributes"]["POSITION"]]["sparse"]["indices"]
        where["bufferView"] = made.view(np.array([3, 1], np.uint16).tobytes())
    elif change == "uv set":
        doc["materials"][0]["occlusionTexture"]["texCoord"] = 5
    elif change == "version":
        doc["asset"]["version"] = "1.0"


@pytest.mark.parametrize(
    "change",
    [
        "huge count",
        "zero accessor",
        "past view",
        "past buffer",
        "no such accessor",
        "wild index",
        "float indices",
        "bad component",
        "short normals",
        "cycle",
        "self",
        "two parents",
        "no such child",
        "bad quaternion",
        "text matrix",
        "draco",
        "required",
        "nodes no list",
        "material number",
        "sparse down",
        "uv set",
        "version",
    ],
)
def test_a_fault_is_told_and_costs_its_part(tmp_path: Path, change: str) -> None:
    made = rich()
    broken(change, made)
    scene = scene_of(made, tmp_path)
    assert scene.findings and all(f.code.startswith("file.") for f in scene.findings)
    assert all(f.where.file == "a.glb" and f.message.endswith(".") for f in scene.findings)
    assert len(scene.meshes[1].triangles) == 2  # the sound mesh is still there


def test_wild_faces_are_left_out(tmp_path: Path) -> None:
    made = rich()
    broken("wild index", made)
    scene = scene_of(made, tmp_path)
    assert (
        len(scene.meshes[0].triangles) == 3
        and scene.findings[0].where.faces == (1,)
        and scene.findings[0].measured == 77
    )


def test_nan_stays(tmp_path: Path) -> None:
    made = Glb()
    square = made.square()
    bad = SQUARE.copy()
    bad[1, 0], bad[2, 1] = np.nan, np.inf
    square["attributes"]["POSITION"] = made.accessor(bad)
    made.node(mesh=made.mesh(square))
    scene = scene_of(made, tmp_path)
    assert np.isnan(scene.meshes[0].points[1, 0]) and np.isinf(scene.meshes[0].points[2, 1])
    assert scene.bounds(scene.lod0_nodes()) is not None


@pytest.mark.parametrize(
    "text",
    [
        b"[" * 200_000,
        b'{"asset":' * 200_000,
        b'{"a":"' + b'\\"' * 400_000,
        b'{"nodes":[' + b"{}," * 3_000_000 + b"{}]}",
        b'{"asset":{"version":"2.0"},"nodes":[' + b"9" * 6000 + b"]}",
        b'{"x": NaN}',
        b"[]",
        b"",
        b"\xff\xfe",
        b'{"a":"\xc3("}',
    ],
)
def test_hostile_json(tmp_path: Path, text: bytes) -> None:
    assert scene_of(pack(text), tmp_path).findings[0].code in ("file.malformed", "file.too_big")


def test_brackets_in_strings_are_text(tmp_path: Path) -> None:
    made = rich()
    made.json["extras"] = {"note": '[{"' * 5000}
    assert not scene_of(made, tmp_path).findings


def test_repeated_parts_do_not_multiply(tmp_path: Path) -> None:
    made = Glb()
    stream = {"NORMAL": made.accessor(SQUARE), "COLOR_0": made.accessor(np.zeros((4, 4), np.float32))}
    long = made.square(indices=[0, 1, 2] * 20_000, **stream)
    made.node(mesh=made.mesh(*([long] * 5000)))
    scene = scene_of(made, tmp_path)
    assert "file.too_big" in codes(scene) and scene.findings[-1].code == "file.truncated_findings"
    assert len(scene.meshes[0].corner_point) <= 50_000_000 // 8


def test_parts_without_a_stream_are_told(tmp_path: Path) -> None:
    made = Glb()
    made.node(mesh=made.mesh(made.square(TEXCOORD_0=made.accessor(SQUARE_UV)), made.square()))
    scene = scene_of(made, tmp_path)
    assert codes(scene) == ["file.mixed_streams"] and (scene.meshes[0].uvs[0][6:] == 0).all()


def test_many_instances_do_not_multiply(tmp_path: Path) -> None:
    made = Glb()
    mesh = made.mesh(made.square() | {"attributes": {"POSITION": made.accessor(np.zeros((100_000, 3), np.float32))}})
    for _ in range(600):
        made.node(mesh=mesh)
    scene = scene_of(made, tmp_path)
    assert codes(scene) == ["file.too_big"] and len(scene.render_nodes()) == 500


def test_a_deep_chain(tmp_path: Path) -> None:
    made = Glb()
    made.json["nodes"] = [{"name": str(i), "translation": [1, 0, 0], "children": [i + 1]} for i in range(20_000)] + [
        {"name": "end"}
    ]
    made.json["scenes"] = [{"nodes": [0]}]
    scene = scene_of(made, tmp_path)
    assert not scene.findings and scene.nodes[-1].world[0, 3] == 20_000


def test_lod_extension(tmp_path: Path) -> None:
    made = Glb()
    mesh = made.mesh(made.square())
    far = made.node(root=False, name="far", mesh=mesh)
    made.node(name="near", mesh=mesh, extensions={"MSFT_lod": {"ids": [far]}})
    assert {n.name: n.lod for n in scene_of(made, tmp_path).nodes} == {"near": 0, "far": 1}


def test_every_cut_is_answered(tmp_path: Path) -> None:
    whole = rich().bytes()
    for end in range(0, len(whole), 64):
        scene = scene_of(whole[:end], tmp_path)
        assert scene.findings, end


def test_flipped_bytes(tmp_path: Path) -> None:
    whole, rng = bytearray(rich().bytes()), np.random.default_rng(0)
    for _ in range(300):
        bent = bytearray(whole)
        for at in rng.integers(0, len(bent), rng.integers(1, 8)):
            bent[at] = rng.integers(256)
        scene = scene_of(bytes(bent), tmp_path)
        for mesh in scene.meshes:
            assert len(mesh.corner_point) == mesh.face_sizes.sum() and (mesh.corner_point < len(mesh.points)).all()
        assert all(0 <= b.texture < len(scene.textures) for m in scene.materials for b in m.bindings.values())


@pytest.mark.shared
def test_evaluation_models(shared: Path) -> None:
    for folder in sorted((shared / "eval").iterdir()):
        asked = json.loads((folder / "meta.json").read_text())["gt"]
        scene = read(folder / "gt.glb")
        assert not scene.findings and sum(len(m.triangles) for m in scene.meshes) == asked["triangles"], folder.name
