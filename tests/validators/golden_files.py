"""Tiny files, each with something to say of: what the golden reports are about. Spelled byte by byte here."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np

from tests.validators.fix_models import fbx_cube, glb_cube
from tests.validators.fuzz_seeds import MTL, OBJ, plys, stls
from tests.validators.readers.fbx_maker import crate
from tests.validators.readers.glb_maker import Glb, png
from tests.validators.readers.test_desk import model
from tests.validators.readers.test_image import exr, ktx2
from tests.validators.readers.test_usd import SQUARE

_USD = (
    '#usda 1.0\n( defaultPrim = "Crate"; metersPerUnit = {unit}; upAxis = "{up}" )\ndef Xform "Crate"\n{{\n{more}\n}}\n'
)
_MESH = f'def Mesh "Crate_LOD0"\n{{\n{SQUARE}\n}}'


def glb(change: Callable[[Glb], object] = lambda g: None, move: tuple[float, float, float] = (0, 0, 0)) -> bytes:
    """A clean cube of a metre, spoilt."""
    made = Glb()
    glb_cube(made, "Crate", move, 1)
    change(made)
    return made.bytes()


def _first(made: Glb) -> dict[str, Any]:
    return made.json["meshes"][0]["primitives"][0]


def _indices(values: list[int]) -> Callable[[Glb], object]:
    return lambda g: _first(g).update(indices=g.accessor(np.array(values, np.uint16)))


def _texture(data: bytes, role: str = "baseColorTexture") -> Callable[[Glb], object]:
    def change(g: Glb) -> None:
        found = {"index": g.image(data, name="T")}
        g.json["materials"][0] |= (
            {role: found} if role != "baseColorTexture" else {"pbrMetallicRoughness": {role: found}}
        )

    return change


def files() -> dict[str, bytes]:
    """By name; a folder's files share its first part."""
    whole = list(range(36))
    cube = glb()
    return {
        "glb_clean.glb": cube,
        "glb_cut.glb": cube[:700],
        "glb_cut_header.glb": cube[:11],
        "glb_long.glb": cube + b"more",
        "glb_version_1.glb": cube[:4] + b"\1" + cube[5:],
        "glb_no_json.glb": b"glTF\2\0\0\0\x14\0\0\0\0\0\0\0BIN\0",
        "glb_bad_json.glb": cube.replace(b'{"asset"', b'["asset"'),
        "glb_not_utf8.glb": cube.replace(b"M_Crate", b"M_\xff\xfe\xfdte"),
        "glb_wild_index.glb": glb(_indices([*whole[:-1], 999])),
        "glb_hole.glb": glb(_indices(whole[3:])),
        "glb_flat_face.glb": glb(_indices([*whole, 0, 0, 1])),
        "glb_twice.glb": glb(_indices([*whole, 0, 1, 2])),
        "glb_inside_out.glb": glb(_indices(whole[::-1])),
        "glb_no_normals.glb": glb(lambda g: _first(g)["attributes"].pop("NORMAL")),
        "glb_no_uv.glb": glb(lambda g: _first(g)["attributes"].pop("TEXCOORD_0")),
        "glb_no_material.glb": glb(lambda g: _first(g).pop("material")),
        "glb_far_pivot.glb": glb(move=(3, 0, 0)),
        "glb_scaled.glb": glb(lambda g: g.json["nodes"][0].update(scale=[2, 2, 2])),
        "glb_mirrored.glb": glb(lambda g: g.json["nodes"][0].update(scale=[-1, 1, 1])),
        "glb_names.glb": glb(lambda g: g.json["nodes"][0].update(name="Kiste ä 1")),
        "glb_camera.glb": glb(lambda g: g.node(camera=g.add("cameras", {"type": "perspective"}))),
        "glb_loop.glb": glb(lambda g: g.json["nodes"][0].update(children=[0])),
        "glb_draco.glb": glb(lambda g: _first(g).update(extensions={"KHR_draco_mesh_compression": {}})),
        "glb_texture_odd.glb": glb(_texture(png(3, 5))),
        "glb_texture_cut.glb": glb(_texture(png(4, 4)[:20])),
        "glb_texture_outside.glb": glb(lambda g: g.json.update(images=[{"uri": "../a.png"}], textures=[{"source": 0}])),
        "gltf_missing_bin.gltf": json.dumps(
            {"asset": {"version": "2.0"}, "buffers": [{"byteLength": 9, "uri": "gone.bin"}]}
        ).encode(),
        "fbx_cube.fbx": fbx_cube().bytes(packed=True),
        "fbx_metres.fbx": fbx_cube(100.0).bytes(7500, packed=True),
        "fbx_levels.fbx": crate().bytes(packed=True),
        "fbx_z_up.fbx": crate(up=2).bytes(packed=True),
        "fbx_old.fbx": crate().bytes(6100, packed=True),
        "fbx_cut.fbx": crate().bytes(packed=True)[:2000],
        "fbx_text.fbx": b"; FBX 7.4.0 project file\nFBXHeaderExtension:  {\n}\n",
        "usd_metres.usda": _USD.format(unit=1, up="Y", more=_MESH).encode(),
        "usd_z_up.usda": _USD.format(unit=0.01, up="Z", more=_MESH).encode(),
        "usd_outside.usda": _USD.format(unit=1, up="Y", more='def "X" ( references = @/etc/passwd@ ) { }').encode(),
        "usd_broken.usda": b'#usda 1.0\ndef Mesh "A" {\n',
        "png_odd.png": png(3, 5),
        "png_cut.png": png(64, 64)[:40],
        "png_lies.jpg": png(4, 4),
        "exr_half.exr": exr(8, 4, True),
        "ktx2_small.ktx2": ktx2(8, 4, 3),
        "stl_binary.stl": stls()["binary.stl"],
        "stl_cut.stl": stls()["binary.stl"][:100],
        "3mf_inches.3mf": model(),
        "obj_square.obj": OBJ.replace(b"mtllib ../bait.mtl\n", b"").replace(b"crate.mtl", b"gone.mtl"),
        "ply_text.ply": plys()["text.ply"],
        "ply_cut.ply": plys()["lit.ply"][:-20] if "lit.ply" in plys() else plys()["text.ply"][:-20],
        "mtl_alone.obj": MTL,
        "empty.glb": b"",
    }
