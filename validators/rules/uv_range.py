"""UVs leave the 0 to 1 square.

Checks
    The first UV set of each drawn mesh, with a tolerance of half a texel of 2048. Information where
    `limits.uv_in_unit` is not set, for tiling is a fair use of UVs, and where no material of the mesh has a texture.
Why it fails in the engine
    Roblox does not tile: what lies outside shows the border texel, smeared.
How to fix
    Pack the UVs into the square; bake tiling textures down.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from validators.columns import finite
from validators.rules.base import Fault, Rule
from validators.rules.case import Case, called
from validators.rules.mat_unassigned import textured
from validators.rules.words import share

CLOSE = 0.5 / 2048


def _faults(case: Case) -> Iterator[Fault]:
    wanted = case.profile.limits.uv_in_unit
    for node, mesh in case.drawn():
        if not mesh.uvs or not len(mesh.uvs[0]):
            continue
        uv = mesh.uvs[0]
        uv = uv[finite(uv)]  # geo.finite tells of the others
        outside = np.any([(column < -CLOSE) | (column > 1 + CLOSE) for column in uv.T], axis=0)
        if outside.any():
            least, most = float(uv.min()), float(uv.max())
            yield Fault(
                f"{share(float(outside.mean()))} of the UVs of {called(node)} lie outside the 0 to 1 square "
                f"(from {least:.2f} to {most:.2f}).",
                where=case.at(node),
                measured=round(max(most - 1, -least), 4),
                limit=0,
                softer="" if wanted and textured(mesh, case.scene) else "info",
            )


RULE = Rule("uv.range", "error", _faults, "Pack the UVs into the 0 to 1 square.")
