"""Find, settle, group, build once, carry on after a restart: rounds driven by the test's own clock."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.watch.studio import Studio, drop, png, quick
from watch.asks import ask
from watch.worker import Job, Outcome


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    made = Studio(tmp_path)
    yield made
    made.close()


def test_settles_then_builds_once(studio: Studio) -> None:
    service = studio.start()
    drop(studio.inbox / "a.png")
    studio.rounds(service, 2, 0.4)
    assert studio.built == []
    studio.rounds(service)
    assert studio.built == ["a"]
    assert studio.states() == {"a": "done"}


def test_a_late_view_an_edited_sidecar_and_a_mask_build_again(studio: Studio) -> None:
    service = studio.start()
    drop(studio.inbox / "a_front.png")
    drop(studio.inbox / "b.png")
    studio.rounds(service)
    for name in ("a_back.png", "a.toml", "a.slots.png"):
        drop(studio.inbox / name)
        studio.rounds(service)
    assert studio.built == ["a", "b", "a", "a", "a"]
    assert set(service.noticer.drops["a"].concept.views) == {"front", "back"}


def test_touch_builds_nothing_and_an_edit_builds_again(studio: Studio) -> None:
    service = studio.start()
    path = drop(studio.inbox / "a.png")
    studio.rounds(service)
    os.utime(path, (1, 1))
    studio.rounds(service)
    assert studio.built == ["a"]
    path.write_bytes(png("other"))
    studio.rounds(service)
    assert studio.built == ["a", "a"]


def test_a_restart_carries_on_and_repeats_nothing(studio: Studio) -> None:
    for name in "abc":
        drop(studio.inbox / f"{name}.png")
    left = studio.outbox / ".dropforge/store/.new-999999999-x"
    left.mkdir(parents=True)
    first = studio.start()
    assert not left.exists()
    studio.rounds(first)
    first.journal.move("a", "queued")
    first.journal.move("a", "running", lease="process 1 on earth")
    first.journal.close()  # as a kill would leave it
    second = studio.start()
    assert second.journal.rows["a"].cuts == 1
    studio.rounds(second)
    assert sorted(studio.built) == ["a", "b", "c"]
    assert set(studio.states().values()) == {"done"}


def test_a_failed_drop_is_not_tried_again_until_it_changes_or_someone_says_so(studio: Studio) -> None:
    tries = []

    def fails(job: Job, tell: object) -> Outcome:
        tries.append(job.concept.id)
        return Outcome(job.concept.id, job.concept.name, "broken").broken("input", "Not a picture of anything.")

    service = studio.start(fails)
    path = drop(studio.inbox / "a.png")
    studio.rounds(service, 20)
    assert len(tries) == 1
    assert service.journal.rows["a"].message == "Not a picture of anything."
    path.write_bytes(png("b"))
    studio.rounds(service)
    assert len(tries) == 2
    assert ask(service.home.journal, "retry", ["a"]) == []
    studio.rounds(service)
    assert len(tries) == 3


def test_a_drop_changed_while_it_is_built_is_not_published(studio: Studio) -> None:
    path, first = drop(studio.inbox / "a.png", "one"), []

    def changes(job: Job, tell: object) -> Outcome:
        outcome = studio.run(job, lambda *_: None)
        if not first:
            first.append(1)
            path.write_bytes(png("two"))
        return outcome

    service = studio.start(changes)
    studio.rounds(service, 4)
    assert not (studio.outbox / "a").exists()
    studio.rounds(service)
    assert studio.built == ["a", "a"]
    assert studio.states() == {"a": "done"}


def test_a_second_asset_of_a_name_leaves_the_first_its_id(studio: Studio) -> None:
    service = studio.start(retire="remove")
    drop(studio.inbox / "old/crate.png", 1)
    studio.rounds(service)
    drop(studio.inbox / "new/crate.png", 2)
    studio.rounds(service, 12)
    assert sorted(studio.states().values()) == ["done", "done"]
    assert "crate" in studio.states()
    assert studio.built.count("crate") == 1
    assert (studio.outbox / "crate").is_dir()


@pytest.mark.parametrize(("policy", "stands"), [("keep", True), ("archive", False), ("remove", False)])
def test_a_deleted_drop_retires_its_outputs(studio: Studio, policy: str, stands: bool) -> None:
    service = studio.start(retire=policy)
    path = drop(studio.inbox / "a.png")
    drop(studio.inbox / "b.png")
    studio.rounds(service)
    path.unlink()
    studio.rounds(service, 3, 0.1)
    assert studio.states()["a"] == "done"  # an editor may be about to put it back
    studio.rounds(service, 12)
    assert studio.states() == {"a": "retired", "b": "done"}
    assert (studio.outbox / "a").exists() == stands
    drop(studio.inbox / "a.png")
    studio.rounds(service)
    assert studio.states()["a"] == "done"
    assert (studio.outbox / "a").exists()


def test_hold_and_approve_and_cancel(studio: Studio) -> None:
    gate = threading.Event()

    def slow(job: Job, tell: object) -> Outcome:
        gate.wait(10)
        return studio.run(job, lambda *_: None)

    service = studio.start(slow)
    for name in "abc":
        drop(studio.inbox / f"{name}.png")
    service.step(0.0)
    service.step(1.5)
    assert ask(service.home.journal, "hold", ["b"]) == []
    assert ask(service.home.journal, "cancel", ["a", "c"]) == []
    assert "nothing to approve" in ask(service.home.journal, "approve", ["a"])[0]
    assert "no asset" in ask(service.home.journal, "approve", ["zzz"])[0]
    service.step(1.6)
    gate.set()
    studio.now = 2.0
    studio.rounds(service)
    assert studio.states() == {"a": "cancelled", "b": "held", "c": "cancelled"}
    assert not (studio.outbox / "a").exists()
    ask(service.home.journal, "approve", ["b"])
    studio.rounds(service)
    assert studio.states()["b"] == "done"


def test_review_publishes_what_was_approved_and_nothing_else(studio: Studio) -> None:
    service = studio.start(review=True)
    path = drop(studio.inbox / "a.png", "one")
    studio.rounds(service)
    assert studio.states() == {"a": "held"}
    assert (studio.outbox / ".dropforge/review/a/asset.json").exists()
    assert not (studio.outbox / "a").exists()
    path.write_bytes(png("two"))
    ask(service.home.journal, "approve", ["a"])  # of what was seen, not of what came since
    studio.rounds(service)
    assert studio.states() == {"a": "held"}
    assert not (studio.outbox / "a").exists()
    ask(service.home.journal, "approve", ["a"])
    studio.rounds(service)
    assert studio.states() == {"a": "done"}
    assert (studio.outbox / "a/asset.json").exists()


def test_a_single_drop_overtakes_a_batch(studio: Studio) -> None:
    gate, order = threading.Event(), []

    def slow(job: Job, tell: object) -> Outcome:
        gate.wait(10)
        order.append(job.concept.id)
        return quick(job, lambda *_: None)

    service = studio.start(slow)
    for i in range(30):
        drop(studio.inbox / f"batch{i:02}.png")
    service.step(0.0)
    service.step(1.5)
    drop(studio.inbox / "urgent.png")
    service.step(8.0)
    service.step(9.5)
    gate.set()
    studio.now = 10.0
    studio.rounds(service, 80, 0.1)
    assert order.index("urgent") <= 2
    assert len(order) == 31


def test_other_settings_look_at_everything_anew(studio: Studio) -> None:
    service = studio.start()
    drop(studio.inbox / "a.png")
    studio.rounds(service)
    service.close()
    studio.services.clear()
    service = studio.start()
    assert studio.states() == {"a": "done"}
    service.journal.note("asked", "other")
    service.close()
    studio.services.clear()
    service = studio.start()
    assert studio.states() == {"a": "queued"}
    studio.rounds(service)
    assert studio.states() == {"a": "done"}


def test_a_model_and_its_textures_are_one_concept(studio: Studio) -> None:
    service = studio.start()
    root = studio.inbox / "robot"
    drop(root / "skin.png")
    (root / "robot.mtl").write_text("newmtl a\nmap_Kd skin.png\n")
    (root / "robot.obj").write_text("mtllib robot.mtl\nv 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n")
    drop(studio.inbox / "robot_front.png")
    studio.rounds(service)
    assert studio.states() == {"robot": "done"}
    concept = service.noticer.drops["robot"].concept
    assert concept.model == root / "robot.obj"
    assert {p.name for p in concept.companions} == {"robot.mtl", "skin.png"}
    assert set(concept.views) == {"front"}
