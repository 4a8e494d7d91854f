"""Hostile bytes: a few hundred of the 20,000, and every file that was a find once."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

import pytest

from tests.validators.fuzz import MOST_S, Tally, answer, run
from validators.child import call

FINDS = sorted(p for p in (Path(__file__).parent / "fuzz_finds").iterdir() if p.suffix != ".md")


def _only_finds(tally: Tally, count: int) -> None:
    assert tally.cases == count and tally.finds == []
    assert tally.slowest_s < MOST_S and tally.most_mb < 1024


def test_three_hundred_bent_files(tmp_path: Path) -> None:
    _only_finds(run(tmp_path.resolve(), 1_000_000, 300), 300)


@pytest.mark.slow
def test_twenty_thousand_bent_files(tmp_path: Path) -> None:
    count = int(os.environ.get("DROPFORGE_FUZZ", "20000"))
    _only_finds(run(tmp_path.resolve(), 0, count), count)


@pytest.mark.parametrize("path", FINDS, ids=lambda p: p.name)
def test_an_old_find_is_answered(path: Path, tmp_path: Path) -> None:
    start = time.process_time()
    found, _ = call(answer, path.read_bytes(), path.name, tmp_path / "case", deadline_s=60.0, memory_mb=4096)
    assert found == [] and time.process_time() - start < MOST_S
    shutil.rmtree(tmp_path / "case")
