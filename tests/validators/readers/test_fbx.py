from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.validators.readers.fbx_maker import SQUARE, Fbx, crate, rec
from tests.validators.readers.glb_maker import png
from validators.read import read
from validators.readers import fbx_nodes
from validators.readers.notes import Bad
from validators.scene import Scene


def scene_of(made: Fbx | bytes, folder: Path, **how: object) -> Scene:
    path = folder / "a.fbx"
    path.write_bytes(made if isinstance(made, bytes) else made.bytes(**how))  # type: ignore[arg-type]
    return read(path)


def codes(scene: Scene) -> list[str]:
    return [f.code for f in scene.findings]


@pytest.mark.parametrize(("version", "packed", "unit", "up"), [(7400, False, 1.0, 1), (7500, True, 100.0, 2)])
def test_numbers_as_written(tmp_path: Path, version: int, packed: bool, unit: float, up: int) -> None:
    (tmp_path / "T_Base.png").write_bytes(png(4, 8))
    scene = scene_of(crate(unit, up), tmp_path, version=version, packed=packed)
    assert not scene.findings
    assert (scene.format, scene.up, scene.unit_m) == ("fbx", "+Y" if up == 1 else "+Z", unit / 100)
    stated = {k: scene.header[k] for k in ("version", "UnitScaleFactor", "UpAxis")}
    assert stated == {"version": version, "UnitScaleFactor": unit, "UpAxis": up}
    assert scene.header["creator"] == "tests of dropforge" and scene.header["absolute_paths"] == ["C:\\art\\T_Base.png"]
    nodes = {n.name: n for n in scene.nodes}
    assert nodes["Crate"].kind == "lodgroup" and nodes["Crate"].lod_thresholds == (50.0,)
    assert [(n.name, n.lod) for n in scene.render_nodes()] == [("Crate_LOD0", 0), ("Crate_LOD1", 1)]
    hull = nodes["UCX_Crate_LOD0_00"]
    assert hull.purpose == "collision" and hull.properties == {"grip": "left"} and hull.world[2, 3] == 5
    assert nodes["Crate_LOD1"].pointer == "/Crate/Crate_LOD1"
    assert nodes["Crate_LOD1"].parent == scene.nodes.index(nodes["Crate"])
    mesh = scene.meshes[0]
    assert np.array_equal(mesh.points, SQUARE) and mesh.face_sizes.tolist() == [4] and len(mesh.triangles) == 2
    assert mesh.smoothing is True and scene.meshes[2].smoothing is False
    assert mesh.tangents is not None and (mesh.tangents == (1, 0, 0, -1)).all()  # the binormal is turned round
    assert len(mesh.uvs) == 2 and np.allclose(mesh.uvs[0], SQUARE[:, :2] / (2, 3))
    assert np.allclose(mesh.uvs[1], mesh.uvs[0] / 2)
    assert mesh.face_material.tolist() == [0] and scene.meshes[2].face_material.tolist() == [-1]
    binding = scene.materials[0].bindings["base_color"]
    assert (binding.texture, binding.uv_set) == (0, 1)
    assert scene.materials[0].factors["base_color"][:3] == (0.5, 0.25, 1.0)
    texture = scene.textures[0]
    assert (texture.name, texture.uri, texture.width, texture.height) == ("T_Base.png", "T_Base.png", 4, 8)


def test_levels_follow_the_order_of_the_group(tmp_path: Path) -> None:
    made = Fbx()
    group = made.model("G", 0, "LodGroup", made.lod_group((50.0,)))
    for name in ("far_LOD1", "near_LOD0"):
        made.model(name, group, "Mesh", made.geometry(name))
    assert {n.name: n.lod for n in scene_of(made, tmp_path).render_nodes()} == {"far_LOD1": 0, "near_LOD0": 1}


def test_names_give_levels_without_a_group(tmp_path: Path) -> None:
    made = Fbx()
    for name in ("A_LOD0", "A_LOD1", "A_LOD1_lid", "plain"):
        made.model(name, 0, "Mesh", made.geometry(name))
    levels = {n.name: n.lod for n in scene_of(made, tmp_path).nodes}
    assert levels == {"A_LOD0": 0, "A_LOD1": 1, "A_LOD1_lid": 1, "plain": None}


def test_geometric_transform_moves_the_mesh_and_not_its_children(tmp_path: Path) -> None:
    made = Fbx()
    node = made.model(
        "A",
        0,
        "Mesh",
        made.geometry("A"),
        ("Lcl Translation", "Lcl Translation", "", "A", 1.0, 0.0, 0.0),
        ("GeometricTranslation", "Vector3D", "Vector", "", 0.0, 7.0, 0.0),
    )
    made.model("B", node, "Mesh", made.geometry("B"))
    scene = scene_of(made, tmp_path)
    nodes = {n.name: n for n in scene.nodes}
    assert np.allclose(scene.world_points(nodes["A"])[0], (1, 7, 0))
    assert np.allclose(scene.world_points(nodes["B"])[0], (1, 0, 0))
    assert np.allclose(nodes["B"].world, nodes["A"].world @ nodes["B"].local)
    assert nodes["A"].properties == {"geometric_transform": True}


def test_textures_embedded_beside_and_gone(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "T_Out.png").write_bytes(png(9, 9))
    (tmp_path / "in" / "T_Beside.png").write_bytes(png(4, 4))
    made = Fbx()
    node = made.model("A", 0, "Mesh", made.geometry("A"))
    made.link(
        made.material(
            "M",
            DiffuseColor=("a\\b\\T_Beside.png", "/home/me/T_Beside.png", b""),
            NormalMap=("T_In.png", "T_In.png", png(2, 2)),
            EmissiveColor=("../T_Out.png", "../T_Out.png", b""),
            orm=("T_Orm.png", "T_Orm.png", b""),
        ),
        node,
    )
    scene = scene_of(made, tmp_path / "in")
    found = {t.name: (t.width, t.missing, t.embedded) for t in scene.textures}
    assert found == {
        "T_Beside.png": (4, False, False),
        "T_In.png": (2, False, True),
        "T_Out.png": (0, True, False),
        "T_Orm.png": (0, True, False),
    }
    assert sorted(codes(scene)) == ["file.escape", "file.missing_part"]
    assert scene.header["absolute_paths"] == ["/home/me/T_Beside.png"]
    assert sorted(scene.materials[0].bindings) == ["base_color", "emissive", "normal", "other:orm"]
    normal = scene.textures[scene.materials[0].bindings["normal"].texture]
    assert normal.decode is not None and normal.decode().shape == (2, 2, 4)


def test_a_lone_bump_is_the_normal_map(tmp_path: Path) -> None:
    made = Fbx()
    made.link(made.material("M", Bump=("T_N.png", "", png(2, 2))), made.model("A", 0, "Mesh", made.geometry("A")))
    assert list(scene_of(made, tmp_path).materials[0].bindings) == ["normal"]


def test_wild_indices_are_told(tmp_path: Path) -> None:
    made = Fbx()
    made.model("A", 0, "Mesh", made.geometry("A", corners=(0, 1, 99, ~3)))
    scene = scene_of(made, tmp_path)
    assert ("file.malformed", "error") in [(f.code, f.severity) for f in scene.findings]
    assert all((m.corner_point < len(m.points)).all() for m in scene.meshes)


def test_material_numbers_out_of_range_are_unassigned(tmp_path: Path) -> None:
    made = Fbx()
    made.link(made.material("M"), made.model("A", 0, "Mesh", made.geometry("A", materials=(7,))))
    mesh = scene_of(made, tmp_path).meshes[0]
    assert set(mesh.face_material.tolist()) <= {-1, 0}


def test_other_kinds_of_fbx_are_told(tmp_path: Path) -> None:
    ascii_file = scene_of(b"; FBX 7.4.0 project file\nFBXHeaderExtension:  {\n}\n", tmp_path)
    assert codes(ascii_file) == ["file.ascii_fbx"] and "binary" in ascii_file.findings[0].fix
    assert "file.version" in codes(scene_of(crate(), tmp_path, version=6100))


def test_the_walk(tmp_path: Path) -> None:
    tree = fbx_nodes.walk(crate().bytes(packed=True))
    assert [c.name for c in tree.children] == [
        "FBXHeaderExtension",
        "Creator",
        "GlobalSettings",
        "Definitions",
        "Objects",
        "Connections",
    ]
    settings = tree.first("GlobalSettings")
    assert settings is not None and settings.table()["UnitScaleFactor"] == 1.0
    objects = tree.first("Objects")
    assert objects is not None
    vertices = next(objects.all("Geometry")).first("Vertices")
    assert vertices is not None and vertices.properties[0].count == 12


def test_walk_names_the_byte() -> None:
    data = bytearray(crate().bytes())
    at = data.index(b"Vertices") + len(b"Vertices")
    data[at + 1 : at + 5] = (2**31).to_bytes(4, "little")  # the array's count
    with pytest.raises(Bad) as fault:
        fbx_nodes.walk(bytes(data))
    assert fault.value.finding.where.offset == at or fault.value.finding.code == "file.too_big"


def test_walk_refuses_bombs() -> None:
    bomb = crate()
    bomb.objects.append(rec("Bomb", np.zeros(40_000_000 // 8)))
    data = bytearray(bomb.bytes(packed=True))
    at = data.index(b"Bomb") + 4
    data[at + 1 : at + 5] = (120_000_000).to_bytes(4, "little")
    with pytest.raises(Bad):
        fbx_nodes.walk(bytes(data))
    deep = rec("a")
    for _ in range(100):
        deep = rec("a", children=[deep])
    bomb.objects = [deep]
    with pytest.raises(Bad):
        fbx_nodes.walk(bomb.bytes())


def test_walk_answers_every_cut_and_flip() -> None:
    whole, rng = crate().bytes(packed=True), np.random.default_rng(0)
    for end in range(0, len(whole) - 160, 64):  # the footer may go
        with pytest.raises(Bad):
            fbx_nodes.walk(whole[:end])
    for _ in range(300):
        bent = bytearray(whole)
        for at in rng.integers(0, len(bent), rng.integers(1, 8)):
            bent[at] = rng.integers(256)
        try:
            fbx_nodes.walk(bytes(bent))
        except Bad as fault:
            assert fault.finding.message.endswith(".")


def test_hostile_files_are_answered(tmp_path: Path) -> None:
    whole, rng = crate().bytes(packed=True), np.random.default_rng(1)
    for share in (0.01, 0.3, 0.9):
        assert scene_of(whole[: int(share * len(whole))], tmp_path).findings
    assert scene_of(whole[:27] + rng.bytes(4000), tmp_path).findings
    for _ in range(6):
        bent = bytearray(whole)
        for at in rng.integers(27, len(bent), 4):
            bent[at] = rng.integers(256)
        scene_of(bytes(bent), tmp_path)


def _load_and_count(path: str) -> int:
    from validators.readers import fbx_child

    for _ in range(3):
        fbx_child.load(path)
    return len(fbx_child._EVERYTHING)


def test_nothing_of_ufbx_is_let_go_when_the_load_returns(tmp_path: Path) -> None:
    """Dropping a wrapper frees what others hold: the reader crashed on sound files, after it had read them."""
    from tests.letter_model import letter_model
    from toolchain.export.fbx import write_fbx
    from validators.child import call

    path = tmp_path / "f.fbx"
    path.write_bytes(write_fbx(letter_model("unreal")))
    once = call(_load_and_count, str(path), deadline_s=60)
    assert once > 1000
