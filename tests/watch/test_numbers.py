"""What the watcher costs: memory and time, idle and under a burst."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from tests.watch.studio import END, PNG, Studio
from watch.worker import Job, Outcome

ROOT = Path(__file__).resolve().parents[2]
linux = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


def report(text: str) -> None:
    """A figure, for who runs this with -s."""
    sys.stdout.write(f"{text}\n")


def memory_mb(pid: int) -> float:
    """Resident memory of a process that is its own: its private pages and its share of common ones."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise AssertionError


def cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def known(tmp_path: Path, count: int) -> Studio:
    """A studio whose journal knows `count` assets as built; they were dropped at once and journaled in five seconds."""
    studio = Studio(tmp_path)
    for i in range(count):
        (studio.inbox / f"p{i}.png").write_bytes(PNG + END)
    service = studio.start()
    start = time.process_time()
    service.step(0.0)
    assert time.process_time() - start < 5.0
    assert len(service.journal.rows) == count
    with service.journal.all_or_nothing():
        for asset, d in service.noticer.drops.items():
            service.journal.move(asset, "queued")
            service.journal.move(asset, "running")
            row = replace(service.journal.rows[asset], state="done", signature=d.signature, digest="d", status="passed")
            service.journal.put(row)
    service.journal.note("asked", "")
    studio.close()
    return studio


def player(studio: Studio, *more: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tests.watch.player", str(studio.inbox), str(studio.outbox), *more]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def _rest(pid: int, live: Path) -> None:
    """Wait until the process has come up, has said so, and has been quiet for five seconds."""
    end = quiet = time.monotonic()
    end += 120
    last = cpu_s(pid)
    while time.monotonic() < end and not (live.exists() and time.monotonic() - quiet > 5):
        time.sleep(0.5)
        if cpu_s(pid) - last > 0.02:
            quiet = time.monotonic()
        last = cpu_s(pid)


def idle(tmp_path: Path, seconds: float) -> tuple[float, float]:
    """Memory in MB and share of a core of a watcher that knows 10,000 assets and has nothing to do."""
    studio = known(tmp_path, 10_000)
    process = player(studio)
    try:
        _rest(process.pid, studio.outbox / ".dropforge/live.json")
        before, start = cpu_s(process.pid), time.monotonic()
        time.sleep(seconds)
        share = (cpu_s(process.pid) - before) / (time.monotonic() - start)
        memory = memory_mb(process.pid)
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 143
    report(f"\nidle with 10,000 assets: {memory:.0f} MB, {100 * share:.2f} % of a core")
    return memory, share


@linux
def test_04_ten_thousand_are_journaled_in_five_seconds_and_known_in_little_memory(tmp_path: Path) -> None:
    assert idle(tmp_path, 0.5)[0] < 120


@linux
@pytest.mark.slow
def test_idle_with_ten_thousand_assets_costs_next_to_nothing(tmp_path: Path) -> None:
    memory, share = idle(tmp_path, 90.0)
    assert memory < 120
    assert share < 0.005


def burst(tmp_path: Path, count: int) -> tuple[float, float, Counter[str]]:
    """Drop `count` files at once and build them all: seconds to journal, growth of memory, builds by asset."""
    studio, built, sizes = Studio(tmp_path, jobs=2), Counter(), []  # type: Studio, Counter[str], list[float]

    def none(job: Job, tell: object) -> Outcome:
        built[job.concept.id] += 1
        if sum(built.values()) % (count // 20) == 0:
            sizes.append(memory_mb(os.getpid()))
        return Outcome(job.concept.id, job.concept.name, "passed")

    service = studio.start(none)
    for i in range(count):
        (studio.inbox / f"p{i}.png").write_bytes(PNG + END)
    start = time.process_time()
    service.step(0.0)
    seconds = time.process_time() - start
    assert len(service.journal.rows) == count
    now = 2.0
    while service.busy and now < 1e6:
        service.step(now, look=now % 50 == 2.0)
        now += 0.01
    assert Counter(r.state for r in service.journal.rows.values()) == {"done": count}
    studio.close()
    growth = max(sizes) / sizes[len(sizes) // 10] - 1 if sizes else 0.0
    report(f"\n{count} dropped: journaled in {seconds:.2f} s; memory grew {100 * growth:.1f} % while they were built")
    return seconds, growth, built


@linux
@pytest.mark.slow
def test_04_ten_thousand_are_built_once_each_in_steady_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seconds, growth, built = burst(tmp_path, 10_000)
    assert seconds < 5.0
    assert growth < 0.1
    assert set(built.values()) == {1}


@linux
@pytest.mark.slow
def test_04_fifty_thousand_are_all_found_though_events_are_lost(tmp_path: Path) -> None:
    studio = Studio(tmp_path)
    process = player(studio)
    try:
        time.sleep(2.0)
        for i in range(50_000):
            (studio.inbox / f"p{i}.png").write_bytes(PNG + END)
        dropped, found, end = time.monotonic(), 0, time.monotonic() + 120
        while found < 50_000 and time.monotonic() < end:
            time.sleep(0.5)
            found = _rows(studio.outbox)
        took = time.monotonic() - dropped
    finally:
        process.kill()
        process.wait(20)
    report(f"\n50,000 dropped: {found} found, {took:.1f} s after the last")
    assert found == 50_000


def _rows(outbox: Path) -> int:
    import sqlite3

    try:
        with sqlite3.connect(f"file:{outbox}/.dropforge/journal.sqlite?mode=ro", uri=True) as db:
            return db.execute("SELECT count(*) FROM jobs").fetchone()[0]
    except sqlite3.OperationalError:
        return 0


@linux
def test_a_watcher_loads_nothing_heavy(tmp_path: Path) -> None:
    code = (
        "import sys; import watch.serve, toolchain.cli; from watch import stamp; from watch.worker import Job\n"
        "from pathlib import Path; stamp.asked(Job(None, Path('x'), ('unity',)))\n"
        "print([m for m in ('torch', 'numba', 'scipy', 'cv2', 'PIL', 'pxr', 'trimesh') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "[]"
