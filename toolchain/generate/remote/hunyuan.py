"""Hunyuan 3D as Tencent Cloud's API: from one picture, or a front with other sides.

Contract: `tencentcloud-sdk-python-ai3d` 3.1.192 (Apache-2.0), SubmitHunyuanTo3DProJob. Its left and right are taken
for the subject's own, which its documents do not say; nor do they say which axis its GLBs face (+Z is the habit).
"""

from __future__ import annotations

import base64
import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from engine_profiles.typed import opt
from toolchain.asset import Reference, Sculpt
from toolchain.generate.remote.ask import RemoteAsk
from toolchain.generate.remote.client import Service
from toolchain.generate.remote.finish import Maker, make
from toolchain.generate.remote.http import Api, Host
from toolchain.generate.remote.keys import key_of, why_no_key
from toolchain.generate.remote.pictures import AROUND, around
from toolchain.generate.remote.says import text_of
from toolchain.generate.remote.states import (
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
    suffix_of,
)
from toolchain.generate.remote.tc3 import signed_headers
from toolchain.stage import Progress

NAME = "hunyuan"
KEY_ID, KEY = "TENCENTCLOUD_SECRET_ID", "TENCENTCLOUD_SECRET_KEY"
BASE = "https://ai3d.tencentcloudapi.com"
VERSION = "2025-05-13"
LICENCE = "Tencent Cloud's terms; the open Hunyuan3D models are not licensed in the EU, the UK and South Korea."
WHERE = "hosted"
CAN = ("1-6 views", "textures", "PBR")
PRICE = "15 to 60 credits; 35 as it stands"
LARGEST_PX = 1280  # six pictures stay under the 6 MB that one request may carry
STATES = {"WAIT": QUEUED, "RUN": RUNNING, "DONE": SUCCEEDED, "FAIL": FAILED}
#: Part of an error's code -> kind.
KINDS = {"AuthFailure": "key", "RequestLimitExceeded": "busy", "JobNumExceed": "busy", "LimitExceeded": "busy",
         "Insufficient": "credits", "Arrear": "credits", "Balance": "credits", "NotExist": "missing",
         "NotFound": "missing"}  # fmt: skip


@dataclass(frozen=True)
class Params(RemoteAsk):
    """Hunyuan 3D's own options."""

    region: str = opt("ap-guangzhou", "of Tencent Cloud")
    model: str = opt("3.1", "Hunyuan 3D's model", choices=("3.0", "3.1"))
    generate_type: str = opt(
        "Normal", "LowPoly: topology for games, by 3.0 alone; Geometry: no textures",
        choices=("Normal", "LowPoly", "Geometry", "Sketch"),
    )  # fmt: skip
    enable_pbr: bool = opt(True, "metal, roughness and normal maps besides the colour")
    face_count: int = opt(0, "how many faces, from 3000; 0 leaves it to Tencent (500000)", low=0, high=1_500_000)
    polygon_type: str = opt("triangle", "of LowPoly", choices=("triangle", "quadrilateral"))

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.generate_type == "LowPoly" and self.model != "3.0":
            raise ValueError('generate_type = "LowPoly" needs model = "3.0"')
        if 0 < self.face_count < 3000:
            raise ValueError("face_count must be 0 or at least 3000")


def available() -> str | None:
    """None where there is a key, else why not."""
    where = "console.cloud.tencent.com/cam/capi"
    return why_no_key(KEY_ID, where) or why_no_key(KEY, where)


def price(params: Params, views: int = 1) -> Price:
    """Credits by the published list."""
    base = {"Normal": 25, "LowPoly": 30, "Geometry": 15, "Sketch": 25}[params.generate_type]
    pbr = params.enable_pbr and params.generate_type != "Geometry"
    return Price(base + (10 if views > 1 else 0) + (10 if pbr else 0) + (10 if params.face_count else 0))


def generate(reference: Reference, params: Params, progress: Progress, state: Path) -> Sculpt:
    """Hunyuan's mesh with its textures. StageError in one sentence where there is none."""
    names = (*AROUND, "top", "bottom") if params.model == "3.1" else AROUND
    pictures = around(reference, names, LARGEST_PX)
    options: dict[str, Any] = {"Model": params.model, "GenerateType": params.generate_type}
    if params.generate_type != "Geometry":
        options["EnablePBR"] = params.enable_pbr
    if params.generate_type == "LowPoly":
        options["PolygonType"] = params.polygon_type
    elif given(params, face_count=0):
        options["FaceCount"] = params.face_count
    maker, cost = Maker(NAME, f"hunyuan3d-{params.model}", LICENCE), price(params, len(pictures))
    service = Hunyuan(params.region)
    return make(service, lambda seed: Order(NAME, options, pictures, seed, cost), maker, params, progress, state)


class TencentApi(Api):
    """Every call is a signed POST; answers and refusals come as `{"Response": ...}` with HTTP 200."""

    def __init__(self, host: Host, keys: tuple[str, str], region: str) -> None:
        super().__init__(host)
        self._keys, self._region = keys, region

    def fault(self, payload: Any) -> tuple[str, str] | None:
        response = payload.get("Response") if isinstance(payload, dict) else None
        error = response.get("Error") if isinstance(response, dict) else None
        if not error:
            return None
        code = str(error.get("Code", ""))
        return next((kind for part, kind in KINDS.items() if part in code), ""), text_of(error) or code

    def signed(self, action: str, payload: dict[str, Any]) -> dict[str, Any]:
        """`content` and `headers` of a call."""
        content = json.dumps(payload, sort_keys=True).encode()
        headers = signed_headers(
            action, content, host=urlsplit(self.host.base).netloc, service="ai3d", version=VERSION,
            region=self._region, secret_id=self._keys[0], secret_key=self._keys[1],
            timestamp=int(time.time()),  # noqa: TID251 - the signature's own, never in an output
        )  # fmt: skip
        return {"content": content, "headers": headers}


class Hunyuan(Service):
    """Signed calls; pictures in the request as base64."""

    lookup = "console.cloud.tencent.com/ai3d"

    def __init__(self, region: str) -> None:
        self.keys, self.region = (key_of(KEY_ID), key_of(KEY)), region
        super().__init__(Host("Hunyuan 3D", BASE, {}, self.keys, KEY))

    def open(self) -> TencentApi:
        return TencentApi(self.host, self.keys, self.region)

    def submit(self, api: Api, order: Order, prepared: Any) -> Receipt:
        assert isinstance(api, TencentApi)
        first, *others = [(p.view, base64.b64encode(p.png).decode()) for p in order.pictures]
        body = order.options | {"ImageBase64": first[1]}
        if others:
            body["MultiViewImages"] = [{"ViewType": view, "ViewImageBase64": data} for view, data in others]
        answer = api.create("/", **api.signed("SubmitHunyuanTo3DProJob", body))
        job = (answer.get("Response") or {}).get("JobId") if isinstance(answer, dict) else None
        if not isinstance(job, str):
            raise Lost("Hunyuan 3D took the request and named no job.")
        return Receipt({"id": job})

    def poll(self, api: Api, handle: dict[str, str]) -> Status:
        assert isinstance(api, TencentApi)
        call = api.signed("QueryHunyuanTo3DProJob", {"JobId": handle["id"]})
        job = api.read("/", method="POST", **call).get("Response") or {}
        files = [(str(f.get("Type", "")), str(f.get("Url", ""))) for f in job.get("ResultFile3Ds") or []]
        return Status(
            STATES.get(str(job.get("Status")), RUNNING),
            text=str(job.get("ErrorMessage") or ""),
            links=links({kind: url for kind, url in files if suffix_of(url) != ".zip"}),
            notes={"task": handle["id"], "credits": job.get("ResultCreditConsumed")},
        )
