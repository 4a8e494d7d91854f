"""Cameras and lights are taken out, with the nodes that hold nothing else."""

from __future__ import annotations

from typing import Any

from validators.fix.gltf import Gltf
from validators.rules.case import Case
from validators.rules.words import count

_LIGHTS = "KHR_lights_punctual"


def fix(gltf: Gltf, case: Case) -> list[str]:
    """Take them out. Animated nodes and joints keep their place."""
    nodes = gltf.items("nodes")
    if len(nodes) != len(gltf.json.get("nodes", [])):
        return []
    cameras = len(gltf.json.get("cameras", []))
    lights = len(gltf.json.get("extensions", {}).get(_LIGHTS, {}).get("lights", []))
    if not cameras and not lights:
        return []
    held = [n for n in nodes if "camera" in n or _LIGHTS in n.get("extensions", {})]
    for node in held:
        node.pop("camera", None)
        _without(node, "extensions", _LIGHTS)
    gltf.json.pop("cameras", None)
    _without(gltf.json, "extensions", _LIGHTS)
    for key in ("extensionsUsed", "extensionsRequired"):
        left = [n for n in gltf.json.get(key, []) if n != _LIGHTS]
        gltf.json.pop(key, None)
        gltf.json |= {key: left} if left else {}
    _drop(gltf, [i for i, n in enumerate(nodes) if any(n is h for h in held)])
    parts = [count(n, what) for n, what in ((cameras, "camera"), (lights, "light")) if n]
    return [f"{' and '.join(parts)} taken out"]


def _without(holder: dict[str, Any], key: str, name: str) -> None:
    holder.get(key, {}).pop(name, None)
    if key in holder and not holder[key]:
        del holder[key]


def _drop(gltf: Gltf, which: list[int]) -> None:
    """Drop those of `which` that hold nothing and that nothing but a parent or a scene refers to."""
    if gltf.items("skins") or gltf.items("animations") or gltf.json.get("extensionsUsed"):
        return  # they refer to nodes by number
    nodes = gltf.json["nodes"]
    gone = {i for i in which if not any(k in nodes[i] for k in ("mesh", "children", "skin", "extensions"))}
    new = {old: i for i, old in enumerate(i for i in range(len(nodes)) if i not in gone)}
    gltf.json["nodes"] = [n for i, n in enumerate(nodes) if i not in gone]
    for holder, key in [(n, "children") for n in gltf.json["nodes"]] + [(s, "nodes") for s in gltf.items("scenes")]:
        if key in holder:
            holder[key] = [new[i] for i in holder[key] if i in new]
            if not holder[key]:
                del holder[key]
