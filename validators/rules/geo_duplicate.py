"""Faces lie exactly on one another.

Checks
    Triangles of a drawn mesh that use the same three places as another one, whichever way they look.
Why it fails in the engine
    Two faces in one plane flicker as the camera moves, cost twice, and make baked light and collision uncertain.
How to fix
    Delete the doubles; make a surface that is seen from both sides double sided in its material instead.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from validators.columns import alike
from validators.rules.base import Fault, Rule
from validators.rules.case import Case, called
from validators.rules.shape import face_of_triangle
from validators.rules.words import count, first


def _faults(case: Case) -> Iterator[Fault]:
    for node, mesh in case.drawn():
        corners = np.sort(mesh.welded_triangles, axis=1)
        whole = np.flatnonzero((corners[:, 0] < corners[:, 1]) & (corners[:, 1] < corners[:, 2]))
        _, index = alike(*corners[whole].T)
        twice = np.ones(len(whole), bool)
        twice[index] = False
        if twice.any():
            yield Fault(
                f"{called(node)} has {count(int(twice.sum()), 'face')} exactly on top of another.",
                where=case.at(node, first(face_of_triangle(mesh)[whole[twice]])),
                measured=int(twice.sum()),
                limit=0,
            )


RULE = Rule("geo.duplicate", "warning", _faults, "Delete the doubled faces.")
