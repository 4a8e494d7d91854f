"""A studio in a test: drops, a build that is quick and honest about what it was given, and watchers that can be killed.

The stand-in build uses the real claim, staging and publishing; only the stages in between are a copy of the bytes.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from toolchain.manifest import Folder
from watch import fault, faults
from watch.claim import Gone, claim
from watch.gather import find
from watch.group import files_of, group
from watch.journal import Journal
from watch.options import Options
from watch.publish import published, stage
from watch.serve import serve
from watch.service import Service
from watch.worker import Job, Outcome

PNG = b"\x89PNG\r\n\x1a\n"
END = b"\0\0\0\0IEND\xaeB`\x82"


def png(text: str | int, size: int = 64) -> bytes:
    """Bytes that start and end as a PNG does."""
    return PNG + f"{text}".encode().ljust(size, b".") + END


def drop(path: Path, text: str | int = "") -> Path:
    """Drop a picture as a careful program does: written beside, renamed in."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name[:200]}.part")
    part.write_bytes(png(text or path.name))
    part.rename(path)
    return path


def folder(text: str) -> Folder:
    """What a build makes of `text`: two files that a torn read would tell apart."""
    files = {"unity/a.txt": text.encode() * 50, "unity/b.txt": text.encode() * 50}
    manifest = {
        "build": text,
        "status": "passed",
        "name": "x",
        "findings": [],
        "engines": {"unity": {"status": "passed", "folder": "unity"}},
        "stages": [],
        "files": {k: len(v) for k, v in files.items()},
    }
    return Folder(files | {"asset.json": json.dumps(manifest).encode()}, manifest)


def contents(hashes: Iterable[str]) -> str:
    """What the stand-in build makes of files with these hashes."""
    return hashlib.sha256("".join(sorted(hashes)).encode()).hexdigest()


def quick(job: Job, tell: Callable[..., None], work_s: float = 0.0) -> Outcome:
    """Claim, "build", stage; an outcome for whatever it meets, as `run_job` promises."""
    blank = Outcome(job.concept.id, job.concept.name, "broken")
    try:
        with claim(job.concept, job.home.state / "claims") as held:
            tell("generate", 0.5, "")
            time.sleep(work_s)
            text = contents(held.hashes.values())
            root = job.home.private / "review" if job.review else job.outbox
            standing = published(root, job.concept.id)
            done = Outcome(job.concept.id, job.concept.name, "passed", hashes=held.hashes)
            if standing and standing["build"] == text:
                return done
            staged = stage(root, job.concept.id, folder(text).files, job.keep)
            return Outcome(done.asset, done.name, "passed", ran=("all",), staged=(staged,), hashes=held.hashes)
    except Gone as error:
        return blank.broken("gone", str(error))
    except OSError as error:
        return blank.broken(*faults.of_system(error))


@contextmanager
def small_disk(place: Path, megabytes: int) -> Iterator[bool]:
    """A file system of its own at `place`, where this user may mount one: whether it was had."""
    place.mkdir(exist_ok=True)
    command = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "none", str(place)]
    may = shutil.which("mount") and hasattr(os, "geteuid") and os.geteuid() == 0
    had = bool(may) and subprocess.run(command, capture_output=True, check=False).returncode == 0
    try:
        yield had
    finally:
        if had:
            subprocess.run(["umount", "-l", str(place)], capture_output=True, check=False)


class Studio:
    """An inbox, an outbox, and services over them driven by a clock of the test's own."""

    def __init__(self, root: Path, **more: Any) -> None:
        self.inbox, self.outbox = root / "in", root / "out"
        self.inbox.mkdir(exist_ok=True)
        self.more = {"settle_s": 1.0, "poll": True, **more}
        self.now, self.built, self.told = 0.0, [], []  # type: float, list[str], list[tuple[str, str, Any]]
        self.services: list[Service] = []

    def options(self, **more: Any) -> Options:
        return Options(self.inbox, self.outbox, ("unity",), **{**self.more, **more})

    def run(self, job: Job, tell: Callable[..., None]) -> Outcome:
        outcome = quick(job, tell)
        if outcome.ran:
            self.built.append(job.concept.id)
        return outcome

    def start(self, run: Callable[..., Outcome] | None = None, **more: Any) -> Service:
        service = Service(self.options(**more), run or self.run, lambda *a: self.told.append(a), "asked")
        self.services.append(service)
        return service

    def rounds(self, service: Service, count: int = 8, step_s: float = 0.5) -> None:
        """Let time pass; jobs and hashes end within the round that they began in."""
        for _ in range(count):
            service.step(self.now)
            for run in list(service.running.values()):
                run.future.result(20)
            for _, future in list(service.noticer._checks.values()):
                future.exception(20)
            service.step(self.now, look=False)
            self.now += step_s

    def states(self) -> dict[str, str]:
        return {a: r.state for a, r in self.services[-1].journal.rows.items()}

    def close(self) -> None:
        while self.services:
            self.services.pop().close()


def in_fork(action: Callable[[], int], faulty: str = "") -> int:
    """Run `action` in a fork of this process; its process id. Quicker than a new interpreter by far."""
    pid = os.fork()
    if pid:
        return pid
    code = 99
    try:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        os.dup2(nowhere, 2)
        sys.stdout = sys.stderr = os.fdopen(nowhere, "w")
        if faulty:
            fault.point = fault._armed(faulty)
        code = action()
    finally:
        os._exit(code)


def ended(pid: int, timeout_s: float = 30.0) -> int:
    """Wait for a fork: its exit code, or minus the signal that killed it."""
    end = time.monotonic() + timeout_s
    while time.monotonic() < end:
        found, status = os.waitpid(pid, os.WNOHANG)
        if found:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.005)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    raise TimeoutError("the fork did not end")


def watch(options: Options, work_s: float = 0.0) -> int:
    """A whole watcher with the stand-in build."""
    return serve(options, lambda job, tell: quick(job, tell, work_s))


def verify(inbox: Path, outbox: Path, retired: bool = False) -> dict[str, str]:
    """The invariants after a watcher has come to rest: nothing lost, doubled, torn or left over. Asset -> state."""
    with_contents: dict[str, str] = {}
    journal = Journal(outbox / ".dropforge" / "journal.sqlite")
    try:
        rows = dict(journal.rows)
    finally:
        journal.close()
    for row in rows.values():
        assert row.state not in ("running", "queued", "arriving"), row
    for concept in group(find(inbox), inbox).concepts:
        with_contents[concept.id] = contents(hashlib.sha256(p.read_bytes()).hexdigest() for p in files_of(concept))
    live = [r for r in rows.values() if r.state == "done"]
    found = {}
    for row in live:
        manifest = published(outbox, row.asset)
        assert manifest is not None, f"{row.asset} is done and not there"
        place = outbox / row.asset
        assert (
            (place / "unity/a.txt").read_bytes()
            == (place / "unity/b.txt").read_bytes()
            == manifest["build"].encode() * 50
        )
        found[row.asset] = manifest["build"]
    assert sorted(found.values()) == sorted(with_contents.values()), "what stands is not what was dropped"
    extra = {p.name for p in outbox.iterdir() if p.name != ".dropforge"} - {r.asset for r in live}
    assert retired or not extra, extra
    for left in ("staging", "claims", "store"):
        place = outbox / ".dropforge" / left
        assert not place.is_dir() or not list(place.iterdir()), f"{left} holds {list(place.iterdir())}"
    return {a: r.state for a, r in rows.items()}
