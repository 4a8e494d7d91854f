"""Faces share a place in the texture.

Checks
    The share of the UV area of LOD 0 that lies on top of other UVs of the same material, sampled on a grid of up to
    512 steps. Reported from 1 % on.
Why it fails in the engine
    Nothing breaks, and mirrored or stacked parts save texture. But baked light, wear and paint appear on all of
    them at once, and a lightmap in this set would be wrong.
How to fix
    Unwrap the parts to places of their own, if they should look different.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from validators.finding import Where
from validators.rules.base import Fault, Rule
from validators.rules.case import Case
from validators.rules.shape import face_of_triangle
from validators.rules.uvgrid import stacked_share
from validators.rules.words import share
from validators.scene import F64

LEAST = 0.01


def _faults(case: Case) -> Iterator[Fault]:
    for material, uv in _uv_by_material(case).items():
        if 0 <= material < len(case.scene.materials) and not case.scene.materials[material].bindings:
            continue  # without a texture there is nothing to share
        part = stacked_share(uv)
        if part >= LEAST:
            name = case.scene.materials[material].name if 0 <= material < len(case.scene.materials) else ""
            yield Fault(
                f"{share(part)} of the texture area{f' of {name}' if name else ''} is used by more than one "
                "place of the mesh.",
                where=Where(material=name),
                measured=round(part, 4),
                limit=LEAST,
            )


def _uv_by_material(case: Case) -> dict[int, F64]:
    """(T, 3, 2) triangles of UV set 0 by material index, over the meshes of LOD 0."""
    parts: dict[int, list[F64]] = {}
    for _, mesh in case.finest():
        if mesh.uvs and len(mesh.triangles):
            material = mesh.face_material[face_of_triangle(mesh)]
            for i in np.unique(material):
                parts.setdefault(int(i), []).append(mesh.uvs[0][mesh.triangles[material == i]])
    return {i: np.concatenate(parts[i]) for i in sorted(parts)}


RULE = Rule("uv.overlap", "info", _faults, "Give the parts UVs of their own, if they should look different.")
