"""Meaning that engines read out of a node's name."""

from __future__ import annotations

import re

#: Unreal's collision prefixes: box, convex, sphere, capsule.
_COLLISION = re.compile(r"(UCX|UBX|USP|UCP)_", re.IGNORECASE)
#: `Crate_LOD1`, with a slot's name or a modeller's `.001` behind it allowed.
_LOD = re.compile(r"_LOD(\d{1,2})(?=$|[_.])", re.IGNORECASE)


def purpose_of(name: str) -> str:
    """`collision` for UCX_, UBX_, USP_ and UCP_ names, else `render`."""
    return "collision" if _COLLISION.match(name) else "render"


def lod_of(name: str) -> int | None:
    """The level that `_LODn` in a name states; None without one. The last one counts."""
    found = _LOD.findall(name)
    return int(found[-1]) if found else None
