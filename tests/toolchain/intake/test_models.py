"""Dropped models: what each format says arrives, and what lies or is broken ends in one sentence, in bounds."""

from __future__ import annotations

import json
import struct
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.letter_f import FOOT, MIDDLE_ARM_TIP, TOP_ARM_TIP
from tests.letter_model import letter_model
from tests.toolchain.intake.model_files import PAINT, SIDE, STEEL, letter_glb, letter_obj, letter_ply, maps, png
from toolchain.asset import Concept, Dropped, Sculpt
from toolchain.generate.canonical import sculpt_of
from toolchain.intake import stage
from toolchain.intake.model_child import load
from toolchain.intake.models import MODELS, companions, read_model, read_model_told
from toolchain.stage import StageError, quiet


def dropped(data: bytes, suffix: str, beside: dict[str, bytes] | None = None, green: str = "") -> Dropped:
    """Read here, not in a child: the child is tested apart."""
    answer = load(data, suffix, f"letter{suffix}", beside or {}, green)
    assert not isinstance(answer, str), answer
    return answer[0]


def sculpt(model: Dropped) -> Sculpt:
    return sculpt_of(model, generator="file", rung=model.format, reason="", notes={})


def is_the_letter(made: Sculpt, scale: float = 1.0) -> None:
    """Upright, not mirrored, outward, at its size: the three tips and the volume say all of it."""
    points = made.mesh.positions / scale
    for tip in (TOP_ARM_TIP, MIDDLE_ARM_TIP, FOOT):
        assert np.abs(points - np.float32(tip)).max(axis=1).min() < 1e-5
    corners = points[made.mesh.faces].astype(np.float64)
    volume = np.einsum("ij,ij->i", corners[:, 0], np.cross(corners[:, 1], corners[:, 2])).sum() / 6
    assert volume == pytest.approx(0.064, rel=1e-4)


def test_a_glb_keeps_its_maps_factors_and_shape() -> None:
    model = dropped(letter_glb().bytes(), ".glb")
    paint, steel = model.painted.paints
    pictures = maps()
    assert (paint.name, steel.name) == (PAINT, STEEL)
    assert np.array_equal(paint.maps["albedo"], pictures["albedo"])
    assert np.array_equal(paint.maps["normal"], pictures["normal"])
    for name, channel in (("ao", 0), ("roughness", 1), ("metallic", 2)):
        assert np.array_equal(paint.maps[name], pictures["orm"][..., channel])
    assert not steel.maps and steel.factors["metallic"] == (1.0,) and steel.factors["roughness"] == (0.25,)
    assert steel.factors["albedo"] == pytest.approx((0.2, 0.3, 0.4)) and steel.factors["emissive"] == (0.0, 0.5, 1.0)
    assert "emissive" not in paint.factors and "opacity" not in paint.factors
    made = sculpt(model)
    is_the_letter(made)
    assert made.size_source == "" and not made.evidence.any()
    assert len(made.mesh.positions) < len(model.painted.mesh.positions)  # welded where only UVs part


def test_vertex_colours_come_from_the_textures() -> None:
    made = sculpt(dropped(letter_glb().bytes(), ".glb"))
    foot = np.abs(made.mesh.positions - np.float32(FOOT)).max(axis=1).argmin()
    # A mean over its splits: one of the paint, whose blue is 128 (0.216 linear), and two of the steel sides.
    assert made.colour[foot, 2] == pytest.approx((0.2159 + 0.4 + 0.4) / 3, abs=1e-3)
    assert made.colour[:, 0].max() > made.colour[:, 0].min() + 0.1


def test_node_transforms_hold_and_a_mirror_keeps_faces_outward() -> None:
    turned = dropped(letter_glb(rotation=[0.0, 1.0, 0.0, 0.0], translation=[5.0, 0.0, 0.0]).bytes(), ".glb")
    x = turned.painted.mesh.positions[:, 0]
    assert (x.min(), x.max()) == pytest.approx((4.7, 5.3), abs=1e-5)
    mirrored = sculpt(dropped(letter_glb(scale=[-1.0, 1.0, 1.0]).bytes(), ".glb"))
    corners = mirrored.mesh.positions[mirrored.mesh.faces].astype(np.float64)
    assert np.einsum("ij,ij->i", corners[:, 0], np.cross(corners[:, 1], corners[:, 2])).sum() > 0


@pytest.mark.parametrize(("profile", "front"), [("unity", ""), ("unreal", "+X")])
def test_an_fbx_stands_as_its_header_says(profile: str, front: str) -> None:
    from toolchain.export.fbx import write_fbx

    letter = letter_model(profile)
    beside = {
        f"{letter.texture_folder}/{t.file}".lstrip("/"): t.data for m in letter.materials for t in m.textures.values()
    }
    model = dropped(write_fbx(letter), ".fbx", beside)
    if front:  # our Unreal files look along +X, which the header of an FBX has no word for
        model = replace(model, front=front)
    is_the_letter(sculpt(model))
    assert len(model.painted.mesh.faces) == 192  # LOD0 alone: no second level, no UCX hull
    colours = [tuple(int(v) for v in p.maps["albedo"][0, 0]) for p in model.painted.paints]
    assert colours == [(20, 10, 128), (60, 10, 128)]


def test_an_obj_finds_its_library_and_textures() -> None:
    text, files = letter_obj()
    model = dropped(text, ".obj", files)
    paint, steel = model.painted.paints
    pictures = maps()
    assert (paint.name, steel.name) == (PAINT, STEEL)
    assert np.array_equal(paint.maps["albedo"], pictures["albedo"])
    assert np.array_equal(paint.maps["roughness"], pictures["orm"][..., 1])
    assert np.array_equal(paint.maps["normal"], pictures["normal"])
    assert paint.factors["albedo"] == (1.0, 1.0, 1.0)  # the black Kd beside a texture is nobody's wish
    assert steel.factors == {"albedo": (0.2, 0.3, 0.4), "roughness": (0.25,), "metallic": (1.0,)}
    assert model.unit_m == 0.0
    is_the_letter(sculpt(model))


def test_an_obj_of_quads_negative_indices_and_odd_spacing() -> None:
    text = b"v 0 0 0\r\nv 1e0 0 0\nv  1 1 .0 \n\tv 0 +1 -0.0e-2\nvt 0 0\nvt 1 1\ng a b\n"
    text += b"f -4/1 -3 3//  4/2 \nf 1 2 \\\n 3\n"
    mesh = dropped(text, ".obj").painted.mesh
    assert len(mesh.faces) == 3 and len(mesh.positions) >= 4
    assert mesh.positions.max() == 1.0 and mesh.positions.min() == 0.0
    assert mesh.uv is not None and mesh.uv.max() == 1.0


@pytest.mark.parametrize("form", ["ascii", "binary_little_endian", "binary_big_endian"])
def test_a_ply_of_each_kind_with_its_colours(form: str) -> None:
    made = sculpt(dropped(letter_ply(form), ".ply"))
    is_the_letter(made)
    left = made.mesh.positions[:, 0] < 0
    assert made.colour[left] == pytest.approx(np.tile((1.0, 0.0, 0.0), (int(left.sum()), 1)))
    assert made.colour[~left] == pytest.approx(np.tile((0.0, 1.0, 0.0), (int((~left).sum()), 1)))


def test_a_ply_with_wedge_uvs_and_a_texture() -> None:
    text = (
        b"ply\nformat ascii 1.0\ncomment TextureFile skin.png\nelement vertex 3\nproperty float x\nproperty float y\n"
        b"property float z\nelement face 1\nproperty list uchar int vertex_indices\n"
        b"property list uchar float texcoord\nend_header\n0 0 0\n1 0 0\n0 1 0\n3 0 1 2 6 0 0 1 0 0 1\n"
    )
    model = dropped(text, ".ply", {"skin.png": png(maps()["albedo"])})
    assert model.painted.paints[0].maps["albedo"].shape == (SIDE, SIDE, 3)
    assert model.painted.mesh.uv is not None
    assert sorted(map(tuple, model.painted.mesh.uv.tolist())) == [(0.0, 0.0), (0.0, 1.0), (1.0, 0.0)]


def test_vertex_colours_of_a_gltf_multiply_its_texture() -> None:
    glb = letter_glb()
    count = glb.json["accessors"][0]["count"]
    tint = glb.accessor(np.tile(np.float32((0.5, 1.0, 1.0)), (count, 1)))
    for primitive in glb.json["meshes"][0]["primitives"]:
        primitive["attributes"]["COLOR_0"] = tint
    plain, tinted = sculpt(dropped(letter_glb().bytes(), ".glb")), sculpt(dropped(glb.bytes(), ".glb"))
    assert tinted.colour == pytest.approx(plain.colour * (0.5, 1.0, 1.0), abs=1e-5)


def test_a_texture_transform_moves_the_uvs() -> None:
    glb = letter_glb()
    moved = {"KHR_texture_transform": {"offset": [0.25, 0.5], "scale": [2.0, 1.0]}}
    for holder in (glb.json["materials"][0]["pbrMetallicRoughness"], glb.json["materials"][0]):
        for key in list(holder):
            if key.endswith("Texture"):
                holder[key] = {**holder[key], "extensions": moved}
    before, after = (dropped(g.bytes(), ".glb").painted.mesh for g in (letter_glb(), glb))
    assert before.uv is not None and after.uv is not None
    rows = before.uv[before.faces[before.slots == 0]].astype(np.float64)
    expected = np.stack((rows[..., 0] * 2 + 0.25, rows[..., 1] - 0.5), -1)
    assert after.uv[after.faces[after.slots == 0]] == pytest.approx(expected, abs=1e-5)
    steel = (before.uv[before.faces[before.slots == 1]], after.uv[after.faces[after.slots == 1]])
    assert steel[0] == pytest.approx(steel[1])


def test_specular_glossiness_is_converted() -> None:
    glb = letter_glb()
    gold = {"diffuseFactor": [0.0, 0.0, 0.0, 1.0], "specularFactor": [1.0, 0.76, 0.33], "glossinessFactor": 0.8}
    clay = {"diffuseFactor": [0.5, 0.3, 0.2, 1.0], "specularFactor": [0.04, 0.04, 0.04], "glossinessFactor": 0.1}
    for material, look in zip(glb.json["materials"], (gold, clay), strict=True):
        material["extensions"] = {"KHR_materials_pbrSpecularGlossiness": look}
    first, second = dropped(glb.bytes(), ".glb").painted.paints
    assert first.factors["metallic"][0] == pytest.approx(1.0, abs=0.02)
    assert first.factors["albedo"] == pytest.approx((1.0, 0.76, 0.33), abs=0.02)
    assert first.factors["roughness"][0] == pytest.approx(0.2, abs=0.01)
    assert second.factors["metallic"] == (0.0,) and second.factors["albedo"] == pytest.approx((0.5, 0.3, 0.2), abs=0.01)


def test_green_is_turned_up_where_the_format_does_not_say() -> None:
    text, files = letter_obj()
    normal = maps()["normal"]
    large = np.kron(normal, np.ones((4, 4, 1), np.uint8))  # enough places for the picture to tell by
    import cv2

    large = np.asarray(cv2.GaussianBlur(large, (0, 0), 3), np.uint8)
    down = large.copy()
    down[..., 1] = 255 - down[..., 1]
    files["normal.png"] = png(down)
    assert np.array_equal(dropped(text, ".obj", files).painted.paints[0].maps["normal"], large)
    assert np.array_equal(dropped(text, ".obj", files, "opengl").painted.paints[0].maps["normal"], down)


def broken_glb(cut: int) -> bytes:
    return letter_glb().bytes()[:-cut]


def huge_accessor() -> bytes:
    glb = letter_glb()
    glb.json["accessors"][0]["count"] = 2_000_000_000
    return glb.bytes()


def draco() -> bytes:
    glb = letter_glb()
    for primitive in glb.json["meshes"][0]["primitives"]:
        primitive["extensions"] = {"KHR_draco_mesh_compression": {"bufferView": 0, "attributes": {"POSITION": 0}}}
    return glb.bytes()


def spread(document: dict) -> bytes:
    text = json.dumps(document).encode()
    text += b" " * (-len(text) % 4)
    return struct.pack("<4sII", b"glTF", 2, 20 + len(text)) + struct.pack("<II", len(text), 0x4E4F534A) + text


HEADER = (
    "ply\nformat {} 1.0\nelement vertex {}\nproperty float x\nproperty float y\nproperty float z\nelement face {}\n"
)
LISTED = "property list {} int vertex_indices\nend_header\n"
HOSTILE = {
    "empty": (b"", ".glb"),
    "cut glb": (broken_glb(2000), ".glb"),
    "cut header": (broken_glb(0)[:16], ".glb"),
    "huge accessor": (huge_accessor(), ".glb"),
    "draco": (draco(), ".glb"),
    "no mesh": (spread({"asset": {"version": "2.0"}}), ".glb"),
    "picture as glb": (png(maps()["albedo"]), ".glb"),
    "glb as fbx": (broken_glb(0)[:], ".fbx"),
    "ascii fbx": (b"; FBX 7.4.0 project file\nFBXHeaderExtension:  {\n}\n", ".fbx"),
    "binary fbx, cut": (b"Kaydara FBX Binary  \x00\x1a\x00" + struct.pack("<I", 7400) + b"\xff" * 40, ".fbx"),
    "obj without faces": (b"v 0 0 0\nv 1 0 0\nv 0 1 0\n", ".obj"),
    "obj of wild indices": (
        b"v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 9\nf -9 1 2\nf 0 1 2\nf 99999999999999999999 1 2\n",
        ".obj",
    ),
    "obj of words": (b"v a b c\nv nan inf 1e999\nf x/y/z / //\n", ".obj"),
    "obj of noise": (bytes(np.random.default_rng(1).integers(0, 256, 20000, np.uint8)), ".obj"),
    "obj, one point": (b"v 1 1 1\nv 1 1 1\nv 1 1 1\nf 1 2 3\n", ".obj"),
    "obj too large": (b"v 0 0 0\nv 1e38 0 0\nv 0 1e308 0\nv 0 1e39 1e39\nf 1 2 3\nf 1 2 4\n", ".obj"),
    "ply of lies": (
        (HEADER.format("binary_little_endian", 4_000_000_000, 3) + LISTED.format("uchar")).encode(),
        ".ply",
    ),
    "ply, faces lie": (
        (HEADER.format("binary_little_endian", 1, 10_000_000) + LISTED.format("uchar")).encode() + bytes(40),
        ".ply",
    ),
    "ply, one list of billions": (
        (HEADER.format("binary_little_endian", 1, 1) + LISTED.format("uint")).encode()
        + bytes(12)
        + b"\xff\xff\xff\x7f" * 3,
        ".ply",
    ),
    "ply, negative list": (
        (HEADER.format("ascii", 3, 1) + LISTED.format("int")).encode() + b"0 0 0 1 0 0 0 1 0 -5 0 1 2",
        ".ply",
    ),
    "ply of points": (
        (HEADER.partition("element face")[0].format("ascii", 1) + "end_header\n0 0 0\n").encode(),
        ".ply",
    ),
    "ply without an end": (b"ply\nformat ascii 1.0\nelement vertex 3\n", ".ply"),
    "ply of noise": (b"ply\n" + bytes(np.random.default_rng(2).integers(0, 256, 20000, np.uint8)), ".ply"),
}


@pytest.mark.parametrize("name", sorted(HOSTILE))
def test_hostile_files_end_in_one_sentence(name: str) -> None:
    data, suffix = HOSTILE[name]
    start = time.process_time()
    answer = load(data, suffix, f"bad{suffix}", {}, "")
    assert isinstance(answer, str), name
    assert answer.startswith(f"bad{suffix} cannot be used. ") and answer.endswith(".") and "\n" not in answer
    assert "Traceback" not in answer and len(answer) < 250 and "/tmp" not in answer
    assert time.process_time() - start < 20


def test_the_sentence_names_what_is_wrong() -> None:
    said = {name: str(load(*HOSTILE[name], "bad", {}, "")) for name in ("draco", "ascii fbx", "ply of points")}
    assert "Draco" in said["draco"] and "ASCII FBX" in said["ascii fbx"] and "no faces" in said["ply of points"]


def test_a_bad_face_costs_itself_alone() -> None:
    model = load(b"v 0 0 0\nv 1 0 0\nv 0 1 0\nv 0 0 1\nf 1 2 3\nf 1 2 9\nf 1 2 4\n", ".obj", "a.obj", {}, "")
    assert not isinstance(model, str)
    assert len(model[0].painted.mesh.faces) == 2
    assert [(f.severity, f.measured) for f in model[1]] == [("warning", 1)]


def test_the_child_reads_and_refuses_alike() -> None:
    model, told = read_model_told(letter_glb().bytes(), ".GLB", "letter.glb")
    assert len(model.painted.mesh.faces) == 48 and not told
    with pytest.raises(StageError, match=r"bad\.glb cannot be used\. The file is shorter"):
        read_model(broken_glb(2000), ".glb", "bad.glb")
    with pytest.raises(StageError, match="no model file"):
        read_model(b"", ".blend", "a.blend")


def test_a_companion_may_not_climb(tmp_path: Path) -> None:
    answer = load(b"v 0 0 0\n", ".obj", "a.obj", {"../secret.png": b""}, "")
    assert isinstance(answer, str) and "does not lie below it" in answer
    text, files = letter_obj("../letter.mtl")
    (tmp_path / "inbox").mkdir()
    (tmp_path / "letter.mtl").write_bytes(files["letter.mtl"])
    (tmp_path / "inbox" / "letter.obj").write_bytes(text)
    assert companions(tmp_path / "inbox" / "letter.obj") == ()
    (tmp_path / "inbox" / "letter.mtl").write_bytes(
        b"newmtl a\nmap_Kd ../../etc/passwd.png\nmap_Ks /etc/hostname.png\n"
    )
    assert [p.name for p in companions(tmp_path / "inbox" / "letter.obj")] == ["letter.mtl"]


def test_companions_of_each_format(tmp_path: Path) -> None:
    text, files = letter_obj()
    (tmp_path / "tex").mkdir()
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    (tmp_path / "letter.obj").write_bytes(text)
    (tmp_path / "other.png").write_bytes(b"")
    found = companions(tmp_path / "letter.obj")
    assert sorted(p.relative_to(tmp_path).as_posix() for p in found) == sorted(files)
    assert companions(tmp_path / "none.obj") == () and companions(tmp_path / "a.ply") == ()

    from toolchain.export.fbx import write_fbx

    letter = letter_model("unity")
    (tmp_path / "letter.fbx").write_bytes(write_fbx(letter))
    names = {t.file for m in letter.materials for t in m.textures.values()}
    for name in names:
        (tmp_path / name).write_bytes(png(maps()["albedo"]))
    assert {p.name for p in companions(tmp_path / "letter.fbx")} == names
    (tmp_path / "cut.fbx").write_bytes(write_fbx(letter)[:3000])
    assert companions(tmp_path / "cut.fbx") == ()

    glb = letter_glb()
    glb.json["images"][0] = {"uri": "tex/colour%20map.png"}
    (tmp_path / "letter.glb").write_bytes(glb.bytes())
    assert [p.name for p in companions(tmp_path / "letter.glb")] == ["colour map.png"]
    (tmp_path / "ball.ply").write_bytes(b"ply\nformat ascii 1.0\ncomment TextureFile other.png\nend_header\n")
    assert [p.name for p in companions(tmp_path / "ball.ply")] == ["other.png"]


def test_companions_need_the_standard_library_alone() -> None:
    import subprocess
    import sys

    code = "import sys; from toolchain.intake.models import companions; print('numpy' in sys.modules)"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "False"
    assert {".glb", ".obj", ".fbx", ".ply"} <= MODELS


def dropped_obj(folder: Path) -> Concept:
    text, files = letter_obj()
    (folder / "tex").mkdir()
    for name, data in {**files, "letter.obj": text}.items():
        (folder / name).write_bytes(data)
    model = folder / "letter.obj"
    return Concept("letter", "letter", {}, model=model, companions=companions(model))


def test_the_intake_stage_reads_a_model_with_its_companions(tmp_path: Path) -> None:
    made = stage.run(stage.Params(network=False), quiet, concept=dropped_obj(tmp_path))
    assert made.value.views == () and not made.findings
    assert made.measures["model"] == {
        "file": "letter.obj",
        "format": "obj",
        "triangles": 48,
        "vertices": len(made.value.dropped.painted.mesh.positions),
        "materials": [PAINT, STEEL],
        "maps": {"0": ["albedo", "normal", "roughness"], "1": []},
    }


def test_a_missing_texture_is_told_and_the_rest_is_read(tmp_path: Path) -> None:
    concept = dropped_obj(tmp_path)
    there = tuple(p for p in concept.companions if p.name != "normal.png")
    made = stage.run(stage.Params(network=False), quiet, concept=replace(concept, companions=there))
    assert [(f.severity, f.code, f.where.file) for f in made.findings] == [
        ("warning", "file.missing_part", "letter.obj")
    ]
    assert sorted(made.value.dropped.painted.paints[0].maps) == ["albedo", "roughness"]


def test_too_many_bytes_are_refused_unread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from toolchain.intake import models

    monkeypatch.setattr(models, "MOST_BYTES", 1000)
    with pytest.raises(StageError, match=r"letter\.obj and its textures have 0 MB"):
        stage.run(stage.Params(network=False), quiet, concept=dropped_obj(tmp_path))
