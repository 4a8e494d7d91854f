"""A mesh has more triangles than the engine takes.

Checks
    Triangles of each drawn mesh against `limits.triangles_per_mesh`.
Why it fails in the engine
    Roblox Studio refuses a mesh of more than 20,000 triangles.
How to fix
    Reduce the mesh, or split it into several.
"""

from __future__ import annotations

from collections.abc import Iterator

from validators.rules.base import Fault, Rule
from validators.rules.case import Case, called
from validators.rules.words import count


def _faults(case: Case) -> Iterator[Fault]:
    limit = case.profile.limits.triangles_per_mesh
    for node, mesh in case.drawn():
        number = len(mesh.triangles)
        if limit and number > limit:
            yield Fault(
                f"{called(node)} has {count(number, 'triangle')}; {case.profile.title} takes {limit:,} at most a mesh.",
                where=case.at(node),
                measured=number,
                limit=limit,
            )


RULE = Rule("geo.triangles", "error", _faults, "Reduce the mesh, or split it into several meshes.")
