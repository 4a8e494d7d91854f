"""A mesh or the asset uses more materials than it may.

Checks
    Materials of each drawn mesh against `limits.materials_per_mesh`, and those of LOD 0 against
    `budget.<tier>.slots` (a warning).
Why it fails in the engine
    Roblox takes one material a mesh, Unreal's importer 64. Each material is a draw call.
How to fix
    Split the mesh by material where the engine takes one; merge materials into one texture set.
"""

from __future__ import annotations

from collections.abc import Iterator

from validators.rules.base import Fault, Rule
from validators.rules.case import Case, called
from validators.rules.mat_unassigned import used_materials
from validators.rules.words import count


def _faults(case: Case) -> Iterator[Fault]:
    limit, title = case.profile.limits.materials_per_mesh, case.profile.title
    for node, mesh in case.drawn():
        number = len(used_materials(mesh, case.scene))
        if limit and number > limit:
            yield Fault(
                f"{called(node)} uses {count(number, 'material')}; {title} takes {limit} at most a mesh.",
                "Split the mesh by material, or merge the materials.",
                case.at(node),
                number,
                limit,
            )
    slots = case.profile.tier(case.tier).slots
    total = len({i for _, mesh in case.finest() for i in used_materials(mesh, case.scene)})
    if total > slots:
        yield Fault(
            f"The asset uses {count(total, 'material')}; the budget of a {case.tier} asset for {title} is {slots}.",
            measured=total,
            limit=slots,
            softer="warning",
        )


RULE = Rule("mat.count", "error", _faults, "Merge materials that look alike into one texture set.")
