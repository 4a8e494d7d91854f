"""A level of detail wears materials that LOD 0 does not.

Checks
    The materials of each level: each must be one of LOD 0's.
Why it fails in the engine
    Unreal numbers material slots by LOD 0: a new one in a coarser level takes a wrong slot or a grey default.
How to fix
    Assign LOD 0's materials to the level.
"""

from __future__ import annotations

from collections.abc import Iterator

from validators.rules.base import Fault, Rule
from validators.rules.case import Case
from validators.rules.mat_unassigned import used_materials
from validators.rules.words import some


def _faults(case: Case) -> Iterator[Fault]:
    worn: dict[int, set[int]] = {}
    for node in case.scene.render_nodes():
        if node.lod is not None and node.mesh is not None:
            worn.setdefault(node.lod, set()).update(used_materials(case.scene.meshes[node.mesh], case.scene))
    for level in sorted(worn):
        if strange := sorted(worn[level] - worn.get(0, worn[level])):
            names = [case.scene.materials[i].name or "a nameless material" for i in strange]
            yield Fault(
                f"LOD {level} wears {some(names)}, which LOD 0 does not.",
                measured=len(strange),
                limit=0,
            )


RULE = Rule("lod.materials", "error", _faults, "Assign LOD 0's materials to the level.")
