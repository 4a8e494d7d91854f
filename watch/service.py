"""The watcher's round: look, notice, start, collect. Events are hints, a scan is the truth, the journal the memory."""

from __future__ import annotations

import os
import platform
import shutil
import sqlite3
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

from toolchain.store import Store
from watch import faults
from watch.asks import Operator
from watch.ending import Ended, fresh, settle_ended
from watch.inbox import Drop, Inbox, Look
from watch.journal import Journal
from watch.lanes import Lanes, free_mb, kind_of
from watch.line import Line, Waves
from watch.notice import Noticer
from watch.options import Options
from watch.place import Home, is_network
from watch.publish import recover
from watch.retire import retire
from watch.settle import Settler
from watch.worker import Job, Outcome

#: run(job, tell) -> Outcome: builds and stages; never raises
Run = Callable[[Job, Callable[[str, float, str], None]], Outcome]
Tell = Callable[[str, str, Any], None]


@dataclass
class Running:
    """A job under way."""

    job: Job
    drop: Drop
    kind: str
    future: Future[Outcome]
    label: str = ""
    share: float = 0.0
    cancelled: bool = False


class Service:
    """One inbox into one outbox. `step` does one round, so that tests drive it without waiting."""

    def __init__(self, options: Options, run: Run, tell: Tell | None = None, asked: str = ""):
        """`tell(kind, asset, what)` hears what happens; `asked` is one hash over all settings and versions."""
        self.options, self.run, self.tell = options, run, tell or (lambda kind, asset, what: None)
        self.home = Home.of(options.outbox, options.state)
        self.journal = Journal.open(self.home.journal, wal=not is_network(self.home.state))
        self.inbox = Inbox(options.inbox, Settler(options.settle_s, options.incomplete_s))
        self.line, self.lanes = Line(), Lanes(options.jobs, options.limits)
        self.wants_look = False  # what was seen last does not hold any more
        self.waves = Waves(1 + max((r.wave for r in self.journal.rows.values()), default=0))
        self.noticer = Noticer(options, self.journal, self.line, self.waves)
        self.operator = Operator(self)
        self.pool = ThreadPoolExecutor(self.lanes.most)
        self.running: dict[str, Running] = {}
        self.ended: list[Ended] = []
        self.due: dict[str, float] = {}  # asset -> not before, monotonic
        self.paused_until, self.waits = 0.0, 0  # the disk is full: nothing starts before; how often in a row
        self.stopping = False
        self.on_end: Callable[[], None] = lambda: None  # a job has ended; called from its thread
        self.trouble = ""  # what keeps the watcher from its work, as a sentence
        self.kinds: dict[tuple[str, str], str] = {}
        self.lease = f"process {os.getpid()} on {platform.node()}"
        self._recover(asked)

    def _recover(self, asked: str) -> None:
        """Mend what a dead watcher left: see journal.py for the rules. Under other settings, look at all anew."""
        for root in (self.home.outbox, *(p for _, p in self.options.projects)):
            recover(root)
        shutil.rmtree(self.home.state / "claims", ignore_errors=True)
        Store(self.home.store).sweep()
        for asset in self.journal.recover():
            self.tell("recovered", asset, self.journal.rows[asset].state)
        other = self.journal.noted("asked") not in ("", asked)
        with self.journal.all_or_nothing():
            for row in list(self.journal.rows.values()):
                if other and row.state in ("done", "failed", "quarantined"):
                    self.journal.move(
                        row.asset, "queued", "the settings or Dropforge itself changed", tries=0, message=""
                    )
            self.journal.note("asked", asked)
        for row in self.journal.rows.values():
            if row.state == "queued":
                self.line.add(row.asset, row.wave)

    def step(self, now: float, look: bool = True) -> bool:
        """One round; `look` at the inbox, or only at what has ended. True while something is under way or waits."""
        try:
            self._collect(now)
            self.operator.step(now)
            if look:
                self._look(now)
            else:
                self.noticer.take(self.inbox.last, now)
            if not self.stopping:
                self._start(now)
            if now >= self.paused_until and self.inbox.last.root_id is not None:
                self.trouble = ""
        except sqlite3.Error as error:
            self._say(f"The journal cannot be written ({error}). It goes on by itself when it can.")
            return True
        return self.busy

    @property
    def busy(self) -> bool:
        """Whether something is under way, waits, or is not yet decided."""
        notice = self.noticer
        waits = self.running or self.ended or self.line or notice.checking or notice.missing
        return bool(waits or notice.unready)

    def _say(self, trouble: str) -> None:
        if trouble != self.trouble:
            self.tell("trouble", "", trouble)
        self.trouble = trouble

    def _look(self, now: float) -> None:
        before, self.wants_look = self.inbox.last, False
        look = self.inbox.look(now)
        for asset in self.noticer.take(look, now):
            self.tell("arrived", asset, "")
        if look is not before:
            self._told(look)
        if look is not before or self.noticer.missing:
            for asset in self.noticer.gone(look, now):
                self._retire(asset)

    def _told(self, look: Look) -> None:
        if self.noticer.replaced(look):
            self.tell("trouble", "", "The inbox was replaced by another folder; what is not in it is kept as it was.")
        if look.root_id is None:
            self._say(f"{self.options.inbox} cannot be seen ({'; '.join(look.unseen.values())}). Waiting for it.")
        for place, why in self.journal.refuse(look.refused | look.unseen).items():
            self.tell("refused", place, why)

    def _retire(self, asset: str) -> None:
        row = self.journal.rows[asset]
        self.line.remove(asset)
        if not row.digest:  # nothing was made of it
            self.journal.forget(asset)
            return
        try:
            what = retire(self.options.retire, self.home.outbox, [p for _, p in self.options.projects], asset)
        except OSError as error:
            self._say(faults.of_system(error)[1])
            return
        self.journal.move(asset, "retired", what, message=what)
        self.tell("retired", asset, what)

    def _start(self, now: float) -> None:
        if now < self.paused_until or not self.line:
            return
        memory = free_mb()
        while (asset := self._next(now, memory)) is not None:
            drop, row = self.noticer.drops[asset], self.journal.rows[asset]
            if fresh(drop, self.options.inbox) != drop.signature:  # it changed since the last look
                self.due[asset], self.wants_look = now + 0.1, True
                continue
            job = self._job(drop, row.approved == row.digest and bool(row.digest))
            self.journal.put(replace(row, state="running", signature=drop.signature, lease=self.lease))
            self.line.remove(asset)
            self.due.pop(asset, None)
            future = self.pool.submit(self.run, job, lambda *m, a=asset: self._progress(a, *m))
            self.running[asset] = Running(job, drop, self._kind(asset), future)
            future.add_done_callback(lambda _future: self.on_end())
            memory = None if memory is None else memory - self.lanes.need_mb

    def _next(self, now: float, memory: float | None) -> str | None:
        return self.line.next(lambda asset: self._may(asset, now, memory))

    def _may(self, asset: str, now: float, memory: float | None) -> bool:
        drop = self.noticer.drops.get(asset)
        if drop is None or not drop.ready or now < self.due.get(asset, 0.0):
            return False
        if self.journal.rows[asset].state != "queued":  # a write that was rolled back had put it in line
            return False
        return self.lanes.may(self._kind(asset), [r.kind for r in self.running.values()], memory)

    def _kind(self, asset: str) -> str:
        drop = self.noticer.drops[asset]
        known = (asset, drop.signature)
        if known not in self.kinds:
            if len(self.kinds) > 1000:
                self.kinds.clear()
            self.kinds[known] = kind_of(self._job(drop, False))
        return self.kinds[known]

    def _job(self, drop: Drop, approved: bool) -> Job:
        o = self.options
        return Job(
            drop.concept,
            o.outbox,
            o.engines,
            o.settings,
            state=self.home.state,
            projects=o.projects,
            keep=o.keep,
            review=o.review and not approved,
        )

    def _progress(self, asset: str, label: str, share: float, what: str) -> None:
        """Called from a job's thread."""
        running = self.running.get(asset)
        if running is not None:
            running.label, running.share = label, share
        self.tell("progress", asset, (label, share, what))

    def _collect(self, now: float) -> None:
        for asset, run in [(a, r) for a, r in self.running.items() if r.future.done()]:
            outcome = run.future.result()
            back = self.stopping and outcome.fault in faults.TRIES
            approved = self.journal.rows[asset].approved if self.options.review and not run.job.review else ""
            self.ended.append(Ended(run.job, run.drop, outcome, run.cancelled, back, approved))
            del self.running[asset]
        while self.ended:
            ended = self.ended[0]
            settle_ended(ended, self.journal, self.options.inbox)  # raises: it stays first in line
            self.ended.pop(0)
            asset = ended.job.concept.id
            self.lanes.learn(ended.outcome.peak_mb)
            if ended.state == "queued":
                self.line.add(asset, self.journal.rows[asset].wave)
                self._hold_off(asset, ended.outcome, now)
            elif ended.state == "done":
                self.waits = 0
                shutil.rmtree(self.home.private / "review" / asset, ignore_errors=True)
            self.tell("ended", asset, (ended.state, ended.text, ended.outcome))

    def _hold_off(self, asset: str, outcome: Outcome, now: float) -> None:
        """Wait before the next try: for this job if it met a fault of ours, for all if there is no room to write."""
        if outcome.fault in faults.TRIES:
            self.due[asset] = now + faults.delay(self.journal.rows[asset].tries)
        elif outcome.fault in faults.WAITS:
            self.waits += 1
            self.paused_until = now + faults.delay(self.waits)
            self._say(outcome.message)

    def counts(self) -> dict[str, int]:
        """Concepts by state."""
        out: dict[str, int] = {}
        for row in self.journal.rows.values():
            out[row.state] = out.get(row.state, 0) + 1
        return out

    def close(self, wait: bool = True) -> None:
        """Write down what has ended and let go of the journal. The caller has ended the workers."""
        self.stopping = True
        self.pool.shutdown(wait=wait, cancel_futures=True)
        for run in self.running.values():
            run.future.cancel()
        self.running = {a: r for a, r in self.running.items() if r.future.done() and not r.future.cancelled()}
        try:
            self._collect(time.monotonic())
        except sqlite3.Error as error:
            self._say(f"The journal cannot be written ({error}): the next start recovers.")
        self.noticer.close()
        self.journal.close()
