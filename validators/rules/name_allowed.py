"""A name has characters that the engine does not take, or is too long.

Checks
    Names of objects, materials and texture files, and the model's own file name, against `names.allowed` and
    `names.max_length`.
Why it fails in the engine
    Importers replace such characters, each in its own way; then re-import, scripts and LOD or collision names no
    longer match.
How to fix
    Use letters, digits and underscores, with a letter first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain
from pathlib import PurePosixPath

from validators.finding import Where
from validators.rules.base import Fault, Rule
from validators.rules.case import Case
from validators.rules.names import materials, objects, texture_files


def _faults(case: Case) -> Iterator[Fault]:
    said = case.profile.names
    allowed = re.compile(said.allowed)
    file = [] if case.scene.format == "image" else [(PurePosixPath(case.scene.file).stem, Where())]
    groups = (
        ("file", file),
        ("object", objects(case)),
        ("material", materials(case)),
        ("texture file", texture_files(case)),
    )
    for kind, (name, where) in chain.from_iterable(((kind, entry) for entry in group) for kind, group in groups):
        if not name:
            yield Fault(f"One {kind} has no name.", where=where)
        elif len(name) > said.max_length:
            yield Fault(
                f"The {kind} name {name[:40]}... has {len(name)} characters; {said.max_length} is the most.",
                "Shorten the name.",
                where,
                len(name),
                said.max_length,
            )
        elif not allowed.fullmatch(name):
            strange = sorted({c for c in name if not (c.isascii() and (c.isalnum() or c == "_"))})
            why = f": it has {' '.join(map(repr, strange[:5]))}" if strange else ""
            why = why or (": it starts with a digit" if name[0].isdigit() else "")
            yield Fault(
                f"The {kind} name {name} is not one that the profile for {case.profile.title} allows{why}.",
                where=where,
                measured=name,
                limit=said.allowed,
            )


RULE = Rule(
    "name.allowed",
    "error",
    _faults,
    "Use letters, digits and underscores, with a letter first.",
    images=True,
    by_engine={"portable": "info"},
)
