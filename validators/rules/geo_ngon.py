"""Faces have more than four corners.

Checks
    Corners of each face of each drawn mesh.
Why it fails in the engine
    Every importer cuts such a face in its own way, so that shading and baked normals differ from what was made;
    Unreal may fail to cut it at all.
How to fix
    Triangulate on export.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from validators.rules.base import Fault, Rule
from validators.rules.case import Case, called
from validators.rules.words import count, first, verb


def _faults(case: Case) -> Iterator[Fault]:
    for node, mesh in case.drawn():
        faces = np.flatnonzero(mesh.face_sizes > 4)
        if len(faces):
            yield Fault(
                f"{called(node)} has {count(len(faces), 'face')} with more than four corners; "
                f"{verb(len(faces), 'it is', 'they are')} cut differently by every importer.",
                where=case.at(node, first(faces)),
                measured=len(faces),
                limit=0,
            )


RULE = Rule("geo.ngon", "warning", _faults, "Triangulate the mesh on export.")
