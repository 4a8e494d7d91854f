"""TRELLIS.2 (Microsoft): one picture to a mesh of any topology with PBR textures. CUDA alone."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from engine_profiles.typed import opt
from toolchain.asset import Reference, Sculpt
from toolchain.generate.local import run
from toolchain.generate.local.environment import why_not
from toolchain.generate.local.run import PRICE, WHERE
from toolchain.generate.unbilled import UnbilledAsk
from toolchain.stage import Progress

__all__ = ["CAN", "LICENCE", "NAME", "PRICE", "WHERE", "Params", "available", "generate"]

NAME, TITLE = "trellis2", "TRELLIS.2"
CAN = ("1 view", "textures", "PBR")
LICENCE = (
    "MIT, code and weights; it renders with nvdiffrast and nvdiffrec, which are non-commercial. "
    "Its cut-out network RMBG-2.0, non-commercial too, is not loaded."
)


@dataclass(frozen=True)
class Params(UnbilledAsk):
    """How finely it works. Needs 24 GB of GPU memory by its makers' word."""

    pipeline: str = opt(
        "1024_cascade", "voxels along a side, and how", choices=("512", "1024", "1024_cascade", "1536_cascade")
    )
    faces: int = opt(300_000, "triangles that it reduces to", low=10_000, high=1_000_000)
    texture_px: int = opt(2048, "side of its textures", unit="px", low=512, high=4096)


def available() -> str | None:
    """None where DROPFORGE_TRELLIS2_PYTHON names an environment."""
    return why_not(NAME, "trellis2")


def generate(reference: Reference, params: Params, progress: Progress, state: Path) -> Sculpt:
    """Its textured mesh, from the one picture that says most."""
    options = {"pipeline": params.pipeline, "faces": params.faces, "texture_px": params.texture_px}
    return run.generate(NAME, TITLE, LICENCE, run.best(reference), options, params, progress, state)
