"""A mesh has more vertices than fit a 16-bit index.

Checks
    Vertices of each drawn mesh, counted as the engine holds them (split where normals, UVs or colours break), against
    `limits.vertices_per_mesh`.
Why it fails in the engine
    Unity cuts such a mesh in parts or needs 32-bit indices, which old phones lack; Unreal on mobile refuses it.
How to fix
    Reduce the mesh, smooth hard edges that are not needed, and join UV islands.
"""

from __future__ import annotations

from collections.abc import Iterator

from validators.rules.base import Fault, Rule
from validators.rules.case import Case, called
from validators.rules.words import count


def _faults(case: Case) -> Iterator[Fault]:
    limit = case.profile.limits.vertices_per_mesh
    if not limit:
        return
    for node, mesh in case.drawn():
        # A corner is at most one vertex, so that few corners need no counting of distinct ones.
        if len(mesh.corner_point) <= limit and mesh.stored_vertices is None:
            continue
        if (number := mesh.split_vertices) > limit:
            yield Fault(
                f"{called(node)} has {count(number, 'vertex', 'vertices')} once hard edges and UV seams are split; "
                f"{case.profile.title} is safe up to {limit:,}.",
                where=case.at(node),
                measured=number,
                limit=limit,
            )


RULE = Rule("geo.vertices", "warning", _faults, "Reduce the mesh, or have fewer hard edges and UV seams.")
