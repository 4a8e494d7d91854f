"""A name starts or ends in a way that the engine reads a meaning into.

Checks
    Names of drawn objects and materials against `names.reserved_prefixes`; all names but those of collision shapes
    against `names.reserved_suffixes`, where the engine does so (`names.suffixes_before_digits`) without the digits
    and underscores behind them.
Why it fails in the engine
    Unreal takes UCX_ for collision and SOCKET_ for a socket; Roblox makes an attachment of what ends in _Att and a
    clothing cage of _OuterCage; Godot makes a vehicle's wheel of what ends in _wheel or _wheel_02. The mesh
    disappears or becomes another thing.
How to fix
    Rename it.
"""

from __future__ import annotations

from collections.abc import Iterator

from validators.finding import Where
from validators.readers.conventions import collision_style
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
    meant = {n.name for n in case.hulls() if collision_style(n.name)}  # col.leak's to judge
    for name, where in [*objects(case), *materials(case)]:
        end = name.lower().rstrip("0123456789_ ") if said.suffixes_before_digits else name.lower()
        for suffix in said.reserved_suffixes if name not in meant else ():
            if end.endswith(suffix.lower()):
                yield Fault(
                    f"{name} ends in {suffix}, which has a meaning of its own in {case.profile.title}.",
                    where=where,
                    measured=name,
                    limit=suffix,
                )


RULE = Rule("name.reserved", "error", _faults, "Rename it.")
