"""A collision hull is not a closed convex solid, or there are too many of them, or they are too fine.

Checks
    Each collision mesh: closed, faces outwards, no point more than 0.5 % of its size outside its own faces,
    triangles and, of a UCX_ hull, corners against `collision.max_triangles` and `max_vertices`; their number against
    `collision.max_hulls`.
Why it fails in the engine
    Unreal replaces a dented hull by its convex wrap, so that doors and gaps close; an open one may be dropped.
    PhysX takes 255 triangles at most a hull.
How to fix
    Split a dented hull into convex parts; rebuild it as a convex hull.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from validators.rules.base import Fault, Rule
from validators.rules.case import Case, called
from validators.rules.shape import bulge, shell_volumes
from validators.rules.words import count, share

CLOSE = 0.005  # of the hull's diagonal


def _faults(case: Case) -> Iterator[Fault]:
    said, hulls = case.profile.collision, case.hulls()
    if said.style == "none":
        return
    if len(hulls) > said.max_hulls:
        yield Fault(
            f"The asset has {count(len(hulls), 'collision hull')}; the limit is {said.max_hulls}.",
            "Join or drop the small hulls.",
            measured=len(hulls),
            limit=said.max_hulls,
        )
    for node in hulls:
        assert node.mesh is not None
        mesh, shape = case.scene.meshes[node.mesh], case.shape(node)
        number = len(mesh.triangles)
        if number > said.max_triangles:
            yield Fault(
                f"{called(node)} has {count(number, 'triangle')}; a hull may have {said.max_triangles}.",
                "Rebuild the hull with fewer points.",
                case.at(node),
                number,
                said.max_triangles,
            )
        corners = len(np.unique(mesh.welded_triangles))
        if corners > said.max_vertices and not node.name.upper().startswith(("UBX_", "USP_", "UCP_")):
            yield Fault(
                f"{called(node)} has {count(corners, 'corner')}; a hull may have {said.max_vertices}.",
                "Rebuild the hull with fewer points.",
                case.at(node),
                corners,
                said.max_vertices,
            )
        if not shape.shells or not shape.closed.all():
            yield Fault(
                f"{called(node)} is not closed.", "Fill its holes, or rebuild it as a convex hull.", case.at(node)
            )
            continue
        if shape.shells > 1:
            yield Fault(
                f"{called(node)} is made of {shape.shells:,} separate parts.",
                "Make each part a hull of its own.",
                case.at(node),
                shape.shells,
                1,
            )
            continue
        if not np.isfinite(mesh.points).all():
            continue  # geo.finite tells
        if shell_volumes(mesh.points, mesh.triangle_points, shape)[0][0] <= 0:
            yield Fault(
                f"{called(node)} is flat or its faces look inwards.",
                "Recalculate its normals to the outside.",
                case.at(node),
            )
        elif (out := bulge(mesh.points, mesh.triangle_points)) > CLOSE:
            yield Fault(
                f"{called(node)} is not convex: it is dented by {share(out)} of its size.",
                where=case.at(node),
                measured=share(out),
                limit=share(CLOSE),
            )


RULE = Rule("col.convex", "error", _faults, "Split the hull into convex parts, or rebuild it as a convex hull.")
