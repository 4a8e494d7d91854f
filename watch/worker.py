"""One job: a concept claimed, built and staged in a worker process. What it met, whatever it was, is an Outcome.

The worker never publishes: it answers with what it has staged, and the caller puts that into place.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from toolchain.asset import Concept
from validators.child import ChildError
from watch import faults
from watch.claim import Claim, Gone, claim
from watch.place import Home
from watch.publish import Staged, discard, publish, published, stage

if TYPE_CHECKING:
    from watch.warm import Pool, Worker

#: A concept that takes longer has met a hang, not a hard shape.
DEADLINE_S = 900.0
MEMORY_MB = 16_000


@dataclass(frozen=True)
class Job:
    """All a worker needs to know."""

    concept: Concept
    outbox: Path
    engines: tuple[str, ...]
    settings: dict[str, dict[str, Any]] = field(default_factory=dict)  # stage -> Params fields, from the command line
    until: str | None = None
    again_from: str | None = None
    state: Path | None = None  # see place.Home
    projects: tuple[tuple[str, Path], ...] = ()  # engine -> folder in that engine's project
    keep: int = 0  # previous versions kept in the outbox
    review: bool = False  # stage for review, not for the outbox
    follow_links: bool = False  # a build system's tree may be all links; a drop may not

    @property
    def home(self) -> Home:
        """The folders of its outbox."""
        return Home.of(self.outbox, self.state)


@dataclass(frozen=True)
class Outcome:
    """What a job came to. `status`: passed, failed (findings), partial (stopped at --until), broken (no asset)."""

    asset: str
    name: str
    status: str
    message: str = ""  # why it is broken, for an artist
    detail: str = ""  # for whoever mends it
    fault: str = ""  # of a broken job: see faults.py
    findings: tuple[dict[str, Any], ...] = ()
    ran: tuple[str, ...] = ()
    seconds: dict[str, float] = field(default_factory=dict)
    staged: tuple[Staged, ...] = ()  # to be published, in this order
    hashes: dict[Path, str] = field(default_factory=dict)  # sha256 of each file as it was read
    peak_mb: float = 0.0

    def broken(self, fault: str, message: str, detail: str = "") -> Outcome:
        """The same job, broken."""
        return replace(self, status="broken", fault=fault, message=message, detail=detail, staged=())


def run_job(
    job: Job,
    on_progress: Callable[[str, float, str], None],
    pool: Pool,
    deadline_s: float = DEADLINE_S,
    on_worker: Callable[[Worker], None] = lambda worker: None,
) -> Outcome:
    """Build and stage one asset in a worker of `pool`. Never raises for what the worker met.

    `on_worker` hears which worker has the job, for who may want to end it.
    """
    blank = Outcome(job.concept.id, job.concept.name, "broken")
    worker = pool.lend()
    try:
        on_worker(worker)
        outcome = worker.run(build_asset, job, deadline_s=deadline_s, on_message=lambda m: on_progress(*m))
        return replace(outcome, peak_mb=worker.peak_mb)
    except ChildError as error:
        kind = faults.of_child(error)
        return blank.broken(kind, faults.why(kind, blank.name), f"{error}\n{error.detail}")
    except Exception as error:  # noqa: BLE001 - one job's fault, whatever it is, must not end the others or the watcher
        detail = "\n".join([repr(error), *getattr(error, "__notes__", ())])
        return blank.broken("internal", faults.why("internal", blank.name), detail)
    finally:
        pool.give_back(worker)


def finish(outcome: Outcome) -> Outcome:
    """Publish what a job staged; the outcome, broken if that could not be done. Nothing staged is left behind."""
    try:
        for staged in outcome.staged:
            publish(staged)
    except OSError as error:
        fault, message = faults.of_system(error)
        for staged in outcome.staged:
            discard(staged)
        return outcome.broken(fault, message, repr(error))
    return replace(outcome, staged=())


def build_asset(job: Job, send: Callable[[tuple[str, float, str]], None] | None = None) -> Outcome:
    """Claim, build and stage one asset in this process."""
    blank = Outcome(job.concept.id, job.concept.name, "broken")
    try:
        with claim(job.concept, job.home.state / "claims", job.follow_links) as held:
            return build_claimed(job, held, send or (lambda _message: None))
    except Gone as error:
        return blank.broken("gone", str(error))
    except OSError as error:
        fault, message = faults.of_system(error)
        return blank.broken(fault, message, repr(error))


def build_claimed(job: Job, held: Claim, send: Callable[[tuple[str, float, str]], None]) -> Outcome:
    """Build and stage what is claimed. Raises OSError where there is no room or no right to write."""
    from engine_profiles import SettingsError
    from toolchain import manifest, pipeline
    from toolchain.stage import StageError
    from toolchain.store import Store
    from toolchain.version import VERSION

    store = Store(job.home.store)
    outcome = Outcome(job.concept.id, job.concept.name, "broken", hashes=held.hashes)
    try:
        plan = plan_job(job, held)
        if (standing := _standing(job, plan)) is not None:
            return replace(standing, hashes=held.hashes)
        store.root.mkdir(parents=True, exist_ok=True)
        built = pipeline.run(
            plan, store, lambda label, share, what: send((label, share, what)), job.again_from, manifest.needed
        )
        folder = manifest.assemble(built, store, VERSION)
    except (StageError, SettingsError) as error:
        fault = "input"
        if isinstance(error, StageError):
            fault = "internal" if error.internal else "remote" if error.passing else "input"
        return outcome.broken(fault, str(error), getattr(error, "detail", ""))
    staged = tuple(_stage(job, folder))
    return replace(
        outcome,
        status=folder.manifest["status"],
        findings=(*folder.manifest["findings"], *(f for s in staged for f in s.findings)),
        ran=built.ran,
        seconds=built.seconds,
        staged=staged,
    )


def _stage(job: Job, folder: Any) -> list[Staged]:
    """Stage an asset's folder for the outbox (or for review), and passed engines for their projects."""
    from watch.project import stage_project

    asset = job.concept.id
    if job.review:
        return [stage(job.home.private / "review", asset, folder.files)]
    done: list[Staged] = []
    try:
        for engine, root in job.projects:
            listed = folder.manifest["engines"].get(engine)
            if listed and listed["status"] == "passed":
                start = f"{listed['folder']}/"
                files = {p.removeprefix(start): d for p, d in folder.files.items() if p.startswith(start)}
                done.append(stage_project(root, asset, engine, files, folder.manifest["build"]))
        return [*done, stage(job.outbox, asset, folder.files, job.keep)]
    except OSError:
        for staged in done:
            discard(staged)
        raise


def plan_job(job: Job, held: Claim | None = None, hashed: Callable[[Path], str] | None = None) -> Any:
    """The pipeline's plan for a job, of the claimed copy where there is one. Raises StageError and SettingsError."""
    from engine_profiles import load
    from toolchain import pipeline
    from toolchain.recipe import read_recipe, settle_generator
    from toolchain.store import sha256_file

    concept = held.concept if held else job.concept
    recipe = read_recipe(concept, job.engines, job.settings)
    base = job.concept.sidecar.parent if job.concept.sidecar else None
    loaded = [load(name, base if name not in job.engines else None) for name in recipe.engines]
    recipe = settle_generator(recipe, concept, loaded)
    hashed = held.copied.__getitem__ if held else hashed or sha256_file
    return pipeline.plan(concept, recipe, {p.name: p for p in loaded}, job.until, hashed)


def _standing(job: Job, plan: Any) -> Outcome | None:
    """The outcome that stands where the job would publish, when building again would change nothing; else None."""
    from toolchain.manifest import build_id
    from watch.project import standing, stands

    found = published(job.home.private / "review" if job.review else job.outbox, job.concept.id)
    if job.again_from or found is None or found.get("build") != build_id(plan):
        return None
    passed = {e for e, v in found["engines"].items() if v["status"] == "passed"}
    findings = list(found["findings"])
    for engine, root in () if job.review else job.projects:
        if engine in passed and not stands(root, job.concept.id, found["build"]):
            return None
        findings += standing(root, job.concept.id).get("findings", [])
    return Outcome(job.concept.id, job.concept.name, found["status"], findings=tuple(findings))


def up_to_date(job: Job, hashed: Callable[[Path], str] | None = None) -> Outcome | None:
    """:func:`_standing`, from the files as they lie. Raises StageError and SettingsError like :func:`plan_job`."""
    return _standing(job, plan_job(job, hashed=hashed))
