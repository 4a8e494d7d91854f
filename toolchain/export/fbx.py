"""FBX 7.4 binary of a Model: what Unity, Unreal, Godot, Blender and the DCC tools import.

The data stands in the file as the Model holds it, in the deliverable's axes and unit; GlobalSettings
say which those are, and every node is at identity. The same Model gives the same bytes.
"""

from __future__ import annotations

from toolchain.export.fbx_materials import Parts
from toolchain.export.fbx_models import add_models
from toolchain.export.fbx_nodes import encode, node
from toolchain.export.fbx_scene import definitions, document, global_settings, head
from toolchain.export.guard import require_sound
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
    return encode(
        [
            *head(f"{model.object}.fbx"),
            global_settings(model.deliverable.up, model.deliverable.unit_m),
            *document(),
            definitions(parts),
            node("Objects", children=objects),
            node("Connections", children=parts.connections),
            node("Takes", children=[node("Current", "")]),
        ]
    )


def check(model: Model) -> None:
    """Raise ValueError where the Model is not sound, or has a name, a slot list or a folder that FBX cannot hold."""
    require_sound(model)
    names = [model.object, *(m.name for m in model.meshes + model.hulls), *(m.name for m in model.materials)]
    for name in names:
        if not name or any(ord(c) < 32 for c in name):
            raise ValueError(f"{name!r} cannot be a name in an FBX")
    for item in model.meshes:
        slots, faces = len(item.mesh.slot_of_faces()), len(item.mesh.faces)
        if slots != faces:
            raise ValueError(f"{item.name} has {faces} faces but {slots} slots")
        if item.mesh.tangents is not None and item.mesh.normals is None:
            raise ValueError(f"{item.name} has tangents without normals")
    folder = model.texture_folder
    if folder.startswith(("/", "\\")) or ":" in folder or ".." in folder.replace("\\", "/").split("/"):
        raise ValueError(f"the texture folder {folder} is not beside the model")
