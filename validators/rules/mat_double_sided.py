"""A material is drawn from both sides.

Checks
    Double-sided materials on meshes that are closed, where nobody can see the back of a face.
Why it fails in the engine
    Twice the pixels are shaded for nothing, and shadows take the slower path.
How to fix
    Turn backface culling on in the material before export.
"""

from __future__ import annotations

from collections.abc import Iterator

from validators.finding import Where
from validators.rules.base import Fault, Rule
from validators.rules.case import Case
from validators.rules.mat_unassigned import used_materials


def _faults(case: Case) -> Iterator[Fault]:
    opened: set[int] = set()
    used: set[int] = set()
    for node, mesh in case.drawn():
        here = used_materials(mesh, case.scene)
        used.update(here)
        if not case.shape(node).closed.all():
            opened.update(here)
    for i in sorted(used - opened):
        material = case.scene.materials[i]
        if material.double_sided and material.alpha == "opaque":
            yield Fault(
                f"{material.name or 'A material'} is double sided, but every mesh that wears it is closed.",
                where=Where(material=material.name),
            )


RULE = Rule("mat.double_sided", "info", _faults, "Turn backface culling on in the material.")
