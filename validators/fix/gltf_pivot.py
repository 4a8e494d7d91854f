"""The asset is moved so that its bottom centre is the origin, in the geometry itself: no node gets a transform.

Done where every mesh lies in nodes without a transform, as engines want it; elsewhere they must be applied first.
Skinned and animated files are left as they are.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from validators.fix.gltf import ARRAY, Gltf, groups
from validators.readers.notes import Bad
from validators.rules.case import Case
from validators.rules.words import length
from validators.rules.xf_pivot import CLOSE


def fix(gltf: Gltf, case: Case) -> list[str]:
    """Move every mesh, and every empty that has a place of its own."""
    if case.box_m is None or gltf.items("skins") or gltf.items("animations") or not case.unit_m:
        return []
    low, high = (corner / case.unit_m for corner in case.box_m)
    move = -(low + high) / 2
    up = "XYZ".index(case.up[1])
    move[up] = -low[up] if case.up[0] == "+" else -high[up]
    if np.abs(move).max() <= CLOSE * (high - low).max():
        return []
    if any(not np.allclose(n.world, np.eye(4), atol=1e-9) for n in case.scene.nodes if n.mesh is not None):
        raise Bad("file.unsupported", "Its nodes carry transforms; apply them first.")
    meshes = {id(m) for m, _ in groups(gltf)}
    if any(id(m) not in meshes for m in gltf.items("meshes")):
        raise Bad("file.unsupported", "It holds meshes that are not plain triangles.")
    for _, primitives in groups(gltf):
        index = primitives[0]["attributes"]["POSITION"]
        points = gltf.array(index)
        if points.dtype != np.dtype("<f4"):
            raise Bad("file.unsupported", "Its positions are quantised.")
        made = gltf.add((points + move).astype("<f4"), gltf.json["accessors"][index], ARRAY)
        for primitive in primitives:
            primitive["attributes"]["POSITION"] = made
    _move_empties(gltf, case, move.tolist())
    return [f"moved by {', '.join(length(abs(float(m)) * case.unit_m) for m in move)} along x, y and z onto the origin"]


def _move_empties(gltf: Gltf, case: Case, move: list[float]) -> None:
    """Sockets and the like: the topmost of each branch that has a place of its own; no mesh lies below them."""
    nodes = gltf.json.get("nodes", [])
    below = {c for n in nodes if _placed(n) for c in n.get("children", [])}
    while more := {c for i in below for c in nodes[i].get("children", [])} - below:
        below |= more
    for i, node in enumerate(nodes):
        if i not in below and "matrix" in node:
            node["matrix"][12:15] = [a + b for a, b in zip(node["matrix"][12:15], move, strict=True)]
        elif i not in below and _placed(node):
            at = node.get("translation", [0.0, 0.0, 0.0])
            node["translation"] = [a + b for a, b in zip(at, move, strict=True)]


def _placed(node: dict[str, Any]) -> bool:
    return any(key in node for key in ("matrix", "translation", "rotation", "scale"))
