"""What Blender makes of a file: an oracle run in an interpreter of its own, whose path DROPFORGE_BPY names.

Blender's module is GPL and wants its own numpy, so it is never imported here: :func:`read` starts this
very file in that interpreter, which imports an FBX, GLB, USD or OBJ and prints JSON:

    {"objects": {NAME: {"type", "parent", "world", "props", and of a mesh "low", "high", "materials", "polygons",
                        "triangles", "vertices", "points", "corners", "face_material", "sharp", "loop_normals",
                        "uv": {LAYER: {"low", "high", "values"}}}},
     "materials": {NAME: {"images": {SOCKET: FILE}, "roughness", "metallic", "alpha", "normal_strength"}},
     "images": {NAME: {"size", "packed"}}}

Lengths are metres in Blender's space: +Z up, and -Y is where an asset that faces the viewer looks.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

VARIABLE = "DROPFORGE_BPY"
MARK = "DROPFORGE-BLENDER-JSON "


def why_not() -> str | None:
    """Why there is no oracle here, in a sentence; None where there is one."""
    python = os.environ.get(VARIABLE, "")
    if not python:
        return f"{VARIABLE} does not name a Python interpreter with Blender's bpy module"
    return None if Path(python).is_file() else f"{VARIABLE} names {python}, which is no file"


def read(path: Path, importer: str = "", deadline_s: float = 120.0) -> dict[str, Any]:
    """`path` as Blender imports it. `importer`: "addon" takes the older FBX importer instead of the built-in one."""
    command = [os.environ[VARIABLE], str(Path(__file__).resolve()), str(path), importer]
    done = subprocess.run(command, capture_output=True, text=True, timeout=deadline_s, check=False)
    lines = [line for line in done.stdout.splitlines() if line.startswith(MARK)]
    if done.returncode or not lines:
        raise AssertionError(f"Blender could not read {path.name}:\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}")
    return json.loads(lines[-1].removeprefix(MARK))


def load_file(path: str, importer: str = "") -> None:
    """The Blender side: `path` into an empty scene."""
    import bpy

    bpy.ops.wm.read_factory_settings(use_empty=True)
    suffix = Path(path).suffix.lower()
    if suffix == ".fbx" and importer == "addon":
        bpy.ops.preferences.addon_enable(module="io_scene_fbx")
        bpy.ops.import_scene.fbx(filepath=path, use_custom_props=True)
    elif suffix == ".fbx":
        bpy.ops.wm.fbx_import(filepath=path, use_custom_props=True)
    elif suffix in (".glb", ".gltf"):
        bpy.ops.import_scene.gltf(filepath=path)
    elif suffix in (".usd", ".usda", ".usdc", ".usdz"):
        bpy.ops.wm.usd_import(filepath=path, import_all_materials=True)
    elif suffix == ".obj":
        bpy.ops.wm.obj_import(filepath=path)
    else:
        raise ValueError(f"no importer for {suffix}")


def _object(item: Any) -> dict[str, Any]:
    out: dict[str, Any] = {
        "type": item.type,
        "parent": item.parent.name if item.parent else None,
        "props": {k: v for k, v in item.items() if isinstance(v, (str, int, float))},
        "world": [list(row) for row in item.matrix_world],
    }
    if item.type != "MESH":
        return out
    mesh = item.data
    points = [tuple(item.matrix_world @ v.co) for v in mesh.vertices]
    turn = item.matrix_world.to_3x3().inverted_safe().transposed()
    out |= {
        "low": [min(p[k] for p in points) for k in range(3)],
        "high": [max(p[k] for p in points) for k in range(3)],
        "materials": [slot.material.name if slot.material else None for slot in item.material_slots],
        "polygons": len(mesh.polygons),
        "triangles": sum(len(p.vertices) - 2 for p in mesh.polygons),
        "vertices": len(mesh.vertices),
        "face_material": [p.material_index for p in mesh.polygons],
        "sharp": sum(bool(e.use_edge_sharp) for e in mesh.edges),
        "points": points,
        "corners": [loop.vertex_index for loop in mesh.loops],
        "loop_normals": [tuple((turn @ n.vector).normalized()) for n in mesh.corner_normals],
        "uv": {layer.name: _uv([tuple(d.vector) for d in layer.uv]) for layer in mesh.uv_layers},
    }
    return out


def _uv(values: list[Any]) -> dict[str, Any]:
    return {
        "low": [min(v[k] for v in values) for k in (0, 1)],
        "high": [max(v[k] for v in values) for k in (0, 1)],
        "values": values,
    }


def _material(material: Any) -> dict[str, Any]:
    nodes = material.node_tree.nodes if material.use_nodes else ()
    shader = next((n for n in nodes if n.type == "BSDF_PRINCIPLED"), None)
    if shader is None:
        return {"images": {}}
    images = {socket.name: found for socket in shader.inputs if (found := _image(socket))}
    strength = [
        link.from_node.inputs["Strength"].default_value
        for link in shader.inputs["Normal"].links
        if link.from_node.type == "NORMAL_MAP"
    ]
    return {
        "images": images,
        "roughness": shader.inputs["Roughness"].default_value,
        "metallic": shader.inputs["Metallic"].default_value,
        "alpha": shader.inputs["Alpha"].default_value,
        "normal_strength": strength[0] if strength else None,
    }


def _image(socket: Any) -> str:
    """File name of the first image on the way into `socket`; "" where there is none."""
    for link in socket.links:
        if link.from_node.type == "TEX_IMAGE":
            image = link.from_node.image
            return Path((image.filepath or image.name).replace("\\", "/")).name if image else ""
        for further in link.from_node.inputs:
            if found := _image(further):
                return found
    return ""


def main(path: str, importer: str = "") -> None:
    """The Blender side: import, and print what came of it."""
    import bpy

    load_file(path, importer)
    bpy.context.view_layer.update()
    found = {
        "objects": {o.name: _object(o) for o in bpy.data.objects},
        "materials": {m.name: _material(m) for m in bpy.data.materials},
        "images": {i.name: {"size": list(i.size), "packed": i.packed_file is not None} for i in bpy.data.images},
    }
    sys.stdout.write("\n" + MARK + json.dumps(found) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:3])
