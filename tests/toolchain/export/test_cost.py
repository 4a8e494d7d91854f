"""What a delivery costs, against what the files themselves say."""

from __future__ import annotations

import json
import struct
from dataclasses import replace

import numpy as np
import pytest

from engine_profiles import load
from tests.letter_model import box_hull, letter_model
from tests.toolchain.export.test_export_stage import export
from toolchain.asset import Hulls, Lod, Lods, Mesh
from toolchain.export.cost import LAYOUTS, buffer_bytes, disk_bytes
from toolchain.export.model import collision_template, make_model
from toolchain.export.stage import writers


def test_full_buffers_are_those_of_the_glb() -> None:
    made = export("portable")
    data = next(f.data for f in made.value.files if f.path == "Letter.glb")
    tree = json.loads(data[20 : 20 + struct.unpack_from("<I", data, 12)[0]])
    primitives = [p for m in tree["meshes"] for p in m["primitives"]]
    views = [tree["accessors"][i]["bufferView"] for p in primitives for i in (*p["attributes"].values(), p["indices"])]
    stored = sum(tree["bufferViews"][v]["byteLength"] for v in views)
    assert made.measures["cost"]["levels"][0]["buffer_bytes_full"] == stored


def test_a_layout_counts_what_is_there_and_the_index_width() -> None:
    flat = Mesh(np.zeros((3, 3), np.float32), np.array([[0, 1, 2]], np.int32))
    assert buffer_bytes(flat, 3, "full") == buffer_bytes(flat, 3, "packed") == 3 * 12 + 3 * 2
    lit = replace(
        flat,
        normals=flat.positions,
        tangents=np.zeros((3, 4), np.float32),
        uv=np.zeros((3, 2), np.float32),
        uv_light=np.zeros((3, 2), np.float32),
    )
    assert buffer_bytes(lit, 3, "full") == 3 * (12 + 12 + 16 + 8 + 8) + 6
    assert buffer_bytes(lit, 3, "packed") == 3 * (12 + 4 + 4 + 4 + 4) + 6
    assert buffer_bytes(flat, 65_535, "full") % 65_535 == 6 and buffer_bytes(flat, 65_536, "full") % 65_536 == 12


@pytest.mark.parametrize(
    ("engine", "format"), [("unity", "fbx"), ("unreal", "fbx"), ("unreal", "usd"), ("portable", "glb")]
)
def test_bytes_on_disk_add_up_and_fall_with_the_levels(engine: str, format: str) -> None:  # noqa: A002
    model = letter_model(engine, format, levels=3)
    write = writers()[model.deliverable.format]
    data = write(model)
    disk = disk_bytes(model, data, write)
    levels = list(disk["levels"].values())
    assert sum(levels) + disk["collision"] + disk["images"] + disk["rest"] == len(data)
    assert levels == sorted(levels, reverse=True) and min(levels) > 0
    assert (disk["collision"] > 0) == bool(model.hulls) and disk["rest"] >= 0
    assert (disk["images"] > 0) == (model.deliverable.textures == "embedded")


def test_an_engine_has_its_cost_in_one_place() -> None:
    made = export("unreal")
    cost, first = made.measures["cost"], made.measures["models"]["SM_Letter.fbx"]
    assert cost["file"] == "SM_Letter.fbx" and cost["delivered_bytes"] == made.measures["bytes"]
    assert [x["disk_bytes"] for x in cost["levels"]] == list(first["disk"]["levels"].values())
    for name in ("triangles", "vertices", "draw_calls", *(f"buffer_bytes_{layout}" for layout in LAYOUTS)):
        assert [x[name] for x in cost["levels"]] == [x[name] for x in first["levels"]]
    assert cost["collision"]["hulls"] == 1 and cost["collision"]["kinds"] == ["convex"]
    assert cost["texture_video_bytes_block"] <= cost["texture_video_bytes_raw"]


KINDS = ("convex", "box", "sphere", "capsule")


def with_kinds(engine: str, kinds: tuple[str, ...], **changes: object) -> list[str]:
    wanted, model = load(engine), letter_model("unreal")
    hulls = Hulls((box_hull((0, 0, 0), (1, 1, 1)),) * len(kinds), kinds)
    parts = tuple(m.mesh for m in model.meshes if m.level == 0)
    made = make_model(
        replace(wanted.deliverable[0], collision=True),
        wanted.names,
        "Letter",
        "Letter",
        Lods((Lod(0, parts[0]), Lod(1, parts[0]))),
        hulls,
        *_rest(changes),
    )
    first = made.meshes[0].name
    assert [h.kind for h in made.hulls] == list(kinds)
    return [h.name.replace(first, "MESH") for h in made.hulls]


def _rest(changes: dict[str, object]) -> tuple[object, ...]:
    from tests.letter_model import LOOKS, SLOTS
    from toolchain.asset import PackedTextures

    return PackedTextures((), tuple(LOOKS.values())), SLOTS, changes.get("split_slots", False), (), "", {}


@pytest.mark.parametrize("split", [False, True])
def test_each_kind_has_its_name_and_follows_the_first_render_mesh(split: bool) -> None:
    """Unreal takes the collision of a node that is there: with slots split, no node is called by the mesh template."""
    assert with_kinds("unreal", KINDS, split_slots=split) == [
        "UCX_MESH_00",
        "UBX_MESH_01",
        "USP_MESH_02",
        "UCP_MESH_03",
    ]


def test_a_kind_without_a_name_is_a_hull() -> None:
    names = replace(load("unreal").names, collision_sphere="")
    assert collision_template(names, "sphere") == names.collision == collision_template(names, "convex")


def test_usd_says_which_collider_a_mesh_stands_for() -> None:
    from pxr import Usd, UsdPhysics

    model = letter_model("unreal", "usd")
    model = replace(model, deliverable=replace(model.deliverable, format="usda", textures="beside"))
    kinds = ("box", "sphere", "capsule", "convex")
    hulls = tuple(replace(model.hulls[0], name=f"H{i}", kind=k) for i, k in enumerate(kinds))
    stage = Usd.Stage.CreateInMemory(".usda")
    stage.GetRootLayer().ImportFromString(writers()["usda"](replace(model, hulls=hulls)).decode())
    said = [
        UsdPhysics.MeshCollisionAPI(p).GetApproximationAttr().Get()
        for p in stage.GetPrimAtPath("/SM_Letter/Collision").GetChildren()
    ]
    assert said == ["boundingCube", "boundingSphere", "convexHull", "convexHull"]
