"""The asset is implausibly small or large, or the engine cannot hold it.

Checks
    The longest side of LOD 0 against `limits.size_m`. A glTF's numbers are read in the profile's unit (studs for
    Roblox), those of FBX and USD in the unit that the file states.
Why it fails in the engine
    A wrong unit makes the asset a hundred times too big or too small. Roblox holds sides from 0.05 to 2048 studs.
How to fix
    Set the scene's unit before modelling, apply the scale, and export in the unit that the profile asks for.
"""

from __future__ import annotations

from collections.abc import Iterator

from validators.rules.base import Fault, Rule
from validators.rules.case import Case
from validators.rules.words import length


def _faults(case: Case) -> Iterator[Fault]:
    if case.box_m is None:
        return
    longest = float((case.box_m[1] - case.box_m[0]).max())
    low, high = case.profile.limits.size_m
    if longest < low:
        yield Fault(
            f"The asset is {length(longest)} long; anything under {length(low)} is too small for {case.profile.title}.",
            measured=round(longest, 6),
            limit=low,
        )
    elif longest > high:
        yield Fault(
            f"The asset is {length(longest)} long; anything over {length(high)} is too large for {case.profile.title}.",
            measured=round(longest, 3),
            limit=high,
        )


RULE = Rule(
    "geo.size",
    "warning",
    _faults,
    "Check the unit of the scene, apply the scale, and export again.",
    by_engine={"roblox": "error"},
)
