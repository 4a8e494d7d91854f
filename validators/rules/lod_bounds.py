"""A level of detail stands elsewhere, or is of another size.

Checks
    The box of each level against that of LOD 0, corner by corner: over 5 % of LOD 0's diagonal.
Why it fails in the engine
    The asset jumps or swells when the level switches.
How to fix
    Give all levels one pivot, and reduce from one and the same mesh.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from validators.rules.base import Fault, Rule
from validators.rules.case import Case
from validators.rules.words import share

MOST = 0.05


def _faults(case: Case) -> Iterator[Fault]:
    nodes = [n for n in case.scene.render_nodes() if n.lod is not None]
    finest = case.scene.bounds([n for n in nodes if n.lod == 0])
    if finest is None:
        return
    size = float(np.linalg.norm(finest[1] - finest[0])) or 1.0
    for level in sorted({n.lod for n in nodes if n.lod}):
        box = case.scene.bounds([n for n in nodes if n.lod == level])
        if box is None:
            continue
        off = float(max(np.abs(box[0] - finest[0]).max(), np.abs(box[1] - finest[1]).max())) / size
        if off > MOST:
            yield Fault(
                f"LOD {level} reaches {share(off)} of the asset's size beyond LOD 0, or falls short of it by that.",
                measured=round(off, 4),
                limit=MOST,
            )


RULE = Rule("lod.bounds", "warning", _faults, "Give all levels one pivot and size.")
