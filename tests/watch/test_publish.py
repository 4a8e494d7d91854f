"""A reader sees the old folder or the new one; a failure leaves the old one standing."""

from __future__ import annotations

import errno
import json
import os
import threading
from pathlib import Path

import pytest

from tests.watch.studio import folder
from watch import publish as module
from watch import swap as swapping
from watch.edits import OURS
from watch.place import PRIVATE
from watch.project import stage_project
from watch.publish import DiskFull, current, publish, published, recover, stage
from watch.retire import retire


def put(root: Path, text: str, keep: int = 0) -> None:
    publish(stage(root, "crate", folder(text).files, keep))


def read(root: Path) -> str:
    return (current(root, "crate") / "unity/a.txt").read_text()[:3]


@pytest.fixture(params=[True, False], ids=["exchange", "two renames"])
def either_way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    if not request.param:
        monkeypatch.setattr(swapping, "_exchange", lambda one, other: False)
    return request.param


def test_replaces_the_whole_folder(tmp_path: Path, either_way: bool) -> None:
    put(tmp_path, "one")
    (tmp_path / "crate" / "stale.txt").write_text("x")
    put(tmp_path, "two")
    assert read(tmp_path) == "two"
    assert not (tmp_path / "crate/stale.txt").exists()
    assert not list((tmp_path / PRIVATE / "staging").iterdir())


def test_a_missing_or_shortened_file_means_not_published(tmp_path: Path) -> None:
    assert published(tmp_path, "crate") is None
    put(tmp_path, "one")
    assert published(tmp_path, "crate") is not None
    (tmp_path / "crate/unity/a.txt").write_text("o")
    assert published(tmp_path, "crate") is None


@pytest.mark.parametrize("fails_at", [1, 2])
def test_a_failing_rename_keeps_the_old(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fails_at: int) -> None:
    put(tmp_path, "old")
    monkeypatch.setattr(swapping, "_exchange", lambda one, other: False)
    calls, real = [0], Path.rename

    def rename(self: Path, target: Path) -> Path:
        calls[0] += 1
        if calls[0] == fails_at:
            raise OSError(5, "Input/output error")
        return real(self, target)

    monkeypatch.setattr(Path, "rename", rename)
    with pytest.raises(OSError, match="Input"):
        put(tmp_path, "new")
    assert read(tmp_path) == "old"
    assert published(tmp_path, "crate") is not None


def test_a_full_disk_keeps_the_old_and_says_what_is_needed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path, "old")

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DiskFull, match="needed") as raised:
        put(tmp_path, "new")
    assert raised.value.filename == str(tmp_path)
    assert read(tmp_path) == "old"
    assert not list((tmp_path / PRIVATE / "staging").iterdir())


def test_recover_gives_back_what_a_kill_left_aside(tmp_path: Path) -> None:
    put(tmp_path, "old")
    work = tmp_path / PRIVATE / "staging" / "crate.999999999.x1"
    work.mkdir()
    (tmp_path / "crate").rename(work / "old")  # killed between the two renames
    recover(tmp_path)
    assert published(tmp_path, "crate") is not None
    assert not work.exists()


def test_previous_versions_are_kept_and_no_more(tmp_path: Path, either_way: bool) -> None:
    for text in ("one", "two", "tre", "fou"):
        put(tmp_path, text, keep=2)
    away = tmp_path / PRIVATE / "previous" / "crate"
    kept = sorted(away.iterdir(), key=lambda p: int(p.name))
    assert [(p / "unity/a.txt").read_text()[:3] for p in kept] == ["two", "tre"]


@pytest.mark.parametrize("error", [errno.EXDEV, errno.EACCES, errno.EBUSY])
def test_a_place_that_cannot_be_renamed_gets_a_pointer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: int
) -> None:
    put(tmp_path, "one")

    def held(new: Path, place: Path, old: Path) -> None:
        raise OSError(error, "in use")

    with monkeypatch.context() as patched:
        patched.setattr(module, "swap", held)
        put(tmp_path, "two")
        put(tmp_path, "tre")
    assert read(tmp_path) == "tre"
    assert published(tmp_path, "crate")["build"] == "tre"
    assert (tmp_path / "crate/unity/a.txt").read_text().startswith("one")
    put(tmp_path, "fou")
    assert current(tmp_path, "crate") == tmp_path / "crate"
    assert read(tmp_path) == "fou"
    assert not (tmp_path / "crate.versions").exists()


def test_a_reader_never_meets_half_a_folder(tmp_path: Path) -> None:
    if swapping._system_call() is None:
        pytest.skip("no exchange of names on this system")
    put(tmp_path, "000")
    stop, torn = threading.Event(), []

    def reads() -> None:
        while not stop.is_set():
            place = os.open(tmp_path / "crate", os.O_RDONLY)  # a reader that holds the folder it began with
            try:
                two = [Path(f"/proc/self/fd/{place}/unity/{n}.txt").read_bytes() for n in "ab"]
                if two[0] != two[1]:
                    torn.append(two)
            except FileNotFoundError:  # the old version was removed under its reader: absent, not mixed
                pass
            finally:
                os.close(place)

    reader = threading.Thread(target=reads)
    reader.start()
    for i in range(100):
        put(tmp_path, f"{i:03}")
    stop.set()
    reader.join()
    assert torn == []


def test_a_project_keeps_what_is_not_ours(tmp_path: Path) -> None:
    publish(stage_project(tmp_path, "crate", "unity", {"SM_crate.fbx": b"1", "old.png": b"1"}, "b1"))
    (tmp_path / "crate/Crate.prefab").write_text("theirs")
    publish(stage_project(tmp_path, "crate", "unity", {"SM_crate.fbx": b"2"}, "b2"))
    assert (tmp_path / "crate/SM_crate.fbx").read_bytes() == b"2"
    assert (tmp_path / "crate/Crate.prefab").read_text() == "theirs"
    assert not (tmp_path / "crate/old.png").exists()
    assert json.loads((tmp_path / "crate" / OURS).read_text())["files"].keys() == {"SM_crate.fbx"}


@pytest.mark.parametrize("policy", ["keep", "archive", "remove"])
def test_retiring_by_policy_is_done_once(tmp_path: Path, policy: str) -> None:
    outbox, project = tmp_path / "out", tmp_path / "game"
    outbox.mkdir()
    project.mkdir()
    put(outbox, "one")
    publish(stage_project(project, "crate", "unity", {"a.fbx": b"1"}, "b1"))
    (project / "crate/Crate.prefab").write_text("theirs")
    for _ in range(2):
        retire(policy, outbox, [project], "crate")
    assert (outbox / "crate").exists() == (policy == "keep")
    assert (project / "crate/a.fbx").exists() == (policy == "keep")
    assert (project / "crate/Crate.prefab").exists()
    assert (outbox / PRIVATE / "archive/crate/1/asset.json").exists() == (policy == "archive")
