"""Fixes: what each mends and tells, that the look stays, and that nothing is written that is worse."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tests.validators.factory import profile
from tests.validators.fix_models import fbx_cube, glb_cube, with_camera
from tests.validators.readers.glb_maker import Glb
from validators.fix import run
from validators.fix.fbx import Fbx
from validators.fix.gltf import Gltf
from validators.fix.naming import legal, renamed
from validators.fix.run import Fixed, fix_file
from validators.read import read
from validators.scene import Scene


def fixed(folder: Path, data: bytes, engine: str = "portable", name: str = "Crate.glb") -> Fixed:
    (folder / name).write_bytes(data)
    return fix_file(folder / name, profile(engine))


def soup(scene: Scene) -> np.ndarray:
    """Corners of all triangles with area, in metres and in an order of their own."""
    out = []
    for node in scene.render_nodes():
        mesh = scene.meshes[node.mesh]
        tri = scene.world_points(node)[mesh.triangle_points] * scene.unit_m
        area = np.linalg.norm(np.cross(tri[:, 1] - tri[:, 0], tri[:, 2] - tri[:, 0]), axis=1)
        out.append(tri[area > 1e-9].reshape(-1, 9))
    rows = np.concatenate(out)
    return rows[np.lexsort(np.round(rows, 5).T)]


def test_a_clean_file_is_left_alone(tmp_path: Path) -> None:
    glb = Glb()
    glb_cube(glb, "Crate")
    done = fixed(tmp_path, glb.bytes())
    assert done.written is None and done.changes == () and [p.name for p in tmp_path.iterdir()] == ["Crate.glb"]


def test_names_become_legal_and_unique_and_the_old_ones_stay(tmp_path: Path) -> None:
    glb = Glb()
    for name in ("Box é 1", "box é 1", "9lives", "SOCKET_a", "Fine"):
        glb_cube(glb, name)
    glb.json["materials"][0]["name"] = "M Crate.001"
    done = fixed(tmp_path, glb.bytes(), "unreal")
    tree = Gltf((tmp_path / "Crate.fixed.glb").read_bytes()).json
    names = [n["name"] for n in tree["nodes"]]
    assert names == ["Box_e_1", "box_e_1_2", "O_9lives", "a", "Fine"]
    assert tree["materials"][0]["name"] == "M_Crate_001" and tree["materials"][0]["extras"]["name"] == "M Crate.001"
    assert tree["nodes"][0]["extras"]["name"] == "Box é 1" and 'object "9lives" is now O_9lives' in str(done.changes)
    assert {f.code for f in done.before} & {"name.allowed", "name.reserved"}
    assert not {f.code for f in done.after} & {"name.allowed", "name.reserved", "name.duplicate"}


def test_a_hull_follows_its_mesh_and_levels_keep_their_marks() -> None:
    said = profile("unreal").names
    made = renamed(
        ["SM Crate_LOD0", "UCX_SM Crate_LOD0_00", "SM_A_LOD1", "sm_a_lod1", "A" * 90 + "_LOD2"], said, "object"
    )
    assert made[0] == "SM_Crate_LOD0" and made[1] == "UCX_SM_Crate_LOD0_00"
    assert made[3].lower().endswith("_2_lod1") and made[4].endswith("_LOD2") and len(made[4]) <= said.max_length


def test_every_reserved_name_has_a_legal_neighbour() -> None:
    for engine in ("unity", "unreal", "roblox", "godot"):
        said = profile(engine).names
        for name in (*(f"{p}Crate" for p in said.reserved_prefixes), *(f"Crate{s}" for s in said.reserved_suffixes)):
            made = renamed([name], said, "material")
            assert legal(made.get(0, name), said, "material"), (engine, name, made)


def test_degenerate_triangles_and_unused_points_go_and_the_rest_stays(tmp_path: Path) -> None:
    glb = Glb()
    glb_cube(glb, "Crate")
    primitive = glb.json["meshes"][0]["primitives"][0]
    lone = np.arange(36, dtype=np.uint16).reshape(-1, 3)
    primitive["indices"] = glb.accessor(np.concatenate((lone[:-1], [[5, 5, 7], [0, 1, 0]])).astype(np.uint16).ravel())
    whole = glb.bytes()
    done = fixed(tmp_path, whole)
    assert "2 triangles without area dropped" in str(done.changes) and "that no face uses dropped" in str(done.changes)
    before, after = read(tmp_path / "Crate.glb"), read(tmp_path / "Crate.fixed.glb")
    assert len(after.meshes[0].triangles) == 11 and len(after.meshes[0].points) == 33
    assert np.allclose(soup(before), soup(after)) and not after.findings
    assert (tmp_path / "Crate.fixed.glb").stat().st_size < len(whole) + 200 and (
        tmp_path / "Crate.glb"
    ).read_bytes() == whole
    assert np.allclose(before.meshes[0].uvs[0][:33], after.meshes[0].uvs[0])


def test_normals_get_length_one(tmp_path: Path) -> None:
    glb = Glb()
    glb_cube(glb, "Crate")
    view = glb.json["bufferViews"][glb.json["accessors"][1]["bufferView"]]
    at, size = view["byteOffset"], view["byteLength"]
    normals = np.frombuffer(glb.binary, "<f4", size // 4, at) * 3
    glb.binary = glb.binary[:at] + normals.astype("<f4").tobytes() + glb.binary[at + size :]
    done = fixed(tmp_path, glb.bytes())
    assert "36 normals made of length one" in str(done.changes)
    lengths = np.linalg.norm(read(tmp_path / "Crate.fixed.glb").meshes[0].normals, axis=1)
    assert np.allclose(lengths, 1, atol=1e-6)


def test_cameras_and_lights_are_taken_out(tmp_path: Path) -> None:
    glb = Glb()
    glb.node(name="Camera", camera=glb.add("cameras", {"type": "perspective"}))
    glb_cube(glb, "Crate")
    glb.node(name="Sun", extensions={"KHR_lights_punctual": {"light": 0}})
    glb.json["extensions"] = {"KHR_lights_punctual": {"lights": [{"type": "directional"}]}}
    glb.json["extensionsUsed"] = ["KHR_lights_punctual"]
    done = fixed(tmp_path, glb.bytes())
    after = read(tmp_path / "Crate.fixed.glb")
    assert "1 camera and 1 light taken out" in str(done.changes)
    assert [n.name for n in after.nodes] == ["Crate"] and not any(after.extras.values()) and not after.findings


def test_the_pivot_goes_under_the_asset_without_a_transform(tmp_path: Path) -> None:
    glb = Glb()
    glb_cube(glb, "Crate", (3, -2, 1))
    glb.node(name="SOCKET_top", translation=[3, 1, 1])
    done = fixed(tmp_path, glb.bytes())
    after = read(tmp_path / "Crate.fixed.glb")
    low, high = after.bounds(after.render_nodes())
    assert np.allclose(low, (-0.5, 0, -0.5)) and np.allclose(high, (0.5, 1, 0.5)) and len(done.changes) == 1
    assert np.allclose(after.nodes[1].world[:3, 3], (0, 3, 0)) and np.allclose(after.nodes[0].local, np.eye(4))


def test_a_pivot_under_transforms_is_refused(tmp_path: Path) -> None:
    glb = Glb()
    glb_cube(glb, "Crate", (3, 0, 0))
    glb.json["nodes"][0]["scale"] = [2, 2, 2]
    done = fixed(tmp_path, glb.bytes())
    assert done.written is None and done.left == ("pivot: Its nodes carry transforms; apply them first.",)


def test_a_fix_that_makes_it_worse_is_taken_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def spoil(gltf: Gltf, case: object) -> list[str]:
        for primitive in gltf.json["meshes"][0]["primitives"]:
            del primitive["attributes"]["NORMAL"]
        return ["normals lost"]

    def swell(gltf: Gltf, case: object) -> list[str]:
        gltf.json["nodes"][0]["scale"] = [1.01, 1.01, 1.01]
        return ["swollen"]

    monkeypatch.setitem(run.FIXES, "glb", (Gltf, {"spoil": spoil, "swell": swell}))
    glb = Glb()
    glb_cube(glb, "Crate")
    done = fixed(tmp_path, glb.bytes(), "unity")
    assert done.written is None and done.before == done.after
    assert done.left[0].startswith("spoil: it would bring nrm.present") and "swell: it would" in done.left[1]


def test_an_fbx_takes_the_engines_unit_and_keeps_its_size(tmp_path: Path) -> None:
    done = fixed(tmp_path, fbx_cube(unit=100.0).bytes(packed=True), "unreal", "Crate.fbx")
    before, after = read(tmp_path / "Crate.fbx"), read(tmp_path / "Crate.fixed.fbx")
    assert (before.unit_m, after.unit_m) == (1.0, 0.01) and np.allclose(soup(before), soup(after), atol=1e-6)
    assert not {f.code for f in done.after} & {"xf.unit", "tex.absolute_path"}
    assert [f.code for f in after.findings] == ["file.missing_part"]
    assert "lengths turned from units of 1 m into units of 1 cm" in str(done.changes)


def test_a_unit_is_not_turned_where_it_may_hold_more(tmp_path: Path) -> None:
    done = fixed(tmp_path, with_camera(fbx_cube(unit=100.0)).bytes(), "unreal", "Crate.fbx")
    assert any(line.startswith("unit: It holds") for line in done.left)


def test_fbx_names_and_paths(tmp_path: Path) -> None:
    done = fixed(tmp_path, fbx_cube(name="Crate é").bytes(7500), "unreal", "Crate.fbx")
    scene = read(tmp_path / "Crate.fixed.fbx")
    assert [n.name for n in scene.nodes] == ["Crate_e"] and scene.nodes[0].properties["original_name"] == "Crate é"
    assert scene.header["absolute_paths"] == [] and "made relative" in str(done.changes)


@pytest.mark.parametrize("version", [7400, 7500])
def test_an_fbx_written_anew_is_the_same_file(version: int) -> None:
    data = fbx_cube().bytes(version, packed=True)
    assert Fbx(data).encode() == data


def test_our_own_fbx_written_anew_is_the_same_file() -> None:
    from tests.letter_model import letter_model
    from toolchain.export.fbx import write_fbx

    data = write_fbx(letter_model("unreal"))
    assert Fbx(data).encode() == data


def test_in_place_is_a_rename_and_broken_files_are_left(tmp_path: Path) -> None:
    glb = Glb()
    glb_cube(glb, "Crate", (3, 0, 0))
    path = tmp_path / "Crate.glb"
    path.write_bytes(glb.bytes())
    done = fix_file(path, profile("portable"), in_place=True)
    assert done.written == path and [p.name for p in tmp_path.iterdir()] == ["Crate.glb"]
    assert not {f.code for f in done.after} & {"xf.pivot"}
    path.write_bytes(glb.bytes()[:-100])
    broken = fix_file(path, profile("portable"), in_place=True)
    assert broken.left == ("the file is broken; export it again",) and broken.written is None


def test_what_is_not_understood_stays_byte_for_byte(tmp_path: Path) -> None:
    glb = Glb()
    glb_cube(glb, "Crate", (3, 0, 0))
    lone = glb.view(b"precious")
    glb.json |= {"extensionsUsed": ["ACME_rig"], "extensions": {"ACME_rig": {"data": lone}}}
    fixed(tmp_path, glb.bytes())
    made = Gltf((tmp_path / "Crate.fixed.glb").read_bytes())
    view = made.json["bufferViews"][made.json["extensions"]["ACME_rig"]["data"]]
    assert bytes(made.binary[view["byteOffset"] :][:8]) == b"precious"
    assert json.dumps(made.json["extensions"]) == '{"ACME_rig": {"data": 4}}'


def test_the_command_tells_what_it_did(tmp_path: Path) -> None:
    from validators.command import run_fix

    glb = Glb()
    glb_cube(glb, "Crate", (3, 0, 0))
    glb.json["nodes"][0]["name"] = "Cr\u00e4te"
    (tmp_path / "Crate.glb").write_bytes(glb.bytes())
    said: list[str] = []
    assert run_fix([tmp_path / "Crate.glb"], ["unity"], "prop", said.append) == 0
    assert "Crate.glb: written to Crate.fixed.glb" in said[0] and "fixed     pivot: moved by 3 m" in said[0]
    assert "gone      name.allowed, xf.pivot" in said[0] and "after     0 errors" in said[0]
    assert run_fix([tmp_path / "Crate.glb"], ["unity", "unreal"], "prop", said.append) == 2
    assert run_fix([tmp_path], ["unity"], "prop", said.append) == 2
