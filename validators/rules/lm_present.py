"""A mesh has no lightmap UVs.

Checks
    Where `lightmap.px` asks for a second UV set: that each drawn mesh of LOD 0 has one.
Why it fails in the engine
    Baked light needs a place of its own for every triangle; without one the engine makes a set, differently at each
    import, or bakes none.
How to fix
    Give the mesh a second UV set without overlaps.
"""

from __future__ import annotations

from collections.abc import Iterator

from validators.rules.base import Fault, Rule
from validators.rules.case import Case, called


def _faults(case: Case) -> Iterator[Fault]:
    if case.profile.lightmap.px:
        for node, mesh in case.finest():
            if len(mesh.triangles) and len(mesh.uvs) < 2:
                yield Fault(
                    f"{called(node)} has no second UV set for baked light.",
                    where=case.at(node),
                    measured=len(mesh.uvs),
                    limit=2,
                )


RULE = Rule("lm.present", "warning", _faults, "Give the mesh a second UV set without overlaps.")
