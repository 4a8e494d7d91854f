"""Who uses a store now: each builder holds a file locked, so that a collection never meets one at work."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator
from pathlib import Path

from watch.lock import Lock, holder
from watch.place import Home


@contextlib.contextmanager
def using(home: Home) -> Iterator[None]:
    """Hold the store of `home` in use; waits for a collection to end."""
    with Lock(home.state / "users" / f"{os.getpid()}.lock") as own:
        while holder(home.state / "users" / "collect.lock"):
            time.sleep(0.05)
        yield
    own.path.unlink(missing_ok=True)


@contextlib.contextmanager
def alone(home: Home) -> Iterator[bool]:
    """Whether nobody else uses the store; if so, nobody begins to while the context lasts."""
    users = home.state / "users"
    with Lock(users / "collect.lock") as ours:
        mine = f"{os.getpid()}.lock"
        others = [p for p in users.glob("*.lock") if p.name not in ("collect.lock", mine) and not _dead(p)]
        yield ours.held and not others


def _dead(path: Path) -> bool:
    """Whether a user's file was left by one that was killed; it is cleared then."""
    if holder(path):
        return False
    path.unlink(missing_ok=True)
    return True
