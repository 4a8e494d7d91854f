"""A level of detail is not simpler than the one before it.

Checks
    Triangles of each level together: each must have fewer than the level before.
Why it fails in the engine
    The engine pays for a switch that saves nothing, or shows the levels in the wrong order.
How to fix
    Reduce the level further, leave it out, or put the levels in order.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from validators.rules.base import Fault, Rule
from validators.rules.case import Case
from validators.rules.words import count


def _faults(case: Case) -> Iterator[Fault]:
    total: dict[int, int] = {}
    for node in case.scene.render_nodes():
        if node.lod is not None and node.mesh is not None:
            total[node.lod] = total.get(node.lod, 0) + len(case.scene.meshes[node.mesh].triangles)
    levels = sorted(total)
    for finer, coarser in pairwise(levels):
        if total[coarser] >= total[finer]:
            yield Fault(
                f"LOD {coarser} has {count(total[coarser], 'triangle')}; LOD {finer} before it has "
                f"{'as many' if total[coarser] == total[finer] else f'{total[finer]:,}'}.",
                measured=total[coarser],
                limit=total[finer] - 1,
            )


RULE = Rule("lod.falling", "error", _faults, "Reduce the level further, or leave it out.")
