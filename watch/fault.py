"""Fault points, for tests alone: `DROPFORGE_FAULT=published=kill` ends this process when it gets there.

`point=kill@3` waits for the third time; `point=ENOSPC` raises that OSError each time, `point=ENOSPC@2` once.
Without the variable `point` is an empty function.
"""

from __future__ import annotations

import errno
import os
import signal
from collections.abc import Callable

ENV = "DROPFORGE_FAULT"


def _armed(text: str) -> Callable[[str], None]:
    wanted, _, rest = text.partition("=")
    action, _, nth = rest.partition("@")
    seen = [0]

    def point(name: str) -> None:
        if name != wanted:
            return
        seen[0] += 1
        if nth and seen[0] != int(nth):
            return
        if action == "kill":
            os.kill(os.getpid(), signal.SIGKILL if os.name == "posix" else signal.SIGTERM)
        raise OSError(getattr(errno, action), os.strerror(getattr(errno, action)))

    return point


def _nothing(_name: str) -> None:
    """No fault is asked for."""


point: Callable[[str], None] = _armed(os.environ[ENV]) if os.environ.get(ENV) else _nothing
