"""What FBX objects share: stable ids, `Name\\0\\1Class` names, and `Properties70` entries."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from toolchain.export.fbx_nodes import Int64, Node, node

#: kind -> (type, label) of a `P` record, as the FBX SDK writes them.
KINDS = {
    "bool": ("bool", ""),
    "int": ("int", "Integer"),
    "enum": ("enum", ""),
    "double": ("double", "Number"),
    "number": ("Number", ""),
    "string": ("KString", ""),
    "url": ("KString", "XRefUrl"),
    "time": ("KTime", "Time"),
    "color": ("Color", ""),
    "color_rgb": ("ColorRGB", "Color"),
    "vector": ("Vector3D", "Vector"),
    "compound": ("Compound", ""),
    "object": ("object", ""),
    "distance": ("Distance", ""),
    "visibility": ("Visibility", ""),
    "translation": ("Lcl Translation", ""),
    "rotation": ("Lcl Rotation", ""),
    "scaling": ("Lcl Scaling", ""),
}
#: Property names of a Model of ours; a user property must not shadow them.
MODEL_PROPERTIES = (
    "Lcl Translation",
    "Lcl Rotation",
    "Lcl Scaling",
    "InheritType",
    "RotationActive",
    "ScalingMax",
    "DefaultAttributeIndex",
    "Show",
    "Visibility",
)


def object_id(kind: str, name: str) -> Int64:
    """A positive id below 2^53 that `kind` and `name` alone decide, so that a re-export keeps it."""
    digest = hashlib.sha256(f"{kind}\0{name}".encode()).digest()
    return Int64((int.from_bytes(digest[:8], "little") & ((1 << 53) - 1)) or 1)


def full_name(name: str, kind: str) -> str:
    """An object's name as binary files hold it."""
    return f"{name}\0\1{kind}"


def prop(name: str, kind: str, *values: Any, flags: str = "") -> Node:
    """One `P` record. `flags`: A animatable, U the user's own."""
    return Node("P", (name, *KINDS[kind], flags, *values))


def properties(*entries: Node) -> Node:
    """The `Properties70` list."""
    return node("Properties70", children=entries)


def identity() -> list[Node]:
    """The local transform that every node of ours has."""
    return [
        prop("Lcl Translation", "translation", 0.0, 0.0, 0.0, flags="A"),
        prop("Lcl Rotation", "rotation", 0.0, 0.0, 0.0, flags="A"),
        prop("Lcl Scaling", "scaling", 1.0, 1.0, 1.0, flags="A"),
    ]


def user_properties(values: dict[str, Any]) -> list[Node]:
    """User properties of a Model, sorted by name; what is no text or number is written as JSON text.

    Raises ValueError for a name that FBX reads as one of its own or as a path.
    """
    return [_user(name, values[name]) for name in sorted(values)]


def _user(name: str, value: Any) -> Node:
    if not name or name in MODEL_PROPERTIES or any(c == "|" or ord(c) < 32 for c in name):
        raise ValueError(f"{name!r} cannot be the name of an FBX user property")
    if isinstance(value, bool):
        return prop(name, "bool", int(value), flags="A+U")
    if isinstance(value, int) and -(1 << 31) <= value < 1 << 31:
        return prop(name, "int", value, flags="A+U")
    if isinstance(value, float):
        return prop(name, "double", value, flags="A+U")
    if not isinstance(value, str):
        value = json.dumps(value, sort_keys=True, ensure_ascii=False)
    return prop(name, "string", value.replace("\0", " "), flags="A+U")
