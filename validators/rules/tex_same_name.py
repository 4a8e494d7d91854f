"""Two different textures have one file name.

Checks
    Images of a delivered folder that lie in different folders, have one name, letter case aside, and are not the same
    byte for byte.
Why it fails in the engine
    Importers look for a texture by its name where its path does not hold any more, and take the first they find: the
    crate wears the barrel's colours. Some projects keep all textures in one folder, where one replaces the other.
How to fix
    Put the asset's name into the names of its textures.
"""

from __future__ import annotations

from collections.abc import Iterator

from validators.finding import Where
from validators.rules.base import Fault, Rule
from validators.rules.case import Case
from validators.rules.words import some


def _faults(case: Case) -> Iterator[Fault]:
    for group in case.scene.header["twins"]:
        yield Fault(
            f"Other textures have its name: {some(group[1:])}.",
            where=Where(file=group[0]),
            measured=len(group),
            limit=1,
        )


RULE = Rule(
    "tex.same_name",
    "warning",
    _faults,
    "Put the asset's name into the names of its textures.",
    engines=("unity", "unreal"),
    folders=True,
)
