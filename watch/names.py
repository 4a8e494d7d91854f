"""File names from three operating systems, as text that prints, logs and keys safely."""

from __future__ import annotations

import unicodedata
from pathlib import Path, PurePath


def shown(name: str | PurePath) -> str:
    """`name` for a person: what cannot be printed is shown as a mark, so that no message breaks a terminal or a log."""
    text = str(name).encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return "".join(
        "\N{REPLACEMENT CHARACTER}" if unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp") else c for c in text
    )


def key(path: Path, root: Path) -> str:
    """One text for one file below `root`: `/` between folders, undecodable bytes as `\\xff`, a backslash doubled.

    Unlike the name itself it can always be written to SQLite and JSON, and two files never share it.
    """
    text = (path.relative_to(root) if path.is_relative_to(root) else path).as_posix().replace("\\", "\\\\")
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def size(count: float) -> str:
    """Bytes for a person: `34.5 MB`."""
    for unit in ("bytes", "kB", "MB"):
        if count < 1000:
            return f"{count:.0f} {unit}" if unit == "bytes" else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} GB"
