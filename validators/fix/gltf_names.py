"""Names of nodes and materials that the engine does not take, or that repeat. The old name stays in extras.name."""

from __future__ import annotations

from typing import Any

from validators.fix.gltf import Gltf
from validators.fix.naming import renamed
from validators.rules.case import Case


def fix(gltf: Gltf, case: Case) -> list[str]:
    """Rename; a mesh takes the new name of a node whose name it had."""
    out = []
    nodes = [
        n for n in gltf.items("nodes") if "camera" not in n and "KHR_lights_punctual" not in n.get("extensions", {})
    ]
    for kind, entries in (("object", nodes), ("material", gltf.items("materials"))):
        names = [str(e.get("name", "")) for e in entries]
        for i, name in sorted(renamed(names, case.profile.names, kind).items()):
            out.append(f'{kind} "{names[i]}" is now {name}')
            if kind == "object" and isinstance(mesh := entries[i].get("mesh"), int):
                held = gltf.json["meshes"][mesh]
                if held.get("name") == names[i] and names[i]:
                    _rename(held, name)
            _rename(entries[i], name)
    return out


def _rename(entry: dict[str, Any], name: str) -> None:
    extras = entry.get("extras", {})
    if entry.get("name") and isinstance(extras, dict):
        entry["extras"] = {"name": entry["name"], **extras}
    entry["name"] = name
