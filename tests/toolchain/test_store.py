"""Artefacts come back as they went in; damaged or half-written ones count as absent."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from toolchain.asset import DeliveredFile, Delivery, Look, Mesh, PackedTextures, Sculpt
from toolchain.codec import decode, encode
from toolchain.stage import Made
from toolchain.store import Store
from validators.finding import Finding, Where

KEY = "ab" + "0" * 62


def sculpt() -> Sculpt:
    mesh = Mesh(np.arange(9, dtype=np.float32).reshape(3, 3), np.array([[0, 1, 2]], np.int32))
    return Sculpt(
        mesh, np.ones((3, 3), np.float32), np.zeros(3, np.uint8), "embedded", "hull", "why", "default", {"a": 1}
    )


def test_round_trip_of_nested_values(tmp_path: Path) -> None:
    found = (Finding("x.y", "warning", "m", where=Where(node="n", faces=(1, 2)), measured=0.5),)
    Store(tmp_path).save(KEY, Made(sculpt(), {"n": 1.5, "list": [1, "b"]}, found))
    back = Store(tmp_path).load(KEY)
    assert back is not None
    assert back.findings == found
    assert back.measures == {"n": 1.5, "list": [1, "b"]}
    assert np.array_equal(back.value.mesh.positions, sculpt().mesh.positions)
    assert back.value.mesh.faces.dtype == np.int32
    assert back.value.mesh.uv is None
    assert back.value.notes == {"a": 1}


def test_tuples_and_bytes_keep_their_kind() -> None:
    parts: list = []
    value = (Delivery((DeliveredFile("a/b.png", b"\x00\xff"),)), PackedTextures((), (Look("main"),)), [1, (2, 3)])
    assert decode(encode(value, parts), parts) == value


def test_what_cannot_be_stored_is_refused() -> None:
    for bad in (object(), {"$type": 1}, {1: 2}, Path("x")):
        with pytest.raises(TypeError):
            encode(bad, [])


def test_same_value_same_bytes(tmp_path: Path) -> None:
    for name in "ab":
        Store(tmp_path / name).save(KEY, Made(sculpt())) if (tmp_path / name).mkdir() is None else None
    first, second = (sorted((tmp_path / n).rglob("*.*")) for n in "ab")
    assert [p.read_bytes() for p in first] == [p.read_bytes() for p in second]
    assert len(first) >= 4


def test_damage_counts_as_absent_and_is_mended_by_saving_again(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.save(KEY, Made(sculpt()))
    part = next(tmp_path.rglob("0.npy"))
    part.write_bytes(part.read_bytes()[:-1] + b"\x01")
    assert store.has(KEY)
    assert store.load(KEY) is None
    part.unlink()
    assert not store.has(KEY)
    store.save(KEY, Made(sculpt()))
    assert store.load(KEY) is not None
    assert not list(tmp_path.glob(".new-*"))


def test_a_failed_write_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(tmp_path)

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="MB needed"):
        store.save(KEY, Made(sculpt()))
    assert not store.has(KEY)
    assert not list(tmp_path.glob(".new-*"))


def test_sweep_clears_what_a_kill_left(tmp_path: Path) -> None:
    (tmp_path / ".new-left").mkdir()
    Store(tmp_path).sweep()
    assert not list(tmp_path.glob(".new-*"))
