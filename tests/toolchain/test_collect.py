"""Garbage: what no manifest names goes when it is old or too much; what one names never does."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest

from toolchain.collect import collect, needed_keys
from toolchain.stage import Made
from toolchain.store import Store

KEYS = [f"{i:064x}" for i in range(6)]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    made = Store(tmp_path / "store")
    made.root.mkdir()
    for i, key in enumerate(KEYS):
        made.save(key, Made(np.zeros(10_000, np.uint8)))
        index = made.root / key[:2] / key / "made.json"
        stamp = index.stat().st_mtime - 86400 * i
        os.utime(index, (stamp, stamp))
    return made


def test_needed_ones_stay_and_old_ones_go(store: Store) -> None:
    done = collect(store.root, {KEYS[5]}, keep_days=2.5)
    assert [store.has(k) for k in KEYS] == [True, True, True, False, False, True]
    assert (done.needed, done.spare, done.removed) == (1, 3, 2)
    assert done.freed_bytes > 20_000


def test_the_oldest_go_when_there_is_too_much(store: Store) -> None:
    collect(store.root, set(), keep_bytes=25_000, keep_days=1000)
    assert [store.has(k) for k in KEYS] == [True, True, False, False, False, False]


def test_a_manifest_that_cannot_be_read_forbids_it(tmp_path: Path) -> None:
    good, bad = tmp_path / "a.json", tmp_path / "b.json"
    good.write_text(json.dumps({"stages": [{"key": "k"}]}))
    assert needed_keys([good, tmp_path / "absent.json"]) == {"k"}
    bad.write_text("{")
    with pytest.raises(ValueError, match="Expecting"):
        needed_keys([good, bad])
