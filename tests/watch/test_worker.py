"""Whatever a job meets, it is answered by an Outcome: one asset's fault ends neither the others nor the watcher."""

from __future__ import annotations

from pathlib import Path

import pytest

from toolchain.asset import Concept
from validators.child import ChildError
from watch.claim import Gone, claim
from watch.worker import Job, build_asset, run_job


@pytest.fixture
def job(tmp_path: Path) -> Job:
    return Job(Concept("Axe", "axe", {"single": tmp_path / "axe.png"}), tmp_path / "out", ("unity",))


class Faulty:
    """A pool whose one worker meets a fault."""

    peak_mb = 0.0

    def __init__(self, fault: Exception) -> None:
        self.fault, self.back = fault, 0

    def lend(self) -> Faulty:
        return self

    def give_back(self, worker: Faulty) -> None:
        self.back += 1

    def run(self, *_: object, **__: object) -> None:
        raise self.fault


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (KeyError("inner"), "internal"),
        (AttributeError("no such thing"), "internal"),
        (ChildError("crash", "it crashed"), "crash"),
        (ChildError("timeout", "slow"), "timeout"),
        (ChildError("memory", "much"), "memory"),
    ],
)
def test_every_fault_is_an_outcome(job: Job, fault: Exception, kind: str) -> None:
    fault.add_note("Traceback of the child")
    pool = Faulty(fault)
    outcome = run_job(job, lambda *_: None, pool)  # type: ignore[arg-type]
    assert (outcome.asset, outcome.status, outcome.fault) == ("axe", "broken", kind)
    assert outcome.message.startswith("Axe could not be built")
    assert "Traceback" not in outcome.message
    assert outcome.detail
    assert pool.back == 1


def test_a_missing_picture_is_gone_not_a_fault(job: Job) -> None:
    outcome = build_asset(job)
    assert (outcome.status, outcome.fault) == ("broken", "gone")
    assert outcome.message.startswith("axe.png cannot be read")


def test_a_claim_is_a_copy_that_the_drop_cannot_change(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    (folder / "tex").mkdir(parents=True)
    for name in ("a.png", "a.toml", "a.obj", "tex/skin.png"):
        (folder / name).write_text(name)
    concept = Concept(
        "A", "a", {"front": folder / "a.png"}, {}, folder / "a.toml", folder / "a.obj", (folder / "tex/skin.png",)
    )
    with claim(concept, tmp_path / "claims") as held:
        (folder / "a.png").write_text("other")
        mine = held.concept
        assert mine.views["front"].read_text() == "a.png"
        assert mine.model is not None
        assert mine.companions[0].relative_to(mine.model.parent).as_posix() == "tex/skin.png"
        assert set(held.hashes) == {folder / n for n in ("a.png", "a.toml", "a.obj", "tex/skin.png")}
        assert mine.sidecar is not None
    assert not list((tmp_path / "claims").iterdir())


def test_a_claim_follows_no_link_unless_a_build_asks(tmp_path: Path) -> None:
    (tmp_path / "real.png").write_text("x")
    (tmp_path / "link.png").symlink_to(tmp_path / "real.png")
    concept = Concept("A", "a", {"front": tmp_path / "link.png"})
    with pytest.raises(Gone), claim(concept, tmp_path / "claims"):
        pass
    with claim(concept, tmp_path / "claims", follow_links=True) as held:
        assert held.concept.views["front"].read_text() == "x"
