"""The collision is smaller or larger than what is seen.

Checks
    The box round all collision hulls against that of LOD 0, side by side: over 8 % of LOD 0's diagonal.
Why it fails in the engine
    Players walk through what they see, or bump into what they do not.
How to fix
    Build the hulls from the mesh as it is exported, and leave no part out.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from validators.rules.base import Fault, Rule
from validators.rules.case import Case
from validators.rules.words import share

MOST = 0.08


def _faults(case: Case) -> Iterator[Fault]:
    seen, hulls = case.scene.bounds(case.scene.lod0_nodes()), case.scene.bounds(case.hulls())
    if seen is None or hulls is None:
        return
    size = float(np.linalg.norm(seen[1] - seen[0])) or 1.0
    short = float(max((hulls[0] - seen[0]).max(), (seen[1] - hulls[1]).max())) / size
    over = float(max((seen[0] - hulls[0]).max(), (hulls[1] - seen[1]).max())) / size
    for off, what in ((short, "falls short of"), (over, "stands out of")):
        if off > MOST:
            yield Fault(
                f"The collision {what} the asset by {share(off)} of its size.", measured=round(off, 4), limit=MOST
            )


RULE = Rule("col.fit", "warning", _faults, "Build the hulls from the mesh as it is exported.")
