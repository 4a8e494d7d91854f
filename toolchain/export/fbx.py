"""FBX 7.4 binary of a Model: what Unity, Unreal, Godot, Blender and the DCC tools import.

The data stands in the file as the Model holds it, in the deliverable's axes and unit; GlobalSettings
say which those are, and every node is at identity. The same Model gives the same bytes.
"""

from __future__ import annotations

import numpy as np

from toolchain.asset import Mesh
from toolchain.export.fbx_materials import Parts
from toolchain.export.fbx_models import add_models
from toolchain.export.fbx_nodes import encode, node
from toolchain.export.fbx_scene import definitions, document, global_settings, head
from toolchain.export.model import Model

#: Objects in the order in which the SDK writes them.
ORDER = ("NodeAttribute", "Geometry", "Model", "Material", "Video", "Texture")


def write_fbx(model: Model) -> bytes:
    """The whole file. Raises ValueError, in one sentence, for a Model that cannot be written."""
    check(model)
    parts = Parts()
    add_models(model, parts)
    parts.objects = {kind: parts.objects[kind] for kind in ORDER if kind in parts.objects}
    objects = [made for kind in parts.objects.values() for made in kind]
    return encode([
        *head(model.deliverable.file.format(asset=model.object)),
        global_settings(model.deliverable.up, model.deliverable.unit_m),
        *document(),
        definitions(parts),
        node("Objects", children=objects),
        node("Connections", children=parts.connections),
        node("Takes", children=[node("Current", "")]),
    ])


def check(model: Model) -> None:
    """Raise ValueError where the Model has no meshes, unusable names or paths, or a mesh that is not sound."""
    if not model.meshes:
        raise ValueError(f"{model.object} has no mesh to write")
    nodes = [m.name for m in (*model.meshes, *model.hulls)]
    if len(model.meshes) > 1:
        nodes.append(model.object)
    for kind, names in (("node", nodes), ("material", [m.name for m in model.materials])):
        for name in names:
            if not name or any(ord(c) < 32 for c in name):
                raise ValueError(f"{name!r} cannot be the name of a {kind}")
            if names.count(name) > 1:
                raise ValueError(f"two {kind}s are named {name}")
    if model.texture_folder.startswith(("/", "\\")) or ":" in model.texture_folder or ".." in model.texture_folder:
        raise ValueError(f"the texture folder {model.texture_folder} is not beside the model")
    for item in model.meshes:
        _check_mesh(item.name, item.mesh)
        slots = item.mesh.slot_of_faces()
        if len(slots) != len(item.mesh.faces):
            raise ValueError(f"{item.name} has {len(item.mesh.faces)} faces but {len(slots)} slots")
        if slots.min() < 0 or slots.max() >= len(model.materials):
            raise ValueError(f"{item.name} uses slot {int(slots.max() if slots.min() >= 0 else slots.min())}, "
                             f"but there are {len(model.materials)} materials")
    for hull in model.hulls:
        _check_mesh(hull.name, hull.mesh)


def _check_mesh(name: str, mesh: Mesh) -> None:
    count = len(mesh.positions)
    if mesh.faces.ndim != 2 or mesh.faces.shape[1] != 3 or not len(mesh.faces):
        raise ValueError(f"{name} has no triangles")
    if mesh.faces.min() < 0 or mesh.faces.max() >= count:
        raise ValueError(f"{name} has a face that names a vertex outside its {count}")
    streams = {"positions": (mesh.positions, 3), "normals": (mesh.normals, 3), "tangents": (mesh.tangents, 4),
               "UVs": (mesh.uv, 2), "lightmap UVs": (mesh.uv_light, 2)}
    for what, (values, width) in streams.items():
        if values is None:
            continue
        if values.shape != (count, width):
            raise ValueError(f"{name} has {what} of shape {values.shape} where {(count, width)} is due")
        if not np.isfinite(values).all():
            raise ValueError(f"{name} has {what} that are not finite numbers")
    if mesh.tangents is not None and mesh.normals is None:
        raise ValueError(f"{name} has tangents without normals")
