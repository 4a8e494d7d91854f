"""A written FBX as ufbx reads it, which is what Godot and Blender's built-in importer see."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.letter_model import letter_model
from tests.oracles import strangers
from tests.toolchain.export.fbx_letters import MAPS, SPACE, TIPS, holds, write_letters
from toolchain.export.fbx import write_fbx


@pytest.fixture(scope="module")
def by_ufbx(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    files = write_letters(tmp_path_factory.mktemp("fbx"))
    return {profile: strangers.by_ufbx(path) for profile, path in files.items()}


@pytest.mark.parametrize("profile", SPACE)
def test_ufbx_reads_axes_units_and_tree(by_ufbx: dict[str, dict[str, Any]], profile: str) -> None:
    read = by_ufbx[profile]
    assert read["warnings"] == [] and read["version"] == 7400
    assert (read["up"], read["front"], read["right"], read["unit_m"]) == {
        "unity": ("POSITIVE_Y", "POSITIVE_Z", "POSITIVE_X", 1.0),
        "unreal": ("POSITIVE_Z", "NEGATIVE_Y", "POSITIVE_X", 0.01),
    }[profile]
    name = {"unity": "Letter", "unreal": "SM_Letter"}[profile]
    hulls = [f"UCX_{name}_LOD0_00", f"UCX_{name}_LOD0_01"] if profile == "unreal" else []
    assert read["roots"] == [name, *hulls]
    assert set(read["nodes"]) == {name, f"{name}_LOD0", f"{name}_LOD1", *hulls}
    assert read["nodes"][name]["children"] == [f"{name}_LOD0", f"{name}_LOD1"]
    for node in read["nodes"].values():
        np.testing.assert_array_equal(node["world"], np.eye(4)[:3])
        assert node["inherit"] == "NORMAL" and node["props"]["InheritType"] == 1
    props = read["nodes"][name]["props"]
    assert props["display_name"] == "Lettre F é 文"
    assert (props["generator"], props["triangles"], props["height_m"]) == ("test", 48, 1.0)


@pytest.mark.parametrize("profile", SPACE)
def test_ufbx_reads_the_lod_group(by_ufbx: dict[str, dict[str, Any]], profile: str) -> None:
    model = letter_model(profile)
    (group,) = by_ufbx[profile]["lod_groups"]
    assert group["node"] == model.object and group["relative"]
    assert len(group["levels"]) == 2 and {display for _, display in group["levels"]} == {"USE_LOD"}
    assert by_ufbx[profile]["nodes"][model.object]["attribute"] == "LOD_GROUP"


def test_lod_thresholds_are_percent_in_order(tmp_path: Path) -> None:
    path = tmp_path / "lods.fbx"
    path.write_bytes(write_fbx(replace(letter_model("unity", levels=4), screen=(0.5, 0.25, 0.12, 0.02))))
    (group,) = strangers.by_ufbx(path)["lod_groups"]
    # ufbx: the distance of a level is the threshold before it, so the first has none of its own.
    assert [round(distance, 9) for distance, _ in group["levels"]][1:] == [50.0, 25.0, 12.0]


@pytest.mark.parametrize("profile", SPACE)
def test_ufbx_reads_geometry_to_the_bit(by_ufbx: dict[str, dict[str, Any]], profile: str) -> None:
    columns, scale = SPACE[profile]
    model = letter_model(profile)
    for item in model.meshes:
        read = by_ufbx[profile]["meshes"][item.name]
        mesh, flat = item.mesh, item.mesh.faces.reshape(-1)
        assert (read["sizes"] == 3).all()
        np.testing.assert_array_equal(read["points"][read["corners"]], mesh.positions[flat])
        np.testing.assert_array_equal(read["normals"], mesh.normals[flat])
        np.testing.assert_array_equal(read["tangents"], mesh.tangents[flat, :3])
        np.testing.assert_array_equal(
            read["bitangents"], np.cross(mesh.normals[flat], mesh.tangents[flat, :3]) * mesh.tangents[flat, 3:]
        )
        assert list(read["uv_sets"]) == ["UVMap", "UVLight"]
        np.testing.assert_array_equal(read["uv_sets"]["UVMap"], mesh.uv[flat])
        np.testing.assert_array_equal(read["uv_sets"]["UVLight"], mesh.uv_light[flat])
        assert not read["generated_normals"]
        assert read["materials"] == ["M_Letter_paint", "M_Letter_steel"]
        np.testing.assert_array_equal(read["face_material"], mesh.slots)
        # The tips stand where the axes say, in the file's unit, and the surface is closed and faces outwards.
        assert holds(read["points"], TIPS[:, columns] * scale, 1e-4 * scale)
        assert not holds(read["points"], (TIPS * (-1, 1, 1))[:, columns] * scale, 1e-4 * scale)
        triangles = read["points"][read["corners"]].reshape(-1, 3, 3)
        volume = np.einsum("ij,ij->", triangles[:, 0], np.cross(triangles[:, 1], triangles[:, 2])) / 6
        assert volume == pytest.approx(0.064 * scale**3, rel=1e-5)
        assert len(read["points"]) < len(mesh.positions)
        assert len(read["edges"]) == len(mesh.faces) * 3 // 2
        along = read["normals"][read["edges"]]  # (E, 2, 3) one face's normals at the edge's ends
        assert 0 < read["smooth"].sum() < len(along)


def test_ufbx_reads_tangents_that_match_the_uvs(by_ufbx: dict[str, dict[str, Any]]) -> None:
    """The written frame is the one the UVs span: T along +u, B along +v, by the mirrored back too."""
    read = by_ufbx["unreal"]["meshes"]["SM_Letter_LOD0"]
    p = read["points"][read["corners"]].reshape(-1, 3, 3)
    uv = read["uv_sets"]["UVMap"].reshape(-1, 3, 2)
    e, d = p[:, 1:] - p[:, :1], uv[:, 1:] - uv[:, :1]
    det = d[:, 0, 0] * d[:, 1, 1] - d[:, 0, 1] * d[:, 1, 0]
    for stream, a, b in (("tangents", 1, 0), ("bitangents", 0, 1)):
        sign = 1.0 if stream == "tangents" else -1.0
        way = sign * (e[:, 0] * d[:, 1, a : a + 1] - e[:, 1] * d[:, 0, a : a + 1]) / det[:, None]
        way /= np.linalg.norm(way, axis=1, keepdims=True)
        assert (np.einsum("ij,ij->i", way, read[stream].reshape(-1, 3, 3)[:, 0]) > 0.9999).all(), (stream, b)


def test_ufbx_reads_hulls_without_material(by_ufbx: dict[str, dict[str, Any]]) -> None:
    read = by_ufbx["unreal"]
    for name in ("UCX_SM_Letter_LOD0_00", "UCX_SM_Letter_LOD0_01"):
        hull = read["meshes"][name]
        assert hull["materials"] == [] and len(hull["points"]) == 8 and len(hull["sizes"]) == 12
        assert len(hull["smooth"]) == 18 and not hull["smooth"].any()  # a smoothing layer, all hard


@pytest.mark.parametrize("profile", SPACE)
def test_ufbx_reads_materials(by_ufbx: dict[str, dict[str, Any]], profile: str) -> None:
    base, normal, suffix, role = MAPS[profile]
    for slot, roughness, metallic in (("paint", 0.7, 0.0), ("steel", 0.35, 1.0)):
        read = by_ufbx[profile]["materials"][f"M_Letter_{slot}"]
        assert read["shader"] == "FBX_PHONG"
        assert read["roughness"] == pytest.approx(roughness) and read["props"]["ReflectionFactor"] == metallic
        assert read["pbr"] == {  # the packed map is not taken for anything
            "base_color": f"T_Letter_{slot}_{base}.png",
            "normal_map": f"T_Letter_{slot}_{normal}.png",
        }
        assert set(read["textures"]) == {"DiffuseColor", "NormalMap", role}
        assert read["textures"][role]["relative"] == read["props"][role] == f"T_Letter_{slot}_{suffix}.png"
        assert {t["uv_set"] for t in read["textures"].values()} == {"UVMap"}
        assert {t["content"] for t in read["textures"].values()} == {b""}


def test_textures_inside_and_in_a_folder(tmp_path: Path) -> None:
    model = replace(letter_model("unity", levels=1, textures="embedded"), texture_folder="Textures")
    path = tmp_path / "inside.fbx"
    path.write_bytes(write_fbx(model))
    read = strangers.by_ufbx(path)
    for material in model.materials:
        said = read["materials"][material.name]["textures"]
        for role, channel in (("base_color", "DiffuseColor"), ("normal", "NormalMap"), ("mask", "mask")):
            texture = material.textures[role]
            assert said[channel]["content"] == texture.data
            assert said[channel]["relative"] == f"Textures/{texture.file}"
