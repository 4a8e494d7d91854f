"""Godot `.import` files: what the editor's Import dock would be told by hand, and a uid that a re-export keeps.

Keys are those of Godot 4's scene and texture importers; a missing one takes the editor's default, and the editor
adds the paths of what it made. A scene that uses the asset refers to it by uid, so the uid hangs on profile, asset
and file name alone.
"""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np

from toolchain.asset import DeliveredFile, Mesh, PackedTexture
from toolchain.export.model import Model

#: Digits of a uid in Godot's own order: no z and no 9 (core/io/resource_uid.cpp, GH-83843).
_DIGITS = "abcdefghijklmnopqrstuvwxy012345678"
_SCENES = (".glb", ".gltf", ".fbx")
#: gltf/embedded_image_handling: 1 writes the images beside the file, where the next re-export's folder has none
#: of them; 2 keeps them inside, compressed for the GPU.
_KEEP_COMPRESSED = 2
#: meshes/light_baking: 1 takes the file's UV2 as it is, 2 lays one out, with the size hint that LightmapGI wants.
_STATIC, _STATIC_WITH_UV2 = 1, 2
#: Laying one out, Godot drops each triangle with an edge shorter than this (its ArrayMesh::lightmap_unwrap, from
#: xatlas: a square of 1.19e-7): a small or fine asset would come in with holes.
_SHORTEST_EDGE_M = 3.46e-4


def godot_imports(
    scope: str, models: dict[str, Model], textures: dict[str, PackedTexture]
) -> tuple[DeliveredFile, ...]:
    """An `.import` for each model of `models` that Godot imports as a scene, and for each loose texture, by path.

    `scope` (profile and asset) and the path make the uid.
    """
    bodies = {path: _scene(model) for path, model in models.items() if path.lower().endswith(_SCENES)}
    bodies |= {path: _texture(texture) for path, texture in textures.items()}
    return tuple(
        DeliveredFile(f"{path}.import", _text(remap | {"uid": uid(scope, path)}, told).encode())
        for path, (remap, told) in sorted(bodies.items())
    )


def uid(scope: str, path: str) -> str:
    """`uid://` and the 63-bit number that hangs on nothing but the arguments, spelled as Godot spells it."""
    number = int.from_bytes(hashlib.sha256(f"dropforge/{scope}/{path}".encode()).digest()[:8], "big") >> 1
    text = ""
    while number or not text:
        number, digit = divmod(number, len(_DIGITS))
        text = _DIGITS[digit] + text
    return f"uid://{text}"


def _scene(model: Model) -> tuple[dict[str, Any], dict[str, Any]]:
    meshes = [item.mesh for item in model.meshes]
    own_light = all(m.uv_light is not None for m in meshes)
    fine = min(_shortest_edge(m) for m in meshes) * model.deliverable.unit_m < _SHORTEST_EDGE_M
    told: dict[str, Any] = {
        "nodes/apply_root_scale": True,
        "nodes/root_scale": 1.0,
        "nodes/use_name_suffixes": True,
        "nodes/use_node_type_suffixes": True,
        "meshes/ensure_tangents": True,  # those of the file are kept; only what has none gets some
        "meshes/generate_lods": len(model.levels()) == 1,
        "meshes/create_shadow_meshes": True,
        "meshes/light_baking": _STATIC if own_light or fine else _STATIC_WITH_UV2,
        "meshes/lightmap_texel_size": 0.2,
        "meshes/force_disable_compression": False,
        "animation/import": False,
        "materials/extract": 0,
        "_subresources": {},
    }
    if model.deliverable.format == "glb":
        told |= {"gltf/naming_version": 2, "gltf/embedded_image_handling": _KEEP_COMPRESSED}
    return {"importer": "scene", "importer_version": 1, "type": "PackedScene"}, told


def _shortest_edge(mesh: Mesh) -> float:
    corners = mesh.positions[mesh.faces].astype(np.float64)
    return float(np.linalg.norm(corners - np.roll(corners, 1, axis=1), axis=2).min())


def _texture(texture: PackedTexture) -> tuple[dict[str, Any], dict[str, Any]]:
    normal = texture.role == "normal"
    told = {
        "compress/mode": 2,  # VRAM compressed
        "compress/normal_map": 1 if normal else 2,  # enabled, disabled; 0 would have the editor guess
        "mipmaps/generate": True,
        "process/normal_map_invert_y": normal and texture.normal == "directx",
        "detect_3d/compress_to": 0,
    }
    return {"importer": "texture", "type": "CompressedTexture2D"}, told


def _text(remap: dict[str, Any], told: dict[str, Any]) -> str:
    """The INI that Godot's ConfigFile reads: two sections of Variants as text."""
    out = []
    for section, rows in (("remap", remap), ("params", told)):
        out.append(f"[{section}]\n\n" + "".join(f"{key}={_variant(value)}\n" for key, value in rows.items()))
    return "\n".join(out)


def _variant(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return f'"{value}"' if isinstance(value, str) else repr(value)
