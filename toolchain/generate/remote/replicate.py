"""Replicate: TRELLIS unless another image-to-3D model is named.

Contract: replicate.com's HTTP reference. What a job costs is its seconds on their machine, not known beforehand. A
finished job's files are deleted after an hour. TRELLIS writes GLBs that face +Z; of other models that is a guess.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine_profiles.typed import opt
from toolchain.asset import Reference, Sculpt
from toolchain.generate.remote.ask import RemoteAsk
from toolchain.generate.remote.client import Service
from toolchain.generate.remote.fal import more
from toolchain.generate.remote.finish import Maker, make
from toolchain.generate.remote.http import Api
from toolchain.generate.remote.keys import keyed, why_no_key
from toolchain.generate.remote.pictures import around, data_uri, one
from toolchain.generate.remote.states import (
    CANCELLED,
    EXPIRED,
    FAILED,
    QUEUED,
    RUNNING,
    SUCCEEDED,
    Lost,
    Order,
    Price,
    Receipt,
    Status,
    links_within,
)
from toolchain.stage import Progress

NAME = "replicate"
KEY = "REPLICATE_API_TOKEN"
BASE = "https://api.replicate.com"
LICENCE = "Replicate's terms and those of the model: TRELLIS is MIT, but uses nvdiffrast, which is non-commercial."
WHERE = "hosted"
CAN = ("1-4 views", "textures", "seeds", "cancels")
PRICE = "by the second of its machine"
TRELLIS = "firtoz/trellis"
TRELLIS_VERSION = "4876f2a8da1c544772dffa32e8889da4a1bab3a1f5c1937bfcfccb99ae347251"
STATES = {
    "starting": QUEUED,
    "processing": RUNNING,
    "succeeded": SUCCEEDED,
    "failed": FAILED,
    "canceled": CANCELLED,
    "aborted": CANCELLED,
}


@dataclass(frozen=True)
class Params(RemoteAsk):
    """Which model, and TRELLIS's own options."""

    model: str = opt(TRELLIS, "OWNER/NAME of an image-to-3D model")
    version: str = opt("", "its version's 64 hex digits; empty: Replicate's official one, or the TRELLIS we know")
    picture_field: str = opt("images", "where the model wants its picture; a list where the name is in the plural")
    texture_size: int = opt(2048, "side of TRELLIS's textures", low=512, high=2048)
    mesh_simplify: float = opt(0.9, "share of TRELLIS's triangles to leave out", low=0.9, high=0.98)
    options: str = opt("", 'more of the model\'s own fields, as JSON, such as {"ss_sampling_steps": 25}')

    def __post_init__(self) -> None:
        super().__post_init__()
        more(self.options)
        owner, slash, name = self.model.partition("/")
        if not slash or not all(part and part.replace("-", "").replace("_", "").isalnum() for part in (owner, name)):
            raise ValueError(f'model = "{self.model}" must be OWNER/NAME')


def available() -> str | None:
    """None where there is a key, else why not."""
    return why_no_key(KEY, "replicate.com/account/api-tokens")


def price(params: Params, views: int = 1) -> Price | None:
    """Not known: Replicate bills seconds."""
    return None


def generate(reference: Reference, params: Params, progress: Progress, state: Path) -> Sculpt:
    """The model's mesh with its textures. StageError in one sentence where there is none."""
    field, trellis = params.picture_field, params.model == TRELLIS
    pictures = around(reference)[:4] if field.endswith("s") else one(reference)
    version = params.version or (TRELLIS_VERSION if trellis else "")
    fields: dict[str, Any] = {}
    if trellis:
        fields = {"texture_size": params.texture_size, "mesh_simplify": params.mesh_simplify}
        fields |= {"generate_model": True, "generate_color": False, "randomize_seed": False}
    fields |= more(params.options)
    maker = Maker(NAME, params.model, LICENCE)

    def order(seed: int) -> Order:
        options = {"model": params.model, "version": version, "field": field, "input": fields | {"seed": seed}}
        return Order(NAME, options, pictures, seed, price(params))

    return make(Replicate(), order, maker, params, progress, state)


class Replicate(Service):
    """Bearer key; pictures as data URIs."""

    lookup = "replicate.com/predictions"

    def __init__(self) -> None:
        super().__init__(keyed("Replicate", BASE, KEY))

    def submit(self, api: Api, order: Order, prepared: Any) -> Receipt:
        asked, uris = order.options, [data_uri(p) for p in order.pictures]
        body = {"input": asked["input"] | {asked["field"]: uris if asked["field"].endswith("s") else uris[0]}}
        path = "/v1/predictions"
        if asked["version"]:
            body["version"] = asked["version"]
        else:
            path = f"/v1/models/{asked['model']}/predictions"
        answer = api.create(path, json=body)
        if not isinstance(answer, dict) or not isinstance(answer.get("id"), str):
            raise Lost("Replicate took the request and named no job.")
        return Receipt({"id": answer["id"]})

    def poll(self, api: Api, handle: dict[str, str]) -> Status:
        job = api.read(f"/v1/predictions/{handle['id']}")
        state, links = STATES.get(str(job.get("status")), RUNNING), links_within(job.get("output"))
        if state == SUCCEEDED and (job.get("data_removed") or not job.get("output")):
            return Status(EXPIRED, text="its files are deleted after an hour")
        return Status(state, text=str(job.get("error") or ""), links=links, notes={"task": handle["id"]})

    def cancel(self, api: Api, handle: dict[str, str]) -> bool:
        return api.once(f"/v1/predictions/{handle['id']}/cancel")
