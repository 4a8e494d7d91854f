"""A written FBX as assimp reads it, and as Blender imports it by both of its importers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.letter_model import letter_model
from tests.oracles import blender, strangers
from tests.toolchain.export.fbx_letters import MAPS, SPACE, TIPS, holds, write_letters
from toolchain.asset import Mesh


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return write_letters(tmp_path_factory.mktemp("fbx"))


@pytest.mark.parametrize("profile", SPACE)
def test_assimp_reads_it(files: dict[str, Path], profile: str) -> None:
    columns, scale = SPACE[profile]
    model = letter_model(profile)
    read = strangers.by_assimp(files[profile])
    assert [m["NAME"] for m in read["materials"]][:2] == ["M_Letter_paint", "M_Letter_steel"]
    for item in model.meshes:
        parts = [m for m in read["meshes"] if m["name"] == item.name]  # assimp splits by material
        assert sum(len(m["faces"]) for m in parts) == len(item.mesh.faces)
        assert [len(m["uvs"]) for m in parts] == [2, 2]
        points = np.concatenate([m["points"] for m in parts])
        np.testing.assert_allclose(points.min(axis=0), item.mesh.positions.min(axis=0))
        assert holds(points, TIPS[:, columns] * scale, 1e-4 * scale)
    base, normal = MAPS[profile][:2]
    for material, slot in zip(read["materials"], ("paint", "steel"), strict=False):
        assert material["TEXTURES"] == {1: [f"T_Letter_{slot}_{base}.png"], 6: [f"T_Letter_{slot}_{normal}.png"]}


@pytest.mark.skipif(blender.why_not() is not None, reason=blender.why_not() or "")
@pytest.mark.parametrize("importer", ["", "addon"])
@pytest.mark.parametrize("profile", SPACE)
def test_blender_imports_it_at_true_size(files: dict[str, Path], profile: str, importer: str) -> None:
    model = letter_model(profile)
    read = blender.read(files[profile], importer)
    # Blender's space: a Y-up file is stood up, (x, y, z) -> (x, -z, y); a Z-up file stays.
    tips = np.column_stack((TIPS[:, 0], -TIPS[:, 2], TIPS[:, 1])) if profile == "unity" else TIPS[:, [2, 0, 1]]
    names = {model.object, *(m.name for m in (*model.meshes, *model.hulls))}
    assert set(read["objects"]) == names
    root = read["objects"][model.object]
    assert root["type"] == "EMPTY" and root["parent"] is None
    assert root["props"] == {"display_name": "Lettre F é 文", "generator": "test", "triangles": 48, "height_m": 1.0}
    for item in model.meshes:
        got = read["objects"][item.name]
        assert got["parent"] == model.object
        assert holds(np.array(got["points"]), tips, 1e-5)
        size = np.array(got["high"]) - got["low"]
        np.testing.assert_allclose(sorted(size), (0.2, 0.6, 1.0), atol=1e-5)
        assert got["low"][2] == pytest.approx(0.0, abs=1e-5)
        assert got["triangles"] == len(item.mesh.faces)
        assert got["materials"] == ["M_Letter_paint", "M_Letter_steel"]
        assert list(got["uv"]) == ["UVMap", "UVLight"]
        assert read_corners(got) == sent_corners(item.mesh, profile)
    for hull in model.hulls:
        got = read["objects"][hull.name]
        assert got["materials"] == [] and got["vertices"] == 8 and got["parent"] is None
    base, normal = MAPS[profile][:2]
    for slot, roughness in (("paint", 0.7), ("steel", 0.35)):
        material = read["materials"][f"M_Letter_{slot}"]
        assert material["images"] == {
            "Base Color": f"T_Letter_{slot}_{base}.png",
            "Normal": f"T_Letter_{slot}_{normal}.png",
        }
        assert material["roughness"] == pytest.approx(roughness, abs=1e-6)
        assert material["normal_strength"] == 1.0 and material["alpha"] == 1.0


def sent_corners(mesh: Mesh, profile: str) -> set[tuple[int, ...]]:
    """(place, normal, both UVs) of each corner in Blender's space, in any order: what must survive."""
    points, normals = mesh.positions, mesh.normals
    if profile == "unity":
        points, normals = (np.column_stack((v[:, 0], -v[:, 2], v[:, 1])) for v in (points, normals))
    else:
        points = points / 100.0
    return rounded(np.concatenate((points, normals, mesh.uv, mesh.uv_light), axis=1)[mesh.faces.reshape(-1)])


def read_corners(got: dict[str, Any]) -> set[tuple[int, ...]]:
    points = np.array(got["points"])[got["corners"]]
    uvs = [np.array(got["uv"][name]["values"]) for name in ("UVMap", "UVLight")]
    return rounded(np.concatenate((points, np.array(got["loop_normals"]), *uvs), axis=1))


def rounded(rows: np.ndarray) -> set[tuple[int, ...]]:
    """Rows in thousandths. The quarter keeps the letter's round numbers away from where rounding turns."""
    return set(map(tuple, np.round(rows * 1000.0 + 0.25).astype(int).tolist()))
