"""Points belong to no face.

Checks
    Points of a drawn mesh that no face uses.
Why it fails in the engine
    They show nothing, but stretch the bounds, so that the asset is culled late, its pivot and size look wrong and
    its collision box is too large.
How to fix
    Delete loose vertices and edges.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from validators.rules.base import Fault, Rule
from validators.rules.case import Case, called
from validators.rules.words import count


def _faults(case: Case) -> Iterator[Fault]:
    for node, mesh in case.drawn():
        used = np.zeros(len(mesh.points), bool)
        used[mesh.corner_point[(mesh.corner_point >= 0) & (mesh.corner_point < len(used))]] = True
        if loose := int((~used).sum()):
            yield Fault(
                f"{called(node)} has {count(loose, 'point')} that no face uses.",
                where=case.at(node),
                measured=loose,
                limit=0,
            )


RULE = Rule("geo.loose", "warning", _faults, "Delete loose vertices.")
