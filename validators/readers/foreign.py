"""Native readers (ufbx, pxr) are asked in a child process; whatever becomes of it is a Finding, never an exception."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from validators.child import ChildError, call
from validators.readers.notes import Notes

DEADLINE_S = 20.0
#: What our own code in the child may raise over a value it did not expect; the child hands it on.
_FAULTS = (ArithmeticError, AttributeError, LookupError, OSError, RuntimeError, TypeError, ValueError)


def ask(function: Callable[..., dict[str, Any]], *args: str, memory_mb: int, form: str, notes: Notes) -> dict[str, Any]:
    """`function(*args)` in a child; an empty dict where it refuses the file, crashes or takes too long, as noted."""
    try:
        raw: dict[str, Any] = call(function, *args, deadline_s=DEADLINE_S, memory_mb=memory_mb)
    except ChildError as error:
        reasons = {"timeout": f"takes longer than {DEADLINE_S:g} s to read", "memory": "needs too much memory to read"}
        reason = reasons.get(error.kind, "makes its reader crash")
        notes.add("file.malformed", f"The {form} file {reason}.", measured=error.kind)
        return {}
    except _FAULTS as error:
        notes.add("file.malformed", f"The {form} file makes its reader fail: {error}.", measured=type(error).__name__)
        return {}
    if "error" in raw:
        if not notes.has("file.malformed", "file.truncated"):  # what we found ourselves says more
            reason = str(raw["error"]).rstrip(".")
            notes.add(raw.get("code", "file.malformed"), f"The {form} file cannot be read: {reason}.")
        return {}
    return raw
