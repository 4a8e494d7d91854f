"""Small sound files of every kind that is read, and of TOML, to be bent by the hostile tests. All spelled here.

Several refer to `bait.*`, which lies outside the folder they are read in: nobody may ever open it.
"""

from __future__ import annotations

import json
import struct
from pathlib import Path

from tests.validators.readers.fbx_maker import crate
from tests.validators.readers.glb_maker import png, rich
from tests.validators.readers.test_desk import model
from tests.validators.readers.test_image import exr, ktx2, picture
from tests.validators.readers.test_usd import CRATE, FINE, SQUARE

OBJ = b"""# a square and a triangle
mtllib crate.mtl
mtllib ../bait.mtl
o Crate
v 0 0 0 1 0 0
v 2 0 0 0 1 0
v 2 3.5e0 0 0 0 1
v 0 3 -1e-3 1 1 1
vt 0 0
vt 1 0
vt 1 1
vt 0 1
vn 0 0 1
usemtl Body
f 1/1/1 2/2/1 3/3/1 4/4/1
usemtl Lid
f -4//-1 -3//-1 -2//-1
"""
MTL = b"""newmtl Body
Kd 0.5 0.25 1
Ns 10
Pr 0.5
map_Kd -s 1 1 1 T_Base.png
bump -bm 0.5 ../bait.png
newmtl Lid
d 0.5
"""
_HEAD = """ply
format {form} 1.0
comment TextureFile ../bait.png
element vertex 4
property float x
property float y
property float z
property uchar red
property uchar green
property uchar blue
element face 2
property list uchar int vertex_indices
property list uchar float texcoord
end_header
"""
TOML = b"""extends = "unreal"
title = "Studio"
tiers = ["prop"]
[names]
object = "SM_{asset}"
allowed = "[A-Za-z][A-Za-z0-9_]*"
max_length = 63
[budget.prop]
triangles = 4000
texture_px = 1024
[[map]]
role = "orm"
suffix = "ORM"
channels = { r = "ao", g = "roughness", b = "metallic" }
[rules]
"geo.budget" = "warning"
"""


def plys() -> dict[str, bytes]:
    """A square of two triangles, as text and in both binaries."""
    points = ((0, 0, 0), (2, 0, 0), (2, 3, 0), (0, 3, 0))
    faces = ((0, 1, 2), (0, 2, 3))
    text = "".join(f"{x} {y} {z} 255 128 0\n" for x, y, z in points)
    text += "".join(f"3 {a} {b} {c} 6 0 0 1 0 1 1\n" for a, b, c in faces)
    out = {"text.ply": _HEAD.format(form="ascii").encode() + text.encode()}
    for form, order in (("binary_little_endian", "<"), ("binary_big_endian", ">")):
        body = b"".join(struct.pack(f"{order}3f3B", *p, 255, 128, 0) for p in points)
        body += b"".join(struct.pack(f"{order}B3iB6f", 3, *f, 6, 0, 0, 1, 0, 1, 1) for f in faces)
        out[f"{form[7:10]}.ply"] = _HEAD.format(form=form).encode() + body
    return out


def stls() -> dict[str, bytes]:
    """Two triangles, binary and text."""
    corners = ((0, 0, 0, 2, 0, 0, 2, 3, 0), (0, 0, 0, 2, 3, 0, 0, 3, 0))
    binary = bytes(80) + struct.pack("<I", 2) + b"".join(struct.pack("<12fH", 0, 0, 1, *c, 0) for c in corners)
    loop = "facet normal 0 0 1\nouter loop\n{}endloop\nendfacet\n"
    text = "".join(loop.format("".join("vertex {} {} {}\n".format(*c[i : i + 3]) for i in (0, 3, 6))) for c in corners)
    return {"binary.stl": binary, "text.stl": f"solid x\n{text}endsolid x\n".encode()}


def glbs() -> dict[str, bytes]:
    """The rich GLB, one that names files outside, and a glTF with its buffer inside."""
    import base64

    escape = rich()
    escape.json["images"].append({"uri": "../bait.png"})
    escape.json["textures"].append({"source": len(escape.json["images"]) - 1})
    escape.json["materials"][0]["emissiveTexture"] = {"index": len(escape.json["textures"]) - 1}
    plain = rich()
    plain.json["buffers"] = [
        {
            "byteLength": len(plain.binary),
            "uri": "data:application/octet-stream;base64," + base64.b64encode(plain.binary).decode(),
        },
        {"byteLength": 4, "uri": "../bait.bin"},
    ]
    return {
        "rich.glb": rich().bytes(),
        "escape.glb": escape.bytes(),
        "plain.gltf": json.dumps(plain.json).encode(),
    }


def fbxs() -> dict[str, bytes]:
    """The crate, plain, packed, of 64-bit records, and with a texture outside."""
    bait = crate(100.0, 2)
    node = bait.model("Extra", 0, "Mesh", bait.geometry("Extra", materials=(0,)))
    bait.link(bait.material("M_Out", DiffuseColor=("..\\bait.png", "C:\\art\\bait.png", png(4, 4))), node)
    return {
        "plain.fbx": crate().bytes(),
        "packed.fbx": crate().bytes(packed=True),
        "wide.fbx": crate().bytes(7500, packed=True),
        "escape.fbx": bait.bytes(),
    }


def usds(folder: Path) -> dict[str, bytes]:
    """The crate as text, as a crate file, as a package, and text that refers to a layer outside. Made by pxr."""
    from pxr import Sdf, UsdUtils

    text = CRATE % {"square": SQUARE, "fine": FINE}
    escape = text.replace(
        '    prepend variantSets = "LOD"\n',
        '    prepend variantSets = "LOD"\n    prepend references = @../bait.usda@\n',
    )
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "tex").mkdir(exist_ok=True)
    for name in ("T_Base.png", "T_Orm.png"):
        (folder / "tex" / name).write_bytes(png(4, 8))
    (folder / "a.usda").write_text(text)
    layer = Sdf.Layer.FindOrOpen(str(folder / "a.usda"))
    assert layer.Export(str(folder / "a.usdc"))
    assert UsdUtils.CreateNewUsdzPackage(str(folder / "a.usdc"), str(folder / "a.usdz"))
    return {
        "text.usda": text.encode(),
        "escape.usda": escape.encode(),
        "crate.usdc": (folder / "a.usdc").read_bytes(),
        "package.usdz": (folder / "a.usdz").read_bytes(),
    }


def images() -> dict[str, bytes]:
    """One of each image format."""
    return {
        "rgba.png": picture("PNG", "RGBA"),
        "palette.png": png(5, 4, 3),
        "deep.png": png(7, 9, 2, 16),
        "a.jpg": picture("JPEG"),
        "a.tga": picture("TGA"),
        "a.bmp": picture("BMP"),
        "a.webp": picture("WEBP"),
        "a.exr": exr(8, 4, True),
        "a.ktx2": ktx2(8, 4, 3),
    }


def seeds(folder: Path) -> dict[str, bytes]:
    """Every seed by name; `folder` is scratch. The part before the first dot tells variants of a suffix apart."""
    return {
        **glbs(),
        **fbxs(),
        **usds(folder),
        **images(),
        "inch.3mf": model(item='<item objectid="1" transform="0 1 0 -1 0 0 0 0 1 5 6 7"/>'),
        **stls(),
        "crate.obj": OBJ,
        **plys(),
        "studio.toml": TOML,
    }
