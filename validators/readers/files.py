"""Files beside the one that is read: found only inside the delivery, and never more of them than a limit."""

from __future__ import annotations

import re
from pathlib import Path

from validators.readers.notes import Bad

MOST_BYTES = 512 << 20  # of the file itself
MOST_PART_BYTES = 512 << 20  # of a buffer or an image beside it
_ABSOLUTE = re.compile(r"^([A-Za-z]:|[/\\]|~)")
_SCHEME = re.compile(r"^[A-Za-z][A-Za-z0-9+.-]+:")


def is_absolute(reference: str) -> bool:
    """Whether a reference names one machine's path: `/home/...`, `C:\\...`, `\\\\server\\...`, `file:`."""
    return bool(_ABSOLUTE.match(reference) or reference.lower().startswith("file:"))


def inside(reference: str, base: Path, root: Path) -> Path:
    """The existing file that `reference` (relative to `base`) names, links followed, inside `root`.

    Raises Bad: file.escape for what is absolute, remote or leads out; file.missing_part when nothing is there.
    """
    shown = reference if len(reference) <= 200 else reference[:200] + "..."
    if is_absolute(reference):
        raise Bad("file.escape", f'"{shown}" is an absolute path, which holds on one machine only.')
    if _SCHEME.match(reference):
        raise Bad("file.escape", f'"{shown}" is not a file of this delivery.')
    if "\x00" in reference or len(reference) > 1024:
        raise Bad("file.escape", f"{shown!r} is not a usable path.")
    try:
        top = root.resolve()
        path = (base / reference.replace("\\", "/")).resolve()
        if not path.is_relative_to(top):
            raise Bad("file.escape", f'"{shown}" leads out of the delivered folder.')
        if not path.is_file():
            raise Bad("file.missing_part", f'"{shown}" is not there.')
    except (OSError, RuntimeError, ValueError):  # a name the system refuses, or links in a circle
        raise Bad("file.missing_part", f'"{shown}" cannot be found.') from None
    return path


def read_bytes(path: Path, limit: int = MOST_PART_BYTES, most: int | None = None) -> bytes:
    """All of a regular file, or its first `most` bytes. Raises Bad when it is larger than `limit` or unreadable."""
    try:
        size = path.stat().st_size
        if size > limit:
            raise Bad(
                "file.too_big",
                f"{path.name} has {size / 1e6:.0f} MB; more than {limit / 1e6:.0f} MB is not read.",
                measured=size,
                limit=limit,
            )
        with path.open("rb") as file:
            return file.read(size if most is None else most)
    except OSError as error:
        raise Bad("file.unreadable", f"{path.name} cannot be read: {error.strerror}.") from None
