"""Tripo, API v3: image-to-model from one picture, multiview-to-model from front, left, back and right.

Contract: the `tripo3d` 1.0.0 client (MIT). Its left is the subject's own left (90 degrees). The SDK's default for
`export_orientation` is "+x": that its GLBs face +X unless told otherwise is inferred from that, not documented.
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
from toolchain.generate.remote.pictures import AROUND, around
from toolchain.generate.remote.says import text_of
from toolchain.generate.remote.states import (
    CANCELLED,
    EXPIRED,
    FAILED,
    QUEUED,
    RUNNING,
    SUCCEEDED,
    Link,
    Lost,
    Order,
    Price,
    Receipt,
    Status,
    given,
    suffix_of,
)
from toolchain.stage import Progress, StageError

NAME = "tripo"
KEY = "TRIPO_API_KEY"
BASES = {"global": "https://openapi.tripo3d.ai", "china": "https://openapi.tripo3d.com"}
LICENCE = "Tripo's terms: paid credits give ownership of what they make; free credits' models are CC BY 4.0."
WHERE = "hosted"
CAN = ("1-4 views", "textures", "PBR", "seeds")
PRICE = "15 to 95 credits; 45 as it stands"
FRONT = "+X"
OUT_OF_CREDIT = 2010
STATES = {
    "queued": QUEUED,
    "running": RUNNING,
    "success": SUCCEEDED,
    "failed": FAILED,
    "banned": FAILED,
    "unknown": RUNNING,
    "cancelled": CANCELLED,
    "expired": EXPIRED,
}


@dataclass(frozen=True)
class Params(RemoteAsk):
    """Tripo's own options."""

    region: str = opt("global", "which of Tripo's sites gave the key", choices=tuple(BASES))
    model: str = opt(
        "v3.1-20260211",
        "Tripo's model; the P series makes few polygons itself",
        choices=("v3.1-20260211", "v3.0-20250812", "v2.5-20250123", "P1-20260311", "P2-20260801"),
    )
    face_limit: int = opt(0, "most faces; 0 leaves it to Tripo", low=0, high=1_500_000)
    texture: bool = opt(True, "colour it")
    pbr: bool = opt(True, "metal, roughness and normal maps besides the colour")
    texture_quality: str = opt("standard", "of the textures", choices=("standard", "detailed", "extreme"))
    texture_alignment: str = opt("original_image", "what textures keep to", choices=("original_image", "geometry"))
    geometry_quality: str = opt("standard", "of the mesh", choices=("standard", "detailed"))
    smart_low_poly: bool = opt(False, "a hand-made kind of topology")
    delight: bool = opt(False, "take painted light out of the colour")
    enable_image_autofix: bool = opt(False, "let Tripo mend the picture first")


def available() -> str | None:
    """None where there is a key, else why not."""
    return why_no_key(KEY, "platform.tripo3d.ai")


def price(params: Params, views: int = 1) -> Price:
    """Credits by the published list: 15 for the mesh, 25 for textures, and what the options add."""
    more = {"standard": 0, "detailed": 10, "extreme": 20}[params.texture_quality] if params.texture else 0
    texture = (25 + (5 if params.pbr else 0) + more) if params.texture else 0
    mesh = 15 + (20 if params.geometry_quality == "detailed" else 0) + (10 if params.smart_low_poly else 0)
    return Price(mesh + texture)


def generate(reference: Reference, params: Params, progress: Progress, state: Path) -> Sculpt:
    """Tripo's mesh with its textures. StageError in one sentence where there is none."""
    pictures = around(reference)
    several = len(pictures) > 1
    options: dict[str, Any] = {
        "path": f"/v3/generation/{'multiview' if several else 'image'}-to-model",
        "model": params.model,
        "texture": params.texture,
        "pbr": params.pbr and params.texture,
        **given(params, face_limit=0, geometry_quality="standard", smart_low_poly=False),
    }
    if params.texture:
        options |= given(params, texture_quality="standard", texture_alignment="original_image", delight=False)
    if not several:
        options |= given(params, enable_image_autofix=False)
    maker = Maker(NAME, params.model, LICENCE, FRONT)
    cost, service = price(params, len(pictures)), Tripo(BASES[params.region])

    def order(seed: int) -> Order:
        return Order(NAME, options | {"model_seed": seed, "texture_seed": seed}, pictures, seed, cost)

    return make(service, order, maker, params, progress, state)


class TripoApi(Api):
    """Answers come in an envelope: `{"code": 0, "data": ...}`."""

    def fault(self, payload: Any) -> tuple[str, str] | None:
        code = payload.get("code", 0) if isinstance(payload, dict) else 0
        return ("credits" if code == OUT_OF_CREDIT else "", text_of(payload)) if code else None


class Tripo(Service):
    """Bearer key; pictures are uploaded first and named by tokens."""

    lookup = "platform.tripo3d.ai (usage)"

    def __init__(self, base: str) -> None:
        super().__init__(keyed("Tripo", base, KEY))

    def open(self) -> Api:
        return TripoApi(self.host)

    def prepare(self, api: Api, order: Order) -> dict[str, str]:
        tokens = {}
        for picture in order.pictures:
            file = {"file": (f"{picture.view}.png", picture.png, "image/png")}
            data = api.read("/v3/files", method="POST", files=file).get("data") or {}
            if not isinstance(data.get("file_token"), str):
                raise StageError("Tripo took a picture and gave no token for it.")
            tokens[picture.view] = data["file_token"]
        return tokens

    def submit(self, api: Api, order: Order, prepared: dict[str, str]) -> Receipt:
        body = {k: v for k, v in order.options.items() if k != "path"}
        if order.options["path"].endswith("multiview-to-model"):
            body["inputs"] = [prepared.get(name) for name in AROUND]
        else:
            (body["input"],) = prepared.values()
        answer = api.create(order.options["path"], json=body)
        task = (answer.get("data") or {}).get("task_id") if isinstance(answer, dict) else None
        if not isinstance(task, str):
            raise Lost("Tripo took the request and named no task.")
        return Receipt({"id": task})

    def poll(self, api: Api, handle: dict[str, str]) -> Status:
        task = api.read(f"/v3/tasks/{handle['id']}").get("data") or {}
        output = task.get("output") or {}
        urls = [output.get(k) for k in ("pbr_model_url", "model_url", "base_model_url")]
        return Status(
            STATES.get(str(task.get("status")), RUNNING),
            float(task.get("progress") or 0) / 100,
            str(task.get("error_msg") or ""),
            tuple(Link(u, suffix_of(u) or ".glb") for u in urls if isinstance(u, str) and u),
            notes={"task": handle["id"], "credits": task.get("credits_consumed")},
        )
