"""TripoSG (VAST): one picture to a fine, closed shape without colour."""

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

NAME, TITLE = "triposg", "TripoSG"
CAN = ("1 view", "shape only")
LICENCE = "MIT, code and weights; its bundled cut-out network RMBG-1.4 is non-commercial and is not used."


@dataclass(frozen=True)
class Params(OnDevice):
    """How long it thinks, and how closely it keeps to the picture. Needs about 8 GB of GPU memory."""

    steps: int = opt(50, "steps of diffusion", low=1, high=200)
    guidance: float = opt(7.0, "how closely it keeps to the picture", low=0.0, high=20.0)


def available() -> str | None:
    """None where DROPFORGE_TRIPOSG_PYTHON names an environment."""
    return why_not(NAME, "triposg")


def generate(reference: Reference, params: Params, progress: Progress, state: Path) -> Sculpt:
    """Its mesh, from the one picture that says most."""
    options = {"steps": params.steps, "guidance": params.guidance}
    return run.generate(NAME, TITLE, LICENCE, run.best(reference), options, params, progress, state, params.device)
