"""Normals look away from the faces they shade.

Checks
    The corners of each drawn mesh: a normal that points behind the plane of its own face by more
    than 10 degrees. Reported from 2 % of the faces on: an error where all corners of so many faces
    do, a warning where it is single corners, as smooth shading over sharp edges makes them.
Why it fails in the engine
    The surface is lit from the wrong side: dark in the sun, or black.
How to fix
    Recalculate the normals, or turn the faces; export both together.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from validators.columns import cross, lengths
from validators.rules.base import Fault, Rule
from validators.rules.case import Case, called
from validators.rules.shape import face_of_triangle
from validators.rules.words import count, first

BEHIND = -np.sin(np.radians(10.0))
LEAST = 0.02  # share of the faces: a few beside needle-sharp edges are smooth shading, and no fault


def _faults(case: Case) -> Iterator[Fault]:
    for node, mesh in case.drawn():
        if mesh.normals is None or not len(mesh.triangles):
            continue
        a, b, c = (mesh.points[mesh.triangle_points[:, i]] for i in range(3))
        flat = cross(b - a, c - a)
        size = lengths(flat)
        shading = mesh.normals[mesh.triangles]
        cosine = np.einsum("tcj,tj->tc", shading, flat) / (lengths(shading) * size[:, None])
        away, turned = (cosine < BEHIND).all(axis=1), (cosine < BEHIND).any(axis=1)
        few = LEAST * len(mesh.triangles)
        if turned.sum() > few:
            whole = away.sum() > few
            which = np.flatnonzero(away if whole else turned)
            what = "whose normals look" if whole else "with a corner whose normal looks"
            yield Fault(
                f"{called(node)} has {count(len(which), 'face')} {what} the other way.",
                where=case.at(node, first(face_of_triangle(mesh)[which])),
                measured=len(which),
                limit=0,
                softer="" if whole else "warning",
            )


RULE = Rule("nrm.away", "error", _faults, "Recalculate the normals to the outside.")
