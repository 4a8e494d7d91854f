"""Two materials are the same under two names.

Checks
    Materials in use whose textures, factors, sides and blending are all equal, where they have a texture.
Why it fails in the engine
    Each is a draw call and a material to keep in step; batching by material finds nothing to batch.
How to fix
    Assign one of them to all the faces.
"""

from __future__ import annotations

from collections.abc import Iterator

from validators.finding import Where
from validators.rules.base import Fault, Rule
from validators.rules.case import Case
from validators.rules.mat_unassigned import used_materials
from validators.rules.words import some


def _faults(case: Case) -> Iterator[Fault]:
    used = sorted({i for _, mesh in case.drawn() for i in used_materials(mesh, case.scene)})
    alike: dict[str, list[str]] = {}
    for material in (case.scene.materials[i] for i in used):
        if material.bindings:
            look = (sorted(material.bindings.items()), sorted(material.factors.items()))
            alike.setdefault(repr((look, material.double_sided, material.alpha)), []).append(material.name)
    for names in alike.values():
        if len(names) > 1:
            yield Fault(
                f"The materials {some(names)} are the same.",
                where=Where(material=names[0]),
                measured=len(names),
                limit=1,
            )


RULE = Rule("mat.duplicate", "warning", _faults, "Assign one of them to all the faces.")
