"""The watcher's acceptance list, part two: what goes wrong around it. Each test bears its item's number."""

from __future__ import annotations

import errno
import os
import random
import signal
import sqlite3
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.watch.studio import Studio, drop, ended, in_fork, png, quick, small_disk, verify, watch
from validators.child import ChildError
from watch import fault, worker
from watch.journal import CUTS, Journal
from watch.lock import Lock, holder
from watch.publish import DiskFull
from watch.serve import serve
from watch.states import ENDS, MOVES
from watch.warm import Pool
from watch.worker import Job, Outcome

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="watchers are forked and killed")
#: Every transition that a plain run makes, before and after it is in the journal, and every step of publishing.
POINTS = [
    *(
        f"{a}:{when}"
        for a in ("new>arriving", "arriving>queued", "queued>running", "running>done")
        for when in ("before", "after")
    ),
    *("journal", "staged", "exchanged", "swapped", "published", "done>queued:before", "done>queued:after"),
    *("done>retired:before", "done>retired:after"),
]


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    made = Studio(tmp_path)
    yield made
    made.close()


@pytest.mark.parametrize("point", POINTS)
def test_01_killed_at_every_step_each_drop_ends_exactly_once(tmp_path: Path, point: str) -> None:
    studio = Studio(tmp_path, settle_s=0.02, retire="remove", once=True)
    for name in "abc":
        drop(studio.inbox / f"{name}.png")
    if point.startswith(("done", "exchanged")):  # these need an asset that stands already
        assert ended(in_fork(lambda: watch(studio.options()))) == 0
        (studio.inbox / "a.png").write_bytes(png("edited"))
        if "retired" in point:
            (studio.inbox / "b.png").unlink()
    nth = "@2" if point == "journal" else ""
    assert ended(in_fork(lambda: watch(studio.options()), f"{point}=kill{nth}")) == -signal.SIGKILL
    assert ended(in_fork(lambda: watch(studio.options()))) == 0
    states = verify(studio.inbox, studio.outbox)
    assert set(states.values()) <= {"done", "retired"}
    assert ended(in_fork(lambda: watch(studio.options(), 9.0))) == 0  # and there is nothing left to do


def kill_at_random(tmp_path: Path, kills: int, seed: int) -> None:
    """Drops, edits and deletions by a script, the watcher killed at random moments all the while."""
    studio, dice = Studio(tmp_path, settle_s=0.02, retire="remove"), random.Random(seed)
    for kill in range(kills):
        pid = in_fork(lambda: watch(studio.options(), 0.002))
        for _ in range(dice.randrange(3)):
            drop(studio.inbox / f"n{dice.randrange(40)}.png", dice.random())
        gone = studio.inbox / f"n{dice.randrange(40)}.png"
        if dice.random() < 0.2:
            gone.unlink(missing_ok=True)
        time.sleep(dice.random() * 0.25)
        os.kill(pid, signal.SIGKILL)
        assert ended(pid) == -signal.SIGKILL, kill
    assert ended(in_fork(lambda: watch(studio.options(once=True))), 120) == 0
    verify(studio.inbox, studio.outbox)


def test_01_killed_at_random_moments(tmp_path: Path) -> None:
    kill_at_random(tmp_path, 20, seed=1)


@pytest.mark.slow
def test_01_killed_at_two_hundred_random_moments(tmp_path: Path) -> None:
    kill_at_random(tmp_path, 200, seed=2)


def test_02_a_full_disk_in_a_job_waits_says_what_it_needs_and_goes_on(studio: Studio) -> None:
    full = [True]

    def run(job: Job, tell: object) -> Outcome:
        if full[0]:
            blank = Outcome(job.concept.id, job.concept.name, "broken")
            from watch import faults

            return blank.broken(*faults.of_system(DiskFull(job.outbox, 34_000_000, 12_000)))
        return studio.run(job, lambda *_: None)

    service = studio.start(run)
    for name in "abc":
        drop(studio.inbox / f"{name}.png")
    studio.rounds(service, 60)
    assert set(studio.states().values()) == {"queued"}
    assert "34.0 MB needed, 12.0 kB free" in service.trouble
    assert str(studio.outbox) in service.trouble
    full[0] = False
    studio.rounds(service, 140)
    assert set(studio.states().values()) == {"done"}
    assert service.trouble == ""


def test_02_a_full_disk_under_the_outbox(studio: Studio) -> None:
    """A real one: a file system of three megabytes."""
    with small_disk(studio.outbox, 3) as had:
        if not had:
            pytest.skip("this user may not mount")
        ballast, service = studio.outbox / "ballast", studio.start()
        ballast.write_bytes(bytes(2_100_000))
        drop(studio.inbox / "a.png")
        studio.rounds(service, 10)
        assert studio.states() == {"a": "queued"}
        assert "needed" in service.trouble
        ballast.unlink()
        studio.rounds(service, 140)
        assert studio.states() == {"a": "done"}
        assert not list((studio.outbox / ".dropforge/staging").iterdir())
        studio.close()


@pytest.mark.parametrize("point", ["journal", "published", "running>done:before"])
def test_02_a_full_disk_under_the_journal(studio: Studio, monkeypatch: pytest.MonkeyPatch, point: str) -> None:
    service, full = studio.start(), [True]

    def hit(name: str) -> None:
        if name == point and full[0]:
            raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(fault, "point", hit)
    drop(studio.inbox / "a.png")
    studio.rounds(service, 10)
    assert "disk is full" in service.trouble
    full[0] = False
    studio.rounds(service, 10)
    assert studio.states() == {"a": "done"}
    assert studio.built == ["a"]


def test_02_a_full_disk_under_the_store_names_place_and_bytes(tmp_path: Path) -> None:
    import numpy as np

    from toolchain.stage import Made
    from toolchain.store import Store
    from watch.faults import of_system

    with small_disk(tmp_path, 1) as had:
        if not had:
            pytest.skip("this user may not mount")
        store = Store(tmp_path / "store")
        store.root.mkdir()
        with pytest.raises(OSError, match="MB needed") as raised:
            store.save("ab" * 32, Made(np.zeros(2_000_000, np.uint8)))
        assert raised.value.errno == errno.ENOSPC
        kind, message = of_system(raised.value)
        assert kind == "disk"
        assert "2.0 MB needed" in message
        assert not store.has("ab" * 32)
        assert not list(store.root.glob(".new-*"))


def test_02_an_outbox_that_may_not_be_written_waits(studio: Studio) -> None:
    denied = [True]

    def run(job: Job, tell: object) -> Outcome:
        outcome = studio.run(job, lambda *_: None)
        if denied[0]:
            return outcome.broken("place", "out could not be written or read: Read-only file system.")
        return outcome

    service = studio.start(run)
    drop(studio.inbox / "a.png")
    studio.rounds(service, 20)
    assert studio.states() == {"a": "queued"}
    assert "Read-only" in service.trouble
    denied[0] = False
    studio.rounds(service, 140)
    assert studio.states() == {"a": "done"}


def crash(job: Job, send: object) -> Outcome:
    os.kill(os.getpid(), signal.SIGSEGV)
    raise AssertionError


def hang(job: Job, send: object) -> Outcome:
    time.sleep(60)
    raise AssertionError


def oom(job: Job, send: object) -> Outcome:
    return Outcome(job.concept.id, "", str(len(bytearray(8 << 30))))


def killed(job: Job, send: object) -> Outcome:
    os.kill(os.getpid(), signal.SIGKILL)  # as the system does when it runs out of memory
    raise AssertionError


def well(job: Job, send: object) -> Outcome:
    return Outcome(job.concept.id, job.concept.name, "passed", detail=str(os.getpid()))


def test_08_and_13_a_crash_a_hang_and_a_hunger_for_memory_each_cost_one_job(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from toolchain.asset import Concept

    job = Job(Concept("Axe", "axe", {"single": tmp_path / "axe.png"}), tmp_path / "out", ("unity",))
    pool, pids = Pool(memory_mb=6000), set()
    try:
        for bad, kind in ((crash, "crash"), (hang, "timeout"), (oom, "memory"), (killed, "memory")):
            for action in (well, bad):
                monkeypatch.setattr(worker, "build_asset", action)
                outcome = worker.run_job(job, lambda *_: None, pool, deadline_s=1.0 if bad is hang else 30.0)
                if action is well:
                    pids.add(outcome.detail)
                    assert outcome.status == "passed"
                else:
                    assert (outcome.status, outcome.fault) == ("broken", kind)
                    assert outcome.message.startswith("Axe could not be built: ")
        assert len(pids) == 4  # each fault was answered with a fresh process
        monkeypatch.setattr(worker, "build_asset", well)
        same = {worker.run_job(job, lambda *_: None, pool).detail for _ in range(3)}
        assert len(same) == 1  # and without a fault one process serves on
    finally:
        pool.close()


def test_08_a_bomb_is_a_finding_or_a_reason_within_its_limits(tmp_path: Path) -> None:
    """The drops themselves are judged by intake and the readers; here: through a whole job, and quickly."""
    import zlib

    from tests.watch.studio import PNG
    from toolchain.asset import Concept

    def chunk(kind: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")

    side = (60_000).to_bytes(4, "big")
    bomb = PNG + chunk(b"IHDR", side + side + b"\x01\0\0\0\0") + chunk(b"IDAT", zlib.compress(bytes(1 << 20)))
    (tmp_path / "bomb.png").write_bytes(bomb + chunk(b"IEND", b""))
    job = Job(Concept("bomb", "bomb", {"single": tmp_path / "bomb.png"}), tmp_path / "out", ("portable",))
    pool, start = Pool(memory_mb=6000), time.monotonic()
    try:
        outcome = worker.run_job(job, lambda *_: None, pool, deadline_s=60.0)
    finally:
        pool.close()
    assert (outcome.status, outcome.fault) == ("broken", "input"), outcome
    assert time.monotonic() - start < 30
    assert not list((tmp_path / "out/.dropforge/claims").iterdir())


@pytest.mark.parametrize(("kind", "tries"), [("crash", 3), ("memory", 3), ("timeout", 2), ("internal", 2)])
def test_13_a_poison_job_goes_to_quarantine_and_the_others_go_on(studio: Studio, kind: str, tries: int) -> None:
    tried = []

    def run(job: Job, tell: object) -> Outcome:
        if job.concept.id == "poison":
            tried.append(1)
            return Outcome("poison", "poison", "broken").broken(kind, "It could not be built: a step crashed.")
        return studio.run(job, lambda *_: None)

    service = studio.start(run)
    for name in ("poison", "a", "b"):
        drop(studio.inbox / f"{name}.png")
    studio.rounds(service, 200)
    assert len(tried) == tries
    assert studio.states() == {"poison": "quarantined", "a": "done", "b": "done"}
    assert "crashed" in service.journal.rows["poison"].message


def test_13_a_job_that_takes_the_watcher_with_it_is_quarantined(tmp_path: Path) -> None:
    studio = Studio(tmp_path, settle_s=0.01, once=True)
    drop(studio.inbox / "poison.png")

    def dies() -> int:
        return serve(studio.options(), lambda job, tell: os.kill(os.getpid(), signal.SIGKILL))  # type: ignore[arg-type, return-value]

    codes = [ended(in_fork(dies)) for _ in range(CUTS + 1)]
    assert codes == [-signal.SIGKILL] * CUTS + [0]
    journal = Journal(studio.outbox / ".dropforge/journal.sqlite")
    assert journal.rows["poison"].state == "quarantined"
    assert len(journal.history("poison")) >= 20
    journal.close()


def test_12_the_second_watcher_names_the_first(studio: Studio, capsys: pytest.CaptureFixture[str]) -> None:
    with Lock(studio.outbox / ".dropforge/watch.lock") as first:
        assert first.held
        assert serve(studio.options()) == 2
        said = capsys.readouterr().err
        assert said.count("\n") == 1
        assert f"process {os.getpid()} on {os.uname().nodename}" in said
        assert holder(first.path).startswith(f"process {os.getpid()} ")
    assert holder(first.path) == ""


def test_12_a_lock_of_another_host_lives_by_its_heartbeat(tmp_path: Path) -> None:
    import threading

    path, stop = tmp_path / "lock", threading.Event()
    path.write_text('{"pid": 7, "host": "far", "beat": 1}')
    with Lock(path, beat_s=0.05) as stale:
        assert stale.held  # nobody beats: it is taken over
    path.write_text('{"pid": 7, "host": "far", "beat": 1}')

    def beats() -> None:
        with path.open("r+") as file:
            for i in range(2, 1000):
                file.seek(0)
                file.write(f'{{"pid": 7, "host": "far", "beat": {i}}}')
                file.flush()
                if stop.wait(0.02):
                    return

    thread = threading.Thread(target=beats)
    thread.start()
    try:
        with Lock(path, beat_s=0.1) as lock:
            assert not lock.held
            assert lock.owner == "process 7 on far"
    finally:
        stop.set()
        thread.join()


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_14_a_signal_drains_in_bounded_time(tmp_path: Path, number: int, code: int) -> None:
    studio = Studio(tmp_path, settle_s=0.01, drain_s=0.3)
    drop(studio.inbox / "a.png")
    drop(studio.inbox / "b.png")

    def slow() -> int:
        return serve(studio.options(), lambda job, tell: quick(job, tell, 0.15 if job.concept.id == "a" else 0.0))

    pid = in_fork(slow)
    journal = studio.outbox / ".dropforge/journal.sqlite"
    end = time.monotonic() + 10
    while time.monotonic() < end and not _running(journal):
        time.sleep(0.005)
    os.kill(pid, number)
    at = time.monotonic()
    assert ended(pid) == code
    assert time.monotonic() - at < 2.0
    opened = Journal(journal)
    states = {a: r.state for a, r in opened.rows.items()}
    opened.close()
    assert set(states.values()) <= {"done", "queued"}, states
    assert states["a"] == "done"  # it had the time that it needed
    assert ended(in_fork(lambda: watch(studio.options(once=True)))) == 0
    assert set(verify(studio.inbox, studio.outbox).values()) == {"done"}


def _running(journal: Path) -> bool:
    if not journal.exists():
        return False
    with sqlite3.connect(journal) as db:
        try:
            return bool(db.execute("SELECT 1 FROM jobs WHERE state = 'running'").fetchone())
        except sqlite3.Error:
            return False


def test_14_what_is_not_done_in_time_is_handed_back_at_no_cost(studio: Studio) -> None:
    import threading

    gate = threading.Event()

    def killed_by_us(job: Job, tell: object) -> Outcome:
        gate.wait(10)
        return Outcome(job.concept.id, job.concept.name, "broken").broken("memory", "killed")

    service = studio.start(killed_by_us)
    drop(studio.inbox / "a.png")
    service.step(0.0)
    service.step(2.0)
    assert studio.states() == {"a": "running"}
    service.stopping = True
    gate.set()
    service.close()
    studio.services.clear()
    again = studio.start()
    row = again.journal.rows["a"]
    assert (row.state, row.tries, row.cuts) == ("queued", 0, 0)


def test_the_journal_recovers_from_every_state(tmp_path: Path) -> None:
    """The rules are total: whatever states a kill leaves, opening and recovering gives states that can go on."""
    from watch.journal import Row

    journal = Journal(tmp_path / "j.sqlite")
    states = [s for s in MOVES if s]
    for state in states:
        journal.put(Row(state, state, "arriving"))
        journal.rows[state] = replace(journal.rows[state], state="running")  # any state may follow in this test
        journal.db.execute("UPDATE jobs SET state = ? WHERE asset = ?", (state, state))
    journal.close()
    again = Journal(tmp_path / "j.sqlite")
    assert again.recover() == ["running"]
    after = {a: r.state for a, r in again.rows.items()}
    assert after == {s: s for s in states} | {"running": "queued"}
    assert all(set(moves) <= set(MOVES) for moves in MOVES.values())
    assert set(ENDS) < set(MOVES)
    again.close()


def test_a_damaged_journal_is_put_aside(studio: Studio) -> None:
    drop(studio.inbox / "a.png")
    service = studio.start()
    studio.rounds(service)
    service.close()
    studio.services.clear()
    path = studio.outbox / ".dropforge/journal.sqlite"
    path.write_bytes(b"SQLite format 3\0" + os.urandom(8000))
    service = studio.start()
    studio.rounds(service)
    assert studio.states() == {"a": "done"}
    assert studio.built == ["a"]  # what stands is found to be up to date
    assert (path.parent / "journal.damaged").exists()


def test_a_move_outside_the_table_is_refused(tmp_path: Path) -> None:
    from watch.journal import Row

    journal = Journal(tmp_path / "j.sqlite")
    journal.put(Row("a", "a", "arriving"))
    journal.move("a", "queued")
    with pytest.raises(ValueError, match="cannot go from queued to done"):
        journal.move("a", "done")
    journal.close()


def test_child_errors_of_every_kind_are_told_in_words() -> None:
    from watch.faults import TRIES, of_child, why

    assert of_child(ChildError("crash", "x crashed (SIGSEGV)")) == "crash"
    assert of_child(ChildError("crash", "x crashed (SIGKILL)")) == "memory"
    assert of_child(ChildError("error", "x")) == "internal"
    assert all(why(kind, "Axe").startswith("Axe could not be built: ") for kind in TRIES)
