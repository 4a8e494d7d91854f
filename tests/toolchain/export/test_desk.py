"""STL, 3MF and OBJ of the letter F, read back by our readers and trimesh: upright, unmirrored, in its unit, closed."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from engine_profiles import load
from tests.letter_model import letter_model
from toolchain.export.model import Model
from toolchain.export.obj import library, write_mtl, write_obj
from toolchain.export.stage import writers
from validators.judge import judge
from validators.read import read


def _as(model: Model, form: str) -> Model:
    return replace(model, deliverable=replace(model.deliverable, format=form, lods="none", file=f"{{asset}}.{form}"))


@pytest.mark.parametrize("form", ["stl", "3mf"])
def test_it_stands_on_the_plate_in_millimetres(tmp_path: Path, form: str) -> None:
    (tmp_path / f"Letter.{form}").write_bytes(writers()[form](letter_model("print", form, levels=1)))
    scene = read(tmp_path / f"Letter.{form}")
    assert scene.format == form and not scene.findings
    (node,) = scene.render_nodes()
    points = scene.world_points(node)
    assert np.ptp(points[:, 2]) == pytest.approx(1000.0, rel=1e-5) and points[:, 2].min() == pytest.approx(0, abs=1e-3)
    # The F faces -Y, so its arms reach to the viewer's right, +X, and its top holds more of them than its foot.
    assert points[points[:, 2] > 900][:, 0].max() > points[points[:, 2] < 100][:, 0].max() + 100
    assert scene.unit_m == (0.001 if form == "3mf" else 0.0)


@pytest.mark.parametrize("form", ["stl", "3mf"])
def test_a_slicer_finds_a_closed_solid(form: str) -> None:
    import trimesh

    data = writers()[form](letter_model("print", form, levels=1))
    mesh = trimesh.exchange.load.load_mesh(io.BytesIO(data), file_type=form)
    mesh = mesh if isinstance(mesh, trimesh.Trimesh) else mesh.to_geometry()
    assert mesh.is_watertight and mesh.volume > 0 and np.ptp(mesh.vertices[:, 2]) == pytest.approx(1000.0, rel=1e-5)


@pytest.mark.parametrize("form", ["stl", "3mf"])
def test_same_model_same_bytes(form: str) -> None:
    assert writers()[form](letter_model("print", form)) == writers()[form](letter_model("print", form))


def test_the_profile_finds_no_fault(tmp_path: Path) -> None:
    for form in ("stl", "3mf"):
        (tmp_path / f"Letter.{form}").write_bytes(writers()[form](letter_model("print", form, levels=1)))
    verdict = judge(tmp_path, load("print"))
    assert [f.message for f in verdict.findings] == [] and len(verdict.files) == 2


def test_an_open_print_is_an_error(tmp_path: Path) -> None:
    model = letter_model("print", "stl", levels=1)
    (item,) = model.meshes
    holed = replace(model, meshes=(replace(item, mesh=replace(item.mesh, faces=item.mesh.faces[1:], slots=None)),))
    (tmp_path / "Letter.stl").write_bytes(writers()["stl"](holed))
    assert "geo.watertight" in [f.code for f in judge(tmp_path, load("print")).findings if f.severity == "error"]


def test_slots_are_coloured_base_materials() -> None:
    model = letter_model("print", "3mf", levels=1)
    red = replace(model, materials=tuple(replace(m, colour=(1.0, 0.0, 0.0)) for m in model.materials))
    with zipfile.ZipFile(io.BytesIO(writers()["3mf"](red))) as package:
        assert package.namelist()[0] == "[Content_Types].xml"
        text = package.read("3D/3dmodel.model").decode()
    assert text.count("<base ") == 2 and '#FF0000"' in text and 'unit="millimeter"' in text and "Lettre F é 文" in text


def test_a_unit_without_a_name_is_refused() -> None:
    with pytest.raises(ValueError, match=r"no name for a unit of 0\.28 m"):
        writers()["3mf"](letter_model("print", "3mf", unit_m=0.28))


def test_obj_and_its_materials() -> None:
    model = _as(letter_model("unity", levels=1), "obj")
    lines, materials = write_obj(model).decode().splitlines(), write_mtl(model).decode().splitlines()
    mesh = model.meshes[0].mesh
    assert f"mtllib {library(model)}" in lines and sum(x.startswith("v ") for x in lines) == len(mesh.positions)
    assert sum(x.startswith("f ") for x in lines) == len(mesh.faces)
    assert [x for x in lines if x.startswith("usemtl")] == ["usemtl M_Letter_paint", "usemtl M_Letter_steel"]
    assert "map_Kd T_Letter_paint_BaseColor.png" in materials and "norm T_Letter_steel_Normal.png" in materials
    assert "Pm 1" in materials and "Pr 0.35" in materials


def test_an_obj_has_no_room_for_textures() -> None:
    model = _as(letter_model("unity", levels=1), "obj")
    with pytest.raises(ValueError, match="no room for textures"):
        write_obj(replace(model, deliverable=replace(model.deliverable, textures="embedded")))
