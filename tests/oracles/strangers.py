"""What readers that are not ours say of a file: ufbx and assimp, each in a child process.

Both are native and may crash on what a writer got wrong: a test then fails with ChildError and goes on.
The dicts hold plain numbers, strings and numpy arrays.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from validators.child import call


def by_ufbx(path: Path, deadline_s: float = 30.0) -> dict[str, Any]:
    """Everything a test asks of an FBX, as ufbx reads it. Raises ChildError on a crash, ufbx.UfbxError on a refusal."""
    return call(read_ufbx, str(path), deadline_s=deadline_s)


def by_assimp(path: Path, deadline_s: float = 30.0) -> dict[str, Any]:
    """Meshes by name and materials, as assimp reads any format it knows."""
    return call(read_assimp, str(path), deadline_s=deadline_s)


PBR_ROLES = ("base_color", "normal_map", "roughness", "metalness", "ambient_occlusion", "emission_color")
#: The binding frees what its temporaries still lean on, so every wrapper lives as long as the child does.
_HELD: list[Any] = []


def _get(thing: Any, path: str) -> Any:
    """`thing.a.b`, each step kept alive."""
    for name in path.split("."):
        thing = getattr(thing, name)
        _HELD.append(thing)
    return thing


def _all(thing: Any, path: str) -> list[Any]:
    """The items of the list at `path`, kept alive."""
    items = _get(thing, path)
    made = [items[i] for i in range(len(items))]
    _HELD.extend(made)
    return made


def read_ufbx(path: str) -> dict[str, Any]:
    """:func:`by_ufbx` in this process."""
    import ufbx

    scene = ufbx.load_file(path)
    _HELD.append(scene)
    axes = _get(scene, "settings.axes")
    return {
        "version": int(_get(scene, "metadata.version")),
        "creator": str(_get(scene, "metadata.creator")),
        "warnings": [str(_get(w, "description")) for w in _all(scene, "metadata.warnings")],
        "up": axes.up.name,
        "front": axes.front.name,
        "right": axes.right.name,
        "unit_m": float(_get(scene, "settings.unit_meters")),
        "settings": _ufbx_props(_get(scene, "settings")),
        "nodes": {_get(node, "name"): _ufbx_node(node) for node in _all(scene, "nodes")[1:]},
        "roots": [_get(node, "name") for node in _all(_all(scene, "nodes")[0], "children")],
        "meshes": {_get(_all(mesh, "instances")[0], "name"): _ufbx_mesh(mesh) for mesh in _all(scene, "meshes")},
        "materials": {_get(material, "name"): _ufbx_material(material) for material in _all(scene, "materials")},
        "lod_groups": [
            {
                "node": _get(_all(group, "instances")[0], "name"),
                "relative": bool(_get(group, "relative_distances")),
                "levels": [
                    (float(_get(level, "distance")), _get(level, "display").name) for level in _all(group, "lod_levels")
                ],
            }
            for group in _all(scene, "lod_groups")
        ],
    }


def _ufbx_props(element: Any) -> dict[str, Any]:
    """Own properties, by type as text, whole number, number or triple; those of a template are not in it."""
    out: dict[str, Any] = {}
    for prop in _all(element, "props.props"):
        name, kind = str(_get(prop, "name")), _get(prop, "type").name
        if kind in ("STRING", "DATE_TIME", "REFERENCE"):
            out[name] = str(_get(prop, "value_str"))
        elif kind in ("INTEGER", "BOOLEAN"):
            out[name] = int(_get(prop, "value_int"))
        else:
            value = tuple(float(v) for v in _get(prop, "value_vec4")[:3])
            out[name] = value[0] if kind in ("NUMBER", "DISTANCE") else value
    return out


def _ufbx_node(node: Any) -> dict[str, Any]:
    matrix = _get(node, "node_to_world")
    return {
        "children": [_get(child, "name") for child in _all(node, "children")],
        "attribute": _get(node, "attrib_type").name,
        "materials": [_get(m, "name") for m in _all(node, "materials")],
        "inherit": _get(node, "original_inherit_mode").name,
        "props": _ufbx_props(node),
        "world": np.array([tuple(column) for column in matrix]).T,
    }


def _ufbx_corners(mesh: Any, path: str, width: int) -> Any:
    """(C, width) values at the corners, or None."""
    attribute = _get(mesh, path)
    if not _get(attribute, "exists"):
        return None
    values = np.array([tuple(v) for v in _all(attribute, "values")], np.float64).reshape(-1, width)
    return values[np.array(_all(attribute, "indices"), np.int64)]


def _ufbx_mesh(mesh: Any) -> dict[str, Any]:
    return {
        "points": np.array([tuple(v) for v in _all(mesh, "vertices")]).reshape(-1, 3),
        "corners": np.array(_all(mesh, "vertex_indices"), np.int64),
        "sizes": np.array([face.num_indices for face in _all(mesh, "faces")], np.int64),
        "normals": _ufbx_corners(mesh, "vertex_normal", 3),
        "generated_normals": bool(_get(mesh, "generated_normals")),
        "tangents": _ufbx_corners(mesh, "vertex_tangent", 3),
        "bitangents": _ufbx_corners(mesh, "vertex_bitangent", 3),
        "uv_sets": {_get(uv, "name"): _ufbx_corners(uv, "vertex_uv", 2) for uv in _all(mesh, "uv_sets")},
        "edges": np.array([(edge.a, edge.b) for edge in _all(mesh, "edges")], np.int64).reshape(-1, 2),  # corners
        "smooth": np.array(_all(mesh, "edge_smoothing"), bool),  # by edge
        "materials": [_get(material, "name") for material in _all(mesh, "materials")],
        "face_material": np.array(_all(mesh, "face_material"), np.int64),
    }


def _ufbx_material(material: Any) -> dict[str, Any]:
    return {
        "shader": _get(material, "shader_type").name,
        "shading": str(_get(material, "shading_model_name")),
        "roughness": float(_get(material, "pbr.roughness.value_vec4")[0]),
        "metalness": float(_get(material, "pbr.metalness.value_vec4")[0]),
        "pbr": {
            role: _get(_get(material, f"pbr.{role}.texture"), "relative_filename")
            for role in PBR_ROLES
            if _get(material, f"pbr.{role}.texture") is not None
        },
        "textures": {_get(t, "material_prop"): _ufbx_texture(_get(t, "texture")) for t in _all(material, "textures")},
        "props": _ufbx_props(material),
    }


def _ufbx_texture(texture: Any) -> dict[str, Any]:
    return {
        "name": _get(texture, "name"),
        "relative": _get(texture, "relative_filename"),
        "raw": bytes(_get(texture, "raw_filename")),
        "uv_set": _get(texture, "uv_set"),
        "content": bytes(_get(texture, "content") or b""),
    }


def read_assimp(path: str) -> dict[str, Any]:
    """:func:`by_assimp` in this process."""
    import assimp_py as a

    scene = a.import_file(path, a.Process_Triangulate | a.Process_ValidateDataStructure)
    meshes = []
    for mesh in scene.meshes:
        points = np.array(mesh.vertices).reshape(-1, 3)
        meshes.append(
            {
                "name": mesh.name,
                "points": points,
                "faces": np.array(mesh.indices).reshape(-1, 3),
                "normals": None if mesh.normals is None else np.array(mesh.normals).reshape(-1, 3),
                "uvs": [np.array(uv).reshape(len(points), -1)[:, :2] for uv in (mesh.texcoords or [])],
                "material": int(mesh.material_index),
            }
        )
    return {"meshes": meshes, "materials": [dict(m) for m in scene.materials], "root": _assimp_node(scene.root_node)}


def _assimp_node(node: Any) -> dict[str, Any]:
    return {
        "name": node.name,
        "meshes": list(node.mesh_indices),
        "matrix": np.array(node.transformation).reshape(4, 4),
        "children": [_assimp_node(child) for child in node.children],
    }
