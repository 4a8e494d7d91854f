"""The records of an FBX around its objects: header, global settings, document, definitions, take list."""

from __future__ import annotations

import numpy as np

from toolchain.export.fbx_materials import Parts
from toolchain.export.fbx_nodes import CREATION_TIME, FILE_ID, VERSION, Int64, Node, node
from toolchain.export.fbx_properties import full_name, identity, object_id, prop, properties
from toolchain.export.frame import axis

CREATOR = "Dropforge"
FRAMES_30 = 6  # FbxTime::eFrames30; nothing moves, yet readers want a mode
#: Defaults by object type: (SDK class, entries). What matters to a reader also stands on each object.
TEMPLATES = {
    "Model": (
        "FbxNode",
        [
            prop("RotationOrder", "enum", 0),
            prop("InheritType", "enum", 0),
            prop("Show", "bool", 1),
            prop("Visibility", "visibility", 1.0, flags="A"),
            *identity(),
        ],
    ),
    "Geometry": (
        "FbxMesh",
        [
            prop("Color", "color_rgb", 0.8, 0.8, 0.8),
            prop("Primary Visibility", "bool", 1),
            prop("Casts Shadows", "bool", 1),
            prop("Receive Shadows", "bool", 1),
        ],
    ),
    "Material": ("FbxSurfacePhong", [prop("ShadingModel", "string", "Phong"), prop("MultiLayer", "bool", 0)]),
    "Texture": (
        "FbxFileTexture",
        [
            prop("UVSet", "string", "default"),
            prop("WrapModeU", "enum", 0),
            prop("WrapModeV", "enum", 0),
            prop("UseMaterial", "bool", 0),
            prop("UseMipMap", "bool", 0),
        ],
    ),
    "Video": ("FbxVideo", [prop("Path", "url", ""), prop("ImageSequence", "bool", 0)]),
}


def head(name: str) -> list[Node]:
    """The header extension and the file's identity; `name` is its own name, and a constant stands for the clock."""
    stamp = {
        "Version": 1000,
        "Year": 1970,
        "Month": 1,
        "Day": 1,
        "Hour": 10,
        "Minute": 0,
        "Second": 0,
        "Millisecond": 0,
    }
    entries = [prop("DocumentUrl", "url", name), prop("SrcDocumentUrl", "url", name)]
    for when in ("Original", "LastSaved"):
        entries += [
            prop(when, "compound"),
            prop(f"{when}|ApplicationVendor", "string", CREATOR),
            prop(f"{when}|ApplicationName", "string", CREATOR),
            prop(f"{when}|ApplicationVersion", "string", ""),
        ]
    words = ("Title", "Subject", "Author", "Keywords", "Revision", "Comment")
    info = node(
        "SceneInfo",
        full_name("GlobalInfo", "SceneInfo"),
        "UserData",
        children=[
            node("Type", "UserData"),
            node("Version", 100),
            node("MetaData", children=[node("Version", 100), *(node(word, "") for word in words)]),
            properties(*entries),
        ],
    )
    return [
        node(
            "FBXHeaderExtension",
            children=[
                node("FBXHeaderVersion", 1003),
                node("FBXVersion", VERSION),
                node("EncryptionType", 0),
                node("CreationTimeStamp", children=[node(key, value) for key, value in stamp.items()]),
                node("Creator", CREATOR),
                info,
            ],
        ),
        node("FileId", FILE_ID),
        node("CreationTime", CREATION_TIME),
        node("Creator", CREATOR),
    ]


def axes(up: str) -> tuple[tuple[int, int], tuple[int, int], tuple[int, int]]:
    """(index, sign) of UpAxis, FrontAxis and CoordAxis for right-handed data.

    Coord is +X, the scene's right, or +Y where X is up; front is coord x up, which is +Z for Y-up
    and -Y for Z-up data, the two systems that readers know by name.
    """
    coord = axis("+Y" if up[1] == "X" else "+X")
    rows = (axis(up), np.cross(coord, axis(up)), coord)
    found = [int(np.flatnonzero(row)[0]) for row in rows]
    (u, f, c), (su, sf, sc) = found, [int(row[i]) for row, i in zip(rows, found, strict=True)]
    return (u, su), (f, sf), (c, sc)


def global_settings(up: str, unit_m: float) -> Node:
    """Axes and unit of the data; UnitScaleFactor is centimetres in one unit."""
    entries = []
    for name, (index, sign) in zip(("Up", "Front", "Coord"), axes(up), strict=True):
        entries += [prop(f"{name}Axis", "int", index), prop(f"{name}AxisSign", "int", sign)]
    # A metre must read 100 and a centimetre 1, whatever binary fraction unit_m is.
    centimetres = float(f"{unit_m * 100.0:.12g}")
    entries += [
        prop("OriginalUpAxis", "int", entries[0].values[4]),
        prop("OriginalUpAxisSign", "int", entries[1].values[4]),
        prop("UnitScaleFactor", "double", centimetres),
        prop("OriginalUnitScaleFactor", "double", centimetres),
        prop("AmbientColor", "color_rgb", 0.0, 0.0, 0.0),
        prop("DefaultCamera", "string", "Producer Perspective"),
        prop("TimeMode", "enum", FRAMES_30),
        prop("TimeSpanStart", "time", Int64(0)),
        prop("TimeSpanStop", "time", Int64(0)),
        prop("CustomFrameRate", "double", -1.0),
    ]
    return node("GlobalSettings", children=[node("Version", 1000), properties(*entries)])


def document() -> list[Node]:
    """One scene, and no references to other files."""
    scene = node(
        "Document",
        object_id("Document", "Scene"),
        "Scene",
        "Scene",
        children=[
            properties(prop("SourceObject", "object"), prop("ActiveAnimStackName", "string", "")),
            node("RootNode", Int64(0)),
        ],
    )
    return [node("Documents", children=[node("Count", 1), scene]), node("References")]


def definitions(parts: Parts) -> Node:
    """How many objects of each type follow, and each type's defaults."""
    types = [node("ObjectType", "GlobalSettings", children=[node("Count", 1)])]
    for kind, made in parts.objects.items():
        children = [node("Count", len(made))]
        if kind in TEMPLATES:
            name, entries = TEMPLATES[kind]
            children.append(node("PropertyTemplate", name, children=[properties(*entries)]))
        types.append(node("ObjectType", kind, children=children))
    count = 1 + sum(map(len, parts.objects.values()))
    return node("Definitions", children=[node("Version", 100), node("Count", count), *types])
