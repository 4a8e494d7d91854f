"""What a watcher was asked to do."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from watch.settle import INCOMPLETE_S


@dataclass(frozen=True)
class Options:
    """One inbox into one outbox."""

    inbox: Path
    outbox: Path
    engines: tuple[str, ...]
    settings: dict[str, dict[str, Any]] = field(default_factory=dict)
    jobs: int = 1
    settle_s: float = 1.0
    incomplete_s: float = INCOMPLETE_S
    retire: str = "keep"
    keep: int = 0  # previous versions
    projects: tuple[tuple[str, Path], ...] = ()  # engine -> folder in that engine's project
    review: bool = False  # hold each asset until it is approved
    drain_s: float = 20.0
    limits: dict[str, int] = field(default_factory=dict)  # jobs at once by kind of generator
    state: Path | None = None
    poll: bool = False
    once: bool = False
    deadline_s: float = 900.0
    keep_gb: float = 5.0  # artefacts that no asset needs
    keep_days: float = 30.0
