"""Hints from the system that something in the inbox has changed. Only hints: a scan decides what.

Where the system sends none (a share, an overlay) or has no more watches to give, the inbox is polled, and `why` says
so.
"""

from __future__ import annotations

import errno
import threading
from pathlib import Path
from typing import Any

from watch.place import NETWORK, SILENT, filesystem

EVENTS, POLLING = "events", "polling"
_LIMITS = {
    errno.ENOSPC: "the system's limit of watched folders is reached (raise fs.inotify.max_user_watches)",
    errno.EMFILE: "the system's limit of watchers is reached (raise fs.inotify.max_user_instances)",
    errno.ENFILE: "the system's limit of open files is reached",
    errno.EACCES: "a folder may not be watched",
}


class Hints:
    """Wakes `wake` when something below `root` changes. `mode` and `why` say how the inbox is watched."""

    def __init__(self, root: Path, wake: threading.Event, poll: bool = False) -> None:
        self.root, self.wake, self.poll = root, wake, poll
        self.mode, self.why = POLLING, "not started"
        self.fresh = threading.Event()  # set by an event; the loop clears it when it scans
        self._observer: Any = None

    def start(self) -> None:
        """Begin, or begin anew after the root was replaced or a limit was raised. Never raises."""
        self.stop()
        self.mode, self.why = POLLING, ""
        kind = filesystem(self.root)
        if self.poll:
            self.why = "asked for"
        elif kind in NETWORK:
            self.why = f"the inbox is on a network share ({kind}), which sends no events"
        elif kind in SILENT:
            self.why = f"the inbox is on a file system ({kind}) that may not send events"
        elif not self.root.is_dir():
            self.why = "the inbox is not there"
        else:
            self.why = self._observe()
            self.mode = POLLING if self.why else EVENTS

    def _observe(self) -> str:
        """Start the native observer; why it cannot, or ""."""
        try:
            from watchdog import events
            from watchdog.observers import Observer
        except ImportError:
            return "watchdog is not installed"
        hints = self

        class Hint(events.FileSystemEventHandler):
            def on_any_event(self, event: events.FileSystemEvent) -> None:
                hints.fresh.set()
                hints.wake.set()

        # Not opened and closed_no_write: our own reading would wake us for ever.
        wanted = [
            events.FileCreatedEvent,
            events.FileModifiedEvent,
            events.FileMovedEvent,
            events.FileDeletedEvent,
            events.FileClosedEvent,
            events.DirCreatedEvent,
            events.DirMovedEvent,
            events.DirDeletedEvent,
        ]
        observer = Observer()
        try:
            observer.schedule(Hint(), str(self.root), recursive=True, event_filter=wanted)
            observer.start()
        except OSError as error:
            return _LIMITS.get(error.errno or 0, f"events are not to be had here ({error.strerror or error})")
        self._observer = observer
        return ""

    def check(self) -> bool:
        """Whether the observer still lives; one that died is replaced by polling."""
        if self._observer is not None and not self._observer.is_alive():
            self._observer, self.mode, self.why = None, POLLING, "the system's observer ended"
            return False
        return True

    def stop(self) -> None:
        """End the native observer."""
        if self._observer is not None:
            self._observer.stop()
            self._observer.join(5)
            self._observer = None
