"""A mesh has no UVs.

Checks
    That each drawn mesh has a first UV set whose coordinates are not all one point. No more than a warning where its
    materials have no textures.
Why it fails in the engine
    No texture can be shown: the mesh takes one colour, and tangents cannot be made.
How to fix
    Unwrap the mesh.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from validators.rules.base import Fault, Rule
from validators.rules.case import Case, called
from validators.rules.mat_unassigned import textured


def _faults(case: Case) -> Iterator[Fault]:
    for node, mesh in () if case.bare else case.drawn():
        if not len(mesh.face_sizes):
            continue
        if not mesh.uvs:
            yield Fault(
                f"{called(node)} has no UVs, so no texture can be put on it.",
                where=case.at(node),
                softer="" if textured(mesh, case.scene) else "warning",
            )
        elif len(mesh.uvs[0]) and np.isfinite(mesh.uvs[0]).all() and (mesh.uvs[0] == mesh.uvs[0][0]).all():
            yield Fault(
                f"The UVs of {called(node)} are all one point, so a texture shows as one colour.", where=case.at(node)
            )


RULE = Rule("uv.present", "error", _faults, "Unwrap the mesh.")
