"""A reader sees the old folder or the new one; a failure leaves the old one standing."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from toolchain.manifest import Folder
from watch.publish import PRIVATE, publish, published, recover


def folder(text: str) -> Folder:
    files = {"unity/a.fbx": text.encode(), "report.html": b"<p>"}
    manifest = {"files": {k: len(v) for k, v in files.items()}, "status": "passed"}
    return Folder(files | {"asset.json": json.dumps(manifest).encode()}, manifest)


def test_replaces_the_whole_folder(tmp_path: Path) -> None:
    publish(tmp_path, "crate", folder("one"))
    (tmp_path / "crate" / "stale.txt").write_text("x")
    publish(tmp_path, "crate", folder("two"))
    assert (tmp_path / "crate/unity/a.fbx").read_text() == "two"
    assert not (tmp_path / "crate/stale.txt").exists()
    assert not list((tmp_path / PRIVATE / "staging").iterdir())


def test_a_missing_or_shortened_file_means_not_published(tmp_path: Path) -> None:
    assert published(tmp_path, "crate") is None
    publish(tmp_path, "crate", folder("one"))
    assert published(tmp_path, "crate") is not None
    (tmp_path / "crate/unity/a.fbx").write_text("o")
    assert published(tmp_path, "crate") is None


@pytest.mark.parametrize("fails_at", [1, 2])
def test_a_failing_rename_keeps_the_old(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fails_at: int) -> None:
    publish(tmp_path, "crate", folder("old"))
    calls, real = [0], Path.rename

    def rename(self: Path, target: Path) -> Path:
        calls[0] += 1
        if calls[0] == fails_at:
            raise OSError(5, "Input/output error")
        return real(self, target)

    monkeypatch.setattr(Path, "rename", rename)
    with pytest.raises(OSError, match="Input"):
        publish(tmp_path, "crate", folder("new"))
    assert (tmp_path / "crate/unity/a.fbx").read_text() == "old"
    assert published(tmp_path, "crate") is not None


def test_a_full_disk_keeps_the_old(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    publish(tmp_path, "crate", folder("old"))

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        publish(tmp_path, "crate", folder("new"))
    assert (tmp_path / "crate/unity/a.fbx").read_text() == "old"
    assert not list((tmp_path / PRIVATE / "staging").iterdir())


def test_recover_gives_back_what_a_kill_left_aside(tmp_path: Path) -> None:
    publish(tmp_path, "crate", folder("old"))
    work = tmp_path / PRIVATE / "staging" / "crate.x1"
    work.mkdir()
    (tmp_path / "crate").rename(work / "old")  # killed between the two renames
    recover(tmp_path)
    assert published(tmp_path, "crate") is not None
    assert not work.exists()
