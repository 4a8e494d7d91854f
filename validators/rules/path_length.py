"""A path is too long.

Checks
    The file's path inside the delivery against `limits.path_length`.
Why it fails in the engine
    Unity's store refuses paths of 140 characters and more; Windows tools stop at 260. The project's own folders
    come on top.
How to fix
    Shorten file and folder names.
"""

from __future__ import annotations

from collections.abc import Iterator

from validators.rules.base import Fault, Rule
from validators.rules.case import Case


def _faults(case: Case) -> Iterator[Fault]:
    limit, long = case.profile.limits.path_length, len(case.scene.file)
    if limit and long > limit:
        yield Fault(
            f"The path has {long} characters; {case.profile.title} takes {limit} at most.", measured=long, limit=limit
        )


RULE = Rule("path.length", "error", _faults, "Shorten file and folder names.", images=True)
