"""Faces have no area.

Checks
    Triangles that use a place twice, or that are thinner than a ten-millionth of the mesh's size; faces of under
    three corners.
Why it fails in the engine
    Such a face shows nothing, has no normal and no tangent ("nearly zero tangents" in Unreal), and spoils collision
    and lightmaps.
How to fix
    Merge vertices by distance and dissolve degenerate faces.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from validators.rules.base import Fault, Rule
from validators.rules.case import Case, called
from validators.rules.shape import diagonal, face_of_triangle
from validators.rules.words import count, first

THIN = 1e-7  # of the diagonal: what float32 can still tell apart


def _faults(case: Case) -> Iterator[Fault]:
    for node, mesh in case.drawn():
        tri = mesh.welded_triangles
        area2, longest = case.flatness(node)
        same = (tri[:, 0] == tri[:, 1]) | (tri[:, 1] == tri[:, 2]) | (tri[:, 2] == tri[:, 0])
        with np.errstate(all="ignore"):  # not finite is another rule's: comparisons with NaN are false
            flat = same | (area2 <= THIN * diagonal(mesh.points) * longest)
        few = np.flatnonzero(mesh.face_sizes < 3)
        faces = np.union1d(face_of_triangle(mesh)[flat & np.isfinite(area2)], few)
        if len(faces):
            yield Fault(
                f"{called(node)} has {count(len(faces), 'face')} without area.",
                where=case.at(node, first(faces)),
                measured=len(faces),
                limit=0,
            )
        if not len(mesh.face_sizes):
            yield Fault(f"{called(node)} has no faces at all.", "Delete the empty mesh.", case.at(node), 0)


RULE = Rule("geo.degenerate", "error", _faults, "Merge vertices by distance and dissolve degenerate faces.")
