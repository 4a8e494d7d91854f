"""TripoSR (VAST, Stability AI): one picture to a coloured mesh in a second; the least demanding of the open models."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from engine_profiles.typed import opt
from toolchain.asset import Reference, Sculpt
from toolchain.generate.local import run
from toolchain.generate.local.environment import why_not
from toolchain.generate.local.run import PRICE, WHERE, OnDevice
from toolchain.stage import Progress

__all__ = ["CAN", "LICENCE", "NAME", "PRICE", "WHERE", "Params", "available", "generate"]

NAME, TITLE = "triposr", "TripoSR"
CAN = ("1 view", "colour")
LICENCE = "MIT, code and weights."


@dataclass(frozen=True)
class Params(OnDevice):
    """How finely the surface is read out of the model. Needs about 6 GB of GPU memory."""

    resolution: int = opt(256, "cells along a side of the grid that is meshed", low=32, high=512)


def available() -> str | None:
    """None where DROPFORGE_TRIPOSR_PYTHON names an environment."""
    return why_not(NAME, "tsr")


def generate(reference: Reference, params: Params, progress: Progress, state: Path) -> Sculpt:
    """Its mesh, from the one picture that says most."""
    options = {"resolution": params.resolution}
    return run.generate(NAME, TITLE, LICENCE, run.best(reference), options, params, progress, state, params.device)
