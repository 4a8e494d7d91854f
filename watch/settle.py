"""When a dropped file is complete: nothing about it has changed for a while.

`closed` events do not say so (a chunked copier closes three times, a rename never), so only size and
modification time are trusted, against a monotonic clock.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

#: size in bytes, modification time in ns
Stat = tuple[int, int]


class Settler:
    """Remembers since when each file has been as it is."""

    def __init__(self, settle_s: float) -> None:
        self.settle_s = settle_s
        self._since: dict[Path, tuple[Stat, float]] = {}

    def settled(self, snapshot: Mapping[Path, Stat], now: float) -> set[Path]:
        """Files unchanged for `settle_s`; `now` is monotonic seconds. Empty files never settle."""
        self._since = {
            path: self._since[path] if path in self._since and self._since[path][0] == stat else (stat, now)
            for path, stat in snapshot.items()
        }
        return {p for p, (stat, since) in self._since.items() if stat[0] > 0 and now - since >= self.settle_s}


def snapshot(files: list[Path]) -> dict[Path, Stat]:
    """Size and modification time of each file that is still there."""
    out = {}
    for path in files:
        try:
            stat = path.stat()
        except OSError:
            continue
        out[path] = (stat.st_size, stat.st_mtime_ns)
    return out
