"""What a watcher does while nothing is under way: throw out artefacts that no asset needs any more."""

from __future__ import annotations

from toolchain.collect import Collected, collect, needed_keys
from toolchain.manifest import MANIFEST
from watch.options import Options
from watch.place import PRIVATE, Home
from watch.publish import VERSIONS
from watch.service import Service
from watch.using import alone

EVERY_S = 3600.0
AFTER_S = 30.0


class Housekeeping:
    """Collects now and then; `step` is called while the watcher is idle."""

    def __init__(self, home: Home, service: Service, options: Options) -> None:
        self.home, self.service, self.options = home, service, options
        self._next: float | None = None

    def step(self, now: float) -> None:
        """Collect if it is time."""
        if self._next is None:
            self._next = now + AFTER_S
        if now < self._next:
            return
        self._next = now + EVERY_S
        done = sweep(self.home, int(self.options.keep_gb * 1e9), self.options.keep_days)
        if done and done.removed:
            self.service.tell("collected", "", f"{done.removed} artefacts, {done.freed_bytes / 1e6:.0f} MB")


def sweep(home: Home, keep_bytes: int, keep_days: float) -> Collected | None:
    """Collect the store of `home`; None when others build, or when a manifest cannot be read."""
    if not home.store.is_dir():
        return Collected(0, 0, 0, 0)
    with alone(home) as free:
        if not free:
            return None
        try:
            return collect(home.store, needed_keys(_manifests(home)), keep_bytes, keep_days)
        except (OSError, ValueError, KeyError, TypeError):
            return None


def _manifests(home: Home) -> list:
    places = [p for p in home.outbox.iterdir() if p.is_dir() and p.name != PRIVATE]
    places += [p for p in (home.private / "review").glob("*") if p.is_dir()]
    found = []
    for place in places:
        found += list(place.glob(f"*/{MANIFEST}")) if place.name.endswith(VERSIONS) else [place / MANIFEST]
    return found
