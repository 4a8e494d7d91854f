"""fal's queue: TRELLIS.2 unless another of its image-to-3D models is named.

Contract: the `fal-client` 1.0.3 package and fal.ai's pages of the models. TRELLIS writes GLBs that face +Z; of other
models that is the format's habit. A model that takes one picture gets the one that says most.
"""

from __future__ import annotations

import json
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
    FAILED,
    QUEUED,
    RUNNING,
    SUCCEEDED,
    Lost,
    Order,
    Price,
    Receipt,
    Refused,
    Status,
    links_within,
)
from toolchain.stage import Progress

NAME = "fal"
KEY = "FAL_KEY"
BASE = "https://queue.fal.run"
LICENCE = "fal's terms and those of the model: TRELLIS.2 is MIT; Hunyuan3D is not licensed in the EU, UK, South Korea."
WHERE = "hosted"
CAN = ("1-4 views", "textures", "PBR", "seeds", "cancels")
PRICE = "US$0.25 to 0.30 for trellis-2"
TRELLIS_2 = "fal-ai/trellis-2"
#: Model -> field of its picture, or of its list of pictures where the name is in the plural.
FIELDS = {
    TRELLIS_2: "image_url",
    "fal-ai/trellis": "image_url",
    "fal-ai/trellis/multi": "image_urls",
    "fal-ai/hunyuan3d/v2": "input_image_url",
    "fal-ai/hunyuan-3d/v3.1/pro/image-to-3d": "input_image_url",
}
PRICES = {"fal-ai/trellis": 0.02, "fal-ai/trellis/multi": 0.02, "fal-ai/hunyuan3d/v2": 0.16}
TRELLIS_2_PRICES = {"512": 0.25, "1024": 0.30}


@dataclass(frozen=True)
class Params(RemoteAsk):
    """Which model, and TRELLIS.2's own options."""

    model: str = opt(TRELLIS_2, "one of fal's image-to-3D models, such as fal-ai/hunyuan3d/v2")
    picture_field: str = opt("", "where the model wants its picture; known for the usual ones")
    resolution: str = opt("1024", "of trellis-2's voxels", choices=("512", "1024", "1536"))
    texture_size: int = opt(2048, "side of trellis-2's textures", low=512, high=4096)
    decimation_target: int = opt(500_000, "faces of trellis-2's mesh", low=5_000, high=2_000_000)
    options: str = opt("", "more of the model's own fields, as JSON, such as {\"remesh\": true}")  # fmt: skip

    def __post_init__(self) -> None:
        super().__post_init__()
        more(self.options)
        if not self.model or not all(c.isalnum() or c in "-_./" for c in self.model) or ".." in self.model:
            raise ValueError(f'model = "{self.model}" must be a name such as {TRELLIS_2}')


def more(text: str) -> dict[str, Any]:
    """The table in `text`, JSON. ValueError in one sentence where it is none."""
    try:
        table = json.loads(text or "{}", parse_constant=lambda c: (_ for _ in ()).throw(ValueError(c)))
    except ValueError as error:
        raise ValueError(f"options must be a JSON table: {error}") from None
    if not isinstance(table, dict):
        raise ValueError('options must be a JSON table, such as {"remesh": true}')
    return table


def available() -> str | None:
    """None where there is a key, else why not."""
    return why_no_key(KEY, "fal.ai/dashboard/keys")


def price(params: Params, views: int = 1) -> Price | None:
    """US$ by the model's page; None where it is not known."""
    amount = TRELLIS_2_PRICES.get(params.resolution) if params.model == TRELLIS_2 else PRICES.get(params.model)
    return None if amount is None else Price(amount, "US$")


def generate(reference: Reference, params: Params, progress: Progress, state: Path) -> Sculpt:
    """The model's mesh with its textures. StageError in one sentence where there is none."""
    field = params.picture_field or FIELDS.get(params.model, "image_url")
    pictures = around(reference)[:4] if field.endswith("s") else one(reference)
    options: dict[str, Any] = {"model": params.model, "field": field}
    if params.model == TRELLIS_2:
        options |= {"resolution": int(params.resolution), "texture_size": params.texture_size}
        options |= {"decimation_target": params.decimation_target}
    options |= more(params.options)
    maker, cost = Maker(NAME, params.model.removeprefix("fal-ai/"), LICENCE), price(params)

    def order(seed: int) -> Order:
        return Order(NAME, options | {"seed": seed}, pictures, seed, cost)

    return make(Fal(), order, maker, params, progress, state)


class Fal(Service):
    """The key as `Authorization: Key`; pictures as data URIs; the addresses to ask at come with the answer."""

    lookup = "fal.ai/dashboard/requests"

    def __init__(self) -> None:
        super().__init__(keyed("fal", BASE, KEY, "Key"))

    def submit(self, api: Api, order: Order, prepared: Any) -> Receipt:
        body = {k: v for k, v in order.options.items() if k not in ("model", "field")}
        uris, field = [data_uri(p) for p in order.pictures], order.options["field"]
        body[field] = uris if field.endswith("s") else uris[0]
        answer = api.create(f"/{order.options['model']}", json=body)
        names = ("request_id", "status_url", "response_url", "cancel_url")
        if not isinstance(answer, dict) or not all(isinstance(answer.get(n), str) for n in names):
            raise Lost("fal took the request and named no job.")
        return Receipt({n: answer[n] for n in names})

    def poll(self, api: Api, handle: dict[str, str]) -> Status:
        state = api.read(handle["status_url"])
        if state.get("status") == "IN_QUEUE":
            ahead = state.get("queue_position")
            return Status(QUEUED, 0.0, f"has {ahead} ahead of it in its queue" if ahead else "has it in its queue")
        if state.get("status") != "COMPLETED":
            return Status(RUNNING)
        try:
            answer = api.read(handle["response_url"])
        except Refused as refused:
            return Status(FAILED, text=str(refused).rstrip("."))
        return Status(SUCCEEDED, 1.0, links=links_within(answer), notes={"task": handle["request_id"]})

    def cancel(self, api: Api, handle: dict[str, str]) -> bool:
        return api.once(handle["cancel_url"], method="PUT")
