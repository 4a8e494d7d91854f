"""A collision shape's name matches no mesh.

Checks
    Names that start with UCX_, UBX_, USP_ or UCP_: what follows must be the exact name of a drawn mesh, then _00,
    _01 ...
Why it fails in the engine
    Unreal imports a shape whose mesh it cannot find as a mesh of its own, and the asset has no collision.
How to fix
    Name the shape UCX_<mesh>_00; beware of .001 at the end of copies and of renamed meshes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from validators.rules.base import Fault, Rule
from validators.rules.case import Case, called

_SHAPE = re.compile(r"^(?:UCX|UBX|USP|UCP)_(.+)$", re.IGNORECASE)
_NUMBER = re.compile(r"_\d+$")


def _faults(case: Case) -> Iterator[Fault]:
    if case.profile.collision.style == "none":
        return
    drawn = {n.name for n in case.scene.render_nodes()}
    for node in case.hulls():
        match = _SHAPE.match(node.name)
        if not match or match[1] in drawn or _NUMBER.sub("", match[1]) in drawn:
            continue
        asked = _NUMBER.sub("", match[1])
        yield Fault(
            f"{called(node)} is made for a mesh called {asked}, and there is none.", where=case.at(node), measured=asked
        )


RULE = Rule("col.name", "error", _faults, "Name the shape UCX_, then the exact name of its mesh, then _00, _01 ...")
