"""Faces have no area in the texture.

Checks
    Triangles with area in space whose first UVs span less than a ten-thousandth of a texel of a 4096 map.
Why it fails in the engine
    They show one smeared texel and have no tangent: Unreal warns of "nearly zero tangents", normal maps break.
How to fix
    Unwrap these faces; spread UVs that lie in one point or on one line.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from validators.rules.base import Fault, Rule
from validators.rules.case import Case, called
from validators.rules.mat_unassigned import textured
from validators.rules.shape import diagonal, face_of_triangle
from validators.rules.words import count, first

LEAST = 1e-4 / 4096**2
THIN = 1e-7  # of the mesh's diagonal: what geo.degenerate tells of already


def _faults(case: Case) -> Iterator[Fault]:
    for node, mesh in case.drawn():
        if not mesh.uvs or not len(mesh.triangles) or not textured(mesh, case.scene):
            continue
        if (mesh.uvs[0] == mesh.uvs[0][0]).all():
            continue  # uv.present tells
        a, b, c = (mesh.uvs[0][mesh.triangles[:, i]] for i in range(3))
        area = np.abs((b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0]) / 2
        area2, longest = case.flatness(node)
        flat = (area < LEAST) & (area2 > THIN * diagonal(mesh.points) * longest)
        if flat.any():
            yield Fault(
                f"{called(node)} has {count(int(flat.sum()), 'face')} without area in the texture.",
                where=case.at(node, first(face_of_triangle(mesh)[flat])),
                measured=int(flat.sum()),
                limit=0,
            )


RULE = Rule("uv.degenerate", "warning", _faults, "Unwrap these faces.")
