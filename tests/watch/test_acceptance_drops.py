"""The watcher's acceptance list, part one: what is dropped, and how. Each test bears its item's number."""

from __future__ import annotations

import errno
import os
import shutil
import socket
import stat
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.watch.studio import PNG, Studio, drop, ended, in_fork, png, small_disk, verify, watch
from watch import observe
from watch.inbox import Inbox
from watch.journal import Journal
from watch.observe import Hints
from watch.place import Home
from watch.settle import Settler
from watch.whole import missing

posix = pytest.mark.skipif(os.name == "nt", reason="made by POSIX calls")


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    made = Studio(tmp_path)
    yield made
    made.close()


def test_03_a_slow_writer_is_waited_for(studio: Studio) -> None:
    service, path = studio.start(), studio.inbox / "a.png"
    whole = png("slow", 600)
    for end in range(60, len(whole), 60):  # reopened for every chunk, as some copiers do
        with path.open("ab") as file:
            file.write(whole[end - 60 : end])
        studio.rounds(service, 1, 0.6)
        assert studio.states() == {"a": "arriving"}
    path.write_bytes(whole)
    studio.rounds(service)
    assert studio.built == ["a"]


def test_03_a_file_truncated_for_ever_is_incomplete_and_says_why(studio: Studio) -> None:
    service, path = studio.start(incomplete_s=5.0), studio.inbox / "a.png"
    path.write_bytes(png("x")[:-20])
    (studio.inbox / "empty.png").touch()
    studio.rounds(service, 8, 0.5)
    assert set(studio.states().values()) == {"arriving"}
    studio.rounds(service, 8, 0.5)
    assert studio.states() == {"a": "incomplete", "empty": "incomplete"}
    assert "a.png ends in the middle of the picture" in service.journal.rows["a"].message
    assert "is empty" in service.journal.rows["empty"].message
    assert studio.built == []
    assert not service.busy
    path.write_bytes(png("x"))
    studio.rounds(service)
    assert studio.states()["a"] == "done"


def test_03_space_reserved_first_and_filled_later_is_waited_for(studio: Studio) -> None:
    service, path = studio.start(), studio.inbox / "a.png"
    path.write_bytes(PNG + bytes(100_000))  # as a Windows copy looks while it runs
    studio.rounds(service)
    assert studio.states() == {"a": "arriving"}
    path.write_bytes(png("whole", 100_000))
    studio.rounds(service)
    assert studio.built == ["a"]


def test_03_names_of_files_on_their_way_are_no_drops(studio: Studio) -> None:
    service = studio.start()
    names = ["a.png.part", "b.png.crdownload", "Unconfirmed 12.crdownload", "c.png.filepart", "d.png~", ".e.png.Ab12"]
    for name in [*names, "~$f.png", "#g.png#", "h.tmp", "Thumbs.db", "desktop.ini", "._i.png"]:
        (studio.inbox / name).write_bytes(png(name))
    drop(studio.inbox / "j.png")
    (studio.inbox / "j.png.aria2").touch()  # its loader says that it is not done
    studio.rounds(service)
    assert studio.states() == {"j": "arriving"}
    (studio.inbox / "j.png.aria2").unlink()
    studio.rounds(service)
    assert studio.built == ["j"]


def test_03_a_moved_in_folder_and_an_atomic_rename_are_seen(studio: Studio, tmp_path: Path) -> None:
    service = studio.start()
    drop(tmp_path / "made/helmet/front.png")
    drop(tmp_path / "made/helmet/back.png")
    (tmp_path / "made/helmet").rename(studio.inbox / "helmet")
    studio.rounds(service)
    assert studio.built == ["helmet"]


def test_05_dropped_while_stopped_is_found_at_the_start(studio: Studio) -> None:
    drop(studio.inbox / "a.png")
    studio.rounds(studio.start())
    assert studio.built == ["a"]


NAMES = [
    "-dash.png",
    "new\nline.png",
    "x" * 251 + ".png",
    "CON.png",
    "trailing .png",
    "\u202etxt.png",
    "\U0001f47e.png",
    "$(rm -rf ~);`x`|&.png",
    "..png.png",
    "UCX_box.png",
    "chair_LOD0.png",
    "back\\slash.png",
    "'quote\".png",
]


@posix
def test_06_every_name_becomes_a_safe_id(studio: Studio) -> None:
    service = studio.start()
    for name in NAMES:
        (studio.inbox / name).write_bytes(png(repr(name)))
    (studio.inbox / os.fsdecode(b"bad\xff.png")).write_bytes(png("bytes"))
    (studio.inbox / "\u00e9.png").write_bytes(png("nfc"))
    (studio.inbox / "e\u0301.png").write_bytes(png("nfd"))
    studio.rounds(service, 16)
    rows = studio.states()
    shown = len(NAMES) + 2 - sum(n.startswith(".") for n in NAMES)
    assert list(rows.values()) == ["done"] * shown, rows
    assert all(a.isascii() and a.replace("_", "").isalnum() and a[0].isalpha() for a in rows)
    assert not any(a.lower().startswith("ucx_") or a.lower().endswith("_lod0") or a.lower() == "con" for a in rows)
    twins = dict(service.journal.db.execute("SELECT place, reason FROM refused"))
    assert len(twins) == 1
    assert "already" in next(iter(twins.values()))
    for _, asset, what in studio.told:
        f"{asset} {what}".encode()  # nothing that a terminal or a log would choke on


@posix
def test_07_what_is_no_file_of_its_own_is_refused(studio: Studio, tmp_path: Path) -> None:
    outside = drop(tmp_path / "secret.png")
    (studio.inbox / "link.png").symlink_to(outside)
    (studio.inbox / "loop").symlink_to(studio.inbox)
    os.link(outside, studio.inbox / "hard.png")
    os.mkfifo(studio.inbox / "pipe.png")
    (studio.inbox / "folder.png").mkdir()
    if os.geteuid() == 0:
        os.mknod(studio.inbox / "device.png", stat.S_IFCHR, os.makedev(1, 3))
    server = socket.socket(socket.AF_UNIX)
    here = Path.cwd()
    os.chdir(studio.inbox)
    server.bind("socket.png")
    os.chdir(here)
    drop(studio.inbox / "real.png")
    service = studio.start()
    studio.rounds(service)
    server.close()
    assert studio.states() == {"real": "done"}
    refused = dict(service.journal.db.execute("SELECT place, reason FROM refused"))
    assert set(refused) >= {"link.png", "loop", "hard.png", "pipe.png", "socket.png"}


@posix
def test_07_a_file_swapped_for_a_link_after_the_scan_is_not_followed(studio: Studio, tmp_path: Path) -> None:
    secret, path = drop(tmp_path / "secret.png", "secret"), drop(studio.inbox / "a.png")

    def swapped(job, tell):
        path.unlink()
        path.symlink_to(secret)
        return studio.run(job, tell)

    service = studio.start(swapped)
    studio.rounds(service, 3)
    assert studio.built == []
    assert not (studio.outbox / "a").exists()


def test_09_the_same_bytes_twice_and_the_same_name_with_other_bytes(studio: Studio) -> None:
    service = studio.start()
    for name in ("a", "twin"):
        drop(studio.inbox / f"{name}.png", "same")
    studio.rounds(service)
    assert studio.built == ["a", "twin"]
    drop(studio.inbox / "a.png", "other")
    studio.rounds(service)
    drop(studio.inbox / "a.png", "other")  # dropped again as it is
    studio.rounds(service)
    assert studio.built == ["a", "twin", "a"]


def test_10_no_clock_but_the_monotonic_one_counts(studio: Studio) -> None:
    service, path = studio.start(), drop(studio.inbox / "a.png", "one")
    os.utime(path, (0, 0))
    drop(studio.inbox / "b.png")
    os.utime(studio.inbox / "b.png", (4_300_000_000, 4_300_000_000))  # 2106
    studio.rounds(service)
    assert studio.built == ["a", "b"]
    before = path.stat()
    path.write_bytes(png("two"))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))  # equal size and time, other bytes
    studio.rounds(service)
    assert studio.built == ["a", "b", "a"]


@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EMFILE])
def test_11_without_watches_it_polls_and_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: int) -> None:
    import threading

    from watchdog.observers import Observer

    def fails(self: object) -> None:
        raise OSError(error, os.strerror(error))

    monkeypatch.setattr(Observer, "start", fails)
    hints = Hints(tmp_path, threading.Event())
    hints.start()
    assert hints.mode == observe.POLLING
    assert "limit" in hints.why


@pytest.mark.parametrize("kind", ["nfs4", "cifs", "overlay"])
def test_11_a_share_or_an_overlay_is_polled_and_keeps_no_journal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    import threading

    from watch import place

    monkeypatch.setattr(observe, "filesystem", lambda path: kind)
    monkeypatch.setattr(place, "filesystem", lambda path: kind)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "local"))
    hints = Hints(tmp_path, threading.Event())
    hints.start()
    assert hints.mode == observe.POLLING
    assert kind in hints.why
    inside = Home.of(tmp_path / "out").journal.is_relative_to(tmp_path / "out")
    assert inside == (kind == "overlay")


def test_11_the_inbox_removed_and_made_anew(studio: Studio) -> None:
    service = studio.start(retire="remove")
    drop(studio.inbox / "a.png")
    studio.rounds(service)
    shutil.rmtree(studio.inbox)
    studio.rounds(service)
    assert "cannot be seen" in service.trouble
    studio.inbox.mkdir()
    drop(studio.inbox / "b.png")
    studio.rounds(service, 12)
    assert studio.states() == {"a": "done", "b": "done"}  # a went with the folder: nobody deleted it
    assert (studio.outbox / "a").is_dir()
    assert any("replaced" in str(what) for kind, _, what in studio.told if kind == "trouble")
    drop(studio.inbox / "a.png")
    studio.rounds(service)
    (studio.inbox / "a.png").unlink()
    studio.rounds(service, 12)
    assert studio.states()["a"] == "retired"


def test_11_an_unmounted_share_loses_nothing(studio: Studio) -> None:
    with small_disk(studio.inbox, 4) as had:
        if not had:
            pytest.skip("this user may not mount")
        service = studio.start(retire="remove")
        drop(studio.inbox / "a.png")
        studio.rounds(service)
        assert studio.built == ["a"]
    studio.rounds(service, 12)
    assert studio.states() == {"a": "done"}
    assert (studio.outbox / "a").is_dir()


def test_11_one_file_that_may_not_be_read_is_told_and_survived(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    def look(path: str) -> str:
        return "cannot be read: permission denied" if path.endswith("secret.png") else missing(path)

    service = studio.start(incomplete_s=3.0)
    service.inbox.settler.look = look
    for name in ("secret", "open"):
        drop(studio.inbox / f"{name}.png")
    studio.rounds(service, 12)
    assert studio.states() == {"open": "done", "secret": "incomplete"}
    assert "permission denied" in service.journal.rows["secret"].message
    service.inbox.settler.look = missing
    (studio.inbox / "secret.png").chmod(0o600)
    studio.rounds(service)
    assert studio.states()["secret"] == "done"


def test_11_a_folder_that_cannot_be_listed_retires_nothing(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    service = studio.start(retire="remove")
    drop(studio.inbox / "props/a.png")
    studio.rounds(service)
    real = os.scandir

    def scandir(path: str):
        if str(path).endswith("props"):
            raise PermissionError(13, "Permission denied")
        return real(path)

    with monkeypatch.context() as patched:
        patched.setattr(os, "scandir", scandir)
        studio.rounds(service, 12)
        assert studio.states() == {"a": "done"}
        assert dict(service.journal.db.execute("SELECT place, reason FROM refused")) == {"props": "Permission denied"}
    studio.rounds(service)
    assert studio.built == ["a"]


def test_11_events_bring_a_drop_within_three_tenths_of_settling(tmp_path: Path) -> None:
    studio = Studio(tmp_path, poll=False, settle_s=0.3)
    pid = in_fork(lambda: watch(studio.options()))
    try:
        time.sleep(1.0)
        at = time.monotonic()
        drop(studio.inbox / "a.png")
        while not (studio.outbox / "a/asset.json").exists() and time.monotonic() < at + 5:
            time.sleep(0.005)
        took = time.monotonic() - at
    finally:
        os.kill(pid, 15)
    assert ended(pid) == 143
    assert took < 0.3 + 0.3 + 0.2  # and the stand-in's own claim and sync
    assert verify(studio.inbox, studio.outbox) == {"a": "done"}


def test_a_look_at_an_unchanged_inbox_is_the_same_look(tmp_path: Path) -> None:
    drop(tmp_path / "a.png")
    inbox = Inbox(tmp_path, Settler(1.0))
    inbox.look(0.0)
    settled = inbox.look(2.0)
    assert inbox.look(4.0) is settled
    assert settled.drops["a"].ready


def test_15_the_journal_of_an_older_version_is_carried_over(studio: Studio) -> None:
    import sqlite3

    path = studio.outbox / ".dropforge/journal.sqlite"
    path.parent.mkdir(parents=True)
    with sqlite3.connect(path) as db:
        db.execute(
            "CREATE TABLE jobs (asset TEXT PRIMARY KEY, state TEXT NOT NULL, signature TEXT NOT NULL, "
            "digest TEXT NOT NULL, status TEXT NOT NULL DEFAULT '', message TEXT NOT NULL DEFAULT '')"
        )
        db.execute("INSERT INTO jobs VALUES ('a', 'done', '[]', 'd', 'passed', '')")
        db.execute("INSERT INTO jobs VALUES ('b', 'running', '[]', 'd', '', '')")
        db.execute("PRAGMA user_version=1")
    drop(studio.inbox / "a.png")
    drop(studio.inbox / "b.png")
    service = studio.start()
    assert service.journal.rows["b"].state == "queued"
    studio.rounds(service)
    assert studio.states() == {"a": "done", "b": "done"}
    assert {r.place for r in service.journal.rows.values()} == {"a", "b"}


def test_15_the_journal_of_a_later_version_is_refused_in_one_line(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "j.sqlite")
    journal.db.execute("PRAGMA user_version=99")
    journal.close()
    with pytest.raises(ValueError, match="another version of Dropforge"):
        Journal.open(tmp_path / "j.sqlite")
