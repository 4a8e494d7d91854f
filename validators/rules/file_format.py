"""The profile expects another kind of file.

Checks
    The file's format against the formats of the profile's `[[deliverable]]` entries.
Why it fails in the engine
    It may import, but by another way than the one that was checked: axes, units and LODs are not judged for it.
How to fix
    Export in the format that the profile names, or add a `[[deliverable]]` to a profile of your own.
"""

from __future__ import annotations

from collections.abc import Iterator

from validators.rules.base import Fault, Rule
from validators.rules.case import Case
from validators.rules.words import some


def _faults(case: Case) -> Iterator[Fault]:
    if case.scene.format and case.scene.format not in {d.format for d in case.profile.deliverable}:
        article = "an" if case.scene.format[0] in "fos" else "a"  # an FBX, OBJ, STL
        wanted = list(dict.fromkeys(d.format.upper() for d in case.profile.deliverable))
        yield Fault(
            f"This is {article} {case.scene.format.upper()} file; the profile for {case.profile.title} expects "
            f"{some(wanted)}.",
            measured=case.scene.format,
            limit=" ".join(wanted).lower(),
        )


RULE = Rule("file.format", "info", _faults, "Export in the format that the profile names.")
