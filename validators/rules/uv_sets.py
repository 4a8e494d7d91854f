"""A mesh has more UV sets than the engine reads.

Checks
    UV sets of each drawn mesh against `limits.uv_sets`.
Why it fails in the engine
    Roblox reads one set, glTF viewers two, Unity and Unreal eight: the rest is dropped, or the wrong set is taken.
How to fix
    Delete the UV sets that no texture uses.
"""

from __future__ import annotations

from collections.abc import Iterator

from validators.rules.base import Fault, Rule
from validators.rules.case import Case, called
from validators.rules.words import count


def _faults(case: Case) -> Iterator[Fault]:
    limit = case.profile.limits.uv_sets
    for node, mesh in case.drawn():
        if limit and len(mesh.uvs) > limit:
            yield Fault(
                f"{called(node)} has {count(len(mesh.uvs), 'UV set')}; {case.profile.title} reads {limit}.",
                where=case.at(node),
                measured=len(mesh.uvs),
                limit=limit,
            )


RULE = Rule("uv.sets", "error", _faults, "Delete the UV sets that no texture uses.")
