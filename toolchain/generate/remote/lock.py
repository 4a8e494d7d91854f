"""One process at a time: a lock that the system lets go of, however its holder ends (SQLite's, on any system)."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from toolchain.generate.remote import clock
from toolchain.stage import Progress, StageError


@contextlib.contextmanager
def held(path: Path, wait_s: float, progress: Progress, waiting: str, refused: str) -> Iterator[None]:
    """The lock at `path`. While another holds it `progress` says `waiting`; StageError `refused` after `wait_s`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = sqlite3.connect(path, timeout=0, isolation_level=None)
    try:
        end = clock.now() + wait_s
        while True:
            try:
                lock.execute("BEGIN EXCLUSIVE")
                break
            except sqlite3.OperationalError:
                if clock.now() > end:
                    raise StageError(refused, passing=True) from None
                progress(0.0, waiting)
                clock.sleep(1.0)
        yield
    finally:
        lock.close()
