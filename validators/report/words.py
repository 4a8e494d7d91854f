"""What the reports share: the tool's name and version, and text that is safe to show."""

from __future__ import annotations

import unicodedata

TOOL = "dropforge"


def version() -> str:
    """The installed version, or "unknown" when the tool is run without being installed."""
    from importlib import metadata  # twenty milliseconds, which a text report need not wait for

    try:
        return metadata.version(TOOL)
    except metadata.PackageNotFoundError:
        return "unknown"


def visible(text: str) -> str:
    """`text` without anything that a terminal or an XML reader could take for more than text.

    Names come out of files that anyone may have written: control characters, line breaks, lone surrogates and marks
    that turn the reading direction are written as escapes.
    """
    if text.isprintable():
        return text
    return "".join(c if unicodedata.category(c)[0] != "C" and c not in "\u2028\u2029" else ascii(c)[1:-1] for c in text)
