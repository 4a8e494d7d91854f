"""USD (usda, usdc, usdz): a bounded look at the package by us, then pxr in a child process.

Numbers stay in the stage's own axes and units: upAxis is `Scene.up`, metersPerUnit `unit_m`. Every level of a variant
set whose name holds "lod" is read, each node marked with its level.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from validators.finding import Where
from validators.readers import usd_child
from validators.readers.foreign import ask
from validators.readers.graph import RawNode, place
from validators.readers.notes import Bad, Notes
from validators.readers.usd_looks import textures_and_materials
from validators.readers.usdz import Entry, look
from validators.scene import Scene, SceneMesh

MEMORY_MB, MOST_MEMORY_MB = 2048, 6144  # of address space: pxr sets aside what a length in the file says, true or not
_UNPACKED = 40  # times the file's size


def read_usd(path: Path, file: str, root: Path, form: str, notes: Notes) -> Scene:
    """The scene of a USD file of kind `form`. Never raises for its content."""
    nbytes = path.stat().st_size
    package: dict[str, Entry] = {}
    raw: dict[str, Any] = {}
    try:
        if form == "usdz":
            package = look(path, notes)
        memory = min(MEMORY_MB + (_UNPACKED * nbytes >> 20), MOST_MEMORY_MB)
        raw = ask(usd_child.load, str(path.resolve()), str(root.resolve()), memory_mb=memory, form="USD", notes=notes)
    except Bad as error:
        notes.bad(error)
    if not raw:
        return Scene(file=file, format=form, nbytes=nbytes, findings=notes.findings())
    for code, severity, message, pointer in raw["notes"]:
        notes.add(code, message, severity=severity, where=Where(pointer=pointer))
    header = raw["header"] | {"absolute_paths": []}
    textures, materials = textures_and_materials(raw, path, root, package, header["absolute_paths"], notes)
    meshes = [_mesh(m) for m in raw["meshes"]]
    return Scene(
        file=file,
        format=form,
        nodes=place(_nodes(raw["nodes"]), meshes, notes),
        meshes=tuple(meshes),
        materials=tuple(materials),
        textures=tuple(textures),
        up=raw["up"],
        unit_m=raw["unit_m"],
        header=header,
        extras=raw["extras"],
        nbytes=nbytes,
        findings=notes.findings(),
    )


def _mesh(raw: dict[str, Any]) -> SceneMesh:
    return SceneMesh(
        name=raw["name"],
        points=raw["points"],
        face_sizes=raw["sizes"],
        corner_point=raw["corner_point"],
        face_material=raw["face_material"].astype(np.int32),
        normals=raw["normals"],
        tangents=raw["tangents"],
        uvs=tuple(raw["uvs"]),
        colours=raw["colours"],
    )


def _nodes(raw: list[dict[str, Any]]) -> list[RawNode]:
    """Nodes without the scopes that hold no node, which are folders for materials."""
    held = {n["parent"] for n in raw if n["type"] != "Scope"}
    keep = [n["type"] != "Scope" or i in held for i, n in enumerate(raw)]
    for i in reversed(range(len(raw))):  # a folder of folders is one too
        parent = raw[i]["parent"]
        if keep[i] and parent is not None:
            keep[parent] = True
    places = {old: new for new, old in enumerate(i for i, kept in enumerate(keep) if kept)}
    return [
        RawNode(
            name=n["name"],
            kind=n["kind"],
            parent=places.get(n["parent"]),
            mesh=n["mesh"],
            local=n["local"],
            purpose=n["purpose"],
            lod=n["lod"],
            properties=n["properties"],
            pointer=n["pointer"],
        )
        for n, kept in zip(raw, keep, strict=True)
        if kept
    ]
