"""`dropforge build`: every concept among the paths, built and published once, several at a time if asked."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from engine_profiles.typed import SettingsError
from toolchain.hashes import HashCache
from toolchain.stage import StageError
from toolchain.store import Store
from watch import depfile, faults, stamp
from watch.gather import gather
from watch.group import Leftover, files_of
from watch.place import Home
from watch.publish import recover
from watch.using import using
from watch.warm import Pool
from watch.worker import MEMORY_MB, Job, Outcome, finish, run_job, up_to_date

#: on_progress(asset id, node label, share 0..1, what)
OnProgress = Callable[[str, str, float, str], None]


@dataclass(frozen=True)
class Request:
    """What the command line asked for."""

    paths: tuple[Path, ...]
    outbox: Path
    engines: tuple[str, ...]
    settings: dict[str, dict[str, Any]]
    until: str | None = None
    again_from: str | None = None
    jobs: int = 1
    depfile: Path | None = None
    state: Path | None = None
    projects: tuple[tuple[str, Path], ...] = ()
    keep: int = 0


@dataclass(frozen=True)
class Report:
    """What came of it."""

    outcomes: tuple[Outcome, ...]
    leftovers: tuple[Leftover, ...]

    @property
    def exit_code(self) -> int:
        """0 all passed, 1 findings or drops that cannot be built, 3 a fault of ours."""
        if any(o.fault in faults.BLAME for o in self.outcomes):
            return 3
        return int(any(o.status in ("failed", "broken") for o in self.outcomes))

    def as_json(self) -> dict[str, Any]:
        """For build systems: outcomes by asset, and the files that were no part of any."""
        told = ("name", "status", "message", "detail", "fault", "findings", "ran", "seconds")
        return {
            "schema": 1,
            "exit_code": self.exit_code,
            "assets": {o.asset: {k: getattr(o, k) for k in told} for o in self.outcomes},
            "leftovers": [{"file": x.path.name, "reason": x.reason} for x in self.leftovers],
        }


def build(request: Request, on_progress: OnProgress, on_done: Callable[[Outcome], None]) -> Report:
    """Build what needs it. Raises FileNotFoundError for a path that is not there, ValueError for a bad depfile name."""
    made = depfile.target(request.depfile) if request.depfile else None
    for path in request.paths:
        if not path.exists():
            raise FileNotFoundError(path)
    grouped = gather(request.paths)
    home = Home.of(request.outbox, request.state)
    concepts = list(grouped.concepts)
    with using(home):
        report = Report(_build_all(request, home, concepts, on_progress, on_done), grouped.leftovers)
    if request.depfile and made:
        read = [p for c in grouped.concepts for p in files_of(c)] + [x.path for x in grouped.leftovers]
        request.depfile.parent.mkdir(parents=True, exist_ok=True)
        request.depfile.write_text(depfile.text(made, read), encoding="utf-8", errors="surrogateescape")
        if report.exit_code == 0:
            made.write_text(json.dumps(report.as_json(), indent=1, sort_keys=True), encoding="utf-8")
    return report


def _build_all(
    request: Request,
    home: Home,
    concepts: list[Any],
    on_progress: OnProgress,
    on_done: Callable[[Outcome], None],
) -> tuple[Outcome, ...]:
    if not concepts:
        return ()
    for root in (home.outbox, *(p for _, p in request.projects)):
        recover(root)
    Store(home.store).sweep()
    base = Job(
        concepts[0],
        request.outbox,
        request.engines,
        request.settings,
        request.until,
        request.again_from,
        home.state,
        request.projects,
        request.keep,
        follow_links=True,
    )
    hashes, pool, asked = HashCache(home.state / "hashes.json"), Pool(MEMORY_MB), stamp.asked(base)
    clock, interrupted = hashes.clock(), threading.Event()

    def one(job: Job) -> Outcome:
        asset = job.concept.id
        try:
            marks = stamp.marks(job)
            outcome = up_to_date(job, hashes.sha256)
            if outcome is None:
                tell = lambda label, share, what: on_progress(asset, label, share, what)  # noqa: E731
                outcome = finish(run_job(job, tell, pool))
            stamp.keep(job, asked, marks, outcome, clock)
        except (StageError, SettingsError) as error:
            outcome = Outcome(asset, job.concept.name, "broken", str(error), fault="input")
        except OSError as error:
            fault, message = faults.of_system(error)
            outcome = Outcome(asset, job.concept.name, "broken", message, repr(error), fault)
        if not interrupted.is_set():  # else we ended it ourselves: no result to tell
            on_done(outcome)
        return outcome

    # What a stamp answers needs no thread.
    jobs = [replace(base, concept=concept) for concept in concepts]
    known = {job.concept.id: stamp.recall(job, asked) for job in jobs}
    for outcome in filter(None, known.values()):
        on_done(outcome)
    with ThreadPoolExecutor(max(1, request.jobs)) as threads:
        try:
            futures = {job.concept.id: threads.submit(one, job) for job in jobs if known[job.concept.id] is None}
            return tuple(known[job.concept.id] or futures[job.concept.id].result() for job in jobs)
        except KeyboardInterrupt:
            interrupted.set()
            threads.shutdown(wait=False, cancel_futures=True)
            raise
        finally:
            pool.close()
            hashes.save()
