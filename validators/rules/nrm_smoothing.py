"""An FBX says nothing about smoothing.

Checks
    That each drawn mesh of an FBX has a smoothing layer.
Why it fails in the engine
    Unreal warns "No smoothing group information was found in this FBX scene" and may shade every face flat.
How to fix
    Export with smoothing: Face or Edge (Blender), Smoothing Groups (Maya, 3ds Max).
"""

from __future__ import annotations

from collections.abc import Iterator

from validators.rules.base import Fault, Rule
from validators.rules.case import Case, called


def _faults(case: Case) -> Iterator[Fault]:
    for node, mesh in case.drawn():
        if mesh.smoothing is False and len(mesh.face_sizes):
            yield Fault(f"{called(node)} has no smoothing information.", where=case.at(node))


RULE = Rule(
    "nrm.smoothing",
    "warning",
    _faults,
    "Export the FBX again with smoothing set to faces or edges.",
    engines=("unreal",),
)
