"""Triangles share a place in the lightmap.

Checks
    The share of the second UV set's area that is used twice, on a grid of up to 512 steps, where `lightmap.px` asks for
    the set. Reported from 0.5 % on.
Why it fails in the engine
    Both places get one light: the shadow of one lies on the other. Unreal reports overlapping lightmap UVs.
How to fix
    Unwrap the second UV set so that no two triangles lie on one another.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from validators.rules.base import Fault, Rule
from validators.rules.case import Case, called
from validators.rules.uvgrid import stacked_share
from validators.rules.words import share

LEAST = 0.005


def _faults(case: Case) -> Iterator[Fault]:
    for node, mesh in case.drawn() if case.profile.lightmap.px else ():
        if len(mesh.uvs) < 2 or not len(mesh.triangles) or not np.isfinite(mesh.uvs[1]).all():
            continue
        part = stacked_share(mesh.uvs[1][mesh.triangles])
        if part >= LEAST:
            yield Fault(
                f"{share(part)} of the lightmap area of {called(node)} is used by more than one place of the mesh.",
                where=case.at(node),
                measured=round(part, 4),
                limit=LEAST,
            )


RULE = Rule("lm.overlap", "error", _faults, "Unwrap the second UV set so that no two triangles lie on one another.")
