"""A stand-in server, a clock that never waits, and a generator pointed at both."""

from __future__ import annotations

import dataclasses
import importlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.toolchain.generate.remote.standin import StandIn
from tests.toolchain.generate.remote.things import KEY, Case, box_glb, pictures
from toolchain.asset import Sculpt
from toolchain.generate.remote import clock, facing, http

#: Short on the clock of the tests; on the machine's, long enough for a busy one.
LIMITS = http.Limits(connect_s=30, read_s=30, total_s=0.3, download_s=0.3, model_bytes=1 << 20)


@dataclass
class Time:
    """Time that passes by being waited for, and never by itself: a busy machine is no slow answer.

    `on_sleep` may raise, as Ctrl-C and a killed process do.
    """

    slept: list[float] = field(default_factory=list)
    on_sleep: Callable[[], None] | None = None
    passed: float = 0.0  # seconds that went by in other ways

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        if self.on_sleep:
            self.on_sleep()

    def now(self) -> float:
        return sum(self.slept) + self.passed

    def goes_by(self, seconds: float) -> None:
        self.passed += seconds


class Killed(BaseException):
    """The process ends here."""


@pytest.fixture
def passing(monkeypatch: pytest.MonkeyPatch) -> Time:
    made = Time()
    monkeypatch.setattr(clock, "sleep", made.sleep)
    monkeypatch.setattr(clock, "now", made.now)
    monkeypatch.setattr(http, "LIMITS", LIMITS)
    return made


@pytest.fixture(scope="session")
def glb() -> bytes:
    return box_glb()


@pytest.fixture
def stand(glb: bytes) -> Iterator[StandIn]:
    made = StandIn(glb)
    made.key = KEY
    yield made
    made.close()


@pytest.fixture
def elsewhere(glb: bytes) -> Iterator[StandIn]:
    """Another host: no key may ever come here."""
    made = StandIn(glb)
    yield made
    made.close()


@dataclass
class Bench:
    """One service against its stand-in."""

    case: Case
    module: Any
    stand: StandIn
    time: Time
    state: Path
    told: list[tuple[float, str]] = field(default_factory=list)

    def ask(self, views: tuple[str, ...] = (), **options: Any) -> Sculpt:
        params = dataclasses.replace(self.module.Params(generator=self.case.name), **{**self.case.options, **options})
        reference = pictures(*(views or self.case.views or ("single",)))
        return self.module.generate(reference, params, lambda s, t="": self.told.append((s, t)), self.state)


@pytest.fixture
def bench(
    request: pytest.FixtureRequest,
    stand: StandIn,
    elsewhere: StandIn,
    passing: Time,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Bench:
    """By a Case as the parameter. Models are read in this process: the reader's own tests use its child."""
    from toolchain.intake import models

    case: Case = request.param
    module = importlib.import_module(f"toolchain.generate.remote.{case.name}")
    if hasattr(module, "BASES"):
        monkeypatch.setattr(module, "BASES", dict.fromkeys(module.BASES, stand.base))
    else:
        monkeypatch.setattr(module, "BASE", stand.base)
    monkeypatch.setenv(module.KEY, KEY)
    if hasattr(module, "KEY_ID"):
        monkeypatch.setenv(module.KEY_ID, KEY + "-id")

    def here(function: Any, *args: Any, deadline_s: float, memory_mb: int, **kwargs: Any) -> Any:
        return function(*args, **kwargs)

    monkeypatch.setattr(models, "call", here)
    monkeypatch.setattr(facing, "PX", 24)
    monkeypatch.setattr(os, "fsync", lambda _: None)  # test_ledger.py looks after what is on disk when
    stand.goes_by = passing.goes_by
    stand.contract, stand.foreign = case.contract(), elsewhere.base.replace("127.0.0.1", "localhost")
    return Bench(case, module, stand, passing, tmp_path / "state")
