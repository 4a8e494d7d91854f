"""The file's unit is not the one that the engine is set up for.

Checks
    FBX UnitScaleFactor and USD metersPerUnit against `unit_m` of the profile's `[[deliverable]]`. glTF has no such
    field.
Why it fails in the engine
    The asset arrives a hundred times too big or too small, or with a scale of 100 on its root.
How to fix
    Choose the unit in the export settings (Blender: Apply Scalings, FBX Units Scale).
"""

from __future__ import annotations

from collections.abc import Iterator

from validators.rules.base import Fault, Rule
from validators.rules.case import Case
from validators.rules.words import length

CLOSE = 1e-4  # relative


def _faults(case: Case) -> Iterator[Fault]:
    wanted = case.deliverable
    if wanted is None or not (case.is_fbx or case.is_usd or case.scene.format == "3mf"):
        return
    stated = case.scene.unit_m
    if not abs(stated - wanted.unit_m) <= CLOSE * wanted.unit_m:
        yield Fault(
            f"One unit of the file is {length(stated)}; the profile for {case.profile.title} asks for "
            f"{length(wanted.unit_m)}.",
            measured=stated,
            limit=wanted.unit_m,
        )


RULE = Rule("xf.unit", "error", _faults, "Export again in the profile's unit.")
