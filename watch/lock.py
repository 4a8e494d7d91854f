"""One watcher an outbox: an advisory lock that the system itself releases when its holder dies, and a heartbeat.

The system's lock decides on one machine. Over a share it may not reach the other machine, so a holder on another host
is believed to live while its heartbeat moves; a lock file that nobody beats is stale and is taken over.
"""

from __future__ import annotations

import json
import os
import platform
import time
from pathlib import Path
from types import TracebackType
from typing import IO

BEAT_S = 2.0
#: Characters of a lock file, the same for every beat.
LENGTH = 400


class Lock:
    """`with Lock(path) as lock: lock.held`; `owner` is the other holder as text: `process 4711 on studio-3`."""

    def __init__(self, path: Path, wait_s: float = 0.0, beat_s: float = BEAT_S) -> None:
        self.path, self.wait_s, self.beat_s, self.held, self.owner = path, wait_s, beat_s, False, ""
        self._file: IO[str] | None = None
        self._count, self._beaten = 0, 0.0

    def __enter__(self) -> Lock:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o666)
        self._file = os.fdopen(handle, "r+", encoding="utf-8")
        end = time.monotonic() + self.wait_s
        while not _locked(self._file):
            if time.monotonic() >= end:
                self.owner = _text(self._read())
                return self
            time.sleep(0.05)
        before = self._read()
        if before.get("host", _host()) != _host() and self._beats(before):
            self.owner = _text(before)
            self._file.close()
            self._file = None
            return self
        self.held = True
        self.beat(force=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file:
            if self.held:
                self._file.truncate(0)  # a clean end: the next one, on any host, need not wait for a beat
            self._file.close()
            self._file, self.held = None, False

    def beat(self, force: bool = False) -> None:
        """Show that the holder lives. Call every now and then; writes at most every `beat_s`."""
        now = time.monotonic()
        if self._file is None or not (force or now - self._beaten >= self.beat_s):
            return
        self._count, self._beaten = self._count + 1, now
        text = json.dumps({"pid": os.getpid(), "host": _host(), "beat": self._count})
        self._file.seek(0)
        self._file.write(text.ljust(LENGTH))  # over the old one, never emptied first: a reader must not find nobody
        self._file.flush()

    def _beats(self, before: dict[str, object]) -> bool:
        """Whether somebody writes the file while we wait."""
        time.sleep(2.5 * self.beat_s)
        after = self._read()
        return after != before and bool(after)

    def _read(self) -> dict[str, object]:
        assert self._file is not None
        self._file.seek(0)
        try:
            found = json.loads(self._file.read() or "{}")
        except (ValueError, OSError):
            return {}
        return found if isinstance(found, dict) else {"pid": found}  # before schema 2 the file held the number alone


def _host() -> str:
    return platform.node() or "this machine"


def _text(found: dict[str, object]) -> str:
    return f"process {found.get('pid', 'unknown')} on {found.get('host', 'an unknown machine')}"


def _locked(file: IO[str]) -> bool:
    """Take the system's lock; False when another holds it."""
    try:
        import fcntl
    except ImportError:
        import msvcrt

        file.seek(0x7FFF)  # beyond what is ever written, so that the holder's name stays readable
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
        except OSError:
            return False
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def holder(path: Path) -> str:
    """Who holds the lock at `path`, as text; "" when nobody does. Takes nothing and waits for nothing."""
    try:
        with path.open("r+", encoding="utf-8") as file:
            free = _locked(file)
            file.seek(0)
            found = json.loads(file.read() or "{}")
    except (OSError, ValueError):
        return ""
    if not isinstance(found, dict) or not found:
        return ""
    return _text(found) if not free or found.get("host") != _host() else ""
