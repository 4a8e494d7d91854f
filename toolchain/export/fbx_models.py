"""The node tree of an FBX: one mesh, or levels under a LOD group, and hulls beside them; every node at identity."""

from __future__ import annotations

import numpy as np

from toolchain.asset import I32
from toolchain.export.fbx_geometry import geometry
from toolchain.export.fbx_materials import Parts, add_materials
from toolchain.export.fbx_nodes import Int64, Node, node
from toolchain.export.fbx_properties import full_name, identity, object_id, prop, properties, user_properties
from toolchain.export.model import Model, ModelMesh

SCENE = Int64(0)  # the root node that every file has and none writes


def add_models(model: Model, parts: Parts) -> None:
    """All nodes, geometries, node attributes and materials of the model, connected.

    One mesh hangs from the scene by itself. More hang from a root named `model.object`, a LodGroup
    where levels form a group, else a Null; a level of several meshes has a Null of its own, `<object>_LOD<n>`.
    Hulls are the root's siblings, since a child of a LodGroup would be taken for a level.
    """
    extras = user_properties({**model.extras, "display_name": model.display})
    materials = add_materials(model, parts)
    levels = model.levels()
    if len(model.meshes) == 1:
        _add_mesh(model.meshes[0], SCENE, materials, parts, extras)
    else:
        group = len(levels) > 1 and model.deliverable.lods == "group"
        root = _add_empty(model.object, SCENE, _lod_group(model) if group else _null(model.object), parts, extras)
        for level, meshes in sorted(levels.items()):
            parent = root
            if len(levels) > 1 and len(meshes) > 1:
                name = f"{model.object}_LOD{level}"
                parent = _add_empty(name, root, _null(name), parts, [])
            for mesh in meshes:
                _add_mesh(mesh, parent, materials, parts, [])
    for hull in model.hulls:
        _add_mesh(hull, SCENE, None, parts, [])


def _add_mesh(
    item: ModelMesh,
    parent: Int64,
    materials: dict[int, Int64] | None,
    parts: Parts,
    extras: list[Node],
) -> None:
    """A mesh node, its geometry, and the materials that it uses, in the model's order."""
    number = parts.add(_model(item.name, "Mesh", extras))
    parts.link(number, parent)
    indices: I32 | None = None
    used: list[Int64] = []
    if materials is not None:
        slots, index = np.unique(item.mesh.slot_of_faces(), return_inverse=True)
        indices, used = index.reshape(-1).astype(np.int32), [materials[slot] for slot in slots.tolist()]
    parts.link(parts.add(geometry(item.name, item.mesh, indices)), number)
    for material in used:
        parts.link(material, number)


def _add_empty(name: str, parent: Int64, attribute: Node, parts: Parts, extras: list[Node]) -> Int64:
    number = parts.add(_model(name, attribute.values[2], extras))
    parts.link(number, parent)
    parts.link(parts.add(attribute), number)
    return number


def _model(name: str, kind: str, extras: list[Node]) -> Node:
    entries = [
        prop("RotationActive", "bool", 1),
        prop("InheritType", "enum", 1),
        prop("ScalingMax", "vector", 0.0, 0.0, 0.0),
        prop("DefaultAttributeIndex", "int", 0),
        *identity(),
        *extras,
    ]
    return node(
        "Model",
        object_id("Model", name),
        full_name(name, "Model"),
        kind,
        children=[node("Version", 232), properties(*entries), node("Shading", True), node("Culling", "CullingOff")],
    )


def _null(name: str) -> Node:
    return node(
        "NodeAttribute",
        object_id("NodeAttribute", name),
        full_name(name, "NodeAttribute"),
        "Null",
        children=[properties(), node("TypeFlags", "Null")],
    )


def _lod_group(model: Model) -> Node:
    """The SDK's FbxLODGroup. Threshold n parts level n from level n + 1, in percent of the screen's height."""
    levels = sorted(model.levels())
    entries = [
        prop("ThresholdsUsedAsPercentage", "bool", 1),
        prop("MinMaxDistance", "bool", 0),
        prop("MinDistance", "double", 0.0),
        prop("MaxDistance", "double", 0.0),
        prop("WorldSpace", "bool", 0),
    ]
    if model.screen:
        entries.append(prop("Thresholds", "compound"))
        entries += [
            prop(f"Thresholds|Level{i}", "distance", 100.0 * share, "cm")
            for i, share in enumerate(model.screen[: len(levels) - 1])
        ]
    entries.append(prop("DisplayLevels", "compound"))
    entries += [prop(f"DisplayLevels|Level{i}", "enum", 0) for i in range(len(levels))]  # 0: use the threshold
    return node(
        "NodeAttribute",
        object_id("NodeAttribute", model.object),
        full_name(model.object, "NodeAttribute"),
        "LodGroup",
        children=[properties(*entries)],
    )
