"""The remote tests' stand-in server as a server of the user's own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.toolchain.generate.remote.conftest import LIMITS, Killed, Time
from tests.toolchain.generate.remote.contracts import Contract
from tests.toolchain.generate.remote.standin import StandIn
from tests.toolchain.generate.remote.things import KEY, box_glb, pictures
from toolchain.asset import Sculpt
from toolchain.generate import table
from toolchain.generate.remote import clock, http

__all__ = ["Bench", "Killed"]


@dataclass
class Bench:
    """One generator against its stand-in."""

    name: str
    stand: StandIn
    time: Time
    state: Path
    told: list[tuple[float, str]] = field(default_factory=list)

    def ask(self, *views: str, **options: Any) -> Sculpt:
        module = table.generator(self.name)
        params = module.Params(generator=self.name, **options)
        tell = lambda s, t="": self.told.append((s, t))  # noqa: E731
        return module.generate(pictures(*(views or ("single",))), params, tell, self.state)

    def bodies(self, kind: str) -> list[bytes]:
        return [call.body for call in self.stand.calls if call.kind == kind]


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    """Time passes by being waited for; models are read in this process."""
    from toolchain.intake import models

    time = Time()
    monkeypatch.setattr(clock, "sleep", time.sleep)
    monkeypatch.setattr(clock, "now", time.now)
    monkeypatch.setattr(http, "LIMITS", LIMITS)
    monkeypatch.setattr(models, "call", lambda f, *a, deadline_s, memory_mb, **k: f(*a, **k))
    stand = StandIn(box_glb())
    stand.key, stand.goes_by = KEY, time.goes_by
    for name in ("COMFYUI", "HUNYUAN3D_SERVER"):
        monkeypatch.setenv(f"DROPFORGE_{name}_URL", stand.base + "/")
        monkeypatch.setenv(f"DROPFORGE_{name}_TOKEN", KEY)
    yield Bench("", stand, time, tmp_path / "state")
    stand.close()


def use(bench: Bench, name: str, contract: Contract) -> Bench:
    """`bench` as generator `name` against a server that speaks `contract`."""
    bench.name, bench.stand.contract = name, contract
    return bench
