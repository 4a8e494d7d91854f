"""A service that is busy costs a drop nothing: it is tried again, is nobody's blame, and is given up after a while."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.watch.studio import png
from toolchain import pipeline
from toolchain.asset import Concept
from toolchain.stage import StageError
from watch import faults
from watch.build import Report
from watch.worker import Job, Outcome, build_asset


@pytest.mark.parametrize(
    ("error", "fault"),
    [
        (StageError("Meshy is not working now.", passing=True), "remote"),
        (StageError("It is empty."), "input"),
        (StageError("A step failed.", internal=True), "internal"),
    ],
)
def test_whose_fault_it_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, error: StageError, fault: str) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(pipeline, "run", fail)
    picture = tmp_path / "axe.png"
    picture.write_bytes(png("axe"))
    outcome = build_asset(Job(Concept("Axe", "axe", {"single": picture}), tmp_path / "out", ("unity",)))
    assert (outcome.status, outcome.fault, outcome.message) == ("broken", fault, str(error))


def test_it_is_tried_again_and_no_fault_of_ours() -> None:
    assert faults.TRIES["remote"] > max(faults.TRIES[f] for f in faults.BLAME)
    assert Report((Outcome("a", "a", "broken", fault="remote"),), ()).exit_code == 1
    assert Report((Outcome("a", "a", "broken", fault="crash"),), ()).exit_code == 3
