"""ufbx, in a child process: one load, everything copied to plain numbers, nothing kept.

ufbx 0.0.5 hands out wrappers of one C object as one shared Python object and gives up a reference for each use but the
first, so that dropping any of them frees what others still hold. `_Held` therefore keeps every wrapper alive until the
child ends, which `validators.child` does without running destructors; the garbage collector stays off.
"""

from __future__ import annotations

import gc
from pathlib import Path
from typing import Any

import numpy as np

from validators.columns import cross

MOST_CORNERS = 8_000_000  # points and corners over all meshes
MOST_UV_SETS = 8
_AXES = ("+X", "-X", "+Y", "-Y", "+Z", "-Z")
_PBR = (
    "base_color",
    "roughness",
    "metalness",
    "normal_map",
    "emission_color",
    "opacity",
    "ambient_occlusion",
    "glossiness",
    "base_factor",
    "emission_factor",
)


#: Outlives `load`: even the last reference must not be dropped before the process ends.
_EVERYTHING: list[Any] = []


class _Held:
    """Reads attributes and list entries of ufbx, and never lets go of one."""

    def __init__(self, scene: Any) -> None:
        self._all = _EVERYTHING
        self._all.append(scene)

    def get(self, holder: Any, *path: str) -> Any:
        for name in path:
            holder = getattr(holder, name)
            self._all.append(holder)
        return holder

    def list(self, holder: Any, *path: str) -> list[Any]:
        found = self.get(holder, *path)
        out = [found[i] for i in range(len(found))]
        self._all += out
        return out


def load(path: str) -> dict[str, Any]:
    """The scene of a binary FBX as dicts, lists and arrays; {"error": sentence} for what ufbx refuses.

    Axes and units are as written. To be run by `validators.child.call`.
    """
    gc.disable()
    import ufbx

    try:
        scene = ufbx.load_memory(
            Path(path).read_bytes(), load_external_files=False, allow_empty_faces=True, allow_nodes_out_of_root=True
        )
    except ufbx.UfbxError as error:
        return {"error": f"{type(error).__name__}: {error}"}
    held = _Held(scene)
    held.get(scene, "nodes")
    bones = {int(ufbx.ElementType.BONE)}
    return {
        "up": _up(held, scene),
        "unit_m": float(held.get(scene, "settings").unit_meters),
        "warnings": [
            (str(w.type.name), str(w.description), int(w.count)) for w in held.list(scene, "metadata", "warnings")
        ],
        "nodes": [_node(held, n, bones) for n in held.list(scene, "nodes")],
        "groups": {
            int(i.typed_id): _group(held, g) for g in held.list(scene, "lod_groups") for i in held.list(g, "instances")
        },
        "meshes": _meshes(held, scene),
        "materials": [_material(held, m) for m in held.list(scene, "materials")],
        "textures": [_texture(held, t) for t in held.list(scene, "textures")],
        "extras": {
            "cameras": len(held.get(scene, "cameras")),
            "lights": len(held.get(scene, "lights")),
            "animations": len(held.get(scene, "anim_curves")),
            "skins": len(held.get(scene, "skin_deformers")),
            "morph_targets": len(held.get(scene, "blend_channels")),
        },
    }


def _up(held: _Held, scene: Any) -> str:
    axis = int(held.get(scene, "settings", "axes").up)
    return _AXES[axis] if axis < 6 else ""


def _node(held: _Held, node: Any, bones: set[int]) -> dict[str, Any]:
    parent, mesh = held.get(node, "parent"), held.get(node, "mesh")
    camera, light = held.get(node, "camera"), held.get(node, "light")
    kind = (
        "root"
        if node.is_root
        else "mesh"
        if mesh is not None
        else "camera"
        if camera is not None
        else "light"
        if light is not None
        else "bone"
        if int(node.attrib_type) in bones
        else "lodgroup"
        if node.attrib_type.name == "LOD_GROUP"
        else "empty"
    )
    return {
        "name": str(node.name),
        "kind": kind,
        "parent": None if parent is None else int(parent.typed_id),
        "mesh": None if mesh is None else int(mesh.typed_id),
        "id": int(node.element_id),
        "children": [int(c.typed_id) for c in held.list(node, "children")],
        "local": _matrix(node.node_to_parent),
        "geometry": _matrix(node.geometry_to_node),
        "properties": _properties(held, node),
        "materials": [int(m.typed_id) for m in held.list(node, "materials")],
    }


def _matrix(matrix: Any) -> np.ndarray:
    out = np.eye(4)
    out[:3] = np.array([list(column) for column in matrix], np.float64).T
    return out


def _properties(held: _Held, element: Any) -> dict[str, Any]:
    """User-defined properties alone."""
    out: dict[str, Any] = {}
    for prop in held.list(element, "props", "props"):
        flags = prop.flags.name or ""
        if "USER_DEFINED" not in flags:
            continue
        kind = prop.type.name
        if kind == "STRING":
            out[str(prop.name)] = str(prop.value_str)
        elif kind in ("BOOLEAN", "INTEGER"):
            out[str(prop.name)] = int(prop.value_int)
        else:
            values = [float(v) for v in prop.value_vec4]
            out[str(prop.name)] = values[0] if kind in ("NUMBER", "DISTANCE") else values[:3]
    return out


def _group(held: _Held, group: Any) -> dict[str, Any]:
    return {
        "percent": bool(group.relative_distances),
        "distances": [float(level.distance) for level in held.list(group, "lod_levels")],
    }


def _meshes(held: _Held, scene: Any) -> list[dict[str, Any]]:
    out, left = [], MOST_CORNERS
    for mesh in held.list(scene, "meshes"):
        size = int(mesh.num_indices) + int(mesh.num_vertices)
        if size > left:
            out.append({"name": str(mesh.name), "too_big": size})
            continue
        left -= size
        out.append(_mesh(held, mesh))
    return out


def _mesh(held: _Held, mesh: Any) -> dict[str, Any]:
    corners = int(mesh.num_indices)
    faces = held.get(mesh, "faces")
    normals = _stream(held, mesh, 3, corners, "vertex_normal")
    uv_sets = held.list(mesh, "uv_sets")[:MOST_UV_SETS]
    return {
        "name": str(mesh.name),
        "id": int(mesh.element_id),
        "points": _vectors(held, mesh, 3, "vertices"),
        "sizes": np.array(memoryview(faces), np.int32)[:, 1] if len(faces) else np.zeros(0, np.int32),
        "corner_point": _whole(held, mesh, "vertex_indices"),
        "face_material": _whole(held, mesh, "face_material"),
        "materials": [int(m.typed_id) for m in held.list(mesh, "materials")],
        "normals": normals,
        "tangents": _tangents(held, mesh, corners, normals),
        "colours": _stream(held, mesh, 4, corners, "vertex_color"),
        "uvs": [_stream(held, s, 2, corners, "vertex_uv") for s in uv_sets],
        "uv_names": [str(s.name) for s in uv_sets],
        **{
            f"{what}_exist": bool(held.get(mesh, f"vertex_{name}").exists)
            for what, name in (("normals", "normal"), ("tangents", "tangent"), ("colours", "color"))
        },
        "smoothing": len(held.get(mesh, "face_smoothing")) > 0 or len(held.get(mesh, "edge_smoothing")) > 0,
    }


def _vectors(held: _Held, holder: Any, width: int, *path: str) -> np.ndarray:
    found = held.get(holder, *path)
    return np.array(memoryview(found), np.float64).reshape(-1, width) if len(found) else np.zeros((0, width))


def _whole(held: _Held, holder: Any, *path: str) -> np.ndarray:
    found = held.get(holder, *path)
    return np.fromiter(found, np.int64, len(found)).astype(np.int32)


def _stream(held: _Held, holder: Any, width: int, corners: int, name: str) -> np.ndarray | None:
    stream = held.get(holder, name)
    if not stream.exists:
        return None
    values, index = _vectors(held, stream, width, "values"), _whole(held, stream, "indices")
    if len(index) != corners or not len(values) or index.min(initial=0) < 0 or index.max(initial=0) >= len(values):
        return None
    return values[index]


def _tangents(held: _Held, mesh: Any, corners: int, normals: np.ndarray | None) -> np.ndarray | None:
    """(C, 4) tangents with the sign of the bitangent in w; 1 where the file has no bitangents or normals."""
    tangents = _stream(held, mesh, 3, corners, "vertex_tangent")
    if tangents is None:
        return None
    sign = np.ones(corners)
    bitangents = None if normals is None else _stream(held, mesh, 3, corners, "vertex_bitangent")
    if normals is not None and bitangents is not None:
        with np.errstate(all="ignore"):
            turned = np.einsum("ij,ij->i", cross(normals, tangents), bitangents)
        sign[turned < 0] = -1.0
    return np.column_stack((tangents, sign))


def _material(held: _Held, material: Any) -> dict[str, Any]:
    values: dict[str, list[float]] = {}
    bound: dict[str, int] = {}
    maps = held.get(material, "pbr")
    for name in _PBR:
        entry = held.get(maps, name)
        texture = held.get(entry, "texture")
        if texture is not None and entry.texture_enabled:
            bound[name] = int(texture.typed_id)
        if entry.has_value:
            values[name] = [float(v) for v in entry.value_vec4]
    links = [(str(t.material_prop), int(held.get(t, "texture").typed_id)) for t in held.list(material, "textures")]
    features = held.get(material, "features", "double_sided")
    return {
        "name": str(material.name),
        "shader": str(material.shading_model_name),
        "values": values,
        "pbr": bound,
        "links": links,
        "double_sided": bool(features.enabled),
        "properties": _properties(held, material),
    }


def _texture(held: _Held, texture: Any) -> dict[str, Any]:
    content = bytes(held.get(texture, "content"))
    video = held.get(texture, "video")
    if not content and video is not None:
        content = bytes(held.get(video, "content"))
    return {
        "name": str(texture.name),
        "relative": str(texture.relative_filename),
        "absolute": str(texture.absolute_filename),
        "file": str(texture.filename),
        "content": content,
        "uv_set": str(texture.uv_set),
    }
