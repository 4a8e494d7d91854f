"""Nearly every triangle has corners of its own.

Checks
    Vertices after splits against triangles, for each drawn mesh of over 1,000 triangles: 2 to 1 is a warning's worth,
    3 to 1 is fully faceted.
Why it fails in the engine
    Unreal's Nanite and every vertex cache rely on shared vertices: a faceted mesh takes several times the memory and
    streams slowly.
How to fix
    Smooth the shading where the surface is smooth, and join UV charts that need no seam.
"""

from __future__ import annotations

from collections.abc import Iterator

from validators.rules.base import Fault, Rule
from validators.rules.case import Case, called
from validators.rules.words import count

MOST = 2.0
LEAST = 1000  # triangles: a small mesh may be a heap of hard edges at no cost


def _faults(case: Case) -> Iterator[Fault]:
    for node, mesh in case.drawn():
        triangles = len(mesh.triangles)
        if triangles >= LEAST and (ratio := mesh.split_vertices / triangles) >= MOST:
            yield Fault(
                f"{called(node)} has {count(mesh.split_vertices, 'vertex', 'vertices')} for {triangles:,} triangles: "
                "hardly any are shared.",
                where=case.at(node),
                measured=round(ratio, 2),
                limit=MOST,
            )


RULE = Rule(
    "geo.split_ratio", "info", _faults, "Use smooth shading and fewer UV seams.", by_engine={"unreal": "warning"}
)
