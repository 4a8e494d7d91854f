"""STL and 3MF from strangers: text STL, moved items, and files that lie, each told in a sentence."""

from __future__ import annotations

import io
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest

from validators.read import read
from validators.scene import Scene

CORE = "http://schemas.microsoft.com/3dmanufacturing/core/2015/02"
TETRA = "".join(f'<vertex x="{x}" y="{y}" z="{z}"/>' for x, y, z in ((0, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 1)))
SIDES = "".join(f'<triangle v1="{a}" v2="{b}" v3="{c}"/>' for a, b, c in ((0, 2, 1), (0, 1, 3), (0, 3, 2), (1, 2, 3)))


WILD = '<triangle v1="9" v2="0" v3="1"/>'


def package(model: str, name: str = "3D/3dmodel.model") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("[Content_Types].xml", "<Types/>")
        file.writestr(name, model)
    return out.getvalue()


def model(mesh: str = "", item: str = '<item objectid="1"/>', unit: str = "inch", head: str = "") -> bytes:
    mesh = mesh or f"<vertices>{TETRA}</vertices><triangles>{SIDES}</triangles>"
    return package(
        f'{head}<model unit="{unit}" xmlns="{CORE}"><resources><object id="1" name="T"><mesh>{mesh}</mesh></object>'
        f"</resources><build>{item}</build></model>"
    )


def scene_of(folder: Path, data: bytes, name: str) -> Scene:
    (folder / name).write_bytes(data)
    return read(folder / name)


def test_a_3mf_in_inches_that_is_moved(tmp_path: Path) -> None:
    scene = scene_of(tmp_path, model(item='<item objectid="1" transform="0 1 0 -1 0 0 0 0 1 5 6 7"/>'), "a.3mf")
    (node,) = scene.render_nodes()
    assert (scene.unit_m, scene.up, scene.format) == (0.0254, "+Z", "3mf") and not scene.findings
    assert np.allclose(scene.world_points(node)[1], (5, 7, 7))  # x goes to y, then moved


def test_text_stl(tmp_path: Path) -> None:
    facet = "facet normal 0 0 1\nouter loop\nvertex 0 0 0\nvertex 1.5e0 0 0\nvertex 0 1 0\nendloop\nendfacet\n"
    scene = scene_of(tmp_path, f"solid x\n{facet}{facet}endsolid x\n".encode(), "a.stl")
    assert len(scene.meshes[0].triangles) == 2 and scene.meshes[0].points.max() == 1.5


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("a.stl", b"\0" * 80 + struct.pack("<I", 5) + b"\0" * 60, "ends before the last of its 5 triangles"),
        ("a.stl", b"\0" * 80 + struct.pack("<I", 0xFFFFFFFF), "more triangles than we read"),
        ("a.stl", b"\0" * 40, "ends within its header"),
        ("a.stl", b"solid x\nfacet\nvertex 1 2 x\nendfacet", "a vertex that is not made of numbers"),
        ("a.stl", b"solid x\nfacet\nvertex 1 2 3\nendfacet", "ends within a triangle"),
        ("a.3mf", package("<x/>", "3D/other.model"), "holds no 3D/3dmodel.model"),
        ("a.3mf", package("<model/>"), "is no 3MF model"),
        ("a.3mf", package("<model"), "XML is broken"),
        ("a.3mf", model(unit="cubit"), 'a unit "cubit"'),
        ("a.3mf", model(item=""), "builds no mesh"),
        ("a.3mf", model(head='<!DOCTYPE x [<!ENTITY a "aaaa">]>'), "declares entities"),
        ("a.3mf", model()[:200], "cannot be unpacked"),
        (
            "a.3mf",
            model(f"<vertices>{TETRA}</vertices><triangles>{SIDES}{WILD}</triangles>"),
            "not there",
        ),
        ("a.3mf", model(f"<vertices><vertex x='q'/></vertices><triangles>{SIDES}</triangles>"), "number that is none"),
    ],
)
def test_what_is_wrong_is_a_sentence(tmp_path: Path, name: str, data: bytes, says: str) -> None:
    found = scene_of(tmp_path, data, name).findings
    assert any(says in f.message for f in found), [f.message for f in found]


def test_a_bomb_is_refused_unopened(tmp_path: Path) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("[Content_Types].xml", "<Types/>")
        file.writestr("3D/3dmodel.model", b" " * (65 << 20))
    assert len(out.getvalue()) < 1 << 20
    assert scene_of(tmp_path, out.getvalue(), "a.3mf").findings[0].code == "file.too_big"
