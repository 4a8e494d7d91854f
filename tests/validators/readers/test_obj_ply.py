"""OBJ and PLY as the validator meets them: told by their bytes, judged, and nothing outside the delivery opened."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.validators.factory import profile
from tests.validators.fuzz_seeds import MTL, OBJ, plys
from tests.validators.readers.glb_maker import png
from validators.judge import judge
from validators.read import kind, read


def delivery(folder: Path) -> Path:
    (folder / "models").mkdir()
    (folder / "textures").mkdir()
    (folder / "textures" / "T_Base.png").write_bytes(png(4, 8))
    (folder / "models" / "crate.mtl").write_bytes(MTL.replace(b"T_Base.png", b"../textures/T_Base.png"))
    (folder / "bait.mtl").write_bytes(b"newmtl Outside\n")
    path = folder / "models" / "Crate.obj"
    path.write_bytes(OBJ)
    return path


def test_an_obj_states_neither_axes_nor_unit(tmp_path: Path) -> None:
    scene = read(delivery(tmp_path), tmp_path)
    assert (scene.format, scene.up, scene.unit_m, scene.nbytes) == ("obj", "", 0.0, len(OBJ))
    assert [m.name for m in scene.materials] == ["Body", "Lid", "Outside"] and scene.meshes[0].name == "Crate"
    assert scene.meshes[0].face_sizes.tolist() == [4, 3] and scene.meshes[0].colours is not None
    found = judge(tmp_path / "models" / "Crate.obj", profile("unity")).findings
    assert not {f.code for f in found} & {"xf.axes", "xf.unit", "geo.size", "rule.failed"}


def test_textures_may_lie_anywhere_in_the_delivery_and_nowhere_else(tmp_path: Path) -> None:
    path = delivery(tmp_path)
    found = {t.uri: t.missing for t in read(path, tmp_path).textures}
    assert found == {"../textures/T_Base.png": False}
    alone = read(path)
    assert {t.missing for t in alone.textures} == {True}
    assert "Outside" not in [m.name for m in alone.materials]


@pytest.mark.parametrize("name", sorted(plys()))
def test_a_ply_of_each_kind(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(plys()[name])
    scene = read(tmp_path / name)
    assert (scene.format, scene.up, len(scene.meshes[0].triangles)) == ("ply", "", 2)
    assert scene.meshes[0].colours is not None and len(scene.meshes[0].uvs) == 1


@pytest.mark.parametrize(
    ("head", "name", "want"),
    [
        (b"# made by x\n\nmtllib a.mtl\no Box\nv 1 2 3\n", "", "obj"),
        (b"v 1 2 3\nv 1 2 3\n", "", "obj"),
        (b"g all\nv 1 2 3\n", "", "obj"),
        (b"very long prose\nof words\n", "", ""),
        (b"\n" * 60000, "", ""),
        (b"anything", "a.obj", "obj"),
        (b"ply\r\nformat ascii 1.0\n", "", "ply"),
    ],
)
def test_text_is_told_by_its_first_statements(head: bytes, name: str, want: str) -> None:
    assert kind(head, name) == want
