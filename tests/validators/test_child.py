"""A crash, a hang or an exception in the child costs the caller one error, and no more."""

from __future__ import annotations

import ctypes
import os
import time

import pytest

from toolchain.stage import StageError
from validators.child import ChildError, call


def double(value: int, send=None) -> int:
    if send:
        send(("at", value))
    return value * 2


def crash() -> None:
    ctypes.string_at(0)


def hang() -> None:
    ctypes.PyDLL(None).sleep(30)  # holds the interpreter lock, as native code does


def leave() -> None:
    os._exit(7)


def refuse() -> None:
    raise StageError("No.", "because")


def test_results_and_messages() -> None:
    heard: list = []
    assert call(double, 4, deadline_s=20, on_message=heard.append) == 8
    assert heard == [("at", 4)]


def test_a_crash_is_told() -> None:
    with pytest.raises(ChildError) as caught:
        call(crash, deadline_s=20)
    assert caught.value.kind == "crash"


def test_a_hang_that_holds_the_lock_ends_at_its_deadline() -> None:
    start = time.monotonic()
    with pytest.raises(ChildError) as caught:
        call(hang, deadline_s=1)
    assert caught.value.kind == "timeout"
    assert time.monotonic() - start < 10


def test_an_exit_is_a_crash() -> None:
    with pytest.raises(ChildError, match="exit code 7"):
        call(leave, deadline_s=20)


def test_an_exception_comes_back_as_itself() -> None:
    with pytest.raises(StageError, match="No") as caught:
        call(refuse, deadline_s=20)
    assert "refuse" in caught.value.__notes__[0]
