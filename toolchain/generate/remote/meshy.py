"""Meshy: image-to-3d from one picture, multi-image-to-3d from two to four.

Contract: docs.meshy.ai, and `@meshy-ai/meshy-mcp-server` 0.5.2 (MIT). Its GLBs are +Y up; that they face +Z is the
format's habit, which Meshy's documents do not say. Pictures are sent in no named order: it takes them as angles.
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
from toolchain.generate.remote.pictures import around, data_uri, one
from toolchain.generate.remote.states import (
    CANCELLED,
    FAILED,
    QUEUED,
    RUNNING,
    SUCCEEDED,
    Lost,
    Order,
    Price,
    Receipt,
    Status,
    given,
    links,
)
from toolchain.stage import Progress

NAME = "meshy"
KEY = "MESHY_API_KEY"
BASE = "https://api.meshy.ai"
LICENCE = "Meshy's terms: paid plans own what they make; the API needs a paid plan."
WHERE = "hosted"
CAN = ("1-4 views", "textures", "PBR", "cancels")
PRICE = "5 to 40 credits; 30 as it stands"
ANGLES = ("front", "left", "back", "right", "three_quarter", "top")
STATES = {"PENDING": QUEUED, "IN_PROGRESS": RUNNING, "SUCCEEDED": SUCCEEDED, "FAILED": FAILED, "CANCELED": CANCELLED}


@dataclass(frozen=True)
class Params(RemoteAsk):
    """Meshy's own options."""

    ai_model: str = opt("meshy-7", "Meshy's model", choices=("meshy-7", "meshy-6", "meshy-5", "latest"))
    model_type: str = opt("standard", "smart-topology looks at one picture", choices=("standard", "smart-topology"))
    smart_model: str = opt("meshy-t2", "of smart-topology", choices=("meshy-t1", "meshy-t2"))
    ultra_mode: bool = opt(False, "meshy-7's extra pass, from one picture")
    topology: str = opt("triangle", "its faces", choices=("triangle", "quad"))
    should_remesh: bool = opt(False, "reduce it at Meshy; Dropforge reduces the full mesh itself")
    target_polycount: int = opt(30_000, "faces, where it is remeshed", low=100, high=300_000)
    decimation_mode: int = opt(0, "1 to 4: by level instead of by count; 0 is by count", low=0, high=4)
    pose_mode: str = opt("", "of a figure", choices=("", "a-pose", "t-pose"))
    should_texture: bool = opt(True, "colour it")
    enable_pbr: bool = opt(True, "metal, roughness and normal maps besides the colour")
    texture_resolution: str = opt("2k", "of the base colour", choices=("2k", "4k", "8k"))
    texture_prompt: str = opt("", "words that guide the texture")
    remove_lighting: bool = opt(True, "take painted light out of the colour")
    image_enhancement: bool = opt(True, "let Meshy clean the pictures first")


def available() -> str | None:
    """None where there is a key, else why not."""
    return why_no_key(KEY, "meshy.ai/settings/api")


def price(params: Params, views: int = 1) -> Price:
    """Credits by the published list."""
    cheap = params.ai_model == "meshy-5" or params.model_type == "smart-topology"
    mesh = 5 if cheap else 20
    texture = (15 if params.texture_resolution == "8k" else 10) if params.should_texture else 0
    return Price(mesh + texture + (5 if params.ultra_mode else 0))


def generate(reference: Reference, params: Params, progress: Progress, state: Path) -> Sculpt:
    """Meshy's mesh with its textures. StageError in one sentence where there is none."""
    alone = params.ultra_mode or params.model_type == "smart-topology"
    pictures = one(reference) if alone else around(reference, ANGLES)[:4]
    smart = params.model_type == "smart-topology"
    options: dict[str, Any] = {
        "path": "/openapi/v1/" + ("multi-image-to-3d" if len(pictures) > 1 else "image-to-3d"),
        "ai_model": params.smart_model if smart else params.ai_model,
        "should_texture": params.should_texture,
        "should_remesh": params.should_remesh,
        "target_formats": ["glb"],
        **given(params, model_type="standard", ultra_mode=False, pose_mode=""),
    }
    if params.should_texture:
        options |= {"enable_pbr": params.enable_pbr, "texture_resolution": params.texture_resolution}
        options |= given(params, texture_prompt="", remove_lighting=True)
    if params.should_remesh:
        options |= {"topology": params.topology, "target_polycount": params.target_polycount}
        options |= given(params, decimation_mode=0)
    options |= given(params, image_enhancement=True)
    maker = Maker(NAME, str(options["ai_model"]), LICENCE)
    cost = price(params, len(pictures))
    return make(Meshy(), lambda seed: Order(NAME, options, pictures, seed, cost), maker, params, progress, state)


class Meshy(Service):
    """Bearer key, JSON in and out; pictures as data URIs."""

    lookup = "meshy.ai/api (tasks)"

    def __init__(self) -> None:
        super().__init__(keyed("Meshy", BASE, KEY))

    def submit(self, api: Api, order: Order, prepared: Any) -> Receipt:
        body = {k: v for k, v in order.options.items() if k != "path"}
        uris = [data_uri(p) for p in order.pictures]
        body |= {"image_urls": uris} if len(uris) > 1 else {"image_url": uris[0]}
        answer = api.create(order.options["path"], json=body)
        if not isinstance(answer, dict) or not isinstance(answer.get("result"), str):
            raise Lost("Meshy took the request and named no task.")
        return Receipt({"path": order.options["path"], "id": answer["result"]})

    def poll(self, api: Api, handle: dict[str, str]) -> Status:
        task = api.read(f"{handle['path']}/{handle['id']}")
        error = task.get("task_error") or {}
        return Status(
            STATES.get(str(task.get("status")), RUNNING),
            float(task.get("progress") or 0) / 100,
            str(error.get("message") or ""),
            links(task.get("model_urls") or {}),
            notes={"task": handle["id"], "credits": task.get("consumed_credits")},
        )

    def cancel(self, api: Api, handle: dict[str, str]) -> bool:
        return api.once(f"{handle['path']}/{handle['id']}", method="DELETE")
