"""Collision shapes are in a file whose engine would draw them.

Checks
    Collision meshes where the profile's `[[deliverable]]` has `collision = false`, or, for a file it does not know,
    where `collision.style` is none; and shapes named as another engine wants them: UCX_ in Godot, -convcolonly in
    Unreal.
Why it fails in the engine
    Unity, Roblox and viewers read no meaning into such names, Unreal and Godot only into their own: the hull appears
    as a visible block around the asset.
How to fix
    Leave the collision shapes out of this export, or name them as this engine does.
"""

from __future__ import annotations

from collections.abc import Iterator

from validators.readers.conventions import collision_style
from validators.rules.base import Fault, Rule
from validators.rules.case import Case, called


def _faults(case: Case) -> Iterator[Fault]:
    wanted = case.deliverable.collision if case.deliverable else case.profile.collision.style != "none"
    for node in case.hulls():
        style = collision_style(node.name)
        # In USD a purpose says what is collision, and no name does.
        if not wanted or (style not in ("", case.profile.collision.style) and not case.is_usd):
            named = " by another engine's name" if wanted else ""
            yield Fault(
                f"{called(node)} is a collision shape{named}; {case.profile.title} would show it as a mesh.",
                where=case.at(node),
            )


RULE = Rule(
    "col.leak", "error", _faults, "Leave the collision shapes out of this export, or name them as this engine does."
)
