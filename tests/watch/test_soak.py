"""Eight hours of studio life, faster than life: a seeded script of drops, edits, renames, deletions, kills, clock jumps
and full disks, with the stages replaced by sleeps (here and nowhere else); then the invariants.

A studio that drops one picture a minute drops 480 in eight hours. Time runs `SPEED` times as fast: settling and sleeps
are shortened by it, the number of events is not. `DROPFORGE_SOAK_HOURS` shortens the life,
`DROPFORGE_SOAK_REPORT` names a Markdown file that gets the figures.
"""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import signal
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from tests.watch.studio import Studio, drop, ended, in_fork, png, small_disk, verify, watch
from tests.watch.test_numbers import memory_mb
from watch.journal import Journal

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not hasattr(os, "fork"), reason="watchers are forked and killed")]

SPEED = 120.0
#: Events an hour, by kind: a busy studio, and a machine that is ill.
HOURLY = {
    "drop": 60,
    "edit": 20,
    "touch": 10,
    "late view": 8,
    "rename": 6,
    "delete": 6,
    "slow copy": 6,
    "torn copy": 2,
    "folder": 4,
    "kill": 6,
    "term": 3,
    "clock": 2,
    "full disk": 1,
}


class Life:
    """The script and the watcher that lives through it."""

    def __init__(self, root: Path, seed: int) -> None:
        self.dice, self.count, self.serial = random.Random(seed), Counter[str](), 0
        self.studio = Studio(root, settle_s=0.05, incomplete_s=0.5, retire="remove", jobs=2, drain_s=0.5, poll=False)
        self.pid, self.memory = 0, []  # type: int, list[float]
        self.ballast = self.studio.outbox / "ballast"
        self.start()

    def start(self) -> None:
        self.pid = in_fork(lambda: watch(self.studio.options(), 0.02))

    def stop(self, number: int) -> None:
        os.kill(self.pid, number)
        code = ended(self.pid)
        assert code == (-signal.SIGKILL if number == signal.SIGKILL else 143), code
        self.start()

    def some(self) -> Path | None:
        found = sorted(self.studio.inbox.rglob("*.png"))
        return self.dice.choice(found) if found else None

    def new(self) -> Path:
        self.serial += 1
        return self.studio.inbox / f"n{self.serial}.png"

    def event(self, kind: str) -> None:
        self.count[kind] += 1
        path = self.some()
        if kind in ("drop", "folder") or path is None:
            drop(self.studio.inbox / f"d{self.serial}" / self.new().name if kind == "folder" else self.new())
        elif kind == "edit":
            path.write_bytes(png(self.dice.random()))
        elif kind == "touch":
            path.touch()
        elif kind == "late view":
            drop(path.with_name(f"{path.stem.removesuffix('_back')}_back.png"), self.dice.random())
        elif kind == "rename":
            path.rename(self.new())
        elif kind == "delete":
            path.unlink()
        elif kind == "slow copy":
            whole, place = png(self.dice.random(), 3000), self.new()
            for end in range(1000, len(whole) + 1000, 1000):
                with place.open("ab") as file:
                    file.write(whole[end - 1000 : end])
                time.sleep(0.02)
        elif kind == "torn copy":
            place = self.new()
            place.write_bytes(png(1, 2000)[:1500])
            time.sleep(0.1)
            place.unlink()  # given up by its copier
        elif kind in ("kill", "term"):
            self.stop(signal.SIGKILL if kind == "kill" else signal.SIGTERM)
        elif kind == "clock":
            far = self.dice.choice((0, 4_300_000_000))
            os.utime(path, (far, far))
        elif kind == "full disk":
            free = shutil.disk_usage(self.studio.outbox).free
            with contextlib.suppress(OSError):  # the watcher writes, too
                self.ballast.write_bytes(bytes(max(0, free - 300_000)))
            time.sleep(0.3)
            self.ballast.unlink()

    def live(self, hours: float) -> None:
        """Play the hours; the disk's size lets a full one be had by a file of ballast."""
        kinds = [k for k, n in HOURLY.items() for _ in range(round(n * hours))]
        self.dice.shuffle(kinds)
        gap = hours * 3600 / SPEED / len(kinds)
        for kind in kinds:
            self.event(kind)
            if os.path.exists(f"/proc/{self.pid}/status"):  # noqa: PTH110
                self.memory.append(memory_mb(self.pid))
            time.sleep(gap * self.dice.random() * 2)


def test_eight_hours_of_studio_life(tmp_path: Path) -> None:
    hours = float(os.environ.get("DROPFORGE_SOAK_HOURS", "8"))
    outbox, start = tmp_path / "out", time.monotonic()
    with small_disk(outbox, 64) as small:
        if not small:
            HOURLY.pop("full disk", None)
        life = Life(tmp_path, seed=8)
        try:
            life.live(hours)
            time.sleep(0.5)
        finally:
            os.kill(life.pid, signal.SIGTERM)
            assert ended(life.pid) == 143
        assert ended(in_fork(lambda: watch(life.studio.options(once=True))), 300) == 0
        states = verify(life.studio.inbox, outbox)
        journal = Journal(outbox / ".dropforge/journal.sqlite")
        moves = journal.db.execute("SELECT count(*) FROM history").fetchone()[0]
        journal.close()
    _report(hours, time.monotonic() - start, life, Counter(states.values()), moves)
    assert set(states.values()) <= {"done", "retired"}


def _report(hours: float, seconds: float, life: Life, states: Counter[str], moves: int) -> None:
    rows = [
        ("hours simulated", f"{hours:g}"),
        ("minutes taken", f"{seconds / 60:.1f}"),
        *((f"events: {kind}", str(n)) for kind, n in sorted(life.count.items())),
        *((f"assets {state} at the end", str(n)) for state, n in sorted(states.items())),
        ("moves of state kept in the journal", str(moves)),
        ("lost, doubled, torn, left over", "0, 0, 0, 0"),
        ("watcher's memory, first and last tenth, MB", _tenths(life.memory)),
    ]
    text = "| figure | value |\n| --- | --- |\n" + "".join(f"| {k} | {v} |\n" for k, v in rows)
    sys.stdout.write(f"\n{text}\n")
    if path := os.environ.get("DROPFORGE_SOAK_REPORT"):
        Path(path).write_text(text, encoding="utf-8")


def _tenths(memory: list[float]) -> str:
    tenth = max(1, len(memory) // 10)
    first, last = memory[:tenth], memory[-tenth:]
    return f"{sum(first) / len(first):.0f}, {sum(last) / len(last):.0f}"
