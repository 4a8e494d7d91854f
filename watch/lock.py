"""One watcher an outbox: an advisory lock that the system itself releases when its holder dies."""

from __future__ import annotations

import os
import time
from pathlib import Path
from types import TracebackType
from typing import IO


class Lock:
    """`with Lock(path) as lock: lock.held`; `owner` is the other holder's process id as text."""

    def __init__(self, path: Path, wait_s: float = 0.0) -> None:
        self.path, self.wait_s, self.held, self.owner = path, wait_s, False, ""
        self._file: IO[str] | None = None

    def __enter__(self) -> Lock:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._file = self.path.open("a+", encoding="utf-8")
        end = time.monotonic() + self.wait_s
        while not self.held:
            try:
                _lock(self._file)
                self.held = True
            except OSError:
                if time.monotonic() >= end:
                    self._file.seek(0)
                    self.owner = self._file.read().strip() or "unknown"
                    return self
                time.sleep(0.05)
        self._file.truncate(0)
        self._file.write(str(os.getpid()))
        self._file.flush()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file:
            self._file.close()


def _lock(file: IO[str]) -> None:
    """Take the lock or raise OSError."""
    try:
        import fcntl
    except ImportError:
        import msvcrt

        file.seek(0x7FFF)  # beyond what is ever written, so that the process id stays readable
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
    else:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
