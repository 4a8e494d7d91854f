"""Binary FBX: a bounded look at the record tree by us, then ufbx in a child process.

Axes, units and numbers stay as written: GlobalSettings' UpAxis is `Scene.up`, UnitScaleFactor (centimetres) `unit_m`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from validators.finding import Where
from validators.readers import fbx_child, fbx_nodes
from validators.readers.fbx_looks import read_materials, read_textures
from validators.readers.files import MOST_BYTES, read_bytes
from validators.readers.foreign import ask
from validators.readers.graph import MOST_NODES, RawNode, place
from validators.readers.notes import Bad, Notes
from validators.scene import I32, Scene, SceneMesh

MEMORY_MB = 4096
OLDEST = 7100  # FBX 2011: what engines promise to read
_SETTINGS = (
    "UpAxis",
    "UpAxisSign",
    "FrontAxis",
    "FrontAxisSign",
    "CoordAxis",
    "CoordAxisSign",
    "UnitScaleFactor",
    "OriginalUnitScaleFactor",
    "OriginalUpAxis",
)
_HARMLESS = {"MISSING_EXTERNAL_FILE", "DUPLICATE_CONNECTION", "BAD_VERTEX_W_ATTRIBUTE"}


def read_fbx(path: Path, file: str, root: Path, notes: Notes) -> Scene:
    """The scene of a binary FBX. Never raises for its content; an ASCII or an older one is a Finding."""
    nbytes = path.stat().st_size
    header: dict[str, Any] = {}
    raw: dict[str, Any] = {}
    try:
        data = read_bytes(path, MOST_BYTES)
        if not data.startswith(fbx_nodes.MAGIC[:18]):
            raise Bad(
                "file.ascii_fbx", "This is an ASCII FBX, which Roblox, Godot, Blender and others refuse to import."
            )
        header = _header(data, notes)
        del data
        raw = ask(fbx_child.load, str(path), memory_mb=MEMORY_MB, form="FBX", notes=notes)
    except Bad as error:
        notes.bad(error)
    if not raw:
        return Scene(file=file, format="fbx", header=header, nbytes=nbytes, findings=notes.findings())
    for kind, text, count in raw["warnings"]:
        if kind not in _HARMLESS:
            notes.add(
                "file.malformed",
                f"ufbx: {text}.",
                severity="error" if kind == "INDEX_CLAMPED" else "warning",
                measured=count,
            )
    header["absolute_paths"] = []
    textures = read_textures(raw, path.parent, root, header["absolute_paths"], notes)
    meshes = [_mesh(m, raw, i, notes) for i, m in enumerate(raw["meshes"])]
    nodes = place(_nodes(raw, notes), meshes, notes)
    if not raw["up"]:
        notes.add("file.malformed", "The FBX does not say which axis is up.", where=Where(pointer="/GlobalSettings"))
    return Scene(
        file=file,
        format="fbx",
        nodes=nodes,
        meshes=tuple(meshes),
        materials=tuple(read_materials(raw)),
        textures=tuple(textures),
        up=raw["up"] or "+Y",
        unit_m=raw["unit_m"],
        header=header,
        extras=raw["extras"],
        nbytes=nbytes,
        findings=notes.findings(),
    )


def _header(data: bytes, notes: Notes) -> dict[str, Any]:
    """What the file says of itself. Raises Bad where it is too large; other faults are noted, for ufbx may read on."""
    header: dict[str, Any] = {"version": fbx_nodes.version(data)}
    if header["version"] < OLDEST:
        notes.add(
            "file.version",
            f"This is FBX {header['version'] / 1000:g}; engines read 7.1 (2011) and newer.",
            fix="Export as FBX 7.4 binary (2014/2015) or newer.",
            measured=header["version"],
            limit=OLDEST,
        )
    try:
        tree = fbx_nodes.walk(data)
    except Bad as error:
        if error.finding.code == "file.too_big":
            raise
        notes.bad(error)
        return header
    creator = tree.first("Creator")
    if creator is None and (extension := tree.first("FBXHeaderExtension")):
        creator = extension.first("Creator")
    if creator and creator.properties and isinstance(creator.properties[0], bytes):
        header["creator"] = fbx_nodes.plain(creator.properties[0])
    settings = tree.first("GlobalSettings")
    found = settings.table() if settings else {}
    header |= {key: found[key] for key in _SETTINGS if isinstance(found.get(key), (int, float))}
    if not tree.children:
        notes.add("file.truncated", "The FBX has a header and nothing behind it.", where=Where(offset=len(data)))
    return header


def _mesh(raw: dict[str, Any], scene: dict[str, Any], index: int, notes: Notes) -> SceneMesh:
    if "too_big" in raw:
        notes.add(
            "file.too_big",
            "The file has more corners than we read; this mesh is left out.",
            where=Where(mesh=raw["name"]),
            measured=raw["too_big"],
            limit=fbx_child.MOST_CORNERS,
        )
        nothing = np.zeros(0, np.int32)
        return SceneMesh(raw["name"], np.zeros((0, 3)), nothing, nothing, nothing)
    lost = [what for what in ("normals", "tangents", "colours") if raw[what] is None and raw[f"{what}_exist"]]
    lost += [f"UV set {i}" for i, uv in enumerate(raw["uvs"]) if uv is None]
    for what in lost:
        notes.add(
            "file.malformed",
            f"The mesh's {what} cannot be read: they do not fit its corners.",
            where=Where(mesh=raw["name"]),
        )
    corners = len(raw["corner_point"])
    return SceneMesh(
        name=raw["name"],
        points=raw["points"],
        face_sizes=raw["sizes"],
        corner_point=raw["corner_point"],
        face_material=_face_material(raw, scene, index),
        normals=raw["normals"],
        tangents=raw["tangents"],
        uvs=tuple(np.zeros((corners, 2)) if uv is None else uv for uv in raw["uvs"]),
        colours=raw["colours"],
        smoothing=raw["smoothing"],
    )


def _face_material(raw: dict[str, Any], scene: dict[str, Any], index: int) -> I32:
    """Indices into the scene's materials; the first node of the mesh says which its slots are."""
    slots = next((n["materials"] for n in scene["nodes"] if n["mesh"] == index and n["materials"]), raw["materials"])
    count = len(raw["sizes"])
    if not slots:
        return np.full(count, -1, np.int32)
    faces = raw["face_material"] if len(raw["face_material"]) == count else np.zeros(count, np.int32)
    known = (faces >= 0) & (faces < len(slots))
    return np.where(known, np.array(slots, np.int32)[np.where(known, faces, 0)], -1).astype(np.int32)


def _nodes(raw: dict[str, Any], notes: Notes) -> list[RawNode]:
    """The file's nodes, without the root that FBX implies. A geometric transform goes into the node that has it.

    Levels are a group's children in their order; its thresholds part each level from the next.
    """
    levels = {child: level for group in raw["groups"] for level, child in enumerate(raw["nodes"][group]["children"])}
    out: list[RawNode] = []
    places: dict[int, int] = {}
    if len(raw["nodes"]) > MOST_NODES:
        notes.add("file.too_big", "The file has more nodes than we read.", measured=len(raw["nodes"]), limit=MOST_NODES)
    for i, node in enumerate(raw["nodes"][:MOST_NODES]):
        if node["kind"] == "root":
            continue
        places[i] = len(out)
        parent = places.get(node["parent"])
        above = None if parent is None else raw["nodes"][node["parent"]]
        local = node["local"] @ node["geometry"]
        properties = dict(node["properties"])
        if not np.allclose(node["geometry"], np.eye(4), atol=1e-9):
            properties["geometric_transform"] = True
        if above is not None and not np.allclose(above["geometry"], np.eye(4), atol=1e-9):
            local = np.linalg.pinv(np.nan_to_num(above["geometry"])) @ local  # children do not inherit it
        group = raw["groups"].get(i)
        if group:
            properties["thresholds_in_percent"] = group["percent"]
        out.append(
            RawNode(
                name=node["name"],
                kind=node["kind"],
                parent=parent,
                mesh=node["mesh"],
                local=local,
                lod=levels.get(i),
                thresholds=tuple(group["distances"][1:]) if group else (),
                properties=properties,
                pointer="/" + "/".join(_path(raw["nodes"], i)),
            )
        )
    return out


def _path(nodes: list[dict[str, Any]], index: int | None) -> list[str]:
    names: list[str] = []
    while index is not None and nodes[index]["kind"] != "root" and len(names) < 64:
        names.append(nodes[index]["name"])
        index = nodes[index]["parent"]
    return names[::-1]
