"""Collision shapes are in a file whose engine would draw them.

Checks
    Collision meshes where the profile's `[[deliverable]]` has `collision = false`, or, for a file it does not know,
    where `collision.style` is none.
Why it fails in the engine
    Unity, Roblox and viewers read no meaning into UCX_ names: the hull appears as a visible block around the asset.
How to fix
    Leave the collision shapes out of this export; set collision up in the engine.
"""

from __future__ import annotations

from collections.abc import Iterator

from validators.rules.base import Fault, Rule
from validators.rules.case import Case, called


def _faults(case: Case) -> Iterator[Fault]:
    wanted = case.deliverable.collision if case.deliverable else case.profile.collision.style != "none"
    if wanted:
        return
    for node in case.hulls():
        yield Fault(
            f"{called(node)} is a collision shape; {case.profile.title} would show it as a mesh.", where=case.at(node)
        )


RULE = Rule("col.leak", "error", _faults, "Leave the collision shapes out of this export.")
