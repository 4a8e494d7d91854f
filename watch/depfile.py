"""What a build read, as Make and ninja want it.

`--depfile props.json.d` writes `props.json` (the report) once the build has passed, and `props.json.d`: it says that
`props.json` depends on each dropped file, and on each folder, whose own time changes when a file is added.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

SUFFIX = ".d"


def target(depfile: Path) -> Path:
    """The file that the rule is for. Raises ValueError for a depfile not called so."""
    if depfile.suffix != SUFFIX or not depfile.stem:
        raise ValueError(f"{depfile.name} must end in {SUFFIX}: the name before it is the file that the rule makes")
    return depfile.with_suffix("")


def text(made: Path, files: Iterable[Path]) -> str:
    """One rule: `made: a b c`."""
    files = list(files)
    names = sorted({*files, *(p.parent for p in files)})
    return f"{_escape(made)}: \\\n" + " \\\n".join(f"  {_escape(p)}" for p in names) + "\n"


def _escape(path: Path) -> str:
    return re.sub(r"([ #])", r"\\\1", path.as_posix()).replace("$", "$$")
