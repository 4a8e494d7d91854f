"""ComfyUI against a stand-in that words things as its server.py and execution.py do."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from PIL import Image

from tests.toolchain.generate.remote.contracts import Contract, as_json
from tests.toolchain.generate.remote.standin import Job, StandIn
from tests.toolchain.generate.remote.things import KEY
from tests.toolchain.generate.selfhosted.conftest import Bench, Killed, use
from toolchain.asset import LEARNED
from toolchain.generate import table
from toolchain.generate.remote.states import Planned
from toolchain.generate.selfhosted import graph
from toolchain.stage import StageError

CORE = {
    *("ImageOnlyCheckpointLoader", "ModelSamplingAuraFlow", "LoadImage", "CLIPVisionEncode", "Hunyuan3Dv2Conditioning"),
    *("Hunyuan3Dv2ConditioningMultiView", "EmptyLatentHunyuan3Dv2", "KSampler", "VAEDecodeHunyuan3D", "VoxelToMesh"),
    "SaveGLB",
}
DONE_AFTER = 4  # looks at its history


class Comfy(Contract):
    """Kinds: info, upload, create (/prompt), poll (/history), queue, cancel, view."""

    routes = (
        ("GET", r"/object_info/(\w+)", "info"),
        ("POST", r"/upload/image", "upload"),
        ("POST", r"/prompt", "create"),
        ("GET", r"/history/([\w-]+)", "poll"),
        ("GET", r"/queue", "queue"),
        ("POST", r"/queue", "cancel"),
        ("POST", r"/interrupt", "cancel"),
        ("GET", r"/view", "view"),
    )

    def __init__(self) -> None:
        self.nodes = set(CORE)
        self.checkpoints: Any = [["hunyuan3d-dit-v2-mv.safetensors", "hunyuan3d-dit-v2.safetensors", "sd15.ckpt"]]
        self.ends: dict[str, Any] = {}  # how a job ends, where it is not a success
        self.outputs: dict[str, Any] = {
            "save": {"3d": [{"filename": "x_1_.glb", "subfolder": "dropforge", "type": "output"}]}
        }
        self.refuses: dict[str, Any] = {}
        self.forgets = False

    def reply(self, kind: str, name: str, body: bytes, stand: StandIn, stuck: bool, failed: bool) -> tuple[int, bytes]:
        if kind == "info":
            loader = {"input": {"required": {"ckpt_name": self.checkpoints}}}
            return 200, as_json({name: loader} if name in self.nodes else {})
        if kind == "upload":
            return 200, as_json(
                {"name": part(body, "image")[0], "subfolder": part(body, "subfolder")[1].decode(), "type": "input"}
            )
        if kind == "create":
            if self.refuses:
                return 400, as_json(self.refuses)
            job = stand.job()
            job.asked = json.loads(body)
            return self.created(job, stand)
        if kind == "queue":
            live = [] if self.forgets else [j for j in stand.jobs.values() if not j.cancelled and j.polls <= DONE_AFTER]
            rows = [[i, j.id, {}, {}, []] for i, j in enumerate(live)]
            return 200, as_json(
                {
                    "queue_running": [r for r in rows if stand.jobs[r[1]].polls > 1],
                    "queue_pending": [r for r in rows if stand.jobs[r[1]].polls <= 1],
                }
            )
        if kind == "cancel":
            said = json.loads(body)
            for one in said.get("delete", [said.get("prompt_id")]):
                stand.jobs[one].cancelled = True
            return 200, b""
        if kind == "view":
            return 200, stand.model
        job = stand.jobs[name]
        job.polls += not stuck
        if job.polls <= DONE_AFTER or stuck or self.forgets:
            return 200, b"{}"
        good = {"outputs": self.outputs, "status": {"status_str": "success", "completed": True, "messages": []}}
        return 200, as_json({name: {"prompt": [], **(self.ends or good)}})

    def created(self, job: Job, stand: StandIn) -> tuple[int, bytes]:
        return 200, as_json({"prompt_id": job.id, "number": 1, "node_errors": {}})


def part(body: bytes, name: str) -> tuple[str, bytes]:
    """(file name, content) of one part of a multipart body."""
    piece = next(p for p in body.split(b"\r\n--") if f'name="{name}"'.encode() in p)
    head, _, content = piece.partition(b"\r\n\r\n")
    found = head.partition(b'filename="')[2].partition(b'"')[0].decode()
    return found, content


def error(kind: str, message: str) -> dict[str, Any]:
    said = {"node_type": "VAEDecodeHunyuan3D", "exception_type": kind, "exception_message": message}
    return {
        "outputs": {},
        "status": {
            "status_str": "error",
            "completed": False,
            "messages": [["execution_start", {}], ["execution_error", said]],
        },
    }


@pytest.fixture
def comfy(bench: Bench) -> Bench:
    return use(bench, "comfyui", Comfy())


def sent(bench: Bench) -> dict[str, Any]:
    plan: dict[str, Any] = json.loads(bench.bodies("create")[-1])["prompt"]
    return plan


def test_the_built_in_graph(comfy: Bench) -> None:
    sculpt = comfy.ask("single", steps=7, seed=41, front="+Z")
    plan = sent(comfy)
    assert set(graph.kinds(plan)) == CORE - {"Hunyuan3Dv2ConditioningMultiView"}
    assert plan["load"]["inputs"]["ckpt_name"] == "hunyuan3d-dit-v2.safetensors"  # one view: not the multi-view model
    assert (plan["sample"]["inputs"]["seed"], plan["sample"]["inputs"]["steps"]) == (41, 7)
    for node in plan.values():  # every link leads to a node that is there
        for value in node["inputs"].values():
            assert not isinstance(value, list) or value[0] in plan
    name, png = part(comfy.bodies("upload")[0], "image")
    assert plan["picture_single"]["inputs"]["image"] == f"dropforge/{name}"
    pixels = np.asarray(Image.open(io.BytesIO(png)))
    assert pixels.shape[2] == 4 and (pixels[0, 0] == [255, 255, 255, 0]).all()  # LoadImage looks at what is under alpha
    (view,) = [c for c in comfy.stand.calls if c.kind == "view"]
    assert parse_qs(urlsplit(view.path).query) == {
        "filename": ["x_1_.glb"],
        "subfolder": ["dropforge"],
        "type": ["output"],
    }
    assert sculpt.mesh.size == pytest.approx([1, 2, 1.25]) and set(sculpt.evidence) == {LEARNED}
    assert sculpt.notes["service"] == "comfyui" and sculpt.notes["seed"] == 41
    told = [text for _, text in comfy.told]
    assert any("jobs before it" in t for t in told) and any("is at work" in t for t in told)
    shares = [share for share, _ in comfy.told]
    assert shares == sorted(shares)


def test_several_views_take_the_multi_view_model(comfy: Bench) -> None:
    comfy.stand.contract.checkpoints = [
        "COMBO",
        {"options": comfy.stand.contract.checkpoints[0]},
    ]  # as newer servers word it
    comfy.ask("back", "front", "left")
    plan = sent(comfy)
    assert plan["load"]["inputs"]["ckpt_name"] == "hunyuan3d-dit-v2-mv.safetensors"
    assert plan["condition"]["inputs"] == {v: [f"see_{v}", 0] for v in ("front", "left", "back")}
    assert len(comfy.bodies("upload")) == 3
    comfy.ask("back", "front", views="one")
    assert sent(comfy)["condition"]["class_type"] == "Hunyuan3Dv2Conditioning"


def test_no_checkpoint_is_told_with_what_mends_it(comfy: Bench) -> None:
    comfy.stand.contract.checkpoints = [["sd15.ckpt", "hunyuan3d-dit-v2.safetensors"]]
    with pytest.raises(StageError, match=r"several views.*hunyuan3d-dit-v2-mv.*generate\.views=one"):
        comfy.ask("front", "back")
    assert not comfy.bodies("create")


def test_a_missing_node_is_told_before_anything_is_sent(comfy: Bench) -> None:
    comfy.stand.contract.nodes -= {"VoxelToMesh", "SaveGLB"}
    with pytest.raises(StageError, match=r"no node SaveGLB, VoxelToMesh"):
        comfy.ask()
    assert not comfy.bodies("create") and not comfy.bodies("upload")


def test_a_refused_graph_names_the_node(comfy: Bench) -> None:
    wrong = {
        "errors": [{"message": "Value not in list", "details": "sampler_name: 'eule' not in []"}],
        "class_type": "KSampler",
    }
    comfy.stand.contract.refuses = {
        "error": {"message": "Prompt outputs failed validation"},
        "node_errors": {"3": wrong},
    }
    with pytest.raises(StageError, match=r"failed validation; KSampler: Value not in list, sampler_name"):
        comfy.ask()


@pytest.mark.parametrize(
    ("kind", "message", "sentence"),
    [
        (
            "torch.cuda.OutOfMemoryError",
            "Allocation on device 0 would exceed",
            "VAEDecodeHunyuan3D ran out of GPU memory",
        ),
        ("torch.OutOfMemoryError", "CUDA out of memory. Tried", "lower generate.resolution"),
        ("RuntimeError", "shapes do not fit", "VAEDecodeHunyuan3D failed: shapes do not fit"),
    ],
)
def test_a_failed_job_says_why(comfy: Bench, kind: str, message: str, sentence: str) -> None:
    comfy.stand.contract.ends = error(kind, message)
    with pytest.raises(StageError, match=sentence.replace(".", r"\.")):
        comfy.ask()
    comfy.stand.contract.ends = {}
    comfy.ask()  # nothing was billed: it may simply be asked again
    assert len(comfy.bodies("create")) == 2


def test_a_job_interrupted_there(comfy: Bench) -> None:
    messages = [["execution_interrupted", {}]]
    comfy.stand.contract.ends = {
        "outputs": {},
        "status": {"status_str": "error", "completed": False, "messages": messages},
    }
    with pytest.raises(StageError, match="interrupted there"):
        comfy.ask()


def test_a_workflow_that_saves_no_model(comfy: Bench) -> None:
    comfy.stand.contract.outputs = {"9": {"images": [{"filename": "a.png", "subfolder": "", "type": "output"}]}}
    with pytest.raises(StageError, match="saves no model"):
        comfy.ask()


def test_a_preview_names_its_file_as_a_path(comfy: Bench) -> None:
    comfy.stand.contract.outputs = {"9": {"result": ["3D\\deep\\y.glb", None]}}
    comfy.ask()
    (view,) = [c for c in comfy.stand.calls if c.kind == "view"]
    assert parse_qs(urlsplit(view.path).query) == {"filename": ["y.glb"], "subfolder": ["3D/deep"], "type": ["output"]}


@pytest.mark.parametrize("fault", ["500", "malformed", "slow", "cut", "429"])
@pytest.mark.parametrize("kind", ["poll", "upload"])
def test_reads_are_tried_again(comfy: Bench, kind: str, fault: str) -> None:
    setattr(comfy.stand.faults, kind, [fault])
    comfy.ask()
    assert len(comfy.bodies("create")) == 1


@pytest.mark.parametrize("fault", ["500", "cut", "malformed"])
def test_a_lost_request_is_told_and_may_be_sent_again(comfy: Bench, fault: str) -> None:
    comfy.stand.faults.create = [fault]
    with pytest.raises(StageError, match="ComfyUI"):
        comfy.ask()
    comfy.ask()  # a server of one's own sends no bill


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [("truncated", "cut short"), ("html", "text/html"), ("wrong", "not a GLB"), ("large", "1 MiB")],
)
def test_a_bad_file_is_told(comfy: Bench, fault: str, sentence: str) -> None:
    comfy.stand.faults.view = [fault, "..."]  # type: ignore[attr-defined]
    with pytest.raises(StageError, match=sentence):
        comfy.ask()
    comfy.stand.faults.view = []  # type: ignore[attr-defined]
    comfy.ask()
    assert len(comfy.bodies("create")) == 1  # the job is done; only its file is fetched again


def test_a_stuck_job_is_waited_for_later(comfy: Bench) -> None:
    comfy.stand.faults.poll = ["stuck", "..."]
    with pytest.raises(StageError, match="not finished after 60 s"):
        comfy.ask(wait_s=60.0)
    comfy.stand.faults.poll = []
    comfy.ask(wait_s=60.0)
    assert len(comfy.bodies("create")) == 1


def test_a_server_that_was_started_anew(comfy: Bench) -> None:
    comfy.stand.contract.forgets = True
    with pytest.raises(StageError, match="no longer knows the job"):
        comfy.ask()
    comfy.stand.contract.forgets = False
    comfy.ask()
    assert len(comfy.bodies("create")) == 2


def test_a_crash_after_the_request_goes_on_with_the_job(comfy: Bench) -> None:
    def kill() -> None:
        raise Killed

    comfy.time.on_sleep = kill
    with pytest.raises(Killed):
        comfy.ask()
    comfy.time.on_sleep = None
    comfy.ask()
    assert len(comfy.bodies("create")) == 1


@pytest.mark.parametrize(("sleeps", "path"), [(1, "/queue"), (3, "/interrupt")])
def test_an_interrupt_ends_our_job_alone(comfy: Bench, sleeps: int, path: str) -> None:
    def interrupt() -> None:
        if len(comfy.time.slept) >= sleeps:
            raise KeyboardInterrupt

    comfy.time.on_sleep = interrupt
    with pytest.raises(KeyboardInterrupt):
        comfy.ask()
    (cancel,) = [c for c in comfy.stand.calls if c.kind == "cancel"]
    assert cancel.path == path and b"job-1" in cancel.body


def test_a_dry_run_sends_nothing(comfy: Bench) -> None:
    with pytest.raises(Planned, match="Nothing was sent"):
        comfy.ask(dry_run=True)
    assert not comfy.stand.calls


def test_the_token_is_nowhere(comfy: Bench) -> None:
    sculpt = comfy.ask()
    assert all(call.headers["authorization"] == f"Bearer {KEY}" for call in comfy.stand.calls)
    kept = "".join(p.read_text(errors="replace") for p in comfy.state.rglob("*") if p.is_file())
    for place in (kept, repr(comfy.told), json.dumps(sculpt.notes), sculpt.reason):
        assert KEY not in place and "127.0.0.1" not in place


# The user's own workflow


@pytest.fixture
def own(comfy: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "workflows"
    folder.mkdir()
    monkeypatch.setenv("DROPFORGE_COMFYUI_WORKFLOWS", str(folder))
    plan = {
        "1": {"class_type": "LoadImage", "inputs": {"image": "{{image}}"}},
        "2": {
            "class_type": "KSampler",
            "inputs": {"seed": "{{seed}}", "text": "a {{prompt}}, number {{seed}}", "x": ["1", 0]},
        },
        "3": {"class_type": "SaveGLB", "inputs": {"mesh": ["2", 0], "filename_prefix": "{{file}}"}},
    }
    (folder / "mine.json").write_text(json.dumps(plan))
    return folder


def test_placeholders_are_filled(comfy: Bench, own: Path) -> None:
    sculpt = comfy.ask("front", "back", workflow="mine", prompt="red {{box}}", seed=3)
    plan = sent(comfy)
    assert plan["2"]["inputs"] == {"seed": 3, "text": "a red {{box}}, number 3", "x": ["1", 0]}
    assert plan["1"]["inputs"]["image"].startswith("dropforge/") and plan["3"]["inputs"]["filename_prefix"].startswith(
        "dropforge/"
    )
    assert len(comfy.bodies("upload")) == 1 and sculpt.notes["views_sent"] == ["front"]
    assert sculpt.rung == "mine" and str(own) not in json.dumps(sculpt.notes)


def test_an_edit_of_the_workflow_changes_the_params(comfy: Bench, own: Path) -> None:
    make = table.generator("comfyui").Params
    before = make(workflow="mine")  # type: ignore[call-arg]
    (own / "mine.json").write_text((own / "mine.json").read_text().replace("number", "no."))
    assert make(workflow="mine") != before  # type: ignore[call-arg]
    with pytest.raises(StageError, match="was changed while it ran"):
        comfy_run(comfy, before)


def comfy_run(bench: Bench, params: Any) -> None:
    from tests.toolchain.generate.remote.things import pictures

    table.generator("comfyui").generate(pictures("single"), params, lambda *_: None, bench.state)


def test_a_view_that_the_workflow_asks_for_and_that_is_not_there(comfy: Bench, own: Path) -> None:
    (own / "mine.json").write_text((own / "mine.json").read_text().replace("{{image}}", "{{top}}"))
    with pytest.raises(StageError, match=r"asks for \{\{top\}\}"):
        comfy.ask("front", workflow="mine")


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("mine", "{", "is not JSON"),
        ("mine", '{"nodes": [], "links": []}', "Export"),
        ("mine", '{"1": {"inputs": 3}}', "API format"),
        ("other", "{}", "there: mine"),
        ("../mine", "{}", "without folders"),
    ],
)
def test_a_workflow_that_is_none(own: Path, name: str, text: str, sentence: str) -> None:
    (own / "mine.json").write_text(text)
    with pytest.raises(ValueError, match=sentence):
        table.generator("comfyui").Params(workflow=name)  # type: ignore[call-arg]


@pytest.mark.parametrize(
    ("url", "good"),
    [
        ("http://127.0.0.1:8188", True),
        ("http://192.168.1.20:8188", True),
        ("https://comfy.example.com", True),
        ("http://comfy.example.com", False),
        ("comfy", False),
        ("http://me:pass@127.0.0.1:8188", False),
    ],
)
def test_which_addresses_may_be_called(monkeypatch: pytest.MonkeyPatch, url: str, good: bool) -> None:
    monkeypatch.setenv("DROPFORGE_COMFYUI_URL", url)
    why = table.generator("comfyui").available()
    assert (why is None) == good, why
