"""Binary FBX files for the reader's tests: a small writer of its own, that can also write what no exporter should."""

from __future__ import annotations

import struct
import zlib
from typing import Any

import numpy as np

MAGIC = b"Kaydara FBX Binary  \x00\x1a\x00"
Entry = tuple[str, list[Any], list[Any]]  # name, properties, children

SQUARE = np.array([[0, 0, 0], [2, 0, 0], [2, 3, 0], [0, 3, 0]], np.float64)


def rec(name: str, *properties: Any, children: list[Entry] | None = None) -> Entry:
    """One record."""
    return name, list(properties), children or []


def props(*entries: tuple[Any, ...]) -> Entry:
    """Properties70 of (name, type, label, flags, values...)."""
    return rec("Properties70", children=[rec("P", *entry) for entry in entries])


class Int64(int):
    """A property of type L."""


def _property(value: Any, packed: bool) -> bytes:
    if isinstance(value, Int64):
        return b"L" + struct.pack("<q", value)
    if isinstance(value, int):
        return b"I" + struct.pack("<i", value)
    if isinstance(value, float):
        return b"D" + struct.pack("<d", value)
    if isinstance(value, str):
        text = value.encode()
        return b"S" + struct.pack("<I", len(text)) + text
    if isinstance(value, bytes):
        return b"R" + struct.pack("<I", len(value)) + value
    array = np.ascontiguousarray(value)
    body = array.astype("<f8" if array.dtype.kind == "f" else "<i4").tobytes()
    stored = zlib.compress(body) if packed else body
    head = (b"d" if array.dtype.kind == "f" else b"i") + struct.pack("<III", array.size, int(packed), len(stored))
    return head + stored


def encode(records: list[Entry], version: int = 7400, packed: bool = False) -> bytes:
    """The whole file."""
    wide = version >= 7500
    form = "<QQQB" if wide else "<IIIB"
    size = struct.calcsize(form)
    out = bytearray(MAGIC + struct.pack("<I", version))

    def put(entry: Entry) -> None:
        name, values, children = entry
        start = len(out)
        body = b"".join(_property(v, packed) for v in values)
        out.extend(bytes(size) + name.encode() + body)
        for child in children:
            put(child)
        if children or not values:
            out.extend(bytes(size))
        struct.pack_into(form, out, start, len(out), len(values), len(body), len(name))

    for entry in records:
        put(entry)
    out.extend(bytes(size) + bytes(160))
    return bytes(out)


def layer(kind: str, field: str, values: np.ndarray, index: np.ndarray | None, mapping: str, **more: Any) -> Entry:
    """A LayerElement; `index` makes it IndexToDirect."""
    children = [
        rec("Version", 101),
        rec("Name", more.get("name", "")),
        rec("MappingInformationType", mapping),
        rec("ReferenceInformationType", "Direct" if index is None else "IndexToDirect"),
        rec(field, values.reshape(-1)),
    ]
    if index is not None:
        children.append(rec(more.get("index_field", f"{field}Index"), index))
    return rec(f"LayerElement{kind}", more.get("number", 0), children=children)


class Fbx:
    """A file under construction: objects, connections and settings."""

    def __init__(self, unit: float = 1.0, up: int = 1, sign: int = 1) -> None:
        self.objects: list[Entry] = []
        self.links: list[Entry] = []
        self.unit, self.up, self.sign = unit, up, sign
        self._next = 1000

    def _add(self, kind: str, name: str, sub: str, children: list[Entry]) -> Int64:
        self._next += 1
        number = Int64(self._next)
        self.objects.append(rec(kind, number, f"{name}\x00\x01{kind}", sub, children=children))
        return number

    def link(self, child: Int64, parent: int, channel: str = "") -> None:
        """Connect; parent 0 is the scene."""
        end = [channel] if channel else []
        self.links.append(rec("C", "OP" if channel else "OO", child, Int64(parent), *end))

    def geometry(
        self,
        name: str,
        *,
        corners: tuple[int, ...] = (0, 1, 2, ~3),
        points: np.ndarray = SQUARE,
        smoothing: bool = True,
        materials: tuple[int, ...] = (),
    ) -> Int64:
        """A quad with per-corner normals, two indexed UV sets, and a tangent frame that is mirrored."""
        count = len(corners)
        normals = np.tile([0.0, 0.0, 1.0], (count, 1))
        uv = SQUARE[:, :2] / (2, 3)
        order = np.arange(count) % 4
        children = [
            rec("Vertices", points.reshape(-1)),
            rec("PolygonVertexIndex", np.array(corners, np.int32)),
            layer("Normal", "Normals", normals, None, "ByPolygonVertex"),
            layer("Tangent", "Tangents", np.tile([1.0, 0.0, 0.0], (count, 1)), None, "ByPolygonVertex"),
            layer("Binormal", "Binormals", np.tile([0.0, -1.0, 0.0], (count, 1)), None, "ByPolygonVertex"),
            layer("UV", "UV", uv, order, "ByPolygonVertex", name="map1", index_field="UVIndex"),
            layer("UV", "UV", uv * 0.5, order, "ByPolygonVertex", name="light", index_field="UVIndex", number=1),
        ]
        if smoothing:
            children.append(layer("Smoothing", "Smoothing", np.array([1], np.int32), None, "ByPolygon"))
        if materials:
            children.append(layer("Material", "Materials", np.array(materials, np.int32), None, "ByPolygon"))
        kinds = ["Normal", "Tangent", "Binormal", "UV"] + ["Smoothing"] * smoothing + ["Material"] * bool(materials)
        for number, held in ((0, kinds), (1, ["UV"])):
            children.append(
                rec(
                    "Layer",
                    number,
                    children=[
                        rec("LayerElement", children=[rec("Type", f"LayerElement{k}"), rec("TypedIndex", number)])
                        for k in held
                    ],
                )
            )
        return self._add("Geometry", name, "Mesh", children)

    def model(
        self, name: str, parent: int = 0, sub: str = "Mesh", attribute: Int64 | None = None, *entries: Any
    ) -> Int64:
        """A node; `entries` are Properties70."""
        number = self._add("Model", name, sub, [rec("Version", 232), props(*entries)])
        self.link(number, parent)
        if attribute is not None:
            self.link(attribute, number)
        return number

    def lod_group(self, thresholds: tuple[float, ...], percent: bool = True) -> Int64:
        """The attribute of an FbxLODGroup as the SDK writes it."""
        entries: list[tuple[Any, ...]] = [("ThresholdsUsedAsPercentage", "bool", "", "", int(percent))]
        entries += [(f"Thresholds|Level{i}", "double", "Number", "", float(t)) for i, t in enumerate(thresholds)]
        entries += [(f"DisplayLevels|Level{i}", "enum", "", "", 0) for i in range(len(thresholds) + 1)]
        return self._add("NodeAttribute", "group", "LodGroup", [rec("TypeFlags", "LodGroup"), props(*entries)])

    def material(self, name: str, **textures: tuple[str, str, bytes]) -> Int64:
        """A Phong material; textures by channel: (relative, absolute, content)."""
        number = self._add(
            "Material",
            name,
            "",
            [
                rec("ShadingModel", "phong"),
                props(("DiffuseColor", "Color", "", "A", 0.5, 0.25, 1.0), ("note", "KString", "", "A+U", "hello")),
            ],
        )
        for channel, (relative, absolute, content) in textures.items():
            texture = self._add(
                "Texture",
                f"tex_{channel}",
                "",
                [
                    rec("Type", "TextureVideoClip"),
                    props(("UVSet", "KString", "", "", "light")),
                    rec("FileName", absolute),
                    rec("RelativeFilename", relative),
                ],
            )
            video = self._add(
                "Video",
                f"vid_{channel}",
                "Clip",
                [rec("Type", "Clip"), rec("Filename", absolute), rec("RelativeFilename", relative)]
                + ([rec("Content", content)] if content else []),
            )
            self.link(texture, number, channel)
            self.link(video, texture)
        return number

    def bytes(self, version: int = 7400, packed: bool = False) -> bytes:
        """The file."""
        settings = rec(
            "GlobalSettings",
            children=[
                rec("Version", 1000),
                props(
                    ("UpAxis", "int", "Integer", "", self.up),
                    ("UpAxisSign", "int", "Integer", "", self.sign),
                    ("FrontAxis", "int", "Integer", "", 2 if self.up == 1 else 1),
                    ("FrontAxisSign", "int", "Integer", "", 1),
                    ("CoordAxis", "int", "Integer", "", 0),
                    ("CoordAxisSign", "int", "Integer", "", 1),
                    ("UnitScaleFactor", "double", "Number", "", float(self.unit)),
                ),
            ],
        )
        head = rec("FBXHeaderExtension", children=[rec("FBXHeaderVersion", 1003), rec("FBXVersion", version)])
        return encode(
            [
                head,
                rec("Creator", "tests of dropforge"),
                settings,
                rec("Definitions", children=[rec("Version", 100)]),
                rec("Objects", children=self.objects),
                rec("Connections", children=self.links),
            ],
            version,
            packed,
        )


def crate(unit: float = 1.0, up: int = 1) -> Fbx:
    """Two levels in a group, listed finest first, a hull beside them, and one material."""
    made = Fbx(unit, up)
    group = made.model("Crate", 0, "LodGroup", made.lod_group((50.0, 20.0)))
    material = made.material("M_Body", DiffuseColor=("T_Base.png", "C:\\art\\T_Base.png", b""))
    for name in ("Crate_LOD0", "Crate_LOD1"):
        node = made.model(name, group, "Mesh", made.geometry(name, materials=(0,)))
        made.link(material, node)
    made.model(
        "UCX_Crate_LOD0_00",
        0,
        "Mesh",
        made.geometry("hull", smoothing=False),
        ("Lcl Translation", "Lcl Translation", "", "A", 0.0, 0.0, 5.0),
        ("grip", "KString", "", "A+U", "left"),
    )
    return made
