"""A server on loopback that speaks each service's published contract, misbehaves on request, and writes down what
it was asked. One `StandIn` serves all; a `Contract` (contracts.py) tells how one service words things.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from tests.toolchain.generate.remote.contracts import Contract

#: What a job answers to each question after it, until it is done.
COURSE = (("queued", 0), ("running", 10), ("running", 40), ("running", 70), ("succeeded", 100))


@dataclass
class Call:
    """One request as it came."""

    kind: str  # upload, create, poll, cancel, file, other
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Faults:
    """Faults by kind of request: each is used up by one request, "..." at the end repeats the one before it."""

    create: list[str] = field(default_factory=list)
    poll: list[str] = field(default_factory=list)
    file: list[str] = field(default_factory=list)
    upload: list[str] = field(default_factory=list)
    cancel: list[str] = field(default_factory=list)

    def take(self, kind: str) -> str:
        waiting = getattr(self, kind, [])
        if len(waiting) == 2 and waiting[1] == "...":
            return str(waiting[0])
        return str(waiting.pop(0)) if waiting else ""


@dataclass
class Job:
    id: str
    asked: Any = None
    polls: int = 0
    cancelled: bool = False


class StandIn:
    """The server. `base` is its address, `calls` what it was asked, `faults` what goes wrong next."""

    def __init__(self, model: bytes) -> None:
        self.model = model
        self.contract: Contract | None = None
        self.calls: list[Call] = []
        self.faults = Faults()
        self.jobs: dict[str, Job] = {}
        self.foreign = ""  # address that redirects lead to
        self.goes_by: Callable[[float], None] = time.sleep
        self.key = ""
        stand = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def handle_any(self) -> None:
                length = int(self.headers.get("content-length") or 0)
                stand.answer(self, self.rfile.read(length))

            do_GET = do_POST = do_PUT = do_DELETE = handle_any

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.base = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True)
        self.thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def count(self, kind: str) -> int:
        return sum(call.kind == kind for call in self.calls)

    def job(self) -> Job:
        made = Job(f"job-{len(self.jobs) + 1}")
        self.jobs[made.id] = made
        return made

    def answer(self, handler: Any, body: bytes) -> None:
        path = handler.path
        headers = {k.lower(): v for k, v in handler.headers.items()}
        kind, name = ("file", "") if urlsplit(path).path.startswith("/files/") else ("other", "")
        if kind != "file" and self.contract is not None:
            kind, name = self.contract.route(handler.command, urlsplit(path).path, body)
        self.calls.append(Call(kind, handler.command, path, headers, body))
        fault = self.faults.take(kind)
        if kind == "file":
            return self.file(handler, fault)
        contract = self.contract
        if contract is None or kind == "other":
            return send(handler, 404, b'{"message": "no such thing"}')
        if not contract.accepts(headers, body, self):
            return send(handler, 401, b'{"message": "who are you"}')
        if kind == "create" and fault in ("cut", "malformed", "500", "slow"):
            contract.created(self.job(), self)  # it was made, though the answer does not arrive
        if self.spoil(handler, kind, fault):
            return None
        code, answer = contract.reply(kind, name, body, self, stuck=fault == "stuck", failed=fault == "failed")
        kind_of = "model/gltf-binary" if answer[:4] == b"glTF" else "application/json"
        if answer[:4] == b"glTF":
            kind_of, answer = spoilt_file(fault, kind_of, answer)
        send(handler, code, answer, **{"content-type": kind_of})
        return None

    def spoil(self, handler: Any, kind: str, fault: str) -> bool:
        """Answer `fault` in place of what was asked; whether there was one."""
        assert self.contract is not None
        if fault == "429":
            send(handler, 429, b'{"message": "too fast"}', **{"retry-after": "7"})
        elif fault in ("500", "503"):
            send(handler, int(fault), b"<html>oops</html>")
        elif fault == "malformed":
            send(handler, 200, b'{"result": "abc', **{"content-type": "application/json"})
        elif fault == "odd":
            send(handler, 200, b'["quite", "another", "shape"]')
        elif fault == "cut":
            handler.close_connection = True
            handler.connection.close()
        elif fault == "credits":
            send(handler, *self.contract.out_of_credits())
        elif fault == "echo":
            odd = self.key.replace("/", "\\/")  # as some JSON writers spell it
            send(handler, 401, f'{{"message": "the key {odd} is unknown", "key": "{self.key}"}}'.encode())
        elif fault == "redirect":
            send(handler, 307, b"", location=self.foreign + handler.path)
        elif fault == "slow":
            drip(handler, self.goes_by)
        else:
            return False
        return True

    def file(self, handler: Any, fault: str) -> None:
        if fault == "expired":
            return send(handler, 403, b"<Error>expired</Error>")
        if fault == "redirect":
            return send(handler, 302, b"", location=f"{self.foreign}/files/moved.glb")
        if fault == "slow":
            return drip(handler, self.goes_by)
        if fault == "503":
            return send(handler, 503, b"")
        kind, data = spoilt_file(fault, "model/gltf-binary", self.model)
        return send(handler, 200, data, **{"content-type": kind})


def spoilt_file(fault: str, kind: str, data: bytes) -> tuple[str, bytes]:
    if fault == "truncated":
        return kind, data[: len(data) // 2]
    if fault == "html":
        return "text/html", b"<!doctype html><p>Please log in.</p>"
    if fault == "wrong":
        return "application/octet-stream", b"\x89PNG\r\n\x1a\n" + bytes(64)
    if fault == "large":
        return kind, data + bytes(3 << 20)
    return kind, data


def send(handler: Any, code: int, body: bytes, **headers: str) -> None:
    try:
        handler.send_response(code)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.send_header("content-length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)
    except (BrokenPipeError, ConnectionResetError):  # the client had enough
        handler.close_connection = True


def drip(handler: Any, goes_by: Callable[[float], None]) -> None:
    """An answer that never gets anywhere: two of its bytes, a second apart on the clock of the test."""
    try:
        handler.send_response(200)
        handler.send_header("content-length", "100000")
        handler.end_headers()
        handler.wfile.write(b" ")
        goes_by(1.0)
        handler.wfile.write(b" ")
        handler.rfile.read(1)  # until the client has had enough
    except (BrokenPipeError, ConnectionResetError):
        pass
    handler.close_connection = True
