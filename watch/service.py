"""`dropforge watch`: events are hints, a scan is the truth, the journal is the memory."""

from __future__ import annotations

import hashlib
import signal
import sys
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

from toolchain.asset import Concept
from toolchain.store import Store, sha256_file
from validators.child import end_all
from watch import publish
from watch.group import find, group
from watch.journal import Journal, signature
from watch.lock import Lock
from watch.settle import Settler, Stat, snapshot
from watch.terminal import Terminal
from watch.worker import Job, Outcome, run_job

#: A scan at least this often, whatever the events say (they get lost; shares send none).
SCAN_S = 2.0
TERMINATED = 143


class Service:
    """One inbox into one outbox. `step` does one round, so that tests drive it without waiting."""

    def __init__(
        self,
        inbox: Path,
        outbox: Path,
        engines: tuple[str, ...],
        settings: dict[str, dict[str, Any]],
        jobs: int = 1,
        settle_s: float = 1.0,
        terminal: Terminal | None = None,
        run: Any = run_job,
    ) -> None:
        self.inbox, self.outbox, self.engines, self.settings = inbox, outbox, engines, settings
        self.jobs, self.run, self.terminal = max(1, jobs), run, terminal or Terminal(quiet=True)
        self.settler = Settler(settle_s)
        self.journal = Journal(outbox / publish.PRIVATE / "journal.sqlite")
        self.pool = ThreadPoolExecutor(self.jobs)
        self.running: dict[str, Future[Outcome]] = {}
        publish.recover(outbox)
        Store(outbox / publish.PRIVATE / "store").sweep()
        self.journal.recover()

    def step(self, now: float) -> bool:
        """Scan, settle, group, start, collect. True while something is unsettled, queued or running."""
        self._collect()
        files = snapshot(find(self.inbox))
        settled = self.settler.settled(files, now)
        concepts = {c.id: c for c in group(files, self.inbox).concepts}
        unsettled = False
        for concept in concepts.values():
            parts = self._files(concept)
            if not parts <= settled:
                unsettled = True
            elif concept.id not in self.running:
                self._notice(concept, {p: files[p] for p in parts})
        queued = [row.asset for row in self.journal.rows().values() if row.state == "queued"]
        waiting = 0
        for asset in queued:
            found = concepts.get(asset)
            if found is None or not self._files(found) <= settled:
                continue  # gone, or being written again: the next round sees
            if len(self.running) < self.jobs:
                self._start(found)
            else:
                waiting += 1
        return bool(unsettled or waiting or self.running)

    def close(self) -> None:
        """End what runs (it is queued again at the next start) and let go of the journal."""
        end_all()
        self.pool.shutdown(wait=True, cancel_futures=True)
        self.journal.close()

    def _files(self, concept: Concept) -> set[Path]:
        return {*concept.views.values(), *concept.slots.values(), *((concept.sidecar,) if concept.sidecar else ())}

    def _notice(self, concept: Concept, stats: dict[Path, Stat]) -> None:
        """Queue a concept whose contents the journal does not know."""
        mark = signature({str(p.relative_to(self.inbox)): s for p, s in stats.items()})
        row = self.journal.get(concept.id)
        if row is not None and row.signature == mark:
            return
        try:
            lines = sorted(f"{p.relative_to(self.inbox).as_posix()} {sha256_file(p)}" for p in stats)
        except OSError:
            return  # gone between scan and read: the next scan knows
        digest = hashlib.sha256("\n".join(lines).encode("utf-8", "surrogatepass")).hexdigest()
        if row is not None and row.digest == digest:
            self.journal.touch(concept.id, mark)
        else:
            self.journal.queue(concept.id, mark, digest)

    def _start(self, concept: Concept) -> None:
        self.journal.move(concept.id, "running")
        job = Job(concept, self.outbox, self.engines, self.settings)

        def tell(label: str, share: float, what: str) -> None:
            self.terminal.progress(concept.id, label, share, what)

        self.running[concept.id] = self.pool.submit(self.run, job, tell)

    def _collect(self) -> None:
        for asset, future in [(a, f) for a, f in self.running.items() if f.done()]:
            del self.running[asset]
            outcome = future.result()
            self.journal.move(
                asset, "failed" if outcome.status == "broken" else "done", outcome.status, outcome.message
            )
            self.terminal.done(outcome)


def serve(
    inbox: Path,
    outbox: Path,
    engines: tuple[str, ...],
    settings: dict[str, dict[str, Any]],
    jobs: int = 1,
    settle_s: float = 1.0,
    once: bool = False,
) -> int:
    """Watch until stopped, or with `once` until everything there is done. The exit code."""
    if not inbox.is_dir():
        raise FileNotFoundError(2, "no such folder", str(inbox))
    if outbox.resolve().is_relative_to(inbox.resolve()):
        sys.stderr.write("The outbox lies inside the inbox: its files would be taken for drops. Put it elsewhere.\n")
        return 2
    outbox.mkdir(parents=True, exist_ok=True)
    wake, stop = threading.Event(), threading.Event()
    with Lock(outbox / publish.PRIVATE / "watch.lock", wait_s=0.5) as lock, Terminal() as terminal:
        if not lock.held:
            sys.stderr.write(f"Another watcher (process {lock.owner}) serves this outbox already.\n")
            return 2

        def end(_signal: int, _frame: object) -> None:
            stop.set()
            wake.set()

        signal.signal(signal.SIGTERM, end)
        service = Service(inbox, outbox, engines, settings, jobs, settle_s, terminal)
        observer = _observe(inbox, wake)
        terminal.console.print(f"Watching {inbox} ({'events and scans' if observer else 'scans alone'}). Ctrl-C ends.")
        try:
            while not stop.is_set():
                busy = service.step(time.monotonic())
                if once and not busy:
                    break
                wake.wait(min(SCAN_S, max(0.05, settle_s / 4)) if busy else SCAN_S)
                wake.clear()
        finally:
            if observer:
                observer.stop()
            service.close()
    return TERMINATED if stop.is_set() else 0


def _observe(inbox: Path, wake: threading.Event) -> Any:
    """Native events that wake the loop early; None where the system gives none."""
    from watchdog.events import FileSystemEvent, FileSystemEventHandler
    from watchdog.observers import Observer

    class Hint(FileSystemEventHandler):
        def on_any_event(self, event: FileSystemEvent) -> None:
            if event.event_type in ("created", "modified", "moved", "deleted", "closed"):
                wake.set()

    observer = Observer()
    try:
        observer.schedule(Hint(), str(inbox), recursive=True)
        observer.start()
    except OSError:  # no inotify left, or a file system without events
        return None
    return observer
