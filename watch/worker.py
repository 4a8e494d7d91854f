"""One job: an asset built and published in a child process, so that a native crash or hang costs no more.

The child gets plain data and answers with plain data (:class:`Outcome`); progress comes as messages.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from toolchain.asset import Concept
from validators.child import ChildError, call

#: A concept that takes longer has met a hang, not a hard shape.
DEADLINE_S = 900.0
MEMORY_MB = 16_000


@dataclass(frozen=True)
class Job:
    """All a child needs to know."""

    concept: Concept
    outbox: Path
    engines: tuple[str, ...]
    settings: dict[str, dict[str, Any]] = field(default_factory=dict)  # stage -> Params fields, from the command line
    until: str | None = None
    again_from: str | None = None


@dataclass(frozen=True)
class Outcome:
    """What a job came to. `status`: passed, failed (findings), partial (stopped at --until), broken (no asset)."""

    asset: str
    name: str
    status: str
    message: str = ""  # why it is broken, for an artist
    detail: str = ""  # for whoever mends it
    fault: str = ""  # of a broken job: input (the drop is at fault) or internal (we are)
    findings: tuple[dict[str, Any], ...] = ()
    ran: tuple[str, ...] = ()
    seconds: dict[str, float] = field(default_factory=dict)


def run_job(job: Job, on_progress: Callable[[str, float, str], None], deadline_s: float = DEADLINE_S) -> Outcome:
    """Build and publish one asset in a child. Never raises for what the child met."""
    asset, name = job.concept.id, job.concept.name
    try:
        return call(build_asset, job, deadline_s=deadline_s, memory_mb=MEMORY_MB, on_message=lambda m: on_progress(*m))
    except ChildError as error:
        why = {"timeout": "it took too long", "memory": "it needed too much memory", "crash": "a step crashed"}
        return Outcome(
            asset,
            name,
            "broken",
            f"{name} could not be built: {why.get(error.kind, str(error))}.",
            f"{error}\n{error.detail}",
            "internal",
        )
    except Exception as error:  # noqa: BLE001 - one job's fault, whatever it is, must not end the others or the watcher
        detail = "\n".join([repr(error), *getattr(error, "__notes__", ())])
        return Outcome(asset, name, "broken", f"{name} could not be built: a fault of ours.", detail, "internal")


def build_asset(job: Job, send: Callable[[tuple[str, float, str]], None] | None = None) -> Outcome:
    """Build and publish one asset in this process."""
    from engine_profiles import SettingsError
    from toolchain import manifest, pipeline
    from toolchain.stage import StageError
    from toolchain.store import Store
    from toolchain.version import VERSION
    from watch import publish

    store = Store(job.outbox / publish.PRIVATE / "store")
    asset, name = job.concept.id, job.concept.name

    def progress(label: str, share: float, what: str) -> None:
        if send:
            send((label, share, what))

    try:
        plan = plan_job(job)
        store.root.mkdir(parents=True, exist_ok=True)
        built = pipeline.run(plan, store, progress, job.again_from, manifest.needed)
        folder = manifest.assemble(built, store, VERSION)
        publish.publish(job.outbox, asset, folder)
    except (StageError, SettingsError) as error:
        fault = "internal" if isinstance(error, StageError) and error.internal else "input"
        return Outcome(asset, name, "broken", str(error), error.detail, fault)
    except OSError as error:
        place = Path(error.filename).name if error.filename else "the outbox"
        return Outcome(
            asset,
            name,
            "broken",
            f"{place} could not be written or read: {error.strerror or error}.",
            repr(error),
            "input",
        )
    return Outcome(
        asset,
        name,
        folder.manifest["status"],
        findings=tuple(folder.manifest["findings"]),
        ran=built.ran,
        seconds=built.seconds,
    )


def plan_job(job: Job) -> Any:
    """The pipeline's plan for a job. Raises StageError and SettingsError."""
    from engine_profiles import load
    from toolchain import pipeline
    from toolchain.recipe import read_recipe, settle_generator

    recipe = read_recipe(job.concept, job.engines, job.settings)
    base = job.concept.sidecar.parent if job.concept.sidecar else None
    loaded = [load(name, base if name not in job.engines else None) for name in recipe.engines]
    recipe = settle_generator(recipe, job.concept, loaded)
    return pipeline.plan(job.concept, recipe, {p.name: p for p in loaded}, job.until)


def up_to_date(job: Job) -> Outcome | None:
    """The outcome that already stands in the outbox, when building again would change nothing; else None.

    Raises StageError and SettingsError like :func:`plan_job`.
    """
    from toolchain.manifest import build_id
    from watch.publish import published

    if job.again_from:
        return None
    standing = published(job.outbox, job.concept.id)
    if standing is None or standing.get("build") != build_id(plan_job(job)):
        return None
    return Outcome(job.concept.id, job.concept.name, standing["status"], findings=tuple(standing["findings"]))
