"""Find, settle, group, build once, carry on after a restart; the build itself is a quick stand-in here."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import pytest

from watch.journal import MOVES, Journal
from watch.lock import Lock
from watch.service import Service
from watch.settle import Settler
from watch.worker import Job, Outcome


class Builds:
    def __init__(self) -> None:
        self.seen: list[tuple[str, tuple[str, ...]]] = []
        self.status = "passed"
        self.gate = threading.Event()
        self.gate.set()

    def __call__(self, job: Job, progress: object) -> Outcome:
        self.seen.append((job.concept.id, tuple(sorted(job.concept.views))))
        self.gate.wait(5)
        return Outcome(job.concept.id, job.concept.name, self.status)


@pytest.fixture
def world(tmp_path: Path):
    inbox, outbox, builds = tmp_path / "in", tmp_path / "out", Builds()
    inbox.mkdir()
    made: list[Service] = []

    def start() -> Service:
        made.append(Service(inbox, outbox, ("unity",), {}, settle_s=1.0, run=builds))
        return made[-1]

    yield inbox, start, builds
    builds.gate.set()
    for service in made:
        service.close()


def rounds(service: Service, start: float, count: int = 6) -> float:
    for i in range(count):
        service.step(start + i)
        for future in list(service.running.values()):
            future.result(5)
    service.step(start + count)
    return start + count + 1


def test_settles_then_builds_once(world) -> None:
    inbox, start, builds = world
    service = start()
    (inbox / "a.png").write_bytes(b"1")
    service.step(0.0)
    assert builds.seen == []
    rounds(service, 0.5)
    assert builds.seen == [("a", ("single",))]
    assert service.journal.get("a").state == "done"


def test_a_slow_copy_waits_and_an_empty_file_never_settles() -> None:
    settler, path = Settler(1.0), Path("a")
    for now in range(5):
        assert settler.settled({path: (now + 1, now)}, now * 0.9) == set()
    assert settler.settled({path: (5, 4)}, 9.0) == {path}
    assert Settler(0.0).settled({path: (0, 0)}, 5.0) == set()


def test_a_late_view_builds_the_concept_again(world) -> None:
    inbox, start, builds = world
    service = start()
    (inbox / "a_front.png").write_bytes(b"1")
    now = rounds(service, 0.0)
    (inbox / "a_back.png").write_bytes(b"2")
    rounds(service, now)
    assert builds.seen == [("a", ("front",)), ("a", ("back", "front"))]


def test_touch_builds_nothing_and_an_edit_builds_again(world) -> None:
    inbox, start, builds = world
    service = start()
    (inbox / "a.png").write_bytes(b"1")
    now = rounds(service, 0.0)
    os.utime(inbox / "a.png", (1, 1))
    now = rounds(service, now)
    assert len(builds.seen) == 1
    (inbox / "a.png").write_bytes(b"2")
    rounds(service, now)
    assert len(builds.seen) == 2


def test_a_restart_carries_on_and_repeats_nothing(world) -> None:
    inbox, start, builds = world
    for name in "abc":
        (inbox / f"{name}.png").write_bytes(name.encode())
    first = start()
    rounds(first, 0.0, 2)
    states = {r.asset: r.state for r in first.journal.rows().values()}
    done = {asset for asset, state in states.items() if state == "done"}
    assert done
    assert set(states.values()) != {"done"}
    first.journal.close()  # killed: some done, one running, one queued
    left = inbox.parent / "out/.dropforge/store/.new-left"
    left.mkdir(parents=True)
    second = start()
    assert not left.exists()
    rounds(second, 100.0, 8)
    built = [asset for asset, _ in builds.seen]
    assert all(built.count(asset) == 1 for asset in done)
    assert set(built) == {"a", "b", "c"}
    assert {r.state for r in second.journal.rows().values()} == {"done"}


def test_a_failed_drop_is_not_tried_again_until_it_changes(world) -> None:
    inbox, start, builds = world
    builds.status = "broken"
    service = start()
    (inbox / "a.png").write_bytes(b"1")
    now = rounds(service, 0.0, 10)
    assert len(builds.seen) == 1
    (inbox / "a.png").write_bytes(b"22")
    rounds(service, now)
    assert len(builds.seen) == 2


def test_a_drop_changed_while_it_is_built_is_built_again(world) -> None:
    inbox, start, builds = world
    service = start()
    (inbox / "a.png").write_bytes(b"1")
    service.step(0.0)
    builds.gate.clear()
    service.step(2.0)
    assert service.running
    (inbox / "a.png").write_bytes(b"333")
    service.step(2.5)
    builds.gate.set()
    for future in service.running.values():
        future.result(5)
    rounds(service, 3.0)
    assert len(builds.seen) == 2


def test_moves_of_the_table_alone_are_allowed(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "j.sqlite")
    journal.queue("a", "s", "d")
    with pytest.raises(ValueError, match="cannot go from queued to done"):
        journal.move("a", "done")
    assert all(to in MOVES for moves in MOVES.values() for to in moves)
    journal.db.execute("PRAGMA user_version=99")
    journal.close()
    with pytest.raises(ValueError, match="another version"):
        Journal(tmp_path / "j.sqlite")


def test_two_watchers_meet(tmp_path: Path) -> None:
    with Lock(tmp_path / "lock") as first, Lock(tmp_path / "lock", wait_s=0.1) as second:
        assert first.held
        assert not second.held
        assert second.owner == str(os.getpid())
    with Lock(tmp_path / "lock") as third:
        assert third.held


def test_a_scan_of_ten_thousand_files_is_quick(tmp_path: Path) -> None:
    from watch.group import find
    from watch.settle import snapshot

    for i in range(10_000):
        (tmp_path / f"{i}.png").touch()
    start = time.perf_counter()
    assert len(snapshot(find(tmp_path))) == 10_000
    assert time.perf_counter() - start < 3.0
