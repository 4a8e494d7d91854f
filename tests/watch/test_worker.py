"""Whatever a job meets, it is answered by an Outcome: one asset's fault ends neither the others nor the watcher."""

from __future__ import annotations

from pathlib import Path

import pytest

from toolchain.asset import Concept
from validators.child import ChildError
from watch import worker
from watch.worker import Job, Outcome, run_job


@pytest.fixture
def job(tmp_path: Path) -> Job:
    return Job(Concept("Axe", "axe", {"single": tmp_path / "axe.png"}), tmp_path / "out", ("unity",))


@pytest.mark.parametrize(
    "fault",
    [
        KeyError("inner"),
        AttributeError("no such thing"),
        ChildError("crash", "it crashed"),
        ChildError("timeout", "slow"),
    ],
)
def test_every_fault_is_an_outcome(job: Job, monkeypatch: pytest.MonkeyPatch, fault: Exception) -> None:
    fault.add_note("Traceback of the child")

    def fails(*_: object, **__: object) -> Outcome:
        raise fault

    monkeypatch.setattr(worker, "call", fails)
    outcome = run_job(job, lambda *_: None)
    assert (outcome.asset, outcome.status, outcome.fault) == ("axe", "broken", "internal")
    assert outcome.message.startswith("Axe could not be built")
    assert "Traceback" not in outcome.message
    assert outcome.detail


def test_a_missing_picture_is_the_drops_fault(job: Job) -> None:
    outcome = run_job(job, lambda *_: None)
    assert (outcome.status, outcome.fault) == ("broken", "input")
    assert outcome.message.startswith("axe.png cannot be read")
