"""Hostile files: bent seeds, each judged in a child; what crashes, hangs, eats memory or looks outside is a find.

`python -m tests.validators.fuzz --count 5000 --start 0 --keep FOLDER` tells the tally and keeps the finds. The native
readers, which the validator asks in a child of their own, run here inside the batch's child: a crash there is counted
and the file asked again the proper way. Linux alone tells of files opened outside (inotify).
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import json
import os
import select
import sys
import tempfile
import time
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.validators.fuzz_bend import bend
from tests.validators.fuzz_seeds import MTL, seeds
from tests.validators.readers.glb_maker import png
from validators.child import ChildError, call

MOST_S, MOST_MB = 5.0, 1024
BATCH = 100
BATCH_MB = 6000  # of address space: what native code takes beyond it would hurt the machine, not only the child
_NATIVE = (".fbx", ".usda", ".usdc", ".usdz")
_BAIT = ("bait.png", "bait.bin", "bait.mtl", "bait.usda")
#: Findings that say that a reader or a rule met something it was not written for.
_WALLS = ("rule.failed", "rule.unusable")


@dataclass
class Tally:
    """What became of the cases."""

    cases: int = 0
    finds: list[tuple[str, str, int]] = field(default_factory=list)  # kind, seed, number
    native: int = 0  # crashes, waits and excesses of ufbx or pxr, which the validator's own child contains
    slowest_s: float = 0.0
    most_mb: float = 0.0
    codes: Counter[str] = field(default_factory=Counter)


def cases(names: list[str], start: int, count: int) -> list[tuple[str, int]]:
    """(seed, number): the seeds in turn."""
    return [(names[i % len(names)], i) for i in range(start, start + count)]


def run(folder: Path, start: int, count: int, each: Callable[[Tally], object] = lambda t: None) -> Tally:
    """Bend and judge `count` files from number `start` on, in children of BATCH cases."""
    made = seeds(folder / "seeds")
    todo, tally, crowd = cases(sorted(made), start, count), Tally(), 0
    while todo:
        batch, said = todo[:BATCH], []
        place = folder / f"batch{crowd}"
        crowd += 1
        kind = ""
        try:
            call(
                judge_batch,
                made,
                batch,
                str(place),
                deadline_s=60 + MOST_S * 4,
                memory_mb=BATCH_MB,
                on_message=said.append,
            )
        except ChildError as error:
            kind = error.kind
        for seed, number, what, seconds, mb, codes in said:
            tally.cases += 1
            tally.codes.update(codes)
            if set(what) & {"slow", "memory"} and seed.endswith(_NATIVE):  # its own child has limits
                tally.native += 1
                again = _properly(bend(made[seed], number), seed, folder / f"own{number}", tally)
                tally.finds += [(again, seed, number)] if again else []
            else:
                tally.slowest_s, tally.most_mb = max(tally.slowest_s, seconds), max(tally.most_mb, mb)
                tally.finds += [(w, seed, number) for w in what]
        todo = todo[len(said) :]
        if kind and todo:  # the first that was not answered is the one
            (seed, number), todo = todo[0], todo[1:]
            tally.cases += 1
            again = _properly(bend(made[seed], number), seed, place, tally)
            tally.native += again == ""
            if again:
                tally.finds.append((again, seed, number))
        each(tally)
    return tally


def judge_batch(made: dict[str, bytes], batch: list[tuple[str, int]], place: str, send: Callable[..., None]) -> None:
    """In a child: judge each case in a folder of its own, and send what became of it."""
    from validators.readers import foreign

    foreign.call = lambda function, *args, deadline_s, memory_mb: function(*args)  # type: ignore[assignment]
    outer = Path(place)
    outer.mkdir(parents=True)
    for name in _BAIT:
        (outer / name).write_bytes(png(2, 2))
    for number, (seed, data) in enumerate(sorted(made.items())):  # what is loaded and compiled once is nobody's time
        answer(data, seed, outer / f"warm{number}")
    opened: list[str] = []
    sys.addaudithook(lambda event, args: opened.append(_outside(event, args, outer)))
    with _watch(outer) as touched:
        for number, (seed, index) in enumerate(batch):
            data = bend(made[seed], index)
            before = _peak_mb()
            clock, wall = time.process_time(), time.monotonic()
            opened.clear()
            what, codes = answer(data, seed, outer / f"{number}")
            seconds = min(time.process_time() - clock, time.monotonic() - wall)
            grown = _peak_mb() - before
            what += ["slow"] if seconds > MOST_S else []
            what += ["memory"] if grown > MOST_MB else []
            what += [f"outside {name}" for name in sorted({*opened, *touched()} - {""})]
            send((seed, index, what, seconds, grown, codes))


def answer(data: bytes, seed: str, folder: Path) -> tuple[list[str], list[str]]:
    """(finds, codes of the findings) of one file, judged in a folder of its own."""
    from engine_profiles.load import load
    from engine_profiles.typed import SettingsError
    from validators.judge import judge
    from validators.report import render

    folder.mkdir(parents=True)
    (folder / "T_Base.png").write_bytes(png(4, 8))
    (folder / "crate.mtl").write_bytes(MTL)
    path = folder / f"Case.{seed.rpartition('.')[2]}"
    path.write_bytes(data)
    try:
        if path.suffix == ".toml":
            with contextlib.suppress(SettingsError):
                load(str(path))
            return [], []
        verdict = judge(path, load("unreal"))
        json.loads(render([verdict], "json"), parse_constant=_never)
        json.loads(render([verdict], "sarif"), parse_constant=_never)
        ET.fromstring(render([verdict], "junit"))
        render([verdict], "text")
    except MemoryError:
        return ["memory"], []
    except Exception as error:
        return [f"raised {type(error).__name__}: {str(error)[:100]}"], []
    walls = [
        f"{f.code}: {f.message[:60]} {f.fix[-80:]}"
        for f in verdict.findings
        if f.code in _WALLS or (f.code == "file.unreadable" and f.measured) or "reader fail" in f.message
    ]
    return walls, [f.code for f in verdict.findings]


def _never(word: str) -> Any:
    raise ValueError(f"{word} in JSON")


def _properly(data: bytes, seed: str, place: Path, tally: Tally) -> str:
    """What becomes of a case that ended its child when native code has its own child again: "" for an answer."""
    try:
        found, seconds = call(_timed, data, seed, place / "again", deadline_s=60.0)
    except ChildError as error:
        return error.kind
    tally.slowest_s = max(tally.slowest_s, seconds)
    return next((f for f in found if "reader fail" not in f), "slow" if seconds > MOST_S else "")


def _timed(data: bytes, seed: str, folder: Path) -> tuple[list[str], float]:
    """Finds and seconds: of the processor, children's too, where those are fewer; a busy machine's wait is no fault."""
    start, before = time.monotonic(), _processor_s()
    found = answer(data, seed, folder)[0]
    return found, min(time.monotonic() - start, _processor_s() - before)


def _processor_s() -> float:
    own = os.times()
    return own.user + own.system + own.children_user + own.children_system


def _outside(event: str, args: tuple[Any, ...], outer: Path) -> str:
    """The path of a file that Python opens where it should not; "" else. Imports and devices are its own affair."""
    if event != "open" or not isinstance(args[0], str | bytes) or args[0] == os.devnull:
        return ""
    path = os.path.abspath(os.fsdecode(args[0]))  # noqa: PTH100
    writes = isinstance(args[2], int) and args[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
    if path.startswith(f"{outer}{os.sep}") and Path(path).parent != outer:
        return ""
    if not writes and path.startswith((sys.prefix, sys.base_prefix, str(Path(__file__).parents[2]), "/dev/", "/proc/")):
        return ""
    return "" if path.endswith((".nbi", ".nbc", ".pyc")) or "__pycache__" in path else path


@contextlib.contextmanager
def _watch(folder: Path) -> Iterator[Callable[[], list[str]]]:
    """Tells which bait straight in `folder` was opened since the last question; none where inotify is not."""
    try:
        libc = ctypes.CDLL(None, use_errno=True)
        handle = libc.inotify_init1(os.O_NONBLOCK)
    except (AttributeError, OSError, TypeError):
        yield list
        return
    libc.inotify_add_watch(handle, os.fsencode(folder), 0x20 | 0x1)  # IN_OPEN, IN_ACCESS

    def touched() -> list[str]:
        seen = os.read(handle, 65536) if select.select([handle], [], [], 0)[0] else b""
        return [name for name in _BAIT if name.encode() in seen]

    yield touched
    os.close(handle)


def _peak_mb() -> float:
    try:
        import resource
    except ImportError:
        return 0.0
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> int:
    """Run from the command line; 1 where there is a find."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=5000)
    parser.add_argument("--start", type=int, default=0)
    parser.add_argument("--keep", type=Path, default=None, help="where finds are written")
    options = parser.parse_args()
    began = time.monotonic()

    told = 0

    def tell(tally: Tally) -> None:
        nonlocal told
        for kind, seed, number in tally.finds[told:]:
            sys.stderr.write(f"{seed} {number}: {kind}\n")
        told = len(tally.finds)
        left = f"{tally.cases} of {options.count}, {len(tally.finds)} finds, {tally.native} native faults contained"
        sys.stderr.write(f"{left}, {time.monotonic() - began:.0f} s\n")

    with tempfile.TemporaryDirectory() as made:
        folder = Path(made).resolve()
        tally = run(folder, options.start, options.count, tell)
        held = seeds(folder / "again")
        for _, seed, number in tally.finds:
            if options.keep:
                options.keep.mkdir(parents=True, exist_ok=True)
                (options.keep / f"{number}-{seed}").write_bytes(bend(held[seed], number))
    sys.stdout.write(
        f"{tally.cases} cases, {len(tally.finds)} finds, {tally.native} native faults contained, slowest "
        f"{tally.slowest_s:.2f} s, most memory {tally.most_mb:.0f} MB\n{tally.codes.most_common(40)}\n"
    )
    return int(bool(tally.finds))


if __name__ == "__main__":
    sys.exit(main())
