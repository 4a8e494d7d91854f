"""Lightmap UVs leave the 0 to 1 square.

Checks
    The second UV set of each drawn mesh, where `lightmap.px` asks for one.
Why it fails in the engine
    A lightmap does not tile: what lies outside is lit by another triangle's light.
How to fix
    Pack the second UV set into the square.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from validators.rules.base import Fault, Rule
from validators.rules.case import Case, called
from validators.rules.words import share

CLOSE = 1e-4


def _faults(case: Case) -> Iterator[Fault]:
    for node, mesh in case.drawn() if case.profile.lightmap.px else ():
        if len(mesh.uvs) < 2 or not len(mesh.triangles) or not np.isfinite(mesh.uvs[1]).all():
            continue
        uv = mesh.uvs[1]
        outside = ((uv < -CLOSE) | (uv > 1 + CLOSE)).any(axis=1)
        if outside.any():
            yield Fault(
                f"{share(float(outside.mean()))} of the lightmap UVs of {called(node)} lie outside the 0 to 1 square.",
                where=case.at(node),
                measured=round(float(max(uv.max() - 1, -uv.min())), 4),
                limit=0,
            )


RULE = Rule("lm.range", "error", _faults, "Pack the second UV set into the square.")
