"""Tangents for meshes that wear a normal map and have none: MikkTSpace, as glTF asks of whoever finds none.

They are what a viewer that obeys the specification (3.7.2.1) makes for itself, so that nothing looks different; one
that does not now shows the map as it was baked. Vertices whose faces need two frames are split.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from validators.fix.gltf import ARRAY, ELEMENTS, Gltf, groups, indices
from validators.readers.gltf_document import extensions, table
from validators.readers.notes import Bad
from validators.rules.case import Case
from validators.rules.words import count


def fix(gltf: Gltf, case: Case) -> list[str]:
    """Add them to every part of a mesh that has a normal map somewhere and tangents nowhere."""
    held: dict[int, list[list[dict[str, Any]]]] = {}
    for mesh, primitives in groups(gltf):
        held.setdefault(id(mesh), []).append(primitives)
    added = 0
    for mesh in gltf.items("meshes"):
        parts = held.get(id(mesh), [])
        whole = [p for part in parts for p in part]
        sets = [_uv_set(gltf, p) for p in whole]
        bare = not any("TANGENT" in p.get("attributes", {}) for p in mesh.get("primitives", []))
        if not bare or all(s is None for s in sets) or len(whole) != len(mesh["primitives"]):
            continue  # of a mesh that is changed in part alone, some faces would have tangents and others not
        added += sum(_add(gltf, part) for part in parts)
    return [f"tangents made for {count(added, 'vertex', 'vertices')}"] if added else []


def _uv_set(gltf: Gltf, primitive: dict[str, Any]) -> int | None:
    """The UV set of the primitive's normal map; None where it has none."""
    index = primitive.get("material")
    material = gltf.items("materials")[index] if isinstance(index, int) else {}
    bound = table(material, "normalTexture")
    if not bound:
        return None
    if "KHR_texture_transform" in extensions(bound):
        raise Bad("file.unsupported", "A normal map is moved or turned on its UVs, and whose tangents fit is not said.")
    return int(bound.get("texCoord", 0))


def _add(gltf: Gltf, primitives: list[dict[str, Any]]) -> int:
    """Tangents for the one set of vertices that `primitives` share; how many."""
    from validators.mikktspace import vertex_tangents

    attributes = primitives[0]["attributes"]
    streams = {name: gltf.array(index) for name, index in attributes.items()}
    used = {s for p in primitives if (s := _uv_set(gltf, p)) is not None} or {0}
    uv_name = f"TEXCOORD_{min(used)}"
    if len(used) > 1 or "NORMAL" not in streams or uv_name not in streams:
        raise Bad("file.unsupported", "Tangents need normals and the UVs of one normal map.")
    points, normals, uv = (_floats(gltf, attributes[name], streams[name]) for name in ("POSITION", "NORMAL", uv_name))
    if not all(np.isfinite(v).all() for v in (points, normals, uv)) or any(
        len(s) != len(points) for s in streams.values()
    ):
        raise Bad("file.malformed", "The mesh holds broken numbers.")
    faces = [indices(gltf, p, len(points)) for p in primitives]
    uv[:, 1] = 1.0 - uv[:, 1]
    source, made, tangents = vertex_tangents(points, np.concatenate(faces).astype(np.int64), normals, uv)
    new = {
        name: gltf.add(values[source], gltf.json["accessors"][attributes[name]], ARRAY)
        for name, values in streams.items()
        if len(source) > len(points)
    } or dict(attributes)
    new["TANGENT"] = gltf.add(tangents, {}, ARRAY)
    start = 0
    for primitive, face in zip(primitives, faces, strict=True):
        own = made[start : start + len(face)]
        start += len(face)
        kind = face.dtype if len(source) <= np.iinfo(face.dtype).max else np.dtype("<u4")
        like = gltf.json["accessors"][primitive["indices"]] if "indices" in primitive else {}
        primitive["indices"] = gltf.add(own.astype(kind).reshape(-1, 1), like, ELEMENTS)
        primitive["attributes"] = dict(new)
    return len(source)


def _floats(gltf: Gltf, index: int, values: np.ndarray) -> np.ndarray:
    """Stored values as float32, scaled where they are normalised."""
    if values.dtype.kind == "f" or not gltf.json["accessors"][index].get("normalized"):
        return values.astype(np.float32)
    top = np.float32(np.iinfo(values.dtype).max)
    return np.maximum(values.astype(np.float32) / top, np.float32(-1))
