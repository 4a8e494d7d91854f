"""What a watcher is doing at this moment, as one small file that `status` reads; rewritten by rename."""

from __future__ import annotations

import json
import os
from collections import deque
from pathlib import Path
from typing import Any

#: The rate is taken over the last jobs that ended, at most this many and this long ago.
LAST, WINDOW_S = 50, 1800.0


class Pace:
    """How fast jobs end, against a monotonic clock."""

    def __init__(self) -> None:
        self._ends: deque[float] = deque(maxlen=LAST)
        self._since: float | None = None

    def began(self, now: float) -> None:
        """Work began after a rest."""
        if self._since is None:
            self._since = now

    def rested(self) -> None:
        """Nothing is left to do: what comes next is measured anew."""
        self._since = None
        self._ends.clear()

    def ended(self, now: float) -> None:
        """A job ended."""
        self._ends.append(now)

    def per_minute(self, now: float) -> float | None:
        """Jobs a minute; None before any has ended."""
        recent = [t for t in self._ends if now - t <= WINDOW_S]
        if not recent or self._since is None:
            return None
        start = self._since if len(recent) < LAST else recent[0]
        return 60.0 * len(recent) / max(1.0, now - start)

    def left_s(self, waiting: int, now: float) -> float | None:
        """Seconds until `waiting` jobs are done at this pace; None where nobody can say."""
        rate = self.per_minute(now)
        return 60.0 * waiting / rate if rate else None


def write(path: Path, data: dict[str, Any]) -> None:
    """Replace the file. A disk that is full loses this news and nothing else."""
    temporary = path.with_name(f"{path.name}.{os.getpid()}.new")
    try:
        temporary.write_text(json.dumps(data, sort_keys=True), encoding="ascii")
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)


def read(path: Path) -> dict[str, Any]:
    """What `write` wrote; empty when there is none."""
    try:
        found = json.loads(path.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def lasting(seconds: float | None) -> str:
    """A duration for a person: `12 s`, `4 min`, `2 h 05`."""
    if seconds is None:
        return "not known yet"
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 5400:
        return f"{seconds / 60:.0f} min"
    return f"{int(seconds // 3600)} h {int(seconds % 3600 // 60):02}"
