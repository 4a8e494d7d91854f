"""A mesh with a normal map has no tangents.

Checks
    Drawn meshes whose material binds a normal map. In FBX and USD it is information only: their importers make
    MikkTSpace tangents themselves.
Why it fails in the engine
    A normal map only fits the tangents it was baked with. Roblox shows it wrong without them; glTF viewers each
    make their own.
How to fix
    Export tangents (MikkTSpace, the ones the map was baked with).
"""

from __future__ import annotations

from collections.abc import Iterator

from validators.rules.base import Fault, Rule
from validators.rules.case import Case, called
from validators.rules.mat_unassigned import used_materials


def _faults(case: Case) -> Iterator[Fault]:
    mapped = {i for i, material in enumerate(case.scene.materials) if "normal" in material.bindings}
    for node, mesh in case.drawn():
        if mesh.tangents is None and mapped & set(used_materials(mesh, case.scene)):
            yield Fault(
                f"{called(node)} has a normal map but no tangents; the map may be lit from a wrong side.",
                where=case.at(node),
                softer="info" if case.is_fbx or case.is_usd else "",
            )


RULE = Rule("tan.present", "warning", _faults, "Export tangents with the mesh.")
