"""The glTF node graph (spec section 3.5): the nodes of the scene that is shown, parents first, cycles cut."""

from __future__ import annotations

from typing import Any

import numpy as np

from validators.finding import Where
from validators.readers.gltf_document import Document, extensions, is_whole, numbers, table, text
from validators.readers.graph import RawNode
from validators.readers.notes import Bad
from validators.scene import F64


def read_nodes(document: Document) -> list[RawNode]:
    """Nodes reachable from the scene, each once. A node with two parents, or below itself, is cut and noted.

    MSFT_lod levels, which no parent lists, join as siblings of their finest level.
    """
    entries = document.items("nodes")
    bones = _bones(document)
    raw: list[RawNode] = []
    placed: dict[int, int] = {}  # glTF index -> raw index
    stack: list[tuple[int, int | None, int | None]] = [(i, None, None) for i in reversed(_roots(document, entries))]
    while stack:
        index, parent, level = stack.pop()
        pointer = f"/nodes/{index}"
        if index in placed:
            document.notes.add(
                "file.malformed",
                "A node hangs below itself or below two parents; the second place is ignored.",
                where=Where(node=text(entries[index], "name"), pointer=pointer),
            )
            continue
        entry = entries[index]
        placed[index] = here = len(raw)
        levels = _indices(document, table(extensions(entry), "MSFT_lod"), "ids", f"{pointer}/extensions/MSFT_lod")
        raw.append(_node(document, entry, index, parent, bones, 0 if levels and level is None else level))
        stack += [(child, here, None) for child in reversed(_indices(document, entry, "children", pointer))]
        stack += [(other, parent, n) for n, other in enumerate(levels, 1)]
    return raw


def _roots(document: Document, entries: list[dict[str, Any]]) -> list[int]:
    scenes = document.items("scenes")
    chosen = 0
    try:
        chosen = document.index(document.json, "scene", "scenes", "") or 0
    except Bad as error:
        document.notes.bad(error)
    if scenes:
        return _indices(document, scenes[chosen], "nodes", f"/scenes/{chosen}")
    lists = [e["children"] for e in entries if isinstance(e.get("children"), list)]
    children = {c for listed in lists for c in listed if is_whole(c)}
    return [i for i in range(len(entries)) if i not in children]


def _indices(document: Document, holder: dict[str, Any], key: str, pointer: str) -> list[int]:
    """A list of node indices; entries that are none are noted and left out."""
    found = holder.get(key, [])
    if not isinstance(found, list):
        document.notes.add("file.malformed", f"{key} is not a list.", where=Where(pointer=f"{pointer}/{key}"))
        return []
    good = [i for i in found if is_whole(i) and 0 <= i < document.count("nodes")]
    if len(good) < len(found):
        document.notes.add(
            "file.malformed",
            f"{key} names nodes that are not there.",
            where=Where(pointer=f"{pointer}/{key}"),
            measured=len(found) - len(good),
        )
    return good


def _node(
    document: Document, entry: dict[str, Any], index: int, parent: int | None, bones: set[int], level: int | None
) -> RawNode:
    pointer = f"/nodes/{index}"
    mesh, kind = None, "bone" if index in bones else "empty"
    try:
        mesh = document.index(entry, "mesh", "meshes", pointer)
        if mesh is not None:
            kind = "mesh"
        elif document.index(entry, "camera", "cameras", pointer) is not None:
            kind = "camera"
        elif "KHR_lights_punctual" in extensions(entry):
            kind = "light"
    except Bad as error:
        document.notes.bad(error)
    try:
        local = _local(entry, pointer)
    except Bad as error:
        document.notes.bad(error)
        local = np.eye(4)
    extras = entry.get("extras")
    return RawNode(
        name=text(entry, "name"),
        kind=kind,
        parent=parent,
        mesh=mesh,
        local=local,
        lod=level,
        properties=extras if isinstance(extras, dict) else {},
        pointer=pointer,
    )


def _local(entry: dict[str, Any], pointer: str) -> F64:
    matrix = numbers(entry, "matrix", 16, pointer)
    if matrix is not None:
        return matrix.reshape(4, 4).T.copy()  # stored column by column
    out = np.eye(4)
    turn = numbers(entry, "rotation", 4, pointer)
    if turn is not None:
        x, y, z, w = turn
        length = float(np.linalg.norm(turn))
        if not 0.5 < length < 2.0:
            raise Bad(
                "file.malformed",
                "A rotation is not a unit quaternion.",
                pointer=f"{pointer}/rotation",
                measured=length,
                limit=1.0,
            )
        x, y, z, w = turn / length
        out[:3, :3] = [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ]
    scale = numbers(entry, "scale", 3, pointer)
    if scale is not None:
        with np.errstate(all="ignore"):
            out[:3, :3] *= scale
    move = numbers(entry, "translation", 3, pointer)
    if move is not None:
        out[:3, 3] = move
    return out


def _bones(document: Document) -> set[int]:
    return {
        i for s, skin in enumerate(document.items("skins")) for i in _indices(document, skin, "joints", f"/skins/{s}")
    }
