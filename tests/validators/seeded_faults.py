"""One fault a rule, put into deliverables that our writers wrote: before they are written, or into their bytes."""

from __future__ import annotations

import json
import re
import struct
import zlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from tests.letter_f import letter_f
from tests.letter_model import box_hull
from tests.validators.factory import normal_map
from tests.validators.seeded import SIDE, Fault, Files, apart, picture, pixels_of, sound, written
from toolchain.asset import Mesh, PackedTexture
from toolchain.export.model import Model, ModelMesh
from validators.fix.fbx import Fbx

Change = Callable[[Mesh], Mesh]


def mesh(change: Change, level: int = 0) -> Callable[[Model], Model]:
    """The meshes of a level, changed."""
    return lambda m: replace(
        m, meshes=tuple(replace(i, mesh=change(i.mesh)) if i.level == level else i for i in m.meshes)
    )


def points(change: Callable[[np.ndarray], np.ndarray], level: int = 0) -> Callable[[Model], Model]:
    return mesh(lambda m: replace(m, positions=change(m.positions.copy()).astype(np.float32)), level)


def uv(change: Callable[[np.ndarray], np.ndarray], field: str = "uv") -> Callable[[Model], Model]:
    return mesh(lambda m: replace(m, **{field: change(getattr(m, field).copy()).astype(np.float32)}))


def hull(change: Callable[[ModelMesh], ModelMesh]) -> Callable[[Model], Model]:
    """The first collision shape, changed."""
    return lambda m: replace(m, hulls=(change(m.hulls[0]), *m.hulls[1:]))


def textures(role: str, change: Callable[[PackedTexture], bytes], slot: int | None = None) -> Callable[[Model], Model]:
    """The files of a role, of one slot or of all."""

    def made(t: PackedTexture) -> PackedTexture:
        return replace(t, data=change(t)) if t.role == role and slot in (None, t.slot) else t

    return lambda m: replace(
        m,
        materials=tuple(replace(x, textures={k: made(t) for k, t in x.textures.items()}) for x in m.materials),
    )


def material(**changes: Any) -> Callable[[Model], Model]:
    return lambda m: replace(m, materials=(replace(m.materials[0], **changes), *m.materials[1:]))


def glb(change: Callable[[dict[str, Any]], object]) -> Callable[[Files], Files]:
    """The JSON of the GLB, changed in place."""

    def spoil(files: Files) -> Files:
        name, data = next(iter(files.items()))
        size = struct.unpack_from("<I", data, 12)[0]
        tree = json.loads(data[20 : 20 + size])
        change(tree)
        text = json.dumps(tree).encode()
        text += b" " * (-len(text) % 4)
        rest = data[20 + size :]
        head = struct.pack("<4sIIII", b"glTF", 2, 20 + len(text) + len(rest), len(text), 0x4E4F534A)
        return {**files, name: head + text + rest}

    return spoil


def drop_attribute(*names: str) -> Callable[[Files], Files]:
    def change(tree: dict[str, Any]) -> None:
        for primitive in (p for m in tree["meshes"] for p in m["primitives"]):
            for name in names:
                primitive["attributes"].pop(name, None)

    return glb(change)


def instead(old: bytes, new: bytes) -> Callable[[Files], Files]:
    """Bytes of the model file, as many as there were."""
    assert len(old) == len(new)

    def spoil(files: Files) -> Files:
        name, data = next(iter(files.items()))
        assert old in data
        return {**files, name: data.replace(old, new)}

    return spoil


def broken_point(files: Files) -> Files:
    """The first position's x as NaN."""
    name, data = next(iter(files.items()))
    size = struct.unpack_from("<I", data, 12)[0]
    tree = json.loads(data[20 : 20 + size])
    accessor = tree["accessors"][tree["meshes"][0]["primitives"][0]["attributes"]["POSITION"]]
    at = 28 + size + tree["bufferViews"][accessor["bufferView"]].get("byteOffset", 0) + accessor.get("byteOffset", 0)
    return {**files, name: data[:at] + struct.pack("<f", float("nan")) + data[at + 4 :]}


def heavy(files: Files) -> Files:
    """A third chunk of 21 MB, which readers pass over."""
    name, data = next(iter(files.items()))
    data += struct.pack("<II", 21_000_000, 0x21212121) + bytes(21_000_000)
    return {**files, name: data[:8] + struct.pack("<I", len(data)) + data[12:]}


def _again(times: int) -> Change:
    return lambda m: replace(m, faces=np.tile(m.faces, (times, 1)), slots=np.tile(m.slot_of_faces(), times))


def _crowd(m: Mesh) -> Mesh:
    """Many copies side by side: over 65,535 vertices."""
    n = 65_536 // len(m.positions) + 1
    shift = np.repeat(np.arange(n)[:, None] * (0.001, 0, 0), len(m.positions), axis=0)

    def tile(values: np.ndarray | None) -> np.ndarray | None:
        return None if values is None else np.tile(values, (n, 1))

    faces = np.concatenate([m.faces + i * len(m.positions) for i in range(n)]).astype(np.int32)
    return replace(
        m,
        positions=(np.tile(m.positions, (n, 1)) + shift).astype(np.float32),
        faces=faces,
        normals=tile(m.normals),
        uv=tile(m.uv),
        uv_light=tile(m.uv_light),
        tangents=tile(m.tangents),
        slots=np.tile(m.slot_of_faces(), n),
    )


def _without_face(m: Mesh) -> Mesh:
    return replace(m, faces=m.faces[1:], slots=m.slot_of_faces()[1:])


def _corner(values: np.ndarray, m: Mesh) -> np.ndarray:
    values = values.copy()
    values[m.faces[0]] = values[m.faces[0][0]]
    return values


def _grey(value: int, width: int = SIDE, height: int = SIDE) -> bytes:
    return picture(np.full((height, width, 3), value, np.uint8))


def _ramp(t: PackedTexture) -> bytes:
    """A colour of its own for each place, so that no two charts agree where they meet."""
    y, x = np.mgrid[0:SIDE, 0:SIDE]
    return picture(np.stack((x, y, x // 2 + y // 2), axis=2).astype(np.uint8))


def _letter_hull(h: ModelMesh) -> ModelMesh:
    f, size = letter_f(), np.ptp(h.mesh.positions, axis=0).max()
    return replace(h, mesh=Mesh((f.positions * size).astype(np.float32), f.faces))


def _tilted(h: ModelMesh) -> ModelMesh:
    p = h.mesh.positions
    return replace(h, name=h.name.replace("UCX_", "UBX_"), mesh=replace(h.mesh, positions=p + p[:, 2:] * (0.4, 0, 0)))


def _slots_apart(m: Model) -> Model:
    """LOD 1 wears the second material alone, LOD 0 the first."""
    return replace(
        m,
        meshes=tuple(
            replace(i, mesh=replace(i.mesh, slots=np.full(len(i.mesh.faces), i.level, np.int32))) for i in m.meshes
        ),
    )


def _camera(tree: dict[str, Any]) -> None:
    tree["cameras"] = [{"type": "perspective", "perspective": {"yfov": 1, "znear": 0.1}}]
    tree["nodes"].append({"name": "Camera", "camera": 0})
    tree["scenes"][0]["nodes"].append(len(tree["nodes"]) - 1)


def _second_level(tree: dict[str, Any]) -> None:
    first = next(n for n in tree["nodes"] if "mesh" in n)
    tree["nodes"].append({"name": "Letter_LOD1", "mesh": first["mesh"]})
    tree["scenes"][0]["nodes"].append(len(tree["nodes"]) - 1)


def _joined(tree: dict[str, Any]) -> None:
    tree["meshes"][0]["primitives"] += tree["meshes"][1]["primitives"]


def _loose_image(tree: dict[str, Any]) -> None:
    tree["images"].append({"uri": "a.png"})
    tree["textures"].append({"source": len(tree["images"]) - 1})
    tree["materials"][0]["emissiveTexture"] = {"index": len(tree["textures"]) - 1}


def _same_materials(m: Model) -> Model:
    a, b = m.materials[:2]
    return replace(m, materials=(a, replace(a, name=b.name), *m.materials[2:]))


def _same_level(m: Model) -> Model:
    fine = m.meshes[0].mesh
    return replace(m, meshes=tuple(replace(i, mesh=fine) if i.level == 1 else i for i in m.meshes))


def _one_level(m: Model) -> Model:
    """LOD0 alone, fine enough for a second."""
    return replace(m, meshes=tuple(replace(i, mesh=apart(letter_f(2))) for i in m.meshes if i.level == 0))


def _leak(m: Model) -> Model:
    return replace(m, hulls=(ModelMesh("UCX_Letter_LOD0_00", 0, box_hull((-0.3, 0, -0.1), (0.3, 1, 0.1))),))


def _without(part: str) -> Callable[[Files], Files]:
    return lambda files: {k: v for k, v in files.items() if part not in k}


def _as_jpeg(part: str) -> Callable[[Files], Files]:
    jpeg = picture(np.full((SIDE, SIDE, 3), 128, np.uint8), "JPEG")
    return lambda files: {k: jpeg if part in k else v for k, v in files.items()}


def _opposite(t: PackedTexture) -> bytes:
    return picture(normal_map("directx" if t.normal == "opengl" else "opengl", SIDE))


def _three_corners(tree: dict[str, Any]) -> None:
    """Of the first mesh only one triangle is drawn; its other vertices stay."""
    tree["accessors"][tree["meshes"][0]["primitives"][0]["indices"]]["count"] = 3


def _faceted(m: Mesh) -> Mesh:
    """A fine letter whose triangles share nothing."""
    f = letter_f(4)
    flat = f.faces.ravel()
    held = {k: getattr(f, k)[flat] for k in ("positions", "normals", "uv", "tangents")}
    size = np.float32(np.ptp(m.positions, axis=0).max() / np.ptp(f.positions, axis=0).max())
    held["positions"] = held["positions"] * size
    return replace(f, faces=np.arange(len(flat), dtype=np.int32).reshape(-1, 3), uv_light=None, **held)


def _hexagon(files: Files) -> Files:
    """The first two triangles of each mesh of the FBX as one face."""
    name, data = next(iter(files.items()))
    fbx = Fbx(data)
    for record in (r for g in fbx.objects(b"Geometry") for r in g.all(b"PolygonVertexIndex")):
        count, packed, _ = struct.unpack_from("<III", record.properties[0], 1)
        body = record.properties[0][13:]
        corners = np.frombuffer(zlib.decompress(body) if packed else body, "<i4", count).copy()
        corners[2] = ~corners[2]
        record.properties[0] = b"i" + struct.pack("<III", count, 0, 4 * count) + corners.tobytes()
    return {**files, name: fbx.encode()}


def _as_text(m: Model) -> Model:
    return replace(m, deliverable=replace(m.deliverable, format="usda", textures="beside"))


def _as_colour(files: Files) -> Files:
    """Data maps that are said to be sRGB."""
    return {k: v.replace(b'"raw"', b'"sRGB"') if k.endswith(".usda") else v for k, v in files.items()}


def _coarse_slot(m: Model) -> Model:
    """The first material's textures a sixteenth as wide."""
    first = m.materials[0]
    small = {k: replace(t, data=picture(pixels_of(t, SIDE // 16))) for k, t in first.textures.items()}
    return replace(m, materials=(replace(first, textures=small), *m.materials[1:]))


def meta(part: str, change: Callable[[bytes], bytes]) -> Callable[[Files], Files]:
    """The Unity files whose names hold `part`, changed."""
    return lambda files: {k: change(v) if part in k else v for k, v in files.items()}


def _one_guid(data: bytes) -> bytes:
    return re.sub(rb"(?m)^guid: \w+", b"guid: " + b"ab" * 16, data)


def _stranger(data: bytes) -> bytes:
    return re.sub(rb"fileID: 2800000, guid: \w+", b"fileID: 2800000, guid: " + b"cd" * 16, data)


def _second_folder(files: Files) -> Files:
    image = next(k for k in files if k.endswith("BaseColor.png"))
    return {**files, f"other/{image.rpartition('/')[2]}": _grey(90)}


FAULTS = [
    Fault("geo.loose", "portable", "glb", files=glb(_three_corners)),
    Fault("geo.split_ratio", "portable", "glb", mesh(_faceted)),
    Fault("geo.ngon", "unity", "fbx", files=_hexagon),
    Fault("geo.thin", "unity", "fbx", points(lambda p: p * np.array((1, 1, 1e-5)))),
    Fault("lm.padding", "unity", "fbx", mesh(lambda m: apart(m, 1 / 0.7, 1.0))),
    Fault("uv.padding", "roblox", "glb", mesh(lambda m: apart(m, 1 / 0.7, 1.0))),
    Fault("tex.color_space", "portable", "usdz", _as_text, _as_colour),
    Fault("tex.density", "unity", "fbx", _coarse_slot),
    Fault("tex.same_name", "unity", "fbx", files=_second_folder),
    Fault("meta.guid", "unity", "fbx", files=meta("BaseColor.png.meta", lambda d: d.replace(b"guid: ", b"guid: -"))),
    Fault("meta.guid", "unity", "fbx", files=meta(".png.meta", _one_guid)),
    Fault("meta.pair", "unity", "fbx", files=_without("paint_Normal.png.meta")),
    Fault("meta.reference", "unity", "fbx", files=meta(".mat", _stranger)),
    Fault("file.format", "roblox", "glb", files=lambda f: written(sound("portable", "usdz"))),
    Fault("file.size", "roblox", "glb", files=heavy),
    Fault("file.contained", "portable", "glb", files=glb(_loose_image)),
    Fault("path.length", "unity", "fbx", files=lambda f: {"long/" * 30 + k: v for k, v in f.items()}),
    Fault("geo.finite", "portable", "glb", files=broken_point),
    Fault("geo.degenerate", "unity", "fbx", mesh(lambda m: replace(m, positions=_corner(m.positions, m)))),
    Fault("geo.triangles", "roblox", "glb", mesh(_again(1000))),
    Fault("geo.budget", "unity", "fbx", mesh(_again(60))),
    Fault("geo.vertices", "unity", "fbx", mesh(_crowd)),
    Fault("geo.winding", "unity", "fbx", mesh(lambda m: replace(m, faces=m.faces[:, ::-1].copy()))),
    Fault("geo.duplicate", "unreal", "fbx", mesh(_again(2))),
    Fault("geo.watertight", "roblox", "glb", mesh(_without_face)),
    Fault("geo.size", "unity", "fbx", points(lambda p: p * 0.001)),
    Fault("xf.axes", "unity", "fbx", lambda m: replace(m, deliverable=replace(m.deliverable, up="+Z", front="-Y"))),
    Fault("xf.unit", "unreal", "fbx", lambda m: replace(m, deliverable=replace(m.deliverable, unit_m=1.0))),
    Fault(
        "xf.identity",
        "portable",
        "glb",
        files=glb(lambda t: [n.update(translation=[1, 0, 0]) for n in t["nodes"] if "mesh" in n]),
    ),
    Fault("xf.pivot", "portable", "usdz", points(lambda p: np.add(p, (0, 0.5, 0)))),
    Fault("nrm.present", "portable", "glb", files=drop_attribute("NORMAL", "TANGENT")),
    Fault("nrm.smoothing", "unreal", "fbx", files=instead(b"LayerElementSmoothing", b"LayerElementSmootherX")),
    Fault("nrm.away", "unity", "fbx", mesh(lambda m: replace(m, normals=-m.normals))),
    Fault("tan.present", "roblox", "glb", files=drop_attribute("TANGENT")),
    Fault(
        "tan.basis",
        "portable",
        "glb",
        mesh(lambda m: replace(m, tangents=np.column_stack((m.normals, np.ones(len(m.normals)))).astype(np.float32))),
    ),
    Fault("uv.present", "portable", "glb", files=drop_attribute("TEXCOORD_0", "TEXCOORD_1", "TANGENT")),
    Fault("uv.range", "roblox", "glb", uv(lambda u: u + 0.7)),
    Fault("uv.sets", "roblox", "glb", mesh(lambda m: replace(m, uv_light=m.uv))),
    Fault("uv.overlap", "unity", "fbx", uv(lambda u: u % 0.25)),
    Fault("uv.degenerate", "unity", "fbx", mesh(lambda m: replace(m, uv=_corner(m.uv, m)))),
    Fault("lm.present", "unreal", "fbx", mesh(lambda m: replace(m, uv_light=None))),
    Fault("lm.range", "unreal", "fbx", uv(lambda u: u + 0.7, "uv_light")),
    Fault("lm.overlap", "unreal", "fbx", uv(lambda u: u % 0.25, "uv_light")),
    Fault(
        "mat.unassigned",
        "portable",
        "glb",
        files=glb(lambda t: [p.pop("material") for m in t["meshes"] for p in m["primitives"]]),
    ),
    Fault("mat.count", "roblox", "glb", files=glb(_joined)),
    Fault("mat.duplicate", "unity", "fbx", _same_materials),
    Fault("mat.double_sided", "portable", "glb", files=glb(lambda t: t["materials"][0].update(doubleSided=True))),
    Fault("tex.missing", "unity", "fbx", files=_without("paint_Normal")),
    Fault(
        "tex.absolute_path",
        "portable",
        "glb",
        files=glb(lambda t: t["images"][0].update(uri="/home/me/a.png") or t["images"][0].pop("bufferView")),
    ),
    Fault("tex.format", "unity", "fbx", files=_as_jpeg("paint_BaseColor")),
    Fault("tex.size", "unity", "fbx", textures("base_color", lambda t: _grey(120, 2048, 2048), 0)),
    Fault("tex.pot", "unreal", "fbx", textures("base_color", lambda t: _grey(120, 200, 200), 0)),
    Fault("tex.square", "unreal", "fbx", textures("base_color", lambda t: _grey(120, 256, 128), 0)),
    Fault("tex.normal_sign", "unity", "fbx", textures("normal", _opposite)),
    Fault("tex.normal_sign", "unreal", "fbx", textures("normal", _opposite)),
    Fault("tex.normal_sign", "portable", "usdz", textures("normal", _opposite)),
    Fault("tex.not_normal", "unity", "fbx", textures("normal", lambda t: _grey(60), 0)),
    Fault("tex.packing", "unreal", "fbx", textures("orm", lambda t: _grey(130), 0)),
    Fault("tex.albedo", "unity", "fbx", textures("base_color", lambda t: _grey(0), 0)),
    Fault("tex.seam", "roblox", "glb", lambda m: textures("base_color", _ramp)(mesh(lambda x: apart(x, 1 / 0.7))(m))),
    Fault("lod.sequence", "unity", "fbx", files=instead(b"Letter_LOD1", b"Lettre_LOD1")),
    Fault("lod.missing", "unity", "fbx", _one_level),
    Fault("lod.missing", "unreal", "usdz", _one_level),
    Fault("lod.falling", "unity", "fbx", _same_level),
    Fault("lod.bounds", "unity", "fbx", points(lambda p: np.add(p, (0.3, 0, 0)), 1)),
    Fault("lod.materials", "unreal", "fbx", _slots_apart),
    Fault("lod.forbidden", "roblox", "glb", files=glb(_second_level)),
    Fault("col.name", "unreal", "fbx", files=instead(b"UCX_SM_Letter_LOD0", b"UCX_SM_Lettre_LOD0")),
    Fault("col.missing", "unreal", "fbx", lambda m: replace(m, hulls=())),
    Fault("col.missing", "unreal", "usdz", lambda m: replace(m, hulls=())),
    Fault("col.missing", "godot", "glb", lambda m: replace(m, hulls=())),
    Fault("col.convex", "unreal", "fbx", hull(_letter_hull)),
    Fault("col.shape", "unreal", "fbx", hull(_tilted)),
    Fault("col.leak", "unity", "fbx", _leak),
    Fault(
        "col.fit",
        "unreal",
        "fbx",
        hull(lambda h: replace(h, mesh=replace(h.mesh, positions=h.mesh.positions * np.float32(0.2)))),
    ),
    Fault(
        "col.overlap",
        "unreal",
        "fbx",
        lambda m: replace(m, hulls=(m.hulls[0], replace(m.hulls[1], mesh=m.hulls[0].mesh))),
    ),
    Fault(
        "name.allowed",
        "unity",
        "fbx",
        lambda m: replace(m, meshes=(replace(m.meshes[0], name="Letter LOD0"), *m.meshes[1:])),
    ),
    Fault("name.reserved", "unreal", "fbx", material(name="SOCKET_paint")),
    Fault("name.duplicate", "unity", "fbx", material(name="m_letter_STEEL")),
    Fault("name.prefix", "unreal", "fbx", material(name="Letter")),
    Fault("scene.extras", "portable", "glb", files=glb(_camera)),
    Fault("file.truncated", "portable", "glb", files=lambda f: {k: v[: len(v) // 2] for k, v in f.items()}),
    Fault("file.suffix", "unity", "fbx", files=lambda f: {k.replace(".fbx", ".glb"): v for k, v in f.items()}),
]
