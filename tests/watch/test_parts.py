"""The watcher's smaller parts: who is next, how many at once, the log, the pace, names, mounts."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from watch import log as log_module
from watch import place
from watch.lanes import Lanes, free_mb
from watch.line import Line, Waves
from watch.live import Pace, lasting
from watch.log import FILES, close_log, open_log, tail
from watch.names import key, shown, size


def test_the_smallest_wave_goes_first_and_the_oldest_is_not_starved() -> None:
    line, order = Line(), []
    for i in range(100):
        line.add(f"b{i}", 1)
    for i in range(20):
        line.add(f"s{i}", 2 + i)
    while (asset := line.next(lambda a: True)) is not None:
        line.remove(asset)
        order.append(asset)
    assert len(order) == 120
    assert order[0].startswith("s")
    assert sum(a.startswith("b") for a in order[:24]) == 6  # every fourth


def test_a_blocked_asset_does_not_block_the_line() -> None:
    line = Line()
    for asset in ("gpu1", "gpu2", "cpu"):
        line.add(asset, 1)
    assert line.next(lambda a: a == "cpu") == "cpu"
    assert line.next(lambda a: False) is None


def test_waves_part_what_was_dropped_apart() -> None:
    waves = Waves(5)
    assert [waves.at(t) for t in (0.0, 1.0, 2.5, 9.0)] == [5, 5, 5, 6]
    assert waves.own() == 7


def test_lanes_limit_by_kind_and_by_memory() -> None:
    lanes = Lanes(2, {"remote": 3})
    assert lanes.may("cpu", ["cpu"], None)
    assert not lanes.may("cpu", ["cpu", "cpu"], None)
    assert lanes.may("gpu", ["cpu", "cpu"], None)
    assert not lanes.may("gpu", ["gpu"], None)
    assert lanes.may("remote", ["remote"] * 2, 1e6)
    assert not lanes.may("remote", ["remote"] * 3, 1e6)
    assert not lanes.may("cpu", ["cpu"], 2000.0)
    assert lanes.may("cpu", [], 10.0)  # one always may
    lanes.learn(5000.0)
    assert not lanes.may("cpu", ["cpu"], 5500.0)
    assert free_mb() is None or free_mb() > 0  # type: ignore[operator]


def test_the_log_rotates_and_never_throws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_module, "BYTES", 20_000)
    path = tmp_path / "logs" / "watch.log"
    log = open_log(path)
    for i in range(300):
        log.info("%d %s", i, "x" * 400)
    log.info("bad \udcff name")
    close_log(log)
    assert sum(p.stat().st_size for p in path.parent.iterdir()) <= FILES * 20_000
    assert len(list(path.parent.iterdir())) == FILES
    assert "bad" in tail(path, 1)[0]


def test_pace_and_words() -> None:
    pace = Pace()
    assert pace.left_s(10, 0.0) is None
    pace.began(0.0)
    for t in (60.0, 120.0):
        pace.ended(t)
    assert pace.per_minute(120.0) == pytest.approx(1.0)
    assert pace.left_s(10, 120.0) == pytest.approx(600.0)
    assert [lasting(s) for s in (None, 12, 240, 7500)] == ["not known yet", "12 s", "4 min", "2 h 05"]


def test_names_print_and_keys_are_one_to_one(tmp_path: Path) -> None:
    names = ["a\nb", os.fsdecode(b"bad\xff"), "\\xff", "bad\\xff", "\u202eevil"]
    keys = {key(tmp_path / n, tmp_path) for n in names}
    assert len(keys) == len(names)
    for text in (*keys, *map(shown, names)):
        text.encode()
    assert all(c.isprintable() for n in names for c in shown(n))
    assert [size(n) for n in (9, 12_345, 34_500_000, 2e9)] == ["9 bytes", "12.3 kB", "34.5 MB", "2.0 GB"]


def test_the_nearest_mount_decides(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    share = tmp_path / "share"
    share.mkdir()
    monkeypatch.setattr(place, "_mounts", lambda: [("/", "ext4"), (str(share), "cifs"), (str(share / "x"), "ext4")])
    assert place.filesystem(tmp_path) == "ext4"
    assert place.filesystem(share / "not/there/yet") == "cifs"
    assert place.is_network(share)
    assert place.filesystem(tmp_path / "shared") == "ext4"
