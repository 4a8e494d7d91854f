"""ComfyUI: the user's own workflow with placeholders, or a built-in graph of core nodes for Hunyuan3D.

Contract: ComfyUI's server.py and execution.py, read at Comfy-Org/ComfyUI 002c3fb and 04e2a91 and, for older servers,
at comfyanonymous/ComfyUI d4b5097. No websocket: a job is asked after by /history and /queue. A job's answer names its
files by node; the model is the first that we read.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine_profiles.typed import opt
from toolchain.asset import Reference, Sculpt
from toolchain.generate.remote.client import Service
from toolchain.generate.remote.finish import Maker, make
from toolchain.generate.remote.http import Api, Host
from toolchain.generate.remote.states import (
    CANCELLED,
    EXPIRED,
    FAILED,
    QUEUED,
    RUNNING,
    SUCCEEDED,
    Lost,
    Order,
    Picture,
    Price,
    Receipt,
    Status,
)
from toolchain.generate.selfhosted import answers, graph, server
from toolchain.generate.unbilled import UnbilledAsk
from toolchain.stage import Progress, StageError

NAME, TITLE = "comfyui", "ComfyUI"
WHERE, PRICE = "own server", ""
CAN = ("1-4 views", "what the workflow gives", "seeds", "cancels")
LICENCE = (
    "That of the models in the workflow. The built-in graph's Hunyuan3D is not licensed in the EU, the UK and "
    "South Korea."
)
SUBFOLDER = "dropforge"


@dataclass(frozen=True)
class Params(UnbilledAsk):
    """Which workflow, and what goes into it."""

    workflow: str = opt("", f"name of a workflow in {graph.FOLDER}, in API format; empty takes the built-in graph")
    workflow_sha256: str = opt("", "of the workflow's file; found by itself, so that an edit makes the asset anew")
    prompt: str = opt("", "text for {{prompt}}")
    views: str = opt("auto", "of the built-in graph; auto takes all it knows", choices=("auto", "one", "several"))
    checkpoint: str = opt("", "of the built-in graph; empty takes the server's first that fits")
    steps: int = opt(20, "of the built-in graph: steps of diffusion", low=1, high=100)
    guidance: float = opt(7.5, "of the built-in graph: how closely it keeps to the pictures", low=0.0, high=20.0)
    resolution: int = opt(256, "of the built-in graph: cells along a side when meshing", low=16, high=512)
    latent: int = opt(3072, "of the built-in graph: tokens that describe the shape", low=512, high=8192)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.workflow:
            object.__setattr__(self, "workflow_sha256", graph.read(self.workflow)[1])


def available() -> str | None:
    """None where DROPFORGE_COMFYUI_URL names a server."""
    return server.why_not(NAME, TITLE, "http://127.0.0.1:8188")


def generate(reference: Reference, params: Params, progress: Progress, state: Path) -> Sculpt:
    """The workflow's model. StageError in one sentence where there is none."""
    from toolchain.generate.remote.pictures import around, one, picture

    if params.workflow:
        try:
            plan, digest = graph.read(params.workflow)
        except ValueError as error:
            raise StageError(f"ComfyUI's {error}.") from None
        if digest != params.workflow_sha256:
            raise StageError(f'The workflow "{params.workflow}" was changed while it ran. Run again.')
        wanted = graph.holes(plan)
        chosen = {"image": one(reference)[0]} if "image" in wanted else {}
        chosen |= {view.name: picture(view) for view in reference.views if view.name in wanted}
    else:
        several = around(reference) if params.views != "one" else one(reference)
        if params.views == "several" and len(several) < 2:
            raise StageError('views = "several" needs a front and one of left, back and right.')
        plan = graph.hunyuan(
            tuple(p.view for p in several), params.steps, params.guidance, params.resolution, params.latent
        )
        chosen = {p.view: p for p in several} if len(several) > 1 else {"image": several[0]}

    chosen = {name: server.on_white(found) for name, found in chosen.items()}

    def order(seed: int) -> Order:
        given = {"seed": seed, "prompt": params.prompt, **{k: _upload_name(p) for k, p in chosen.items()}}
        if not params.workflow:
            given["checkpoint"] = params.checkpoint or "{{checkpoint}}"
        name = params.workflow or "hunyuan"
        key = Order(NAME, {"graph": plan, "values": given}, (), seed).fingerprint("")[:16]
        filled = graph.fill(plan, given | {"file": f"{SUBFOLDER}/{key}"})
        return Order(NAME, {"workflow": name, "graph": filled}, tuple(chosen.values()), seed, Price(0.0))

    name = params.workflow or "Hunyuan3D graph"
    return make(Comfy(server.host(NAME, TITLE)), order, Maker(NAME, name, LICENCE), params, progress, state)


class ComfyApi(Api):
    """Its refusals name the node."""

    def fault(self, payload: Any) -> tuple[str, str] | None:
        """What /prompt finds wrong with a graph."""
        if not isinstance(payload, dict) or "node_errors" not in payload or not payload.get("error"):
            return None
        error = payload["error"]
        said = [error.get("message", "") if isinstance(error, dict) else str(error)]
        nodes = payload["node_errors"] if isinstance(payload["node_errors"], dict) else {}
        for node in list(nodes.values())[:3]:
            found = (node.get("errors") or [{}])[0] if isinstance(node, dict) else {}
            said.append(f"{node.get('class_type')}: {found.get('message')}, {found.get('details')}")
        return "refused", "; ".join(filter(None, said))[:400]


class Comfy(Service):
    """A queue of graphs; what it makes lies in its output folder."""

    billed = False

    def __init__(self, host: Host) -> None:
        super().__init__(host)

    def open(self) -> Api:
        """The API with ComfyUI's own faults."""
        return ComfyApi(self.host)

    def prepare(self, api: Api, order: Order) -> Any:
        """Nodes and checkpoint looked for, pictures uploaded; the graph as it is sent."""
        plan, given = order.options["graph"], {}
        about = {kind: api.read(f"/object_info/{kind}") for kind in graph.kinds(plan)}
        if missing := sorted(kind for kind, info in about.items() if not isinstance(info, dict) or kind not in info):
            raise StageError(
                f"Your ComfyUI has no node {', '.join(missing)}. Update it, or install the node packs of the workflow."
            )
        if "checkpoint" in graph.holes(plan):
            several = "Hunyuan3Dv2ConditioningMultiView" in about
            given["checkpoint"] = answers.checkpoint(about["ImageOnlyCheckpointLoader"], several)
        for picture in order.pictures:
            folder, _, name = _upload_name(picture).partition("/")
            answer = api.read(
                "/upload/image",
                method="POST",
                data={"type": "input", "subfolder": folder, "overwrite": "true"},
                files={"image": (name, picture.png, "image/png")},
            )
            if not isinstance(answer, dict) or (answer.get("name"), answer.get("subfolder")) != (name, folder):
                raise StageError("ComfyUI did not keep an uploaded picture under its name.", repr(answer)[:500])
        return graph.fill(plan, given) if given else plan

    def submit(self, api: Api, order: Order, prepared: Any) -> Receipt:
        """Queue the graph."""
        answer = api.create(
            "/prompt", json={"prompt": prepared, "client_id": f"dropforge-{order.fingerprint('')[:16]}"}
        )
        if not isinstance(answer, dict) or not isinstance(answer.get("prompt_id"), str):
            raise Lost("ComfyUI took the workflow and named no job.")
        return Receipt({"id": answer["prompt_id"]})

    def poll(self, api: Api, handle: dict[str, str]) -> Status:
        """From /history when it has ended, else from /queue."""
        job = api.read(f"/history/{handle['id']}").get(handle["id"])
        if job is None:
            queue = api.read("/queue")
            if any(item[1] == handle["id"] for item in queue["queue_running"]):
                return Status(RUNNING, 0.3, "is at work")
            waiting = sorted(queue["queue_pending"], key=lambda item: item[0])
            place = next((i for i, item in enumerate(waiting) if item[1] == handle["id"]), None)
            if place is not None:
                return Status(QUEUED, 0.0, f"has {place + len(queue['queue_running'])} jobs before it")
            job = api.read(f"/history/{handle['id']}").get(handle["id"])  # it may have ended in between
            if job is None:
                return Status(EXPIRED, text="it no longer knows the job; it was started anew, or its queue cleared")
        return self._ended(job)

    def _ended(self, job: dict[str, Any]) -> Status:
        status = job.get("status") or {}
        messages = [m for m in status.get("messages") or [] if isinstance(m, list) and len(m) == 2]
        if any(kind == "execution_interrupted" for kind, _ in messages):
            return Status(CANCELLED, text="it was interrupted there")
        if status.get("status_str") == "error":
            return Status(FAILED, text=answers.why(messages))
        links = tuple(answers.link(self.host.base, file) for file in answers.files(job.get("outputs") or {}))
        if not links:
            return Status(FAILED, text="its workflow saves no model; end it with a node such as SaveGLB")
        return Status(SUCCEEDED, 1.0, links=links)

    def cancel(self, api: Api, handle: dict[str, str]) -> bool:
        """Out of the queue, or interrupted, and nothing else: a running job of someone else goes on."""
        try:
            running = any(item[1] == handle["id"] for item in api.read("/queue")["queue_running"])
        except (StageError, KeyError, TypeError, IndexError):
            return False
        if running:  # older servers take no id, and interrupt what runs: that it is ours was just seen
            return api.once("/interrupt", json={"prompt_id": handle["id"]})
        return api.once("/queue", json={"delete": [handle["id"]]})


def _upload_name(picture: Picture) -> str:
    return f"{SUBFOLDER}/{picture.sha256[:24]}.png"
