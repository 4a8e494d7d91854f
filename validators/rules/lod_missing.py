"""The file has fewer levels of detail than the profile asks for.

Checks
    The levels of the drawn meshes against the profile's `lod.ratios`, where its `[[deliverable]]` carries levels. Told
    is only a level that would save something: one of at least 48 triangles, and fewer than the last level has. Files
    that leave a level out in between are lod.sequence's.
Why it fails in the engine
    From afar the whole asset is drawn as if it were near; or the engine makes levels of its own that nobody has seen.
How to fix
    Add the level, or take its ratio out of the profile.
"""

from __future__ import annotations

from collections.abc import Iterator

from validators.rules.base import Fault, Rule
from validators.rules.case import Case
from validators.rules.words import count

#: Triangles under which a level saves nothing; our own chains end there.
LEAST = 48


def _faults(case: Case) -> Iterator[Fault]:
    ratios = case.profile.lod.ratios
    if case.deliverable is None or case.deliverable.lods == "none" or not ratios:
        return
    total: dict[int, int] = {}
    for node in case.scene.render_nodes():
        if node.mesh is not None:
            total[node.lod or 0] = total.get(node.lod or 0, 0) + len(case.scene.meshes[node.mesh].triangles)
    have = len(total)
    if not have or sorted(total) != list(range(have)) or have > len(ratios):
        return
    wanted = int(total[0] * ratios[have - 1])
    if wanted >= LEAST and wanted < total[have - 1]:
        yield Fault(
            f"The file has {count(have, 'level')} of detail; {case.profile.title} asks for {len(ratios) + 1}. "
            f"LOD {have} would have {count(wanted, 'triangle')}, LOD {have - 1} has {total[have - 1]:,}.",
            measured=have,
            limit=len(ratios) + 1,
        )


RULE = Rule("lod.missing", "warning", _faults, "Add the level, or take its ratio out of the profile's lod.ratios.")
