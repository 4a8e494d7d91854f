"""The file carries levels of detail that the engine shows all at once.

Checks
    Drawn meshes of level 1 and on, where the profile's `[[deliverable]]` says `lods = "none"`.
Why it fails in the engine
    Roblox and glTF viewers know no levels by name: every level is drawn on top of the others.
How to fix
    Export LOD 0 alone.
"""

from __future__ import annotations

from collections.abc import Iterator

from validators.rules.base import Fault, Rule
from validators.rules.case import Case, called


def _faults(case: Case) -> Iterator[Fault]:
    if case.deliverable is None or case.deliverable.lods != "none":
        return
    for node in case.scene.render_nodes():
        if node.lod:
            yield Fault(
                f"{called(node)} is level of detail {node.lod}; {case.profile.title} would draw it on top "
                f"of the others.",
                where=case.at(node),
                measured=node.lod,
                limit=0,
            )


RULE = Rule("lod.forbidden", "warning", _faults, "Export LOD 0 alone.")
