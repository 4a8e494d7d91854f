"""Hunyuan3D's own `api_server.py`, on a machine of the user's.

Contract: Tencent/Hunyuan3D-2 api_server.py (de02c52). /generate answers with the file; it fails with HTTP 404, whatever
the reason. /send gives a job to be asked after, which survives a broken connection, but never says that it failed.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine_profiles.typed import opt
from toolchain.asset import Reference, Sculpt
from toolchain.generate.remote import http
from toolchain.generate.remote.client import Service
from toolchain.generate.remote.finish import Maker, make
from toolchain.generate.remote.http import Api, Host
from toolchain.generate.remote.states import RUNNING, SUCCEEDED, Lost, Order, Price, Receipt, Status
from toolchain.generate.selfhosted import server
from toolchain.generate.unbilled import UnbilledAsk
from toolchain.stage import Progress, StageError

NAME, TITLE = "hunyuan3d-server", "Your Hunyuan3D server"
WHERE, PRICE = "own server", ""
CAN = ("1 view", "textures where asked", "seeds")
LICENCE = (
    "Tencent Hunyuan 3D Community: not licensed in the EU, the UK and South Korea; over a million monthly users needs "
    "Tencent's permission; what it makes may not train other models."
)


@dataclass(frozen=True)
class Params(UnbilledAsk):
    """What its pipeline is told. The server's defaults are meant for its turbo model."""

    steps: int = opt(5, "steps of diffusion; 5 for the turbo model that it loads by itself, else 30", low=1, high=100)
    guidance: float = opt(5.0, "how closely it keeps to the picture", low=0.0, high=20.0)
    resolution: int = opt(256, "cells along a side of the grid that is meshed", low=64, high=512)
    texture: bool = opt(False, "paint it; takes much more GPU memory")
    faces: int = opt(40_000, "triangles it is reduced to before it is painted", low=1_000, high=200_000)
    resume: bool = opt(False, "send by /send, which outlasts a broken connection but does not tell of failures")


def available() -> str | None:
    """None where DROPFORGE_HUNYUAN3D_SERVER_URL names a server."""
    return server.why_not(NAME, TITLE, "http://127.0.0.1:8081")


def generate(reference: Reference, params: Params, progress: Progress, state: Path) -> Sculpt:
    """The server's model. StageError in one sentence where there is none."""
    from toolchain.generate.remote.pictures import one

    if params.resume and params.seeds > 1:
        raise StageError("Hunyuan3D's server runs all it is sent at once: resume = true takes one candidate.")
    options: dict[str, Any] = {
        "num_inference_steps": params.steps,
        "guidance_scale": params.guidance,
        "octree_resolution": params.resolution,
        "texture": params.texture,
        "face_count": params.faces,
        "type": "glb",
    }
    pictures = (server.on_white(one(reference)[0]),)

    def order(seed: int) -> Order:
        return Order(NAME, {**options, "seed": seed}, pictures, seed, Price(0.0))

    service = Hunyuan3D(server.host(NAME, TITLE), params.resume, params.wait_s)
    return make(service, order, Maker(NAME, "Hunyuan3D-2", LICENCE), params, progress, state)


class ServerApi(Api):
    """Its failures come as 404 with a text that speaks of traffic, whatever the reason."""

    def fault(self, payload: Any) -> tuple[str, str] | None:
        """An answer with an error code."""
        if isinstance(payload, dict) and payload.get("error_code"):
            return "refused", "it failed; its log says why, and most often the GPU's memory is too small"
        return None


class Hunyuan3D(Service):
    """Either of its two ways."""

    billed = False

    def __init__(self, host: Host, resume: bool, wait_s: float) -> None:
        super().__init__(host)
        self._resume, self._wait_s = resume, wait_s

    def open(self) -> Api:
        """The API with the server's own faults; a status carries the whole model as text."""
        from dataclasses import replace

        limits = http.LIMITS
        limit = limits.model_bytes * 4 // 3 + 1024 if self._resume else limits.answer_bytes
        return ServerApi(self.host, replace(limits, answer_bytes=limit))

    def submit(self, api: Api, order: Order, prepared: Any) -> Receipt:
        """The model itself by /generate, or a job by /send."""
        body = {**order.options, "image": base64.b64encode(order.pictures[0].png).decode()}
        if self._resume:
            answer = api.create("/send", json=body)
            if not isinstance(answer, dict) or not isinstance(answer.get("uid"), str):
                raise Lost(f"{TITLE} took the request and named no job.")
            return Receipt({"uid": answer["uid"]})
        got = api.create_raw("/generate", json=body, read_s=self._wait_s, limit=api.limits.model_bytes)
        return Receipt({}, got.body)

    def poll(self, api: Api, handle: dict[str, str]) -> Status:
        """`processing`, for ever where it failed, or the model."""
        answer = api.read(f"/status/{handle['uid']}")
        if answer["status"] != "completed":
            return Status(RUNNING, None, "is at work; if it never ends, its log says why")
        try:
            return Status(SUCCEEDED, 1.0, model=base64.b64decode(answer["model_base64"], validate=True))
        except binascii.Error:
            raise StageError(f"{TITLE} sent a model that is damaged. Run again to fetch it anew.") from None
