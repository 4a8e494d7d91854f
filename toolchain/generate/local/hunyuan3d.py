"""Hunyuan3D-2 (Tencent) by its package `hy3dgen`: one to four pictures to a shape, with a texture where asked."""

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

NAME, TITLE = "hunyuan3d", "Hunyuan3D-2"
CAN = ("1-4 views", "textures where asked")
LICENCE = (
    "Tencent Hunyuan 3D Community: not licensed in the EU, the UK and South Korea; over a million monthly users needs "
    "Tencent's permission; what it makes may not train other models."
)
#: model -> where its weights lie at its hub
MODELS = {
    "2": ("tencent/Hunyuan3D-2", "hunyuan3d-dit-v2-0"),
    "2-turbo": ("tencent/Hunyuan3D-2", "hunyuan3d-dit-v2-0-turbo"),
    "2mini": ("tencent/Hunyuan3D-2mini", "hunyuan3d-dit-v2-mini"),
    "2mini-turbo": ("tencent/Hunyuan3D-2mini", "hunyuan3d-dit-v2-mini-turbo"),
    "2mv": ("tencent/Hunyuan3D-2mv", "hunyuan3d-dit-v2-mv"),
}


@dataclass(frozen=True)
class Params(OnDevice):
    """Which of its models, and how finely. 6 GB of GPU memory for the shape, 16 GB with texture."""

    model: str = opt("auto", "auto takes 2mv for several views, else 2mini", choices=("auto", *MODELS))
    steps: int = opt(30, "steps of diffusion; the turbo models need but 5", low=1, high=100)
    guidance: float = opt(5.0, "how closely it keeps to the pictures", low=0.0, high=20.0)
    resolution: int = opt(380, "cells along a side of the grid that is meshed", low=64, high=512)
    texture: bool = opt(False, "paint it, on the GPU alone")
    faces: int = opt(40_000, "triangles it is reduced to before it is painted", low=1_000, high=200_000)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.texture and self.device == "cpu":
            raise ValueError('texture = true takes a GPU; leave out device = "cpu"')


def available() -> str | None:
    """None where DROPFORGE_HUNYUAN3D_PYTHON names an environment."""
    return why_not(NAME, "hy3dgen")


def generate(reference: Reference, params: Params, progress: Progress, state: Path) -> Sculpt:
    """Its mesh: from all views that it knows where the model is 2mv, else from the one that says most."""
    from toolchain.generate.remote.pictures import around

    several = around(reference)
    model = params.model if params.model != "auto" else "2mv" if len(several) > 1 else "2mini"
    views = model == "2mv"  # which wants its pictures by name, also a single one
    repository, subfolder = MODELS[model]
    options = {
        "repository": repository,
        "subfolder": subfolder,
        "views": views,
        "steps": params.steps,
        "guidance": params.guidance,
        "resolution": params.resolution,
        "texture": params.texture,
        "faces": params.faces,
    }
    pictures = several if views and several[0].view == "front" else run.best(reference)
    title = f"{TITLE} ({model})"
    return run.generate(NAME, title, LICENCE, pictures, options, params, progress, state, params.device)
