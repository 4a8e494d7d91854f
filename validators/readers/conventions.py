"""Meaning that engines read out of a node's name."""

from __future__ import annotations

import re

#: Unreal's collision prefixes: box, convex, sphere, capsule.
_PREFIX = re.compile(r"(UCX|UBX|USP|UCP)_", re.IGNORECASE)
#: Godot's suffixes of meshes that are collision and nothing else. Its importer looks through digits, spaces and
#: underscores at the end, and finds a suffix with $ anywhere (resource_importer_scene.cpp, _teststr).
_SUFFIX = re.compile(r"[-_](conv)?colonly[\d\s_]*$|\$(conv)?colonly", re.IGNORECASE)
#: `Crate_LOD1`, with a slot's name or a modeller's `.001` behind it allowed.
_LOD = re.compile(r"_LOD(\d{1,2})(?=$|[_.])", re.IGNORECASE)


def collision_style(name: str) -> str:
    """Whose name for a collision shape this is: `ucx` (Unreal), `suffix` (Godot), or `` for nobody's."""
    if _PREFIX.match(name):
        return "ucx"
    return "suffix" if _SUFFIX.search(name) else ""


def purpose_of(name: str) -> str:
    """`collision` for names that an engine takes for collision alone, else `render`."""
    return "collision" if collision_style(name) else "render"


def lod_of(name: str) -> int | None:
    """The level that `_LODn` in a name states; None without one. The last one counts."""
    found = _LOD.findall(name)
    return int(found[-1]) if found else None
