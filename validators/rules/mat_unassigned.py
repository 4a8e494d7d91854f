"""Faces have no material.

Checks
    The material of each face of each drawn mesh.
Why it fails in the engine
    The faces take a default grey, or the importer moves every later material by one slot.
How to fix
    Assign a material to every face.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from validators.rules.base import Fault, Rule
from validators.rules.case import Case, called
from validators.rules.words import count, first
from validators.scene import Scene, SceneMesh


def used_materials(mesh: SceneMesh, scene: Scene) -> list[int]:
    """Indices of the materials that the faces of `mesh` name, rising."""
    return [int(i) for i in np.unique(mesh.face_material) if 0 <= i < len(scene.materials)]


def textured(mesh: SceneMesh, scene: Scene) -> bool:
    """Whether a material of `mesh` binds a texture; a mesh without materials may get one that does."""
    used = used_materials(mesh, scene)
    return not used or any(scene.materials[i].bindings for i in used)


def _faults(case: Case) -> Iterator[Fault]:
    for node, mesh in () if case.bare else case.drawn():
        faces = np.flatnonzero((mesh.face_material < 0) | (mesh.face_material >= len(case.scene.materials)))
        if len(faces):
            every = len(faces) == len(mesh.face_material)
            yield Fault(
                f"{called(node)} has no material."
                if every
                else f"{called(node)} has {count(len(faces), 'face')} without a material.",
                where=case.at(node, () if every else first(faces)),
                measured=len(faces),
                limit=0,
            )


RULE = Rule("mat.unassigned", "error", _faults, "Assign a material to every face.")
