"""Hunyuan3D's api_server against a stand-in that words things as its source does."""

from __future__ import annotations

import base64
import json

import pytest

from tests.toolchain.generate.remote.contracts import Contract, as_json
from tests.toolchain.generate.remote.standin import COURSE, Job, StandIn
from tests.toolchain.generate.selfhosted.conftest import Bench, Killed, use
from toolchain.asset import LEARNED
from toolchain.stage import StageError

TRAFFIC = b'{"text": "**NETWORK ERROR DUE TO HIGH TRAFFIC. PLEASE REGENERATE OR REFRESH THIS PAGE.**", "error_code": 1}'


class ApiServer(Contract):
    """Kinds: create (/generate and /send), poll (/status)."""

    routes = (("POST", r"/(generate|send)", "create"), ("GET", r"/status/([\w-]+)", "poll"))
    fails = False
    damaged = False

    def reply(self, kind: str, name: str, body: bytes, stand: StandIn, stuck: bool, failed: bool) -> tuple[int, bytes]:
        if name == "generate":
            return (404, TRAFFIC) if self.fails else (200, stand.model)
        if name == "send":
            return self.created(stand.job(), stand)
        job = stand.jobs.get(name, Job(""))
        job.polls += 1
        if stuck or job.polls < len(COURSE):
            return 200, as_json({"status": "processing"})
        text = base64.b64encode(stand.model).decode()
        return 200, as_json({"status": "completed", "model_base64": "!" + text if self.damaged else text})

    def created(self, job: Job, stand: StandIn) -> tuple[int, bytes]:
        return 200, as_json({"uid": job.id})


@pytest.fixture
def server(bench: Bench) -> Bench:
    return use(bench, "hunyuan3d-server", ApiServer())


def test_generate(server: Bench) -> None:
    sculpt = server.ask("front", steps=9, seed=3, front="+Z")
    (body,) = map(json.loads, server.bodies("create"))
    assert base64.b64decode(body.pop("image"))[:4] == b"\x89PNG"
    assert body == {"seed": 3, "num_inference_steps": 9, "guidance_scale": 5.0, "octree_resolution": 256,
                    "texture": False, "face_count": 40000, "type": "glb"}  # fmt: skip
    assert sculpt.mesh.size == pytest.approx([1, 2, 1.25]) and set(sculpt.evidence) == {LEARNED}
    assert "EU" in sculpt.notes["licence"]


def test_a_failure_is_not_told_as_traffic(server: Bench) -> None:
    server.stand.contract.fails = True
    with pytest.raises(StageError, match="its log says why") as told:
        server.ask()
    assert "TRAFFIC" not in str(told.value)


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [("truncated", "cut short"), ("wrong", "not a GLB"), ("large", "1 MiB"), ("500", "500"), ("cut", "broke")],
)
def test_a_bad_answer_is_told(server: Bench, fault: str, sentence: str) -> None:
    server.stand.faults.create = [fault]
    with pytest.raises(StageError, match=sentence):
        server.ask()
    server.ask()


def test_send_outlasts_a_crash(server: Bench) -> None:
    def kill() -> None:
        raise Killed

    server.time.on_sleep = kill
    with pytest.raises(Killed):
        server.ask(resume=True)
    server.time.on_sleep = None
    server.ask(resume=True)
    assert [c.path for c in server.stand.calls if c.kind == "create"] == ["/send"]


def test_a_job_that_stays_at_work_for_ever(server: Bench) -> None:
    server.stand.faults.poll = ["stuck", "..."]
    with pytest.raises(StageError, match="not finished after 60 s"):
        server.ask(resume=True, wait_s=60.0)
    assert any("its log says why" in text for _, text in server.told)


def test_a_damaged_model(server: Bench) -> None:
    server.stand.contract.damaged = True
    with pytest.raises(StageError, match="damaged"):
        server.ask(resume=True)


@pytest.mark.parametrize("fault", ["500", "malformed", "429"])
def test_status_is_asked_again(server: Bench, fault: str) -> None:
    server.stand.faults.poll = [fault]
    server.ask(resume=True)
    assert len(server.bodies("create")) == 1


def test_candidates(server: Bench) -> None:
    assert server.ask(seeds=2, pick=2).notes["picked"] == 2
    with pytest.raises(StageError, match="takes one candidate"):
        server.ask(seeds=2, resume=True)
