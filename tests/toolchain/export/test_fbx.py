"""A written FBX as a file: header, ids, bindings, the shapes its tree takes, and what it refuses."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.letter_f import letter_f
from tests.letter_model import letter_model
from tests.oracles import strangers
from tests.toolchain.export.fbx_records import Record, parse
from toolchain.asset import Look, Mesh, PackedTexture, Slot, Slots
from toolchain.export.fbx import write_fbx
from toolchain.export.model import Model, ModelMaterial, ModelMesh, part_of


def test_header_and_settings() -> None:
    for profile, (unit, up, front) in {"unity": (100.0, (1, 1), (2, 1)), "unreal": (1.0, (2, 1), (1, -1))}.items():
        root = parse(write_fbx(letter_model(profile)))
        assert [r.name for r in root.children] == [
            "FBXHeaderExtension",
            "FileId",
            "CreationTime",
            "Creator",
            "GlobalSettings",
            "Documents",
            "References",
            "Definitions",
            "Objects",
            "Connections",
            "Takes",
        ]
        assert root.get("FBXHeaderExtension", "FBXVersion").values == [7400]
        assert root.get("Creator").values == ["Dropforge"]
        said = root.get("GlobalSettings").props()
        assert said["UnitScaleFactor"][3] == said["OriginalUnitScaleFactor"][3] == unit
        assert (said["UpAxis"][3], said["UpAxisSign"][3]) == up
        assert (said["FrontAxis"][3], said["FrontAxisSign"][3]) == front
        assert (said["CoordAxis"][3], said["CoordAxisSign"][3]) == (0, 1)


@pytest.mark.parametrize("up", ["+X", "-X", "+Y", "-Y", "+Z", "-Z"])
def test_axes_are_right_handed_whatever_is_up(up: str, tmp_path: Path) -> None:
    front = "+Y" if up[1] != "Y" else "+Z"
    path = tmp_path / "f.fbx"
    path.write_bytes(write_fbx(letter_model("unity", levels=1, up=up, front=front)))
    said = parse(path.read_bytes()).get("GlobalSettings").props()
    up_, front_, coord = (np.eye(3)[said[f"{n}Axis"][3]] * said[f"{n}AxisSign"][3] for n in ("Up", "Front", "Coord"))
    np.testing.assert_array_equal(np.cross(coord, up_), front_)
    assert np.flatnonzero(up_)[0] == "XYZ".index(up[1]) and up_.sum() == (1 if up[0] == "+" else -1)


def test_definitions_count_what_stands_in_the_file() -> None:
    root = parse(write_fbx(letter_model("unreal", levels=3)))
    said = {t.values[0]: t.get("Count").values[0] for t in root.get("Definitions").all("ObjectType")}
    made: dict[str, int] = {"GlobalSettings": 1}
    for item in root.get("Objects").children:
        made[item.name] = made.get(item.name, 0) + 1
    assert said == made and root.get("Definitions", "Count").values == [sum(made.values())]


def test_ids_are_unique_stable_and_connections_lead_somewhere() -> None:
    roots = [parse(write_fbx(letter_model("unreal", levels=n))) for n in (2, 3)]
    ids = [{(o.name, o.values[1]): o.values[0] for o in root.get("Objects").children} for root in roots]
    for root, known in zip(roots, ids, strict=True):
        assert len(set(known.values())) == len(root.get("Objects").children)
        assert all(0 < number < 1 << 53 for number in known.values())
        ends = {end for c in root.get("Connections").children for end in c.values[1:3]}
        assert ends - {0} <= set(known.values())
        linked = {c.values[1] for c in root.get("Connections").children}
        assert linked == set(known.values())  # nothing hangs loose
    assert all(ids[1][name] == number for name, number in ids[0].items())


def test_same_model_same_bytes_and_no_machine_in_them(tmp_path: Path) -> None:
    data = write_fbx(letter_model("unreal"))
    assert data == write_fbx(letter_model("unreal"))
    root = parse(data)

    def texts(record: Record) -> list[str]:
        return [v for v in record.values if isinstance(v, str)] + [t for c in record.children for t in texts(c)]

    assert not [t for t in texts(root) if t.startswith("/") or ":\\" in t or ".." in t]
    assert root.get("FBXHeaderExtension", "CreationTimeStamp", "Year").values == [1970]


def test_roles_are_bound_where_readers_agree_and_nowhere_else() -> None:
    roles = (
        "base_color",
        "normal",
        "emissive",
        "metallic",
        "roughness",
        "occlusion",
        "opacity",
        "orm",
        "mask",
        "height",
        "id",
    )
    model = letter_model("unity", levels=1)
    textures = {role: PackedTexture(0, role, f"T_{role}.png", "linear", b"x") for role in roles}
    model = replace(model, materials=(ModelMaterial("M_all", Look("a"), textures), *model.materials[1:]))
    root = parse(write_fbx(model))
    ids = {o.values[0]: o.values[1].partition("\0")[0] for o in root.get("Objects").children}
    bound = {
        ids[c.values[1]]: c.values[3]
        for c in root.get("Connections").children
        if c.values[0] == "OP" and ids[c.values[2]] == "M_all"
    }
    assert {role: bound[f"T_{role}"] for role in roles} == {
        **{role: role for role in roles},
        "base_color": "DiffuseColor",
        "normal": "NormalMap",
        "emissive": "EmissiveColor",
        "metallic": "ReflectionFactor",
    }


def test_a_texture_that_two_materials_share_is_written_once() -> None:
    model = letter_model("unity", levels=1)
    one = model.materials[0].textures
    model = replace(model, materials=tuple(replace(m, textures=one) for m in model.materials))
    objects = parse(write_fbx(model)).get("Objects")
    assert len(objects.all("Texture")) == len(objects.all("Video")) == len(one)


def test_one_mesh_needs_no_empty(tmp_path: Path) -> None:
    path = tmp_path / "one.fbx"
    path.write_bytes(write_fbx(letter_model("unity", levels=1)))
    read = strangers.by_ufbx(path)
    assert read["roots"] == ["Letter_LOD0"] and list(read["nodes"]) == ["Letter_LOD0"] and not read["lod_groups"]
    assert read["nodes"]["Letter_LOD0"]["props"]["display_name"] == "Lettre F é 文"


def split_model(**changes: Any) -> Model:
    """The Unity letter with a mesh a slot."""
    model = letter_model("unity", **changes)
    return replace(
        model,
        meshes=tuple(
            ModelMesh(f"{m.name}_{slot}", m.level, part_of(m.mesh, i))
            for m in model.meshes
            for i, slot in enumerate(("paint", "steel"))
        ),
    )


def test_split_slots_stand_under_a_null_a_level(tmp_path: Path) -> None:
    path = tmp_path / "split.fbx"
    path.write_bytes(write_fbx(split_model()))
    read = strangers.by_ufbx(path)
    assert read["nodes"]["Letter"]["children"] == ["Letter_LOD0", "Letter_LOD1"]
    assert read["nodes"]["Letter_LOD1"]["children"] == ["Letter_LOD1_paint", "Letter_LOD1_steel"]
    assert read["nodes"]["Letter_LOD1"]["attribute"] == "EMPTY"
    assert read["meshes"]["Letter_LOD0_steel"]["materials"] == ["M_Letter_steel"]
    assert not read["meshes"]["Letter_LOD0_steel"]["face_material"].any()
    path.write_bytes(write_fbx(split_model(levels=1)))
    read = strangers.by_ufbx(path)
    assert read["nodes"]["Letter"]["attribute"] == "EMPTY"
    assert read["nodes"]["Letter"]["children"] == ["Letter_LOD0_paint", "Letter_LOD0_steel"]


def test_levels_by_name_have_no_lod_group(tmp_path: Path) -> None:
    path = tmp_path / "names.fbx"
    path.write_bytes(write_fbx(letter_model("unity", lods="names")))
    read = strangers.by_ufbx(path)
    assert not read["lod_groups"] and read["nodes"]["Letter"]["children"] == ["Letter_LOD0", "Letter_LOD1"]


def with_mesh(mesh: Mesh, **changes: Any) -> Model:
    model = letter_model("unity", levels=1)
    return replace(model, meshes=(replace(model.meshes[0], mesh=mesh),), **changes)


def test_one_triangle_without_anything(tmp_path: Path) -> None:
    mesh = Mesh(np.eye(3, dtype=np.float32), np.array([[0, 1, 2]], np.int32))
    model = with_mesh(mesh, materials=(ModelMaterial("M", Look("a")),))
    path = tmp_path / "triangle.fbx"
    path.write_bytes(write_fbx(model))
    read = strangers.by_ufbx(path)["meshes"]["Letter_LOD0"]
    np.testing.assert_array_equal(read["points"], np.eye(3))
    assert read["normals"] is None and not read["uv_sets"] and read["materials"] == ["M"]


def test_a_slot_that_no_face_uses_is_left_out(tmp_path: Path) -> None:
    mesh = letter_f()
    model = with_mesh(replace(mesh, slots=np.full(len(mesh.faces), 1, np.int32)))
    path = tmp_path / "slot.fbx"
    path.write_bytes(write_fbx(model))
    read = strangers.by_ufbx(path)
    assert list(read["materials"]) == ["M_Letter_steel"]
    assert read["meshes"]["Letter_LOD0"]["materials"] == ["M_Letter_steel"]
    assert not read["meshes"]["Letter_LOD0"]["face_material"].any()


def test_slot_order_is_the_same_over_levels(tmp_path: Path) -> None:
    """A level that lost its first slot keeps the others in the order of the finest."""
    model = letter_model("unity", slots=Slots(tuple(Slot(f"s{i}", "mask") for i in range(3)), np.zeros(0, np.int32)))
    meshes = []
    for item, kinds in zip(model.meshes, (3, 2), strict=True):
        slots = (2 - np.arange(len(item.mesh.faces)) % kinds).astype(np.int32)
        meshes.append(replace(item, mesh=replace(item.mesh, slots=slots)))
    path = tmp_path / "order.fbx"
    path.write_bytes(write_fbx(replace(model, meshes=tuple(meshes))))
    read = strangers.by_ufbx(path)["meshes"]
    assert read["Letter_LOD0"]["materials"] == ["M_Letter_s0", "M_Letter_s1", "M_Letter_s2"]
    assert read["Letter_LOD1"]["materials"] == ["M_Letter_s1", "M_Letter_s2"]
    assert read["Letter_LOD1"]["face_material"][:2].tolist() == [1, 0]


def test_many_vertices(tmp_path: Path) -> None:
    """70,000 control points, past what 16 bits count, on random but sound data."""
    rng = np.random.default_rng(0)
    count = 70_000
    normals = rng.standard_normal((count, 3)).astype(np.float32)
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    mesh = Mesh(
        rng.random((count, 3), np.float32),
        rng.permutation(count - 1).reshape(-1, 3).astype(np.int32),
        normals,
        rng.random((count, 2), np.float32),
    )
    data = write_fbx(with_mesh(mesh))
    geometry = parse(data).get("Objects", "Geometry")
    points = geometry.get("Vertices").values[0].reshape(-1, 3)
    corners = geometry.get("PolygonVertexIndex").values[0].copy()
    assert (corners[2::3] < 0).all()
    corners[2::3] = -1 - corners[2::3]
    np.testing.assert_array_equal(points[corners], mesh.positions[mesh.faces.reshape(-1)])
    path = tmp_path / "many.fbx"
    path.write_bytes(data)
    (read,) = strangers.by_assimp(path)["meshes"]
    # assimp gives each corner a vertex of its own.
    np.testing.assert_array_equal(read["points"][read["faces"].reshape(-1)], mesh.positions[mesh.faces.reshape(-1)])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda m: replace(m, meshes=()), "no mesh"),
        (
            lambda m: replace(m, meshes=(m.meshes[0], m.meshes[0])),
            "two FBX objects of type Model are named Letter_LOD0",
        ),
        (lambda m: replace(m, object="Letter_LOD0"), "two FBX objects of type Model are named Letter_LOD0"),
        (lambda m: replace(m, object=""), "cannot be a name"),
        (lambda m: replace(m, materials=m.materials[:1]), "slot 1 of 1 materials"),
        (lambda m: replace(m, texture_folder="../up"), "not beside the model"),
        (lambda m: replace(m, texture_folder="C:/here"), "not beside the model"),
        (lambda m: replace(m, extras={"InheritType": 2}), "user property"),
        (lambda m: replace(m, extras={"a|b": 2}), "user property"),
        (lambda m: bend(m, slots=np.zeros(3, np.int32)), "faces but 3 slots"),
        (lambda m: bend(m, faces=np.array([[0, 1, 999]], np.int32), slots=None), "999"),
        (lambda m: bend(m, normals=None), "tangents without normals"),
        (lambda m: bend(m, uv=np.full((72, 2), np.nan, np.float32)), "not finite"),
    ],
)
def test_what_cannot_be_written_is_refused_in_a_sentence(change: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        write_fbx(change(letter_model("unity")))


def bend(model: Model, **changes: Any) -> Model:
    return replace(
        model, meshes=(*model.meshes[:1], replace(model.meshes[1], mesh=replace(model.meshes[1].mesh, **changes)))
    )


def test_extras_of_any_kind_arrive(tmp_path: Path) -> None:
    extras = {"text": "ü\n", "whole": -3, "big": 1 << 40, "part": 0.25, "yes": True, "list": [1, {"b": 2, "a": None}]}
    path = tmp_path / "extras.fbx"
    path.write_bytes(write_fbx(replace(letter_model("unity"), extras=extras)))
    read = strangers.by_ufbx(path)["nodes"]["Letter"]["props"]
    assert {k: read[k] for k in extras} == {
        **extras,
        "big": "1099511627776",
        "yes": 1,
        "list": '[1, {"a": null, "b": 2}]',
    }
