"""What a stage is. A stage is a module with

* `NAME`, `VERSION`: the integer goes into the cache key and rises when outputs change;
* `Params`: a frozen dataclass of :func:`engine_profiles.typed.opt` fields;
* `params(recipe, profile) -> Params`: from what was asked; `profile` is None for asset stages;
* `run(params, progress, **inputs) -> Made`: pure. Inputs are named for the stages that made them.

Importing a stage module is cheap (standard library, numpy, our types): `run` imports its kernels, so
that planning a build costs no torch, numba, pymeshlab or pxr.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from validators.finding import Finding

#: progress(share done 0..1, what is being done)
Progress = Callable[[float, str], None]


def quiet(_share: float, _what: str = "") -> None:
    """A Progress for tests and benchmarks."""


@dataclass(frozen=True, eq=False)
class Made:
    """What a stage made, what it measured on it (JSON-able; no seconds, no paths), and what it found."""

    value: Any
    measures: dict[str, Any] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()


class StageError(Exception):
    """A stage cannot go on. `args[0]` is one sentence for an artist; `detail` is for whoever mends it.

    `internal`: the fault is ours, not the drop's. `passing`: nobody's, and it may be gone at the next try, as a
    service's is that does not answer.
    """

    def __init__(self, message: str, detail: str = "", internal: bool = False, passing: bool = False) -> None:
        super().__init__(message)
        self.detail, self.internal, self.passing = detail, internal, passing
