"""What a rung of the ladder hands on: a field to be meshed."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

from toolchain.asset import F32
from toolchain.generate.mesher import Grid
from toolchain.generate.views import Registered


@dataclass(frozen=True, eq=False)
class Shape:
    """A field, positive inside, and how it was had."""

    field: F32  # (nx, ny, nz) about Euclidean near its zero set
    grid: Grid
    registered: Registered  # with all three extents known
    rung: str
    reason: str  # a sentence
    notes: dict[str, Any] = dataclasses.field(default_factory=dict)
