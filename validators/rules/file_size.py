"""The file is larger than the engine takes.

Checks
    Bytes of the model file against `limits.file_mb` (a megabyte is 1,000,000 bytes).
Why it fails in the engine
    Roblox's upload refuses files over 20 MB.
How to fix
    Scale textures down first: they are nearly all of it.
"""

from __future__ import annotations

from collections.abc import Iterator

from validators.rules.base import Fault, Rule
from validators.rules.case import Case


def _faults(case: Case) -> Iterator[Fault]:
    limit, size = case.profile.limits.file_mb, case.scene.nbytes / 1e6
    if limit and size > limit:
        yield Fault(
            f"The file is {size:.1f} MB; {case.profile.title} takes {limit:g} MB at most.",
            measured=round(size, 3),
            limit=limit,
        )


RULE = Rule("file.size", "error", _faults, "Scale the textures down, then reduce the mesh.", images=True)
