"""Faces look inwards, or a negative scale turns them inside out.

Checks
    The signed volume of each closed shell (negative is inside out; a shell that lies within another may be a cavity
    and is left alone), edges whose two faces disagree about the outside, and nodes with a mirroring or flattening
    transform.
Why it fails in the engine
    Engines draw only the front of a face: what looks inwards is invisible from outside, and lit wrongly.
How to fix
    Recalculate normals outside. Apply the scale, then flip the faces that the mirroring turned.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from validators.rules.base import Fault, Rule
from validators.rules.case import Case, called, sane
from validators.rules.shape import Topology, shell_volumes
from validators.rules.words import count, verb
from validators.scene import SceneMesh

SURE = 1e-6  # of a shell's box: a smaller volume has no inside to speak of
MANY = 500  # inverted shells for which a surrounding one is looked for; beyond that, nothing is a cavity


def _faults(case: Case) -> Iterator[Fault]:
    for node in case.scene.render_nodes():
        if sane(node.world):
            turn = float(np.linalg.det(node.world[:3, :3]))
            if turn < 0:
                yield Fault(
                    f"{called(node)} is mirrored by a negative scale.",
                    "Apply the scale, then flip the faces.",
                    case.at(node),
                    round(turn, 6),
                    "above 0",
                )
            elif turn == 0:
                yield Fault(
                    f"{called(node)} is scaled flat: one of its axes has scale 0.",
                    "Give every axis a scale and apply it.",
                    case.at(node),
                    0,
                    "above 0",
                )
    for node, mesh in case.drawn():
        shape = case.shape(node)
        if inverted := _inverted(mesh, shape):
            yield Fault(
                f"{called(node)} has {count(inverted, 'closed part')} whose faces look inwards.",
                "Recalculate the normals to the outside.",
                case.at(node),
                inverted,
                0,
            )
        if shape.turned_edges:
            yield Fault(
                f"{called(node)} has {count(shape.turned_edges, 'edge')} whose two faces look to opposite sides; "
                f"{verb(shape.turned_edges, 'one of them is', 'some of them are')} inside out.",
                "Recalculate the normals to the outside.",
                case.at(node),
                shape.turned_edges,
                0,
                softer="warning",
            )


def _inverted(mesh: SceneMesh, shape: Topology) -> int:
    volume, low, high = shell_volumes(mesh.points, mesh.triangle_points, shape)
    with np.errstate(all="ignore"):
        negative = np.flatnonzero(shape.closed & (volume < -SURE * np.linalg.norm(high - low, axis=1) ** 3))
    outer = np.flatnonzero(shape.closed & (volume > 0))
    if not len(outer) or len(negative) > MANY:
        return len(negative)
    return sum(1 for i in negative if not ((low[outer] <= low[i]) & (high[outer] >= high[i])).all(axis=1).any())


RULE = Rule("geo.winding", "error", _faults, "Recalculate the normals to the outside.")
