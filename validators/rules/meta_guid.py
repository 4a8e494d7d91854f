"""A Unity .meta file has no usable guid, or one that another has too.

Checks
    Every `.meta` of a delivered folder: `fileFormatVersion: 2`, a guid of 32 small hex digits that are not all zero,
    and no guid twice.
Why it fails in the engine
    Unity knows an asset by its guid alone. It writes a bad or a doubled one anew, and every scene, prefab and
    material that refers to the asset loses it.
How to fix
    Keep the `.meta` that came with the file; never copy one beside another file. Where one is lost, delete it, let
    Unity make a new one and keep that.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from validators.finding import Where
from validators.rules.base import Fault, Rule
from validators.rules.case import Case

_SOUND = re.compile(r"(?!0{32})[0-9a-f]{32}")


def metas(case: Case) -> dict[str, dict[str, object]]:
    """What is known of each `.meta` of a folder, by path."""
    return {path: said for path, said in case.scene.header["unity"].items() if path.lower().endswith(".meta")}


def _faults(case: Case) -> Iterator[Fault]:
    seen: dict[str, str] = {}
    for path, said in metas(case).items():
        guid, version = str(said["guid"]), said["version"]
        if not _SOUND.fullmatch(guid):
            message = f'The guid "{guid[:40]}" is not 32 small hex digits.' if guid else "It states no guid."
            yield Fault(message, where=Where(file=path), measured=guid)
        elif guid in seen:
            yield Fault(f"The guid is the one of {seen[guid]}.", where=Where(file=path), measured=guid)
        if version != "2":
            yield Fault("It does not begin with fileFormatVersion: 2.", where=Where(file=path), measured=str(version))
        seen.setdefault(guid, path)


RULE = Rule(
    "meta.guid", "error", _faults, "Restore the .meta that belongs to the file.", engines=("unity",), folders=True
)
