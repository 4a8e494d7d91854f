"""Charts lie too close to each other in the lightmap.

Checks
    Free texels between the charts of the second UV set at `lightmap.px`, against `lightmap.padding`; one texel less is
    let pass, for charts end between texel centres.
Why it fails in the engine
    Light of one chart bleeds into the next: bright or dark lines along edges.
How to fix
    Pack the second UV set with a wider margin, or ask for a larger lightmap.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from validators.rules.base import Fault, Rule
from validators.rules.case import Case, called
from validators.rules.charts import charts, least_gap
from validators.rules.words import count


def _faults(case: Case) -> Iterator[Fault]:
    for node, mesh in case.drawn() if case.profile.lightmap.px else ():
        if len(mesh.uvs) < 2 or not len(mesh.triangles) or not np.isfinite(mesh.uvs[1]).all():
            continue
        wanted = math.ceil(case.profile.lightmap.padding)
        gap, _ = least_gap(mesh.uvs[1][mesh.triangles], charts(mesh, 1), case.profile.lightmap.px, wanted + 1)
        if gap < wanted - 1:
            yield Fault(
                f"The lightmap charts of {called(node)} come within {count(gap, 'texel')} of each other at "
                f"{case.profile.lightmap.px} pixels.",
                where=case.at(node),
                measured=gap,
                limit=wanted,
            )


RULE = Rule(
    "lm.padding", "warning", _faults, "Pack the second UV set with a wider margin, or ask for a larger lightmap."
)
