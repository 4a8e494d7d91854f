"""What lies in the inbox, as concepts: a scan, settled and grouped, with why each is or is not ready."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path

from toolchain.asset import Concept
from toolchain.intake.models import companions
from watch.group import files_of, group
from watch.journal import signature
from watch.names import key, shown
from watch.scan import Scan, Stat, scan
from watch.settle import Settler


@dataclass(frozen=True, slots=True)
class Drop:
    """One concept as it lies there now."""

    concept: Concept
    place: str
    files: tuple[Path, ...]
    signature: str
    ready: bool
    stuck: str = ""  # why it will not become complete by itself, as a sentence


@dataclass
class Look:
    """One look at the inbox."""

    drops: dict[str, Drop] = field(default_factory=dict)  # by place
    refused: dict[str, str] = field(default_factory=dict)  # by key: no drops, and why
    root_id: tuple[int, int] | None = None
    unseen: dict[str, str] = field(default_factory=dict)  # folders that could not be listed: what lay there is not gone


class Inbox:
    """Remembers what it saw, so that a look at an unchanged inbox costs a scan and no more."""

    def __init__(self, root: Path, settler: Settler) -> None:
        self.root, self.settler = root, settler
        self.last = Look()
        self.cost_s = 0.0  # of the last look
        self._paths: dict[str, Path] = {}
        self._companions: dict[tuple[str, Stat], tuple[Path, ...]] = {}
        self._names: frozenset[str] = frozenset()
        self._shape: object = None
        self.stale = False  # an operator changed what counts as complete

    def look(self, now: float) -> Look:
        """Look again; the very same object when nothing is new. `now` is monotonic seconds."""
        start = time.perf_counter()
        found = scan(self.root)
        changed = self.settler.update(found.files, found.busy, now)
        shape = (found.root_id, found.refused, found.unseen)
        if changed or self.stale or shape != self._shape or self._stuck_changed(now):
            self._shape, self.stale = shape, False
            self.last = self._group(found, now)
        self.cost_s = time.perf_counter() - start
        return self.last

    def _stuck_changed(self, now: float) -> bool:
        """Whether a file's time has run out since the last look."""
        if not self.settler.waiting:
            return False
        return any(
            not d.ready and not d.stuck and any(self.settler.stuck(str(p), now) for p in d.files)
            for d in self.last.drops.values()
        )

    def _group(self, found: Scan, now: float) -> Look:
        names = frozenset(found.files)
        if names != self._names:  # a companion may have come or gone
            self._companions.clear()
            self._names = names
        self._paths = {name: self._paths.get(name) or Path(name) for name in found.files}
        grouped = group(self._paths.values(), self.root, lambda p: self._companions_of(p, found))
        drops = {}
        for concept in grouped.concepts:
            files = files_of(concept)
            stats = {key(p, self.root): found.files.get(str(p), Stat(0, 0)) for p in files}
            stuck = next((w for p in files if (w := self.settler.stuck(str(p), now))), "")
            if stuck:
                name = next(p.name for p in files if self.settler.stuck(str(p), now))
                stuck = f"{shown(name)} {stuck}, and has not changed for {self.settler.incomplete_s:g} s"
            ready = all(self.settler.settled(str(p)) for p in files)
            place = grouped.places[concept.id]
            drops[place] = Drop(concept, place, files, signature(stats), ready, stuck)
        refused = {key(x.path, self.root): x.reason for x in grouped.leftovers}
        refused |= {key(Path(p), self.root): why for p, why in found.refused.items()}
        return Look(drops, refused, found.root_id, {key(Path(p), self.root): w for p, w in found.unseen.items()})

    def _companions_of(self, path: Path, found: Scan) -> tuple[Path, ...]:
        known = (str(path), found.files[str(path)])
        if known not in self._companions:
            inside = tuple(p for p in companions(path) if str(p) in found.files)
            self._companions[known] = inside
        return self._companions[known]
