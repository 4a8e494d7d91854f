"""How each service words its answers, from its published documentation: the mirror of its adapter."""

from __future__ import annotations

import base64
import json
import re
from typing import Any

from tests.toolchain.generate.remote.standin import COURSE, Job, StandIn


def as_json(value: Any) -> bytes:
    return json.dumps(value).encode()


class Contract:
    """`routes`: (method, pattern of the path, kind). `auth`: what the Authorization header must be."""

    routes: tuple[tuple[str, str, str], ...] = ()
    auth = "Bearer {key}"
    cancels = False
    at_once = False  # the answer to the request is the model

    def route(self, method: str, path: str, body: bytes) -> tuple[str, str]:
        for verb, pattern, kind in self.routes:
            if verb == method and (found := re.fullmatch(pattern, path)):
                return kind, found[1] if found.groups() else ""
        return "other", ""

    def accepts(self, headers: dict[str, str], body: bytes, stand: StandIn) -> bool:
        return headers.get("authorization") == self.auth.format(key=stand.key)

    def reply(self, kind: str, name: str, body: bytes, stand: StandIn, stuck: bool, failed: bool) -> tuple[int, bytes]:
        if kind == "create":
            job = stand.job()
            job.asked = self.understand(body)
            return self.created(job, stand)
        if kind == "upload":
            return self.uploaded(body)
        job = stand.jobs.get(self.job_id(name, body), Job(""))
        if not job.id:
            return 404, b'{"message": "no such job"}'
        if kind == "cancel":
            job.cancelled = True
            return 200, b"{}"
        if kind == "result":
            return self.result(job, stand)
        state, share = COURSE[1] if stuck else COURSE[min(job.polls, len(COURSE) - 1)]
        job.polls += 1
        return self.status(job, "failed" if failed else state, share, stand)

    def job_id(self, name: str, body: bytes) -> str:
        return name

    def understand(self, body: bytes) -> Any:
        return json.loads(body)

    def uploaded(self, body: bytes) -> tuple[int, bytes]:
        raise NotImplementedError

    def created(self, job: Job, stand: StandIn) -> tuple[int, bytes]:
        raise NotImplementedError

    def status(self, job: Job, state: str, share: int, stand: StandIn) -> tuple[int, bytes]:
        raise NotImplementedError

    def result(self, job: Job, stand: StandIn) -> tuple[int, bytes]:
        raise NotImplementedError

    def out_of_credits(self) -> tuple[int, bytes]:
        return 402, b'{"message": "Insufficient credits"}'


class Meshy(Contract):
    cancels = True
    routes = (
        ("POST", r"/openapi/v1/(?:multi-)?image-to-3d", "create"),
        ("GET", r"/openapi/v1/(?:multi-)?image-to-3d/([\w-]+)", "poll"),
        ("DELETE", r"/openapi/v1/(?:multi-)?image-to-3d/([\w-]+)", "cancel"),
    )

    def created(self, job, stand):
        return 202, as_json({"result": job.id})

    def status(self, job, state, share, stand):
        names = {"queued": "PENDING", "running": "IN_PROGRESS", "succeeded": "SUCCEEDED", "failed": "FAILED"}
        done = state == "succeeded"
        urls = {"glb": f"{stand.base}/files/{job.id}.glb?sig=1", "usdz": f"{stand.base}/files/x.usdz"} if done else {}
        error = {"code": "InternalError", "message": "the picture is empty" if state == "failed" else ""}
        return 200, as_json(
            {"id": job.id, "type": "image-to-3d", "status": names[state], "progress": share, "model_urls": urls,
             "task_error": error, "consumed_credits": 30 if done else 0}
        )  # fmt: skip


class Tripo(Contract):
    routes = (
        ("POST", r"/v3/files", "upload"),
        ("POST", r"/v3/generation/(?:image|multiview)-to-model", "create"),
        ("GET", r"/v3/tasks/([\w-]+)", "poll"),
    )

    def uploaded(self, body):
        assert b'name="file"' in body and b"\x89PNG" in body
        view = re.search(rb'filename="(\w+)\.png"', body)
        assert view is not None
        return 200, as_json({"code": 0, "data": {"file_token": f"file_{view[1].decode()}"}})

    def created(self, job, stand):
        return 200, as_json({"code": 0, "data": {"task_id": job.id}})

    def status(self, job, state, share, stand):
        names = {"succeeded": "success"}
        url = f"{stand.base}/files/{job.id}?sig=1"  # no suffix: it is a GLB
        output = {"model_url": url, "pbr_model_url": f"{url}&pbr"} if state == "succeeded" else {}
        error = "the picture is empty" if state == "failed" else None
        data = {"task_id": job.id, "type": "image_to_model", "status": names.get(state, state), "progress": share,
                "error_msg": error, "credits_consumed": 45, "output": output}  # fmt: skip
        return 200, as_json({"code": 0, "data": data})

    def out_of_credits(self):
        return 403, as_json({"code": 2010, "message": "You need more credits", "suggestion": "Buy", "request_id": "r"})


class Hunyuan(Contract):
    routes = (("POST", r"/", "call"),)

    def route(self, method, path, body):
        if method != "POST" or path != "/":
            return "other", ""
        return ("poll" if set(json.loads(body)) == {"JobId"} else "create"), ""

    def accepts(self, headers, body, stand):
        from toolchain.generate.remote.tc3 import signed_headers

        right = signed_headers(
            headers.get("x-tc-action", ""), body, host=headers["host"], service="ai3d", version="2025-05-13",
            region=headers.get("x-tc-region", ""), secret_id=stand.key + "-id", secret_key=stand.key,
            timestamp=int(headers.get("x-tc-timestamp", "0")),
        )  # fmt: skip
        return headers.get("authorization") == right["Authorization"]

    def job_id(self, name, body):
        return json.loads(body)["JobId"]

    def created(self, job, stand):
        return 200, as_json({"Response": {"JobId": job.id, "RequestId": "r"}})

    def status(self, job, state, share, stand):
        names = {"queued": "WAIT", "running": "RUN", "succeeded": "DONE", "failed": "FAIL"}
        files = [
            {"Type": "OBJ", "Url": f"{stand.base}/files/{job.id}.zip?sig=1", "PreviewImageUrl": ""},
            {"Type": "GLB", "Url": f"{stand.base}/files/{job.id}.glb?sig=1", "PreviewImageUrl": ""},
        ]
        message = "the picture is empty" if state == "failed" else ""
        done = state == "succeeded"
        return 200, as_json(
            {"Response": {"Status": names[state], "ErrorCode": "", "ErrorMessage": message, "RequestId": "r",
                          "ResultFile3Ds": files if done else [], "ResultCreditConsumed": 35 if done else 0}}
        )  # fmt: skip

    def out_of_credits(self):
        error = {"Code": "FailedOperation.InsufficientBalance", "Message": "The account's balance is not enough"}
        return 200, as_json({"Response": {"Error": error, "RequestId": "r"}})


class Rodin(Contract):
    routes = (
        ("POST", r"/api/v2/rodin", "create"),
        ("POST", r"/api/v2/status", "poll"),
        ("POST", r"/api/v2/download", "result"),
    )

    def job_id(self, name, body):
        asked = json.loads(body)
        return asked.get("task_uuid") or asked["subscription_key"].removeprefix("sub-")

    def understand(self, body):
        return {"pictures": body.count(b'name="images"'), "glb": b"geometry_file_format" in body}

    def created(self, job, stand):
        return 201, as_json(
            {"uuid": job.id, "error": None, "message": "Submitted.",
             "jobs": {"uuids": ["a", "b"], "subscription_key": f"sub-{job.id}"}}
        )  # fmt: skip

    def status(self, job, state, share, stand):
        states = {"queued": ["Waiting"] * 2, "failed": ["Done", "Failed"], "succeeded": ["Done"] * 2}
        jobs = states.get(state, ["Done", "Generating"])
        return 200, as_json({"error": "OK", "jobs": [{"uuid": str(i), "status": s} for i, s in enumerate(jobs)]})

    def result(self, job, stand):
        listed = [{"name": n, "url": f"{stand.base}/files/{job.id}/{n}?sig=1"} for n in ("preview.webp", "base.glb")]
        return 201, as_json({"error": "OK", "list": listed})

    def out_of_credits(self):
        return 201, as_json({"error": "INSUFFICIENT_FUND", "message": "You don't have enough credits"})


class Stability(Contract):
    at_once = True
    routes = (("POST", r"/v2beta/3d/stable-(?:point-aware|fast)-3d", "create"),)

    def understand(self, body):
        assert b'name="image"' in body and b"\x89PNG" in body
        return body

    def created(self, job, stand):
        return 200, stand.model

    def out_of_credits(self):
        return 402, as_json({"id": "x", "name": "payment_required", "errors": ["You lack sufficient credits"]})


class Fal(Contract):
    auth = "Key {key}"
    cancels = True
    #: The job lies at the application, not at the model's whole path.
    routes = (
        ("POST", r"/fal-ai/[\w./-]+", "create"),
        ("GET", r"/fal-ai/[\w-]+/requests/([\w-]+)/status", "poll"),
        ("PUT", r"/fal-ai/[\w-]+/requests/([\w-]+)/cancel", "cancel"),
        ("GET", r"/fal-ai/[\w-]+/requests/([\w-]+)", "result"),
    )

    def created(self, job, stand):
        at = f"{stand.base}/fal-ai/trellis-2/requests/{job.id}"
        return 200, as_json(
            {"request_id": job.id, "status_url": f"{at}/status", "response_url": at, "cancel_url": f"{at}/cancel",
             "queue_position": 3}
        )  # fmt: skip

    def status(self, job, state, share, stand):
        if state == "queued":
            return 200, as_json({"status": "IN_QUEUE", "queue_position": 2})
        job.asked = "failed" if state == "failed" else job.asked
        done = state in ("succeeded", "failed")
        return 200, as_json({"status": "COMPLETED" if done else "IN_PROGRESS", "logs": [], "metrics": {}})

    def result(self, job, stand):
        if job.asked == "failed":
            return 422, as_json({"detail": [{"loc": ["body"], "msg": "the picture is empty", "type": "value_error"}]})
        file = {"url": f"{stand.base}/files/{job.id}?sig=1", "content_type": "model/gltf-binary",
                "file_name": "mesh.glb", "file_size": 1}  # fmt: skip
        return 200, as_json({"model_glb": file, "timings": {"total": 1.0}})


class Replicate(Contract):
    cancels = True
    routes = (
        ("POST", r"/v1/predictions", "create"),
        ("POST", r"/v1/models/[\w-]+/[\w-]+/predictions", "create"),
        ("GET", r"/v1/predictions/([\w-]+)", "poll"),
        ("POST", r"/v1/predictions/([\w-]+)/cancel", "cancel"),
    )

    def created(self, job, stand):
        return 201, as_json(
            {"id": job.id, "status": "starting", "urls": {"get": f"{stand.base}/v1/predictions/{job.id}"}}
        )

    def status(self, job, state, share, stand):
        names = {"queued": "starting", "running": "processing"}
        output = {"model_file": f"{stand.base}/files/{job.id}/out.glb", "color_video": None, "gaussian_ply": None}
        return 200, as_json(
            {"id": job.id, "status": names.get(state, state), "output": output if state == "succeeded" else None,
             "error": "the picture is empty" if state == "failed" else None}
        )  # fmt: skip


def pictures_of(asked: Any) -> list[bytes]:
    """PNG bytes of every data URI or base64 picture in a JSON request."""
    if isinstance(asked, str):
        text = asked.partition("base64,")[2] or (asked if asked.startswith("iVBOR") else "")
        return [base64.b64decode(text)] if text else []
    if isinstance(asked, dict):
        return [png for value in asked.values() for png in pictures_of(value)]
    if isinstance(asked, list):
        return [png for value in asked for png in pictures_of(value)]
    return []
