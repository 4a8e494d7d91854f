"""A name lacks the prefix of its kind.

Checks
    Drawn objects, materials and texture files against the fixed start of `names.mesh`, `names.material` and
    `names.texture` (Unreal: SM_, M_, T_).
Why it fails in the engine
    Nothing breaks, but the asset cannot be found and filtered as Epic's naming convention intends.
How to fix
    Put the prefix in front of the name.
"""

from __future__ import annotations

from collections.abc import Iterator

from validators.finding import Where
from validators.rules.base import Fault, Rule
from validators.rules.case import Case
from validators.rules.names import materials, texture_files


def _faults(case: Case) -> Iterator[Fault]:
    said = case.profile.names
    drawn = ((n.name, Where(node=n.name, pointer=n.pointer)) for n in case.scene.render_nodes())
    for kind, names, template in (
        ("mesh", drawn, said.mesh),
        ("material", materials(case), said.material),
        ("texture", texture_files(case), said.texture),
    ):
        prefix = template.partition("{")[0]
        for name, where in names:
            if name and not name.startswith(prefix):
                yield Fault(
                    f"The {kind} {name} should be called {prefix}{name}.", where=where, measured=name, limit=prefix
                )


RULE = Rule("name.prefix", "warning", _faults, "Put the prefix in front of the name.", engines=("unreal",), images=True)
