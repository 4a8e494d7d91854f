"""Rodin by Hyper3D: one to five pictures of one thing.

Contract: developer.hyper3d.ai and ComfyUI's schemas of it. Which axis its models face is not documented; +Z is the
format's habit. The first picture gives the materials. Links live ten minutes and are asked for anew each time.
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
from toolchain.generate.remote.pictures import around
from toolchain.generate.remote.says import text_of
from toolchain.generate.remote.states import (
    FAILED,
    QUEUED,
    RUNNING,
    SUCCEEDED,
    SUFFIXES,
    Link,
    Lost,
    Order,
    Price,
    Receipt,
    Status,
    given,
    suffix_of,
)
from toolchain.stage import Progress

NAME = "rodin"
KEY = "RODIN_API_KEY"
BASE = "https://api.hyper3d.com"
LICENCE = "Hyper3D's terms: outputs may be used commercially on paid plans; the API needs a business plan."
WHERE = "hosted"
CAN = ("1-5 views", "textures", "PBR", "seeds")
PRICE = "0.5 credits, 1.5 with the HighPack"
ANGLES = ("front", "left", "back", "right", "three_quarter", "top")


@dataclass(frozen=True)
class Params(RemoteAsk):
    """Rodin's own options."""

    tier: str = opt("Gen-2", "Rodin's model", choices=("Gen-2", "Detail", "Smooth", "Regular", "Sketch"))
    mesh_mode: str = opt("Raw", "triangles as made, or quads", choices=("Raw", "Quad"))
    quality: str = opt("high", "how many faces", choices=("high", "medium", "low", "extra-low"))
    quality_override: int = opt(0, "faces, instead of `quality`; 0 leaves it to that", low=0, high=500_000)
    material: str = opt("PBR", "which maps", choices=("PBR", "Shaded", "All", "None"))
    use_original_alpha: bool = opt(True, "keep to the picture's own cut-out")
    TAPose: bool = opt(False, "of a figure: arms out")
    hd_texture: bool = opt(False, "larger textures")
    texture_delight: bool = opt(False, "take painted light out of the colour")
    high_pack: bool = opt(False, "the HighPack addon: 4K textures and a denser mesh")


def available() -> str | None:
    """None where there is a key, else why not."""
    return why_no_key(KEY, "hyper3d.ai/api-dashboard")


def price(params: Params, views: int = 1) -> Price:
    """Credits by the published list: half a one, and one more for the HighPack."""
    return Price(0.5 + (1.0 if params.high_pack else 0.0))


def generate(reference: Reference, params: Params, progress: Progress, state: Path) -> Sculpt:
    """Rodin's mesh with its textures. StageError in one sentence where there is none."""
    pictures = around(reference, ANGLES)[:5]
    options: dict[str, Any] = {
        "tier": params.tier,
        "mesh_mode": params.mesh_mode,
        "material": params.material,
        "geometry_file_format": "glb",
        "use_original_alpha": params.use_original_alpha,
        **given(params, TAPose=False, hd_texture=False, texture_delight=False),
    }
    key = "quality_override" if params.quality_override else "quality"
    options |= {key: getattr(params, key)} | ({"addons": "HighPack"} if params.high_pack else {})
    maker, cost = Maker(NAME, params.tier, LICENCE), price(params, len(pictures))

    def order(seed: int) -> Order:
        return Order(NAME, options | {"seed": seed}, pictures, seed, cost)

    return make(Rodin(), order, maker, params, progress, state)


class RodinApi(Api):
    """A refusal may come as `{"error": "CODE"}` in an answer of 200; "OK" is none."""

    def fault(self, payload: Any) -> tuple[str, str] | None:
        error = payload.get("error") if isinstance(payload, dict) else None
        if not isinstance(error, str) or error in ("", "OK"):
            return None
        return "credits" if "INSUFFICIENT" in error.upper() else "", text_of(payload)


class Rodin(Service):
    """Bearer key; pictures and options as one form."""

    lookup = "hyper3d.ai (API dashboard)"

    def __init__(self) -> None:
        super().__init__(keyed("Rodin", BASE, KEY))

    def open(self) -> Api:
        return RodinApi(self.host)

    def submit(self, api: Api, order: Order, prepared: Any) -> Receipt:
        files = [("images", (f"{p.view}.png", p.png, "image/png")) for p in order.pictures]
        form = {k: str(v).lower() if isinstance(v, bool) else str(v) for k, v in order.options.items()}
        answer = api.create("/api/v2/rodin", files=files, data=form)
        jobs = answer.get("jobs") if isinstance(answer, dict) else None
        if not isinstance(jobs, dict) or not answer.get("uuid") or not jobs.get("subscription_key"):
            raise Lost("Rodin took the request and named no task.")
        return Receipt({"id": str(answer["uuid"]), "subscription": str(jobs["subscription_key"])})

    def poll(self, api: Api, handle: dict[str, str]) -> Status:
        body = {"subscription_key": handle["subscription"]}
        jobs = [j.get("status") for j in api.read("/api/v2/status", method="POST", json=body).get("jobs") or []]
        if "Failed" in jobs:
            return Status(FAILED, text="one of its steps failed")
        if not jobs or set(jobs) == {"Waiting"}:
            return Status(QUEUED, 0.0, "has it in its queue")
        done = jobs.count("Done") / len(jobs)
        if done < 1:
            return Status(RUNNING, done)
        listed = api.read("/api/v2/download", method="POST", json={"task_uuid": handle["id"]}).get("list") or []
        found = ((str(item.get("url", "")), suffix_of(f"x:///{item.get('name', '')}")) for item in listed)
        links = tuple(Link(url, suffix) for url, suffix in found if suffix in SUFFIXES)
        return Status(SUCCEEDED, 1.0, links=links, notes={"task": handle["id"]})
