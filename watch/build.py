"""`dropforge build`: every concept among the paths, built and published once, several at a time if asked."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from engine_profiles.typed import SettingsError
from toolchain.stage import StageError
from validators.child import end_all
from watch.group import Leftover, gather
from watch.worker import Job, Outcome, run_job, up_to_date

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


@dataclass(frozen=True)
class Report:
    """What came of it."""

    outcomes: tuple[Outcome, ...]
    leftovers: tuple[Leftover, ...]

    @property
    def exit_code(self) -> int:
        """0 all passed, 1 findings or drops that cannot be built, 3 a fault of ours."""
        if any(o.fault == "internal" for o in self.outcomes):
            return 3
        return int(any(o.status in ("failed", "broken") for o in self.outcomes))

    def as_json(self) -> dict[str, Any]:
        """For build systems: outcomes by asset, and the files that were no part of any."""
        return {
            "schema": 1,
            "exit_code": self.exit_code,
            "assets": {o.asset: {k: v for k, v in vars(o).items() if k != "asset"} for o in self.outcomes},
            "leftovers": [{"file": x.path.name, "reason": x.reason} for x in self.leftovers],
        }


def build(request: Request, on_progress: OnProgress, on_done: Callable[[Outcome], None]) -> Report:
    """Build what needs it. Raises FileNotFoundError for a path that is not there."""
    for path in request.paths:
        if not path.exists():
            raise FileNotFoundError(path)
    grouped = gather(request.paths)
    base = (
        Job(grouped.concepts[0], request.outbox, request.engines, request.settings, request.until, request.again_from)
        if grouped.concepts
        else None
    )

    interrupted = threading.Event()

    def one(job: Job) -> Outcome:
        asset = job.concept.id
        try:
            outcome = up_to_date(job) or run_job(job, lambda label, share, what: on_progress(asset, label, share, what))
        except (StageError, SettingsError) as error:
            outcome = Outcome(asset, job.concept.name, "broken", str(error), fault="input")
        if not interrupted.is_set():  # else we ended it ourselves: no result to tell
            on_done(outcome)
        return outcome

    jobs = [replace(base, concept=concept) for concept in grouped.concepts] if base else []
    with ThreadPoolExecutor(max(1, request.jobs)) as pool:
        futures = [pool.submit(one, job) for job in jobs]
        try:
            outcomes = tuple(f.result() for f in futures)
        except KeyboardInterrupt:
            interrupted.set()
            pool.shutdown(wait=False, cancel_futures=True)
            end_all()
            raise
    return Report(outcomes, grouped.leftovers)
