"""Gradio apps by gradio_client, against a stand-in that speaks as Gradio 6.31 does: queue, events, files."""

from __future__ import annotations

import importlib.util
import json
import threading
import uuid
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from tests.toolchain.generate.remote.things import KEY, box_glb, pictures
from toolchain.asset import LEARNED, Sculpt
from toolchain.generate import table
from toolchain.generate.selfhosted import gradio, gradio_child
from toolchain.stage import StageError
from validators import child

needs_client = pytest.mark.skipif(
    importlib.util.find_spec("gradio_client") is None, reason="gradio-client is not installed"
)

COMPONENTS = ("image", "number", "model3d", "textbox", "state")
#: name -> (parameters as (name, component), outputs)
FUNCTIONS = {
    "preprocess": ((("image", "image"), ("ratio", "number")), ("image",)),
    "generate": ((("image", "image"), ("seed", "number")), ("state", "model3d", "textbox")),
    "words": ((), ("textbox",)),
}
CALLS = [
    ["/preprocess", {"image": "{{image}}", "ratio": 0.8}],
    ["/generate", {"image": "{{1}}", "seed": "{{seed}}"}],
]


class App:
    """The app. `fault`: what goes wrong in /generate; `joined`: the data of each call; `headers`: of every request."""

    def __init__(self) -> None:
        self.fault, self.model = "", box_glb()
        self.joined: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.uploads: list[bytes] = []
        self.events: dict[str, list[dict[str, Any]]] = {}
        self.ready, app = threading.Condition(), self

        class Handler(BaseHTTPRequestHandler):
            def handle_any(self) -> None:
                app.headers.append({k.lower(): v for k, v in self.headers.items()})
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                app.answer(self, unquote(urlsplit(self.path).path), body)

            do_GET = do_POST = do_HEAD = handle_any

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.base = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def config(self) -> dict[str, Any]:
        ids = {name: i for i, name in enumerate(COMPONENTS)}
        return {
            "version": "6.31.0",
            "protocol": "sse_v3",
            "api_prefix": "/gradio_api",
            "connect_heartbeat": False,
            "components": [
                {"id": i, "type": name, "props": {"name": name}, "skip_api": name == "state"} for name, i in ids.items()
            ],
            "dependencies": [
                {"id": i, "api_name": name, "inputs": [ids[c] for _, c in takes], "outputs": [ids[c] for c in gives],
                 "backend_fn": True, "queue": True, "types": {"generator": False, "cancel": False}, "cancels": [],
                 "api_visibility": "public", "connection": "sse"}
                for i, (name, (takes, gives)) in enumerate(FUNCTIONS.items())
            ],
        }  # fmt: skip

    def info(self) -> dict[str, Any]:
        def about(name: str, component: str) -> dict[str, Any]:
            return {"label": name, "parameter_name": name, "parameter_has_default": False, "parameter_default": None,
                    "type": {"type": "object"}, "python_type": {"type": "filepath", "description": ""},
                    "component": component.capitalize(), "example_input": None}  # fmt: skip

        return {
            "named_endpoints": {
                f"/{name}": {
                    "parameters": [about(*p) for p in takes],
                    "returns": [about(c, c) for c in gives if c != "state"],
                    "api_visibility": "public",
                }
                for name, (takes, gives) in FUNCTIONS.items()
            },
            "unnamed_endpoints": {},
        }

    def answer(self, handler: Any, path: str, body: bytes) -> None:
        path = path.removeprefix("/gradio_api")
        if path == "/config":
            self.json(handler, self.config())
        elif path == "/info":
            self.json(handler, self.info())
        elif path == "/upload":
            self.uploads.append(body)
            self.json(handler, [f"/srv/upload-{len(self.uploads)}.png"])
        elif path == "/queue/join":
            asked = json.loads(body)
            event = uuid.uuid4().hex
            self.joined.append(asked)
            with self.ready:
                self.events.setdefault(asked["session_hash"], []).append({"event": event, "fn": asked["fn_index"]})
                self.ready.notify_all()
            self.json(handler, {"event_id": event})
        elif path == "/queue/data":
            self.stream(handler, urlsplit(handler.path).query.partition("session_hash=")[2])
        elif path.startswith("/file=/srv/"):
            data = self.model if path.endswith(".glb") else b"\x89PNG not looked at"
            self.send(handler, 200, "application/octet-stream", data)
        else:
            self.send(handler, 404, "text/plain", b"")

    def outcome(self, name: str) -> dict[str, Any]:
        def file(path: str) -> dict[str, Any]:
            return {"path": path, "url": f"{self.base}/gradio_api/file={path}", "orig_name": path.rpartition("/")[2],
                    "meta": {"_type": "gradio.FileData"}}  # fmt: skip

        if name == "preprocess":
            data: list[Any] = [file("/srv/cut.png")]
        elif name == "generate" and self.fault != "no model":
            data = [None, file("/srv/made.glb"), "/etc/hostname.glb"]
        else:
            data = ["only words"] if name == "words" else [None, None, "only words"]
        return {"msg": "process_completed", "success": True, "output": {"data": data, "is_generating": False}}

    def stream(self, handler: Any, session: str) -> None:
        handler.send_response(200)
        handler.send_header("content-type", "text/event-stream")
        handler.end_headers()

        def tell(**message: Any) -> None:
            handler.wfile.write(f"data: {json.dumps(message)}\n\n".encode())
            handler.wfile.flush()

        try:
            for _ in range(len(FUNCTIONS)):
                with self.ready:
                    self.ready.wait_for(lambda: bool(self.events.get(session)), 1.0)
                    if not self.events.get(session):
                        return
                    asked = self.events[session].pop(0)
                event, name = asked["event"], list(FUNCTIONS)[asked["fn"]]
                tell(msg="estimation", event_id=event, rank=2, queue_size=3, rank_eta=None)
                if name == "generate" and self.fault == "stuck":
                    threading.Event().wait(20)
                steps = [{"index": 3, "length": 12, "unit": "steps", "progress": None, "desc": "Sampling"}]
                tell(msg="process_starts", event_id=event, eta=None)
                tell(msg="progress", event_id=event, progress_data=steps)
                if name == "generate" and self.fault == "error":
                    said = {"error": "CUDA out of memory", "visible": True, "duration": 10, "title": "Error"}
                    tell(msg="process_completed", event_id=event, success=False, output=said)
                else:
                    tell(event_id=event, **self.outcome(name))
        except (BrokenPipeError, ConnectionResetError):
            pass

    def json(self, handler: Any, value: Any) -> None:
        self.send(handler, 200, "application/json", json.dumps(value).encode())

    def send(self, handler: Any, code: int, kind: str, data: bytes) -> None:
        handler.send_response(code)
        handler.send_header("content-type", kind)
        handler.send_header("content-length", str(len(data)))
        handler.end_headers()
        if handler.command != "HEAD":
            handler.wfile.write(data)


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch) -> Iterator[App]:
    made = App()
    monkeypatch.setenv("DROPFORGE_GRADIO_URL", made.base)
    monkeypatch.delenv("DROPFORGE_GRADIO_TOKEN", raising=False)
    monkeypatch.setenv("HF_TOKEN", "hf_of-another-service")
    monkeypatch.setattr(gradio_child, "_bound_files", lambda: None)  # the limit would stay with the tests

    def here(
        function: Any, *args: Any, deadline_s: float, memory_mb: int, on_message: Any = None, **kwargs: Any
    ) -> Any:
        return function(*args, **kwargs, **({"send": on_message} if on_message else {}))

    monkeypatch.setattr(child, "call", here)
    from toolchain.intake import models

    monkeypatch.setattr(models, "call", here)
    yield made
    made.server.shutdown()
    made.server.server_close()


def ask(tmp_path: Path, told: list[str] | None = None, calls: Any = CALLS, **options: Any) -> Sculpt:
    module = table.generator("gradio")
    params = module.Params(generator="gradio", calls=json.dumps(calls) if calls else "", **options)
    tell = lambda _s, t="": (told if told is not None else []).append(t)  # noqa: E731
    return module.generate(pictures("single"), params, tell, tmp_path / "state")


@needs_client
def test_calls_in_turn(app: App, tmp_path: Path) -> None:
    told: list[str] = []
    sculpt = ask(tmp_path, told, seed=9, front="+Z")
    assert sculpt.mesh.size == pytest.approx([1, 2, 1.25]) and set(sculpt.evidence) == {LEARNED}
    first, second = app.joined
    assert first["data"][0]["path"] == "/srv/upload-1.png" and first["data"][1] == 0.8
    assert second["data"] == [{**second["data"][0], "path": "/srv/upload-2.png"}, 9]  # what came back, sent again
    assert first["session_hash"] == second["session_hash"]
    assert b"\x89PNG" in app.uploads[0] and b"not looked at" in app.uploads[1]
    assert "The Gradio app is at preprocess" in told or "The Gradio app is at generate" in told
    kept = json.dumps(sculpt.notes) + sculpt.reason
    assert "127.0.0.1" not in kept and str(tmp_path) not in kept


@needs_client
def test_no_token_goes_anywhere_unasked(app: App, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ask(tmp_path)
    assert "hf_of-another-service" not in repr(app.headers)
    monkeypatch.setenv("DROPFORGE_GRADIO_TOKEN", KEY)
    ask(tmp_path, seed=2)
    assert f"Bearer {KEY}" in {h.get("x-hf-authorization") for h in app.headers}
    assert not any(KEY in p.read_text(errors="replace") for p in (tmp_path / "state").rglob("*") if p.is_file())


@needs_client
@pytest.mark.parametrize(
    ("fault", "sentence"),
    [("error", r"its /generate failed: CUDA out of memory"), ("no model", r"gave no model file.*cut\.png")],
)
def test_what_fails_is_told(app: App, tmp_path: Path, fault: str, sentence: str) -> None:
    app.fault = fault
    with pytest.raises(StageError, match=sentence):
        ask(tmp_path)
    app.fault = ""
    ask(tmp_path)  # nothing was paid: it may be asked again


@needs_client
def test_a_cut_model(app: App, tmp_path: Path) -> None:
    app.model = app.model[: len(app.model) // 2]
    with pytest.raises(StageError, match="cut short"):
        ask(tmp_path)


@needs_client
@pytest.mark.parametrize(
    ("calls", "sentence"),
    [
        ([["/nothing", {}]], "its /nothing failed: Cannot find a function"),
        ([["/generate", {"image": "{{2}}", "seed": 1}]], "a call that was not made before it"),
        ([["/generate", {"image": "{{front}}", "seed": 1}]], r"there is no \{\{front\}\}"),
        ([["/words", {}]], r"these files: none"),  # a path that an app only names is not taken
    ],
)
def test_calls_that_do_not_fit(app: App, tmp_path: Path, calls: Any, sentence: str) -> None:
    with pytest.raises(StageError, match=sentence):
        ask(tmp_path, calls=calls)


@needs_client
def test_a_server_that_is_not_there(app: App, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DROPFORGE_GRADIO_URL", "http://127.0.0.1:9")
    with pytest.raises(StageError, match=r"The Gradio app: .*refused"):
        ask(tmp_path)


@needs_client
def test_a_stuck_app_in_a_true_child(app: App, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    monkeypatch.setenv("DROPFORGE_GRADIO_URL", app.base)
    app.fault = "stuck"
    with pytest.raises(StageError, match="has not finished after 4 s"):
        ask(tmp_path, wait_s=4.0)


def test_names_of_spaces(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert gradio.address("microsoft/TRELLIS.2") == "https://microsoft-trellis-2.hf.space"
    monkeypatch.delenv("DROPFORGE_GRADIO_URL", raising=False)
    with pytest.raises(StageError, match=r"generate\.space.*DROPFORGE_GRADIO_URL"):
        ask(tmp_path)
    with pytest.raises(StageError, match=r"generate\.app"):
        ask(tmp_path, calls=None, space="a/b")
    for wrong in ({"space": "https://x"}, {"calls": "[]"}, {"calls": "{"}, {"calls": '[["generate", {}]]'}):
        with pytest.raises(ValueError, match=r"must be|not JSON"):
            gradio.Params(**wrong)
    for calls in gradio.APPS.values():
        assert gradio._calls(json.dumps(calls)) == calls
