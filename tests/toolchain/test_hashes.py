"""A hash is remembered for a file that has not been written since, and never for one that might have been."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from toolchain import hashes
from toolchain.hashes import HashCache
from toolchain.store import sha256_file


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    seen: list[str] = []

    def counted(path: Path) -> str:
        seen.append(path.name)
        return sha256_file(path)

    monkeypatch.setattr(hashes, "sha256_file", counted)
    return seen


def test_an_old_file_is_read_once(tmp_path: Path, reads: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"one")
    monkeypatch.setattr(HashCache, "clock", lambda self: path.stat().st_ctime_ns + 10_000_000_000)
    for _ in range(2):
        cache = HashCache(tmp_path / "h.json")
        assert cache.sha256(path) == sha256_file(path)
        cache.save()
    assert reads == ["a"]
    path.write_bytes(b"two")
    assert HashCache(tmp_path / "h.json").sha256(path) == sha256_file(path)
    assert reads == ["a", "a"]


def test_a_file_just_written_is_read_again(tmp_path: Path, reads: list[str]) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"one")
    cache = HashCache(tmp_path / "h.json")
    cache.sha256(path)
    cache.sha256(path)
    assert reads == ["a", "a"]


def test_a_time_put_back_does_not_hide_a_write(
    tmp_path: Path, reads: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"one")
    monkeypatch.setattr(HashCache, "clock", lambda self: path.stat().st_ctime_ns + 10_000_000_000)
    cache, before = HashCache(tmp_path / "h.json"), path.stat()
    first = cache.sha256(path)
    path.write_bytes(b"two")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert cache.sha256(path) != first


def test_a_damaged_cache_costs_time_alone(tmp_path: Path) -> None:
    (tmp_path / "h.json").write_text("{")
    path = tmp_path / "a"
    path.write_bytes(b"one")
    assert HashCache(tmp_path / "h.json").sha256(path) == sha256_file(path)
