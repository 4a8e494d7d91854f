"""All props of a set under all sets of views: a child a job, some at once, the answer in a fixed order."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from engine_profiles.typed import SettingsError
from toolchain.generate.evaluate.cases import Case
from toolchain.generate.evaluate.job import Job, Row, settled, work
from validators.child import ChildError, call, end_all

#: The rows of the table that the built-in generator is held to.
VIEW_SETS = (("three_quarter",), ("front",), ("front", "left"), ("front", "left", "back", "top"))
DEADLINE_S = 900.0


def jobs_of(
    cases: tuple[Case, ...],
    view_sets: tuple[tuple[str, ...], ...],
    generator: str,
    settings: dict[str, dict[str, Any]],
    state: Path,
    pictures: bool = False,
) -> tuple[Job, ...]:
    """One job for each set of views and each prop that has its pictures, in that order.

    Raises SettingsError for a setting that is wrong and for a set of views that no prop has; StageError where
    the generator is not known or cannot run.
    """
    from toolchain.generate.table import ready

    ready(generator)
    jobs = []
    for views in view_sets:
        having = [case for case in cases if case.pictures.keys() >= set(views)]
        if not having:
            raise SettingsError("--views", None, f"no prop of the set has the pictures {'+'.join(views)}")
        jobs += [Job(case, views, generator, settings, state, pictures) for case in having]
    settled(jobs[0])
    return tuple(jobs)


def run(
    jobs: tuple[Job, ...], at_once: int, on_row: Callable[[Row], None], deadline_s: float = DEADLINE_S
) -> list[Row]:
    """A row for each job, in order; `on_row` hears them as they end. KeyboardInterrupt ends the children and passes."""
    lock, stopped = threading.Lock(), threading.Event()

    def one(job: Job) -> Row:
        if stopped.is_set():
            return Row(job.case.name, job.views, fault="It was not begun.")
        try:
            row: Row = call(work, job, deadline_s=deadline_s)
        except ChildError as error:
            row = Row(job.case.name, job.views, fault=f"{error}.")
        except Exception as error:  # noqa: BLE001 - a generator's own fault is that row's and no other's
            row = Row(job.case.name, job.views, fault=f"{type(error).__name__}: {error}")
        with lock:
            if not stopped.is_set():
                on_row(row)
        return row

    with ThreadPoolExecutor(max(1, at_once)) as threads:
        try:
            return [future.result() for future in [threads.submit(one, job) for job in jobs]]
        except BaseException:
            stopped.set()
            threads.shutdown(wait=False, cancel_futures=True)
            end_all()
            raise
