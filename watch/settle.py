"""When a dropped file is complete: nothing about it has changed for a while, and it ends as its format ends.

`closed` events do not say so (a chunked copier closes three times, a rename never), so only what a scan sees is
trusted, against a monotonic clock: a jump of the wall clock or a modification time of 2106 moves nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from watch.scan import Stat
from watch.whole import missing

#: How long a file that lies still without being whole is given, seconds.
INCOMPLETE_S = 60.0


@dataclass
class _Seen:
    stat: Stat
    since: float
    missing: str | None = None  # not looked at yet; "" whole
    looked: float = 0.0


class Settler:
    """Remembers since when each file has been as it is."""

    def __init__(
        self, settle_s: float, incomplete_s: float = INCOMPLETE_S, look: Callable[[str], str] = missing
    ) -> None:
        self.settle_s, self.incomplete_s, self.look = settle_s, incomplete_s, look
        self._seen: dict[str, _Seen] = {}
        self._open: set[str] = set()  # not yet settled

    def update(self, files: Mapping[str, Stat], busy: set[str], now: float) -> bool:
        """Take a scan; `now` is monotonic seconds. Whether anything differs from the last one."""
        changed = False
        for path, stat in files.items():
            seen = self._seen.get(path)
            if seen is None or seen.stat != stat:
                self._seen[path] = _Seen(stat, now)
                self._open.add(path)
                changed = True
            elif path in busy:
                seen.since = now
                self._open.add(path)
        if len(self._seen) != len(files):
            for path in [p for p in self._seen if p not in files]:
                del self._seen[path]
                self._open.discard(path)
            changed = True
        return self._close(now) or changed

    def _close(self, now: float) -> bool:
        """Look once at each file that has lain still; again, seldom, at one that was not whole."""
        closed = []
        for path in self._open:
            seen = self._seen[path]
            if now - seen.since < self.settle_s:
                continue
            if seen.missing is None or (seen.missing and now - seen.looked >= max(0.2, self.settle_s)):
                seen.missing, seen.looked = self.look(path), now
                if not seen.missing:
                    closed.append(path)
        self._open.difference_update(closed)
        return bool(closed)

    def settled(self, path: str) -> bool:
        """Whether the file is complete."""
        return path not in self._open and path in self._seen

    def accept(self, path: str) -> None:
        """Take a file for complete as it is: an operator says so."""
        if path in self._seen:
            self._seen[path].missing = ""
            self._open.discard(path)

    def stuck(self, path: str, now: float) -> str:
        """Why a file will not become complete by itself, once it has had its time; else ""."""
        seen = self._seen.get(path)
        if seen is None or path not in self._open or not seen.missing:
            return ""
        return seen.missing if now - seen.since >= self.incomplete_s else ""

    def due(self, now: float) -> float | None:
        """Seconds until a file may settle; None when none is open."""
        waits = [self.settle_s - (now - self._seen[p].since) for p in self._open if self._seen[p].missing is None]
        return max(0.0, min(waits)) if waits else None

    @property
    def waiting(self) -> int:
        """Files that are not complete."""
        return len(self._open)
