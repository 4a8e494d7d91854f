"""Tangents are no frame for a normal map.

Checks
    Where a mesh has tangents: their length is one within 2 %, they stand square to the normal within 10 degrees, and
    their sign is +1 or -1. A few corners of no UV area are no fault.
Why it fails in the engine
    The normal map is lit as if the surface were turned: bumps shade from the wrong side, seams show as dark lines.
How to fix
    Recalculate tangents (MikkTSpace) after the last change of UVs and normals, and export them.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from validators.columns import lengths
from validators.rules.base import Fault, Rule
from validators.rules.case import Case, called
from validators.rules.words import share

LEAST = 0.005  # share of the corners
SQUARE = np.sin(np.radians(10.0))


def _faults(case: Case) -> Iterator[Fault]:
    for node, mesh in case.drawn():
        if mesh.tangents is None or mesh.normals is None or not len(mesh.tangents):
            continue
        way, sign = mesh.tangents[:, :3], mesh.tangents[:, 3]
        length, normal = lengths(way), lengths(mesh.normals)
        lean = np.abs(np.einsum("ij,ij->i", way, mesh.normals)) / np.maximum(length * normal, 1e-12)
        bad = (np.abs(length - 1) > 0.02) | (lean > SQUARE) | (np.abs(np.abs(sign) - 1) > 1e-3)
        if (part := float(bad.mean())) > LEAST:
            yield Fault(
                f"{share(part)} of the tangents of {called(node)} are not square to their normal, or not of length "
                "one.",
                where=case.at(node),
                measured=round(part, 4),
                limit=LEAST,
            )


RULE = Rule("tan.basis", "warning", _faults, "Recalculate the tangents and export them again.")
