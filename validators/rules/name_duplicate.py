"""Two things have one name.

Checks
    Names of objects, of materials, and of texture files in different folders, letter case aside. In USD, objects of
    one parent.
Why it fails in the engine
    The importer renames one of them, differently on each import, or one overwrites the other; Unity takes a texture
    by its file name alone.
How to fix
    Give each its own name.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from validators.finding import Where
from validators.rules.base import Fault, Rule
from validators.rules.case import Case
from validators.rules.names import materials, stem


def _faults(case: Case) -> Iterator[Fault]:
    nodes = [n for n in case.scene.nodes if n.name and n.kind not in ("camera", "light", "root")]
    # USD names are paths, and the variants of a LOD set hold prims of one name.
    yield from _repeats(
        "objects",
        (((n.parent, n.lod) if case.is_usd else None, n.name, Where(node=n.name, pointer=n.pointer)) for n in nodes),
    )
    yield from _repeats("materials", ((None, name, where) for name, where in materials(case) if name))
    files = {t.uri: t for t in case.scene.textures if t.uri and not t.embedded}  # one file used twice is one file
    yield from _repeats("texture files", ((None, stem(t), case.on(t)) for t in files.values() if stem(t)))


def _repeats(what: str, entries: Iterable[tuple[object, str, Where]]) -> Iterator[Fault]:
    seen: dict[tuple[object, str], int] = {}
    first: dict[tuple[object, str], tuple[str, Where]] = {}
    for scope, name, where in entries:
        key = (scope, name.casefold())
        seen[key] = seen.get(key, 0) + 1
        first.setdefault(key, (name, where))
    for key, times in seen.items():
        if times > 1:
            name, where = first[key]
            yield Fault(f"{times:,} {what} are called {name}.", where=where, measured=times, limit=1)


RULE = Rule("name.duplicate", "error", _faults, "Give each a name of its own.", by_engine={"portable": "info"})
