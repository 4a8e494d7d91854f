"""A name starts or ends in a way that the engine reads a meaning into.

Checks
    Names of drawn objects and materials against `names.reserved_prefixes`, all names against
    `names.reserved_suffixes`.
Why it fails in the engine
    Unreal takes UCX_ for collision and SOCKET_ for a socket; Roblox makes an attachment of what ends in _Att and a
    clothing cage of _OuterCage. The mesh disappears.
How to fix
    Rename it.
"""

from __future__ import annotations

from collections.abc import Iterator

from validators.finding import Where
from validators.rules.base import Fault, Rule
from validators.rules.case import Case
from validators.rules.names import materials, objects


def _faults(case: Case) -> Iterator[Fault]:
    said = case.profile.names
    drawn = [(n.name, Where(node=n.name, pointer=n.pointer)) for n in case.scene.render_nodes()]
    for name, where in [*drawn, *materials(case)]:
        for prefix in said.reserved_prefixes:
            if name.lower().startswith(prefix.lower()):
                yield Fault(
                    f"{name} starts with {prefix}, which has a meaning of its own in {case.profile.title}.",
                    where=where,
                    measured=name,
                    limit=prefix,
                )
    for name, where in [*objects(case), *materials(case)]:
        for suffix in said.reserved_suffixes:
            if name.lower().endswith(suffix.lower()):
                yield Fault(
                    f"{name} ends in {suffix}, which has a meaning of its own in {case.profile.title}.",
                    where=where,
                    measured=name,
                    limit=suffix,
                )


RULE = Rule("name.reserved", "error", _faults, "Rename it.")
