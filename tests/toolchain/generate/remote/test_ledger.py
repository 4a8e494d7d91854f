from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from tests.toolchain.generate.remote.conftest import Time
from toolchain.generate.remote.ledger import Entry
from toolchain.generate.remote.states import Order, Picture
from toolchain.stage import StageError, quiet

BASE = "https://api.example.com"


def order(**changes: object) -> Order:
    values = {"service": "meshy", "options": {"ai_model": "latest"}, "pictures": (Picture("front", b"png", "ab" * 32),)}
    return Order(**{**values, **changes})  # type: ignore[arg-type]


def entry(state: Path, **changes: object) -> Entry:
    return Entry(state, order(**changes), BASE)


def test_what_tells_orders_apart() -> None:
    same = order().fingerprint(BASE)
    assert order(pictures=(Picture("front", b"another encoding", "ab" * 32),)).fingerprint(BASE) == same
    assert order(price=None).fingerprint(BASE) == same
    others = [
        order(service="tripo").fingerprint(BASE),
        order(options={"ai_model": "meshy-5"}).fingerprint(BASE),
        order(pictures=(Picture("left", b"png", "ab" * 32),)).fingerprint(BASE),
        order(pictures=(Picture("front", b"png", "cd" * 32),)).fingerprint(BASE),
        order(seed=2).fingerprint(BASE),
        order().fingerprint("https://api.example.org"),
    ]
    assert len({same, *others}) == 7


def test_a_page_is_there_for_the_next_run(tmp_path: Path) -> None:
    with entry(tmp_path).held(1, quiet) as page:
        page.write("sending")
        page.write("sent", handle={"id": "7"})
    with entry(tmp_path).held(1, quiet) as page:
        assert (page.state, page.handle) == ("sent", {"id": "7"})
        page.keep(b"glTF", ".glb", {"credits": 5})
    with entry(tmp_path).held(1, quiet) as page:
        assert page.model() == b"glTF"
        assert page.data["notes"] == {"credits": 5}
        assert page.data["asked"]["views"] == ["front"]


def test_earlier_requests_are_not_forgotten(tmp_path: Path) -> None:
    with entry(tmp_path).held(1, quiet) as page:
        for number in range(3):
            page.write("sending")
            page.write("refused", why=f"no {number}")
        assert [old["why"] for old in page.data["past"]] == ["no 0", "no 1"]
        page.write("sending")
        assert page.handle == {}
        assert page.why == ""


@pytest.mark.parametrize("text", ["", "{", "[]", '{"format": 99}', '{"format": 1, "fingerprint": "another"}', "\xff"])
def test_a_damaged_page_is_never_a_second_bill(tmp_path: Path, text: str) -> None:
    page = entry(tmp_path)
    page.folder.mkdir(parents=True)
    (page.folder / "order.json").write_text(text, encoding="latin-1")
    with pytest.raises(StageError, match="not known whether it was paid for"), entry(tmp_path).held(1, quiet):
        pass


def test_a_write_that_fails_leaves_the_old_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with entry(tmp_path).held(1, quiet) as page:
        page.write("sending")

        def full(*_: object) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr("os.fsync", full)
        with pytest.raises(OSError, match="space"):
            page.write("sent", handle={"id": "7"})
        assert json.loads((page.folder / "order.json").read_text())["state"] == "sending"
        assert not list(page.folder.glob(".new-*"))


def test_two_runs_do_not_ask_for_the_same_at_once(tmp_path: Path, passing: Time) -> None:
    other = entry(tmp_path)
    other.folder.mkdir(parents=True)
    lock = sqlite3.connect(other.folder / "lock", isolation_level=None)
    lock.execute("BEGIN EXCLUSIVE")
    with pytest.raises(StageError, match="Another run"), entry(tmp_path).held(30, quiet):
        pass
    assert sum(passing.slept) == pytest.approx(31, abs=2)
    passing.on_sleep = lock.close  # the other one ends
    with entry(tmp_path).held(30, quiet) as page:
        assert page.state == "new"


def test_a_killed_run_lets_go(tmp_path: Path) -> None:
    page = entry(tmp_path)
    page.folder.mkdir(parents=True)
    code = (
        "import os, sqlite3, sys; lock = sqlite3.connect(sys.argv[1], isolation_level=None);"
        "lock.execute('BEGIN EXCLUSIVE'); os._exit(1)"
    )
    subprocess.run([sys.executable, "-c", code, str(page.folder / "lock")], check=False)
    with entry(tmp_path).held(0, quiet) as page:
        assert page.state == "new"
