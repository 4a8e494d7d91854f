"""Whose fault a broken job is, and what follows from it.

input       the drop's: sticky, until it changes
crash, memory, timeout, internal
            ours, perhaps passing: tried again after a while, then quarantined
remote      a service's that does not answer or is busy: the same, and nobody's blame
disk, place no room, or no right to write: nothing is wrong with the job. It waits, however long it takes
gone        the drop changed or went while it was read: looked at again
ended       an operator or the end of the watcher stopped it
"""

from __future__ import annotations

import errno
import signal
from pathlib import Path

from validators.child import ChildError
from watch.names import shown
from watch.publish import DiskFull

#: How often a job that met this fault is tried in all, before quarantine.
TRIES = {"crash": 3, "memory": 3, "timeout": 2, "internal": 2, "remote": 6}
#: Faults of ours, for which a build's exit code is 3.
BLAME = ("crash", "memory", "timeout", "internal")
#: Faults of the place that is written to.
WAITS = ("disk", "place")
OURS = (*TRIES, *WAITS)
FIRST_S, LONGEST_S = 2.0, 60.0
_WHY = {
    "timeout": "it took too long",
    "memory": "it needed too much memory",
    "crash": "a step crashed",
    "internal": "a fault of ours",
}


def of_child(error: ChildError) -> str:
    """The fault that a dead or silent child met."""
    if error.kind == "crash" and signal.Signals(9).name in str(error):
        return "memory"  # nobody else sends SIGKILL to a worker than a system that has run out
    return error.kind if error.kind in TRIES else "internal"


def why(fault: str, name: str) -> str:
    """The sentence for an artist."""
    return f"{name} could not be built: {_WHY.get(fault, 'a fault of ours')}."


def of_system(error: OSError) -> tuple[str, str]:
    """(fault, sentence) of a system call that failed while a job wrote its results."""
    place = shown(Path(error.filename)) if error.filename else "the outbox"
    if isinstance(error, DiskFull):
        return "disk", f"There is no room in {place}: {error.strerror}. It goes on by itself when there is."
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return "disk", f"There is no room in {place} ({error.strerror}). It goes on by itself when there is."
    return "place", f"{place} could not be written or read: {error.strerror or error}."


def delay(tries: int) -> float:
    """Seconds to wait before the next try: 2, 8, 32, 60, 60."""
    return min(LONGEST_S, FIRST_S * 4.0 ** max(0, tries - 1))
