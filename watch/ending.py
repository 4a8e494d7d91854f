"""What follows from a job's end: published, tried again, failed, quarantined or handed back, decided in one place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from watch import fault, faults
from watch.inbox import Drop
from watch.journal import Journal, digest, signature
from watch.names import key
from watch.publish import discard
from watch.scan import Stat
from watch.worker import Job, Outcome, finish


@dataclass
class Ended:
    """A job that has ended, on its way into the journal; kept until the journal could be written."""

    job: Job
    drop: Drop
    outcome: Outcome
    cancelled: bool = False
    handed_back: bool = False  # the watcher itself is ending
    approved: str = ""  # the digest that was approved, where approval is asked for and this job publishes
    spent: bool = False  # the approval was for other contents
    state: str = ""  # where it goes, once decided
    text: str = ""


def settle_ended(ended: Ended, journal: Journal, inbox: Path) -> None:
    """Publish and write down what a job came to.

    Raises sqlite3.Error when the journal cannot be written; call it again then: what is published stays published.
    """
    row = journal.rows[ended.job.concept.id]
    if not ended.state:
        _decide(ended, row.tries, inbox)
    outcome = ended.outcome
    tries = row.tries + (outcome.fault in faults.TRIES)
    known = _digest(outcome, inbox) or row.digest
    kept = ended.state in ("done", "held")
    fault.point("published")
    journal.put(
        replace(
            row,
            state=ended.state,
            signature=ended.drop.signature,
            digest=known if ended.state != "queued" else row.digest,
            status="" if ended.state == "queued" else outcome.status,
            message=outcome.message if ended.state != "cancelled" else "an operator cancelled it",
            detail=outcome.detail[-4000:],
            tries=0 if kept else tries,
            cuts=0,
            lease="",
            approved="" if ended.state == "done" or ended.spent else row.approved,
        ),
        ended.text,
    )


def _decide(ended: Ended, tries: int, inbox: Path) -> None:
    """Where the job goes. Publishes what is to be published."""
    outcome = ended.outcome
    now = fresh(ended.drop, inbox)
    if ended.cancelled or ended.handed_back:
        _discard(outcome)
        ended.state = "cancelled" if ended.cancelled else "queued"
        ended.text = "" if ended.cancelled else "handed back: the watcher was stopped"
        ended.outcome = replace(outcome, fault="ended", message="", detail="")
        return
    if now != ended.drop.signature or outcome.fault == "gone":
        _discard(outcome)
        ended.state, ended.text = "queued", outcome.message or "it changed while it was built: built again"
        ended.outcome = replace(outcome, fault="gone", message="", hashes={})
        return
    if ended.approved and outcome.status != "broken" and _digest(outcome, inbox) != ended.approved:
        _discard(outcome)
        ended.state, ended.text, ended.spent = "queued", "not what was approved: built for review again", True
        ended.outcome = replace(outcome, fault="gone", hashes={})
        return
    if outcome.status != "broken":
        outcome = ended.outcome = finish(outcome)
    if outcome.status != "broken":
        ended.state = "held" if ended.job.review else "done"
        ended.text = outcome.status if not ended.job.review else f"{outcome.status}; waits for `dropforge approve`"
        ended.text = " ".join([ended.text, *(f["message"] for f in outcome.findings if f.get("stage") == "publish")])
    elif outcome.fault in faults.WAITS:
        ended.state = "queued"
    elif outcome.fault in faults.TRIES:
        ended.state = "queued" if tries + 1 < faults.TRIES[outcome.fault] else "quarantined"
    else:
        ended.state = "failed"


def _digest(outcome: Outcome, inbox: Path) -> str:
    return digest({key(p, inbox): h for p, h in outcome.hashes.items()}) if outcome.hashes else ""


def _discard(outcome: Outcome) -> None:
    for staged in outcome.staged:
        discard(staged)


def fresh(drop: Drop, inbox: Path) -> str:
    """The signature of a drop's files at this moment."""
    stats: Mapping[str, Stat] = {key(p, inbox): _stat(p) for p in drop.files}
    return signature(stats)


def _stat(path: Path) -> Stat:
    try:
        found = path.lstat()
    except OSError:
        return Stat(-1, 0)
    return Stat(found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino)
