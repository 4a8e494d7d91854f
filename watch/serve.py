"""`dropforge watch` as a process: the loop, its signals, and how it ends."""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from watch import live, stamp
from watch.board import Board
from watch.housekeeping import Housekeeping
from watch.lock import Lock
from watch.log import close_log, open_log
from watch.names import shown
from watch.observe import EVENTS, Hints
from watch.options import Options
from watch.place import Home
from watch.service import Run, Running, Service
from watch.states import OtherVersion
from watch.using import using
from watch.warm import Pool, Worker
from watch.worker import MEMORY_MB, Job, Outcome, run_job

#: A look at least and at most this often while nothing stirs; between, a share of a core decides (see `_rest`).
SELDOM_S, OFTEN_S = 60.0, 2.0
#: What looking may cost while nothing stirs, as a share of one core.
SHARE = 0.0025
TICK_S = 1.0
INTERRUPTED, TERMINATED = 130, 143


class Runner:
    """Runs jobs in warm workers, and ends the one an operator cancels."""

    def __init__(self, pool: Pool, deadline_s: float) -> None:
        self.pool, self.deadline_s = pool, deadline_s
        self._workers: dict[str, Worker] = {}

    def __call__(self, job: Job, tell: Any) -> Outcome:
        asset = job.concept.id

        def has(worker: Worker) -> None:
            self._workers[asset] = worker

        try:
            return run_job(job, tell, self.pool, self.deadline_s, has)
        finally:
            self._workers.pop(asset, None)

    def end(self, asset: str) -> None:
        """Kill the worker that has this asset's job."""
        worker = self._workers.get(asset)
        if worker is not None:
            worker.kill()


class Loop:
    """The watcher's clock: when to look, when to rest, when to end."""

    def __init__(self, options: Options, run: Run | None = None) -> None:
        self.options, self.home = options, Home.of(options.outbox, options.state)
        self.wake, self.signals = threading.Event(), []  # type: threading.Event, list[int]
        self.pool = Pool(MEMORY_MB)
        self.runner = Runner(self.pool, options.deadline_s)
        self.run = run or self.runner
        self.pace, self.board = live.Pace(), Board()
        self.log = open_log(self.home.log)
        self.hints = Hints(options.inbox, self.wake, options.poll)
        self._told = 0.0
        self._root: object = None

    def tell(self, kind: str, asset: str, what: Any) -> None:
        """What happens in the service, for the terminal and the log."""
        if kind == "progress":
            return
        if kind == "cancel":
            assert isinstance(what, Running)
            self.runner.end(asset)
            return
        if kind == "ended":
            state, text, outcome = what
            self.pace.ended(time.monotonic())
            self.board.ended(state, text, outcome)
            self.log.info("%s %s %s %s", state, asset, text or outcome.status, outcome.message)
            if outcome.detail:
                self.log.info("%s detail: %s", asset, outcome.detail.replace("\n", "\n    "))
            return
        text = f"{kind}: {shown(asset)} {what}".replace(" : ", ": ").strip()
        if kind in ("trouble", "refused", "retired", "recovered"):
            self.board.line(text, "yellow" if kind == "trouble" else "dim")
        self.log.info("%s", text)

    def serve(self, lock: Lock) -> int:
        """Watch until a signal, or with `once` until all is done. The exit code."""
        options = self.options
        asked = stamp.asked(Job(None, options.outbox, options.engines, options.settings, projects=options.projects))  # type: ignore[arg-type]
        service = Service(options, self.run, self.tell, asked)
        service.on_end = self.wake.set
        self.hints.start()
        how = f"{self.hints.mode}{f': {self.hints.why}' if self.hints.why else ''}"
        self.board.line(f"Watching {shown(options.inbox)} ({how}). Ctrl-C ends.")
        self.log.info("watching %s into %s (%s)", shown(options.inbox), shown(options.outbox), how)
        housekeeping = Housekeeping(self.home, service, options)
        next_look = 0.0
        try:
            with self.board:
                while not self.signals:
                    now = time.monotonic()
                    look = now >= next_look or service.wants_look or self.hints.fresh.is_set()
                    if look:
                        self.hints.fresh.clear()
                    busy = service.step(now, look)
                    if look:
                        self._reobserve(service)
                        next_look = time.monotonic() + self._rest(service)
                        if service.inbox.settler.waiting and self.run is self.runner:
                            self.pool.warm()
                    self._publish_live(service, now, busy)
                    lock.beat()
                    if options.once and not busy:
                        break
                    if not busy:
                        self.pool.end_idle(now)
                        housekeeping.step(now)
                    self._wait(service, next_look)
                return self._drain(service)
        finally:
            self.hints.stop()
            self.pool.close()
            service.close()
            live.write(self.home.live, {})
            self.log.info("ended")
            close_log(self.log)

    def _rest(self, service: Service) -> float:
        """Seconds until the next look if nothing stirs: soon while something settles, else as its cost asks."""
        cost = service.inbox.cost_s
        if service.inbox.settler.waiting:
            due = service.inbox.settler.due(time.monotonic())
            soon = 0.1 if due is None else min(0.1, due)
            return max(0.02, soon, 2 * cost)
        if service.noticer.missing or service.inbox.last.root_id is None:
            return max(0.5, 4 * cost)
        least = OFTEN_S if self.hints.mode == EVENTS else 1.0
        return min(SELDOM_S, max(least, cost / SHARE))

    def _wait(self, service: Service, next_look: float) -> None:
        """Sleep until something stirs, the next look is due, or a job has ended; looks keep a little distance."""
        left = max(0.0, next_look - time.monotonic())
        quick = bool(service.running or service.line or service.ended or service.noticer.checking)
        if self.hints.fresh.is_set():
            time.sleep(min(left, max(0.02, 2 * service.inbox.cost_s)))
        else:
            self.wake.wait(min(left, 0.1 if quick else TICK_S))
        self.wake.clear()

    def _reobserve(self, service: Service) -> None:
        """Attach the observer anew when the inbox is another folder than before, or it has ended."""
        root = service.inbox.last.root_id
        if not self.hints.check() or (root != self._root and self._root is not None and root is not None):
            self.hints.start()
        if root is not None:
            self._root = root

    def _publish_live(self, service: Service, now: float, busy: bool) -> None:
        if busy:
            self.pace.began(now)
        if now - self._told < (TICK_S if busy else 30.0):
            return
        self._told = now
        waiting = len(service.line) + len(service.running)
        data = {
            "mode": self.hints.mode,
            "why": self.hints.why,
            "every_s": round(self._rest(service), 1),
            "running": {a: {"stage": r.label, "share": r.share, "kind": r.kind} for a, r in service.running.items()},
            "counts": service.counts(),
            "waiting": waiting,
            "per_minute": self.pace.per_minute(now),
            "left_s": self.pace.left_s(waiting, now),
            "trouble": service.trouble,
        }
        self.board.show(data)
        live.write(self.home.live, data)
        if not busy:
            self.pace.rested()

    def _drain(self, service: Service) -> int:
        """Give what runs its time, then take it back: it is queued again, at no cost to it."""
        if not self.signals:
            return 0
        service.stopping = True
        first, end = self.signals[0], time.monotonic() + self.options.drain_s
        if service.running:
            self.board.line(
                f"Ending: {len(service.running)} under way have {self.options.drain_s:g} s. Again to end now."
            )
        while service.running and time.monotonic() < end and len(self.signals) == 1:
            service.step(time.monotonic(), look=False)
            self.wake.wait(0.05)
            self.wake.clear()
        return TERMINATED if first == getattr(signal, "SIGTERM", None) else INTERRUPTED


def serve(options: Options, run: Run | None = None) -> int:
    """Watch until stopped, or with `once` until everything there is done. The exit code."""
    if not options.inbox.is_dir():
        raise FileNotFoundError(2, "no such folder", str(options.inbox))
    inbox, outbox = options.inbox.resolve(), options.outbox.resolve()
    if outbox.is_relative_to(inbox) or any(p.resolve().is_relative_to(inbox) for _, p in options.projects):
        sys.stderr.write("The outbox lies inside the inbox: its files would be taken for drops. Put it elsewhere.\n")
        return 2
    options.outbox.mkdir(parents=True, exist_ok=True)
    loop = Loop(options, run)
    with _signals(loop), Lock(loop.home.lock, wait_s=0.5) as lock:
        if not lock.held:
            sys.stderr.write(f"Another watcher ({lock.owner}) serves this outbox already.\n")
            return 2
        with using(loop.home):
            try:
                return loop.serve(lock)
            except OtherVersion as error:
                sys.stderr.write(f"{error}.\n")
                return 2


@contextmanager
def _signals(loop: Loop) -> Iterator[None]:
    """SIGTERM and SIGINT end the loop; a second one ends the drain."""

    def end(number: int, _frame: object) -> None:
        loop.signals.append(number)
        loop.wake.set()

    before = {s: signal.signal(s, end) for s in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
