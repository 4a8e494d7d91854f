"""A file and its Unity .meta do not come together.

Checks
    In a delivered folder that has `.meta` files: each file and folder has one, and each `.meta` its file. Where there
    are none at all Unity makes its own, and nothing is said.
Why it fails in the engine
    A file without a `.meta` gets a new guid in every project, so that nothing can refer to it, and default import
    settings: normal maps as colours, masks as sRGB. A `.meta` without its file is thrown away with its guid.
How to fix
    Deliver both, and rename and move them together.
"""

from __future__ import annotations

from collections.abc import Iterator

from validators.finding import Where
from validators.rules.base import Fault, Rule
from validators.rules.case import Case
from validators.rules.meta_guid import metas


def _faults(case: Case) -> Iterator[Fault]:
    files, held = set(case.scene.header["files"]), metas(case)
    bare = sorted(f for f in files - set(held) if f"{f}.meta" not in files) if held else []
    for path in bare:
        yield Fault("It has no .meta, and others here have one.", where=Where(file=path))
    for path in sorted(held):
        if path[: -len(".meta")] not in files:
            yield Fault("The file that this .meta belongs to is not there.", where=Where(file=path))


RULE = Rule("meta.pair", "warning", _faults, "Deliver both together.", engines=("unity",), folders=True)
