"""The mesh has holes, or edges where more than two faces meet.

Checks
    Edges of each drawn mesh of LOD 0, vertices at one place taken as one: each must join exactly two faces. Where
    the profile splits slots into meshes (`split_slots`), they are closed together: one mesh's rim is the next one's.
    Counts as a warning or worse where `limits.watertight` is set, else as information.
Why it fails in the engine
    Roblox wants closed meshes: through a hole the missing inside of a surface shows, and collision is built wrong.
How to fix
    Fill holes, give sheets a thickness, delete faces inside, and merge vertices by distance.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from validators.columns import alike
from validators.rules.base import Fault, Rule
from validators.rules.case import Case, called
from validators.rules.shape import Topology, topology
from validators.rules.words import count, first
from validators.scene import Node


def _faults(case: Case) -> Iterator[Fault]:
    nodes = [node for node, _ in case.finest()]
    together = case.profile.split_slots and len(nodes) > 1
    for name, node, shape in (
        [("The asset", nodes[0], _joined(case, nodes))] if together else [(called(n), n, case.shape(n)) for n in nodes]
    ):
        parts = []
        if shape.open_edges:
            parts.append(f"{count(shape.open_edges, 'open edge')} around holes")
        if shape.fan_edges:
            parts.append(f"{count(shape.fan_edges, 'edge')} where more than two faces meet")
        if parts:
            yield Fault(
                f"{name} is not closed: it has {' and '.join(parts)}.",
                where=case.at(node, () if together else first(shape.open_triangles)),
                measured=shape.open_edges + shape.fan_edges,
                limit=0,
                softer="" if case.profile.limits.watertight else "info",
            )


def _joined(case: Case, nodes: list[Node]) -> Topology:
    """All nodes' triangles as one soup, vertices at one place in the scene taken as one."""
    points, triangles, start = [], [], 0
    for node in nodes:
        assert node.mesh is not None
        points.append(case.scene.world_points(node))
        triangles.append(case.scene.meshes[node.mesh].triangle_points + start)
        start += len(points[-1])
    index, _ = alike(*np.concatenate(points).astype(np.float32).T)
    return topology(index[np.concatenate(triangles)].astype(np.int32))


RULE = Rule(
    "geo.watertight", "warning", _faults, "Fill the holes, thicken single sheets, and merge vertices by distance."
)
