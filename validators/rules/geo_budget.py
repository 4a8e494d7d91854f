"""The asset costs more triangles than its tier allows.

Checks
    Triangles of all drawn meshes of LOD 0 together against `budget.<tier>.triangles`.
Why it fails in the engine
    Nothing breaks, but the frame pays for it wherever the asset is placed.
How to fix
    Reduce LOD 0, or give the asset a dearer tier.
"""

from __future__ import annotations

from collections.abc import Iterator

from validators.rules.base import Fault, Rule
from validators.rules.case import Case
from validators.rules.words import count


def _faults(case: Case) -> Iterator[Fault]:
    scene = case.scene
    number = sum(len(scene.meshes[n.mesh].triangles) for n in scene.lod0_nodes() if n.mesh is not None)
    limit = case.profile.tier(case.tier).triangles
    if number > limit:
        yield Fault(
            f"LOD 0 has {count(number, 'triangle')}; the budget of a {case.tier} asset "
            f"for {case.profile.title} is {limit:,}.",
            measured=number,
            limit=limit,
        )


RULE = Rule(
    "geo.budget", "error", _faults, "Reduce LOD 0, or judge the asset by a dearer tier (hero, prop, background)."
)
