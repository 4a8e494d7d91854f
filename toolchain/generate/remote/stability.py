"""Stability AI: Stable Fast 3D and SPAR3D, from one picture, answered at once.

Contract: platform.stability.ai, v2beta. Nothing can be asked after: a broken connection is a request of unknown
fate. Which axis its GLBs face is not documented; +Z is the format's habit.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine_profiles.typed import opt
from toolchain.asset import Reference, Sculpt
from toolchain.generate.remote.ask import RemoteAsk
from toolchain.generate.remote.client import Service
from toolchain.generate.remote.finish import Maker, make
from toolchain.generate.remote.http import Api
from toolchain.generate.remote.keys import keyed, why_no_key
from toolchain.generate.remote.pictures import one
from toolchain.generate.remote.states import Order, Price, Receipt, given
from toolchain.stage import Progress

NAME = "stability"
KEY = "STABILITY_API_KEY"
BASE = "https://api.stability.ai"
LICENCE = "Stability AI's terms: outputs are yours; running its models yourself is free under US$1 M of revenue a year."
WHERE = "hosted"
CAN = ("1 view", "textures", "PBR", "seeds")
PRICE = "4 credits (spar3d), up to 10 (sf3d)"
PATHS = {"spar3d": "/v2beta/3d/stable-point-aware-3d", "sf3d": "/v2beta/3d/stable-fast-3d"}
CREDITS = {"spar3d": 4.0, "sf3d": 10.0}
#: SPAR3D takes no smaller picture.
SMALLEST_PX = 640
ANSWER_S = 180.0


@dataclass(frozen=True)
class Params(RemoteAsk):
    """Stability's own options."""

    model: str = opt("spar3d", "which network", choices=tuple(PATHS))
    texture_resolution: str = opt("2048", "side of its textures", choices=("512", "1024", "2048"))
    foreground_ratio: float = opt(
        0.0, "room around the subject: 0.1 to 1 for sf3d, 1 to 2 for spar3d; 0 leaves it to the network",
        low=0.0, high=2.0,
    )  # fmt: skip
    remesh: str = opt("none", "how its mesh is laid out", choices=("none", "triangle", "quad"))
    vertex_count: int = opt(-1, "of sf3d: how many vertices; -1 is no limit", low=-1, high=20_000)
    target_type: str = opt("none", "of spar3d: what `target_count` counts", choices=("none", "vertex", "face"))
    target_count: int = opt(1000, "of spar3d", low=100, high=20_000)
    guidance_scale: float = opt(3.0, "of spar3d: how close it keeps to the picture", low=1.0, high=10.0)

    def __post_init__(self) -> None:
        super().__post_init__()
        low, high = (1.0, 2.0) if self.model == "spar3d" else (0.1, 1.0)
        if self.foreground_ratio and not low <= self.foreground_ratio <= high:
            raise ValueError(
                f"foreground_ratio = {self.foreground_ratio:g} must be {low:g} to {high:g} for {self.model}"
            )


def available() -> str | None:
    """None where there is a key, else why not."""
    return why_no_key(KEY, "platform.stability.ai/account/keys")


def price(params: Params, views: int = 1) -> Price:
    """Credits by the published list; sf3d has cost between 2 and 10."""
    return Price(CREDITS[params.model])


def generate(reference: Reference, params: Params, progress: Progress, state: Path) -> Sculpt:
    """Stability's mesh with its textures. StageError in one sentence where there is none."""
    pictures = one(reference, smallest=SMALLEST_PX)
    options: dict[str, Any] = {
        "path": PATHS[params.model],
        "texture_resolution": params.texture_resolution,
        **given(params, foreground_ratio=0.0, remesh="none"),
    }
    if params.model == "sf3d":
        options |= given(params, vertex_count=-1)
    else:
        options |= given(params, guidance_scale=3.0)
        if params.target_type != "none":
            options |= {"target_type": params.target_type, "target_count": params.target_count}
    maker, cost = Maker(NAME, params.model, LICENCE), price(params)

    def order(seed: int) -> Order:
        more = {"seed": seed} if params.model == "spar3d" else {}
        return Order(NAME, options | more, pictures, seed, cost)

    return make(Stability(), order, maker, params, progress, state)


class Stability(Service):
    """Bearer key; a form in, a GLB out."""

    lookup = "platform.stability.ai/account/credits"

    def __init__(self) -> None:
        super().__init__(keyed("Stability AI", BASE, KEY))

    def submit(self, api: Api, order: Order, prepared: Any) -> Receipt:
        (picture,) = order.pictures
        form = {k: str(v) for k, v in order.options.items() if k != "path"}
        answer = api.create_raw(
            order.options["path"],
            read_s=ANSWER_S,
            limit=api.limits.model_bytes,
            data=form,
            files={"image": (f"{picture.view}.png", picture.png, "image/png")},
        )
        return Receipt({}, answer.body, ".glb")
