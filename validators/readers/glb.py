"""GLB and glTF 2.0 by our own bounded reader, written against the Khronos specification.

Nothing a file says is believed before it is checked: a fault is a Finding and costs the part it is in.
glTF is +Y up in metres by definition.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from validators.finding import Where
from validators.readers.files import MOST_BYTES, read_bytes
from validators.readers.gltf_container import MAGIC, parse_json, split_glb
from validators.readers.gltf_document import Document, extensions, table, text
from validators.readers.gltf_looks import absolute_uris, read_materials, read_textures
from validators.readers.gltf_meshes import read_meshes
from validators.readers.gltf_nodes import read_nodes
from validators.readers.graph import place
from validators.readers.notes import Bad, Notes
from validators.scene import Material, Scene, SceneMesh

#: Required extensions under which what we read is still right.
_KNOWN = {
    "KHR_mesh_quantization",
    "KHR_texture_transform",
    "KHR_lights_punctual",
    "KHR_texture_basisu",
    "EXT_texture_webp",
    "EXT_texture_avif",
    "MSFT_texture_dds",
    "MSFT_lod",
    "KHR_animation_pointer",
    "KHR_node_visibility",
    "KHR_xmp_json_ld",
}


def read_glb(path: Path, file: str, root: Path, notes: Notes) -> Scene:
    """The scene of a .glb or .gltf. `root`: the folder that parts of it may lie in. Never raises for its content."""
    nbytes = path.stat().st_size
    form = "glb"
    try:
        data = read_bytes(path, MOST_BYTES)
        form = "glb" if data.startswith(MAGIC) else "gltf"
        text_part, binary = split_glb(data, notes) if form == "glb" else (data, None)
        json = parse_json(text_part)
    except Bad as error:
        notes.bad(error)
        return Scene(file=file, format=form, nbytes=nbytes, findings=notes.findings())
    document = Document(json, binary, path.parent, root, nbytes, notes)
    header = _header(document)
    meshes, materials, textures = read_meshes(document), read_materials(document), read_textures(document)
    nodes = place(read_nodes(document), meshes, notes)
    _check_uv_sets(document, meshes, materials)
    return Scene(
        file=file,
        format=form,
        nodes=nodes,
        meshes=tuple(meshes),
        materials=tuple(materials),
        textures=tuple(textures),
        up="+Y",
        unit_m=1.0,
        header=header,
        extras=_extras(document),
        nbytes=nbytes,
        findings=notes.findings(),
    )


def _header(document: Document) -> dict[str, Any]:
    asset = table(document.json, "asset")
    version = text(asset, "version")
    if not version.startswith("2."):
        document.notes.add(
            "file.unsupported" if version else "file.malformed",
            f"The asset's version is {version[:20]!r}; 2.0 is read.",
            where=Where(pointer="/asset/version"),
        )
    names = {}
    for key in ("extensionsUsed", "extensionsRequired"):
        found = document.json.get(key, [])
        names[key] = sorted({n[:100] for n in found if isinstance(n, str)})[:100] if isinstance(found, list) else []
    for name in names["extensionsRequired"]:
        if name not in _KNOWN and not name.startswith("KHR_materials_"):
            document.notes.add(
                "file.unsupported",
                f"The file requires the extension {name}, which is not read.",
                fix="Export without it: engines that lack it refuse the file.",
                where=Where(pointer="/extensionsRequired"),
                measured=name,
            )
    return {
        "version": version,
        "generator": text(asset, "generator"),
        "copyright": text(asset, "copyright"),
        "absolute_paths": absolute_uris(document),
        **names,
    }


def _extras(document: Document) -> dict[str, int]:
    lights = table(extensions(document.json), "KHR_lights_punctual").get("lights")
    targets = [
        p
        for m in document.items("meshes")
        if isinstance(m.get("primitives"), list)
        for p in m["primitives"]
        if isinstance(p, dict) and isinstance(p.get("targets"), list)
    ]
    return {
        "cameras": document.count("cameras"),
        "lights": len(lights) if isinstance(lights, list) else 0,
        "animations": document.count("animations"),
        "skins": document.count("skins"),
        "morph_targets": sum(len(p["targets"]) for p in targets),
    }


def _check_uv_sets(document: Document, meshes: list[SceneMesh], materials: list[Material]) -> None:
    """A texture that reads a UV set which its mesh lacks is drawn from nothing."""
    for mesh in meshes:
        for index in np.unique(mesh.face_material[mesh.face_material >= 0]).tolist():
            for role, binding in sorted(materials[index].bindings.items()):
                if not 0 <= binding.uv_set < len(mesh.uvs):
                    document.notes.add(
                        "file.malformed",
                        f"The {role} texture reads UV set {binding.uv_set}, which the mesh lacks.",
                        where=Where(mesh=mesh.name, material=materials[index].name),
                        measured=binding.uv_set,
                        limit=len(mesh.uvs) - 1,
                    )
