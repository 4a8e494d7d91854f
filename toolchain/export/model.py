"""Model: what one file must say, in its own axes, units and names. The writers only spell it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from engine_profiles.schema import Deliverable, Names
from toolchain.asset import Hulls, Lods, Look, Mesh, PackedTexture, PackedTextures, Slots
from toolchain.export.frame import to_file


@dataclass(frozen=True, eq=False)
class ModelMesh:
    """One mesh node at identity. `mesh.slots` indexes Model.materials."""

    name: str
    level: int
    mesh: Mesh
    kind: str = ""  # of a collision shape: convex, or the box, sphere or capsule that its mesh is drawn from


@dataclass(frozen=True, eq=False)
class ModelMaterial:
    """One material and the textures of this file that it binds, by role."""

    name: str
    look: Look
    textures: dict[str, PackedTexture] = field(default_factory=dict)
    colour: tuple[float, float, float] = (0.5, 0.5, 0.5)  # mean linear colour, for formats without textures


@dataclass(frozen=True, eq=False)
class Model:
    """Everything a writer needs. Meshes come level by level, and slot by slot where slots are split."""

    object: str  # name of the root
    display: str  # the artist's own name, for metadata
    deliverable: Deliverable
    texture_folder: str  # "" or the folder of loose textures, relative to the model
    meshes: tuple[ModelMesh, ...]
    hulls: tuple[ModelMesh, ...]
    materials: tuple[ModelMaterial, ...]
    screen: tuple[float, ...] = ()  # LOD thresholds as screen height, one a level, or ()
    extras: dict[str, Any] = field(default_factory=dict)  # provenance, JSON-able

    def levels(self) -> dict[int, list[ModelMesh]]:
        """Render meshes by LOD level."""
        out: dict[int, list[ModelMesh]] = {}
        for mesh in self.meshes:
            out.setdefault(mesh.level, []).append(mesh)
        return out


#: Roles that a glTF or USD material binds; an FBX binds every loose texture.
OPEN_ROLES = ("base_color", "normal", "orm", "emissive")


def make_model(
    deliverable: Deliverable,
    names: Names,
    asset: str,
    display: str,
    lods: Lods,
    hulls: Hulls,
    packed: PackedTextures,
    slots: Slots,
    split_slots: bool,
    screen: tuple[float, ...],
    texture_folder: str,
    extras: dict[str, Any],
) -> Model:
    """Lay one deliverable out: levels kept, names filled in, geometry turned, textures chosen."""
    levels = lods.levels if deliverable.lods != "none" else lods.levels[:1]
    meshes: list[ModelMesh] = []
    for lod in levels:
        mesh = to_file(lod.mesh, deliverable.up, deliverable.front, deliverable.unit_m)
        name = names.mesh.format(asset=asset, lod=lod.level)
        present = np.unique(mesh.slot_of_faces())
        if split_slots and len(slots.slots) > 1:
            meshes += [
                ModelMesh(names.mesh_slot.format(mesh=name, slot=slots.slots[s].name), lod.level, part_of(mesh, int(s)))
                for s in present
            ]
        else:
            meshes.append(ModelMesh(name, lod.level, mesh))
    shapes = tuple(
        ModelMesh(
            # An engine reads the collision of a node that is there: with slots split, of the first one.
            collision_template(names, hulls.kind(i)).format(mesh=meshes[0].name, index=i),
            0,
            to_file(hull, deliverable.up, deliverable.front, deliverable.unit_m),
            hulls.kind(i),
        )
        for i, hull in enumerate(hulls.hulls if deliverable.collision else ())
    )
    materials = tuple(
        ModelMaterial(
            names.material.format(asset=asset, slot=slot.name),
            packed.looks[i],
            _bound([t for t in packed.textures if t.slot == i], deliverable.format),
            slot.colour,
        )
        for i, slot in enumerate(slots.slots)
    )
    return Model(
        names.object.format(asset=asset),
        display,
        deliverable,
        texture_folder,
        tuple(meshes),
        shapes,
        materials,
        screen[: len(levels)] if len(levels) > 1 else (),
        extras,
    )


def collision_template(names: Names, kind: str) -> str:
    """The name template of a collision shape; a kind that the engine has no name for is a hull like any other."""
    known = {"box": names.collision_box, "sphere": names.collision_sphere, "capsule": names.collision_capsule}
    return known.get(kind, "") or names.collision


def part_of(mesh: Mesh, slot: int) -> Mesh:
    """The faces of one slot as a mesh of their own, unused vertices left out."""
    faces = mesh.faces[mesh.slot_of_faces() == slot]
    used, index = np.unique(faces, return_inverse=True)

    def pick(values: np.ndarray | None) -> np.ndarray | None:
        return None if values is None else values[used]

    return replace(
        mesh,
        positions=mesh.positions[used],
        faces=index.reshape(-1, 3).astype(np.int32),
        normals=pick(mesh.normals),
        uv=pick(mesh.uv),
        uv_light=pick(mesh.uv_light),
        tangents=pick(mesh.tangents),
        slots=np.full(len(faces), slot, np.int32),
    )


def _bound(textures: list[PackedTexture], format: str) -> dict[str, PackedTexture]:  # noqa: A002
    if format in ("stl", "3mf"):
        return {}
    if format in ("fbx", "obj"):  # the profile's own maps hold against what USD or GLB asked for besides
        return {t.role: t for t in reversed(textures) if t.loose}
    chosen = [t for t in textures if t.role in OPEN_ROLES and t.normal in ("", "opengl")]
    return {t.role: t for t in chosen}
