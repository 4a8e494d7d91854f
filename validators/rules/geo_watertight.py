"""The mesh has holes, or edges where more than two faces meet.

Checks
    Edges of each drawn mesh of LOD 0, vertices at one place taken as one: each must join exactly two faces. Counts
    as a warning or worse where `limits.watertight` is set, else as information.
Why it fails in the engine
    Roblox wants closed meshes: through a hole the missing inside of a surface shows, and collision is built wrong.
How to fix
    Fill holes, give sheets a thickness, delete faces inside, and merge vertices by distance.
"""

from __future__ import annotations

from collections.abc import Iterator

from validators.rules.base import Fault, Rule
from validators.rules.case import Case, called
from validators.rules.words import count, first


def _faults(case: Case) -> Iterator[Fault]:
    wanted = case.profile.limits.watertight
    for node, _ in case.finest():
        shape = case.shape(node)
        parts = []
        if shape.open_edges:
            parts.append(f"{count(shape.open_edges, 'open edge')} around holes")
        if shape.fan_edges:
            parts.append(f"{count(shape.fan_edges, 'edge')} where more than two faces meet")
        if parts:
            yield Fault(
                f"{called(node)} is not closed: it has {' and '.join(parts)}.",
                where=case.at(node, first(shape.open_triangles)), measured=shape.open_edges + shape.fan_edges, limit=0,
                softer="" if wanted else "info")


RULE = Rule("geo.watertight", "warning", _faults,
            "Fill the holes, thicken single sheets, and merge vertices by distance.")
