"""The file has no collision, and the profile asks for it.

Checks
    That there is a collision shape, where the profile's `collision.style` names one and its `[[deliverable]]` says
    `collision = true`.
Why it fails in the engine
    The player walks and shoots through the asset, or the engine makes a shape of its own, which may be a box round all.
How to fix
    Add convex shapes by the profile's names, or say `collision = false` in the profile.
"""

from __future__ import annotations

from collections.abc import Iterator

from validators.rules.base import Fault, Rule
from validators.rules.case import Case


def _faults(case: Case) -> Iterator[Fault]:
    asked = case.deliverable is not None and case.deliverable.collision and case.profile.collision.style != "none"
    if asked and case.scene.render_nodes() and not case.hulls():
        title = case.profile.title
        yield Fault(f"The file has no collision shape; the profile for {title} asks for one.", measured=0, limit=1)


RULE = Rule(
    "col.missing",
    "warning",
    _faults,
    "Add a convex shape by the profile's names (names.collision), or say collision = false in its [[deliverable]].",
)
