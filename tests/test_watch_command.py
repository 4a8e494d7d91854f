"""`dropforge watch` as a process: it builds what is dropped, ends on SIGTERM, and carries on after kill -9."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from toolchain.demo import CONCEPTS
from watch.lock import holder

ROOT = Path(__file__).resolve().parent.parent


def start(inbox: Path, outbox: Path, *more: str) -> subprocess.Popen:
    return subprocess.Popen(
        [
            sys.executable,
            "-m",
            "toolchain.cli",
            "watch",
            str(inbox),
            str(outbox),
            "--profile",
            "portable",
            "--settle",
            "0.2",
            "--set",
            "generate.resolution=64",
            "--set",
            "bake.size_px=64",
            "--set",
            "bake.ao_rays=4",
            *more,
        ],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def manifest(outbox: Path) -> dict | None:
    path = outbox / "lantern" / "asset.json"
    return json.loads(path.read_text()) if path.exists() else None


@pytest.mark.skipif(os.name == "nt", reason="signals as POSIX has them")
def test_drop_kill_restart_and_end(tmp_path: Path) -> None:
    inbox, outbox = tmp_path / "in", tmp_path / "out"
    inbox.mkdir()
    watcher = start(inbox, outbox)
    try:
        time.sleep(1.0)
        shutil.copy(CONCEPTS / "lantern.png", inbox / "lantern.png.part")
        (inbox / "lantern.png.part").rename(inbox / "lantern.png")
        end = time.monotonic() + 30
        journal = outbox / ".dropforge" / "journal.sqlite"
        while time.monotonic() < end and not (journal.exists() and _state(journal) == "running"):
            time.sleep(0.05)
        assert _state(journal) == "running"
    finally:
        watcher.send_signal(signal.SIGKILL)
        watcher.communicate()
    assert manifest(outbox) is None
    again = start(inbox, outbox, "--once")
    _, err = again.communicate(timeout=240)
    assert again.returncode == 0, err
    found = manifest(outbox)
    assert found is not None
    assert found["status"] in ("passed", "failed")
    assert not list((outbox / ".dropforge" / "staging").iterdir())
    third = start(inbox, outbox)
    end = time.monotonic() + 30
    while time.monotonic() < end and not holder(outbox / ".dropforge" / "watch.lock"):
        time.sleep(0.05)
    third.send_signal(signal.SIGTERM)
    third.communicate(timeout=20)
    assert third.returncode == 143
    assert manifest(outbox) == found


def _state(journal: Path) -> str:
    import sqlite3

    with sqlite3.connect(journal) as db:
        try:
            row = db.execute("SELECT state FROM jobs").fetchone()
        except sqlite3.Error:
            return ""
    return row[0] if row else ""


def command(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "toolchain.cli", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )


def test_orders_and_logs_without_a_watcher(tmp_path: Path) -> None:
    from tests.watch.studio import Studio, drop

    assert command("retry", "a", "--out", str(tmp_path / "none")).returncode == 2
    studio = Studio(tmp_path)
    drop(studio.inbox / "a.png")
    service = studio.start()
    studio.rounds(service)
    studio.close()
    out = str(studio.outbox)
    assert "nothing to approve" in command("approve", "a", "--out", out).stderr
    assert command("retry", "--all", "--out", out).returncode == 2
    held = command("hold", "a", "--out", out)
    assert (held.returncode, held.stdout) == (0, "No watcher runs; it will be done when one does.\n")
    assert "done" in command("logs", "a", "--out", out).stdout
    assert command("logs", "zzz", "--out", out).returncode == 2
    status = json.loads(command("status", out, "--json").stdout)
    assert status["jobs"]["a"]["state"] == "done"
    assert status["watcher"] is None
    assert command("gc", "--out", out).returncode == 0
    service = studio.start()
    studio.rounds(service, 2)
    assert studio.states() == {"a": "held"}
    studio.close()
