"""Charts lie too close to each other in the texture.

Checks
    Free texels between the charts of UV set 0 of LOD 0, at the size of the material's largest texture (at most 1024
    are looked at): under 2 is reported.
Why it fails in the engine
    Filtering and smaller mips mix a chart with its neighbour: its colour bleeds in as lines along the seams.
How to fix
    Pack the charts with a wider margin, 4 texels at least for each 1024 of the side, and fill the gaps by dilation.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from validators.rules.base import Fault, Rule
from validators.rules.case import Case, called
from validators.rules.charts import charts, least_gap
from validators.rules.mat_unassigned import used_materials
from validators.rules.words import count

LEAST = 2
MOST_PX = 1024


def _faults(case: Case) -> Iterator[Fault]:
    textures = case.scene.textures
    for node, mesh in case.finest():
        if not mesh.uvs or not len(mesh.triangles) or not np.isfinite(mesh.uvs[0]).all():
            continue
        bound = [
            textures[b.texture]
            for i in used_materials(mesh, case.scene)
            for b in case.scene.materials[i].bindings.values()
            if 0 <= b.texture < len(textures)
        ]
        size = min(MOST_PX, max((min(t.width, t.height) for t in bound), default=0))
        if size < 16 or len(used_materials(mesh, case.scene)) > 1:
            continue  # several materials share the square: their charts may lie on one another
        gap, _ = least_gap(mesh.uvs[0][mesh.triangles], charts(mesh, 0), size, LEAST + 1)
        if gap < LEAST:
            yield Fault(
                f"The charts of {called(node)} come within {count(gap, 'texel')} of each other at {size} pixels.",
                where=case.at(node),
                measured=gap,
                limit=LEAST,
            )


RULE = Rule("uv.padding", "info", _faults, "Pack the charts with a wider margin.")
