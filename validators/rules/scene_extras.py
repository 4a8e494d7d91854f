"""The file carries things that no static asset needs.

Checks
    Cameras, lights, animations and skeletons, and empties that hold nothing (sockets aside).
Why it fails in the engine
    They arrive in the prefab: a camera that draws over the game's, a light that is on everywhere.
How to fix
    Export the selected meshes alone.
"""

from __future__ import annotations

from collections.abc import Iterator

from validators.finding import Where
from validators.rules.base import Fault, Rule
from validators.rules.case import Case, called
from validators.rules.words import count


def _faults(case: Case) -> Iterator[Fault]:
    for kind, number in sorted(case.scene.extras.items()):
        if number > 0:
            thing = kind.removesuffix("s")
            yield Fault(
                f"The file holds {count(number, thing)}, which a static asset does not need.", measured=number, limit=0
            )
    parents = {n.parent for n in case.scene.nodes}
    for i, node in enumerate(case.scene.nodes):
        if node.kind == "empty" and i not in parents and not node.name.upper().startswith("SOCKET_"):
            yield Fault(
                f"{called(node)} is an empty object that holds nothing.",
                where=Where(node=node.name, pointer=node.pointer),
            )


RULE = Rule("scene.extras", "warning", _faults, "Export the selected meshes alone.")
