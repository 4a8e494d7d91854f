"""What an asset was last found to be, so that a build with nothing to do need not even plan.

A stamp holds what was asked, the marks of the dropped files, the sizes of the published ones, and the outcome. While
all of it is as it was, planning would give the same keys. A stamp is a hint that may be lost; it is never written for
files so young that they may change and look the same (see toolchain/hashes.py).
"""

from __future__ import annotations

import hashlib
import importlib
import json
import os
import tomllib
from pathlib import Path
from typing import Any

from toolchain.hashes import RACY_NS, Mark, mark
from toolchain.version import VERSION
from watch.group import files_of
from watch.publish import current
from watch.worker import Job, Outcome

FORMAT = 1


def asked(job: Job) -> str:
    """One hash over all that a plan depends on beside the dropped files: the same for all jobs of one build."""
    from engine_profiles import resolved
    from toolchain.pipeline import STAGES

    versions = {s.name: importlib.import_module(s.module).VERSION for s in STAGES}
    profiles = {name: resolved(name)[0] for name in job.engines}
    projects = [[e, str(p)] for e, p in job.projects]
    text = json.dumps([FORMAT, VERSION, versions, profiles, job.settings, job.until, projects], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def marks(job: Job) -> dict[str, Mark]:
    """The marks of a job's files, by role-free path. Raises OSError."""
    return {str(p): mark(p) for p in files_of(job.concept)}


def recall(job: Job, asked_now: str) -> Outcome | None:
    """The outcome of a stamp that still holds; else None."""
    if job.again_from or job.projects:
        return None
    try:
        stamp = json.loads(_path(job).read_text(encoding="utf-8"))
        same = stamp["asked"] == asked_now and stamp["files"] == {k: list(v) for k, v in marks(job).items()}
        if not same or stamp["roles"] != _roles(job):
            return None
        place = str(current(job.outbox, job.concept.id))
        for path, size in stamp["outputs"].items():
            if os.stat(f"{place}/{path}").st_size != size:  # noqa: PTH116 - a Path for each of 30,000 files costs more
                return None
        return Outcome(job.concept.id, job.concept.name, stamp["status"], findings=tuple(stamp["findings"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def keep(job: Job, asked_now: str, found: dict[str, Mark], outcome: Outcome, clock: int) -> None:
    """Write the stamp of an outcome that stands in the outbox; `found` and `clock` are of before the build."""
    from watch.publish import published

    young = any(clock - max(m[1], m[2]) <= RACY_NS for m in found.values())
    if outcome.status == "broken" or young or job.projects or _names_engines(job):
        return
    manifest = published(job.outbox, job.concept.id)
    if manifest is None:
        return
    stamp = {
        "asked": asked_now,
        "files": found,
        "roles": _roles(job),
        "outputs": manifest["files"],
        "status": outcome.status,
        "findings": outcome.findings,
    }
    path = _path(job)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f"{path.name}.{os.getpid()}.new")
    try:
        if marks(job) == found:
            temporary.write_text(json.dumps(stamp, sort_keys=True), encoding="utf-8")
            temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)


def _path(job: Job) -> Path:
    return job.home.state / "stamps" / f"{job.concept.id}.json"


def _roles(job: Job) -> dict[str, Any]:
    concept = job.concept
    return {
        "name": concept.name,
        "views": {k: str(p) for k, p in concept.views.items()},
        "slots": {k: str(p) for k, p in concept.slots.items()},
        "model": str(concept.model or ""),
    }


def _names_engines(job: Job) -> bool:
    """Whether the sidecar names profiles of its own: files that the stamp does not know."""
    if job.concept.sidecar is None:
        return False
    try:
        return bool(tomllib.loads(job.concept.sidecar.read_text(encoding="utf-8")).get("engines"))
    except (OSError, ValueError):
        return True
