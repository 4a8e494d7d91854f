"""Our side of the pipe to a worker: bounded frames, one deadline, and a clear sentence however it ends.

The frames are told in `foreign/worker.py`.
"""

from __future__ import annotations

import collections
import contextlib
import json
import os
import queue
import signal
import struct
import subprocess
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

from toolchain.generate.local.environment import Home, variable, variables
from toolchain.generate.remote import clock
from toolchain.stage import Progress, StageError

FRAME = struct.Struct(">4sIQ")
MAGIC = b"DFW1"
MOST_HEAD, MOST_BODY = 1 << 20, 256 << 20
TAIL_BYTES = 6000  # of what the worker wrote to standard error
SCRIPT = Path(__file__).parent / "foreign" / "worker.py"
ENDED, GARBAGE = "ended", "garbage"


class Worker:
    """One worker process. A context manager: leaving it ends the process, and all that it started."""

    def __init__(self, name: str, title: str, found: Home) -> None:
        self.name, self.title, self._found = name, title, found
        self._frames: queue.Queue[tuple[Any, bytes]] = queue.Queue(4)
        self._tail: collections.deque[bytes] = collections.deque()
        self._process: subprocess.Popen[bytes] | None = None
        self._closed = threading.Event()
        self.hello: dict[str, Any] = {}

    def __enter__(self) -> Worker:
        try:
            self._process = subprocess.Popen(
                [str(self._found.python), str(SCRIPT), self.name],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=variables(self._found),
                cwd=tempfile.gettempdir(),
                start_new_session=os.name == "posix",
            )
        except OSError as error:
            raise StageError(
                f"{variable(self.name, 'PYTHON')} names something that does not start: {error.strerror}."
            ) from None
        assert self._process.stdout and self._process.stderr
        self._threads = [
            threading.Thread(target=self._listen, args=(self._process.stdout,), daemon=True),
            threading.Thread(target=self._overhear, args=(self._process.stderr,), daemon=True),
        ]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        process = self._process
        if process is None:
            return
        self._end(process)
        for stream in (process.stdin, process.stdout, process.stderr):
            with contextlib.suppress(OSError):
                if stream is not None:
                    stream.close()

    def _end(self, process: subprocess.Popen[bytes]) -> None:
        """The process and its children ended, and all they had said heard. Once is enough."""
        if self._closed.is_set():
            return
        self._closed.set()
        if os.name == "posix":
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
        process.kill()
        process.wait()
        for thread in self._threads:
            thread.join(2.0)

    def run(
        self, ask: dict[str, Any], pictures: Sequence[tuple[str, bytes]], deadline_s: float, progress: Progress
    ) -> bytes:
        """The GLB for `ask`. StageError, one sentence, for every way it can fail."""
        end = clock.now() + deadline_s
        if not self.hello:
            progress(0.0, f"starting {self.title}")
            self.hello = self._until("hello", end, progress)[0]
        head = {"type": "run", "weights": self._found.weights, **ask, "pictures": [(v, len(d)) for v, d in pictures]}
        self._send(head, b"".join(data for _, data in pictures))
        return self._until("result", end, progress)[1]

    def _until(self, wanted: str, end: float, progress: Progress) -> tuple[dict[str, Any], bytes]:
        """The next frame of type `wanted`, progress told meanwhile."""
        while True:
            try:
                head, body = self._frames.get(timeout=max(0.0, end - clock.now()))
            except queue.Empty:
                raise StageError(
                    f"{self.title} took longer than generate.wait_s allows and was ended. "
                    "Allow more, or ask for less detail.",
                    self._last_words(),
                ) from None
            if head == ENDED:
                raise self._died()
            if head == GARBAGE or not isinstance(head, dict):
                raise StageError(
                    f"{self.title}'s worker wrote something that is not its protocol. Something in its environment "
                    "prints to standard output before the worker starts.",
                    self._last_words(body[:200].decode("utf-8", "replace")),
                )
            kind = head.get("type")
            if kind == "progress":
                share = head.get("share")
                progress(float(share) if isinstance(share, (int, float)) else 0.0, str(head.get("text", ""))[:100])
            elif kind == "error":
                raise self._told(head)
            elif kind == wanted:
                return head, body

    def _send(self, head: dict[str, Any], body: bytes) -> None:
        assert self._process and self._process.stdin
        text = json.dumps(head, sort_keys=True).encode()
        try:
            self._process.stdin.write(FRAME.pack(MAGIC, len(text), len(body)) + text + body)
            self._process.stdin.flush()
        except OSError:
            raise self._died() from None

    def _listen(self, stream: IO[bytes]) -> None:
        """Frames into the queue, until the stream ends or is not ours. Runs in a thread: reads block."""
        while True:
            raw = stream.read(FRAME.size)
            if len(raw) < FRAME.size:
                return self._put((GARBAGE, raw) if raw else (ENDED, b""))
            magic, head, body = FRAME.unpack(raw)
            if magic != MAGIC or head > MOST_HEAD or body > MOST_BODY:
                return self._put((GARBAGE, raw))
            text, data = stream.read(head), stream.read(body)
            if len(text) < head or len(data) < body:
                return self._put((ENDED, b""))
            try:
                self._put((json.loads(text), data))
            except ValueError:
                return self._put((GARBAGE, text))

    def _put(self, frame: tuple[Any, bytes]) -> None:
        while not self._closed.is_set():
            with contextlib.suppress(queue.Full):
                return self._frames.put(frame, timeout=0.2)

    def _overhear(self, stream: IO[bytes]) -> None:
        while chunk := stream.read1(4096):  # type: ignore[attr-defined]
            self._tail.append(chunk)
            while len(self._tail) > 2 + TAIL_BYTES // 4096:
                self._tail.popleft()

    def _last_words(self, first: str = "") -> str:
        heard = b"".join(list(self._tail))[-TAIL_BYTES:].decode("utf-8", "replace").strip()
        return "\n".join(filter(None, (first, f"The worker's last words:\n{heard}" if heard else "")))

    def _died(self) -> StageError:
        assert self._process
        try:
            code: int | None = self._process.wait(5.0)
        except subprocess.TimeoutExpired:
            code = None
        self._threads[1].join(1.0)
        if code in (-9, 137):
            text = (
                f"{self.title} was ended by the system, most likely because the machine ran out of memory. "
                "Ask for less detail, or close what else needs memory."
            )
        elif code is not None and (code < 0 or code > 0xC0000000):
            word = f"signal {-code}" if code < 0 else f"0x{code:08X}"
            with contextlib.suppress(ValueError):
                word = signal.Signals(-code).name if code < 0 else word
            text = f"{self.title} crashed ({word}); its environment is damaged or does not fit the GPU's driver."
        else:
            text = f"{self.title}'s worker ended without an answer (exit code {code})."
        return StageError(text, self._last_words())

    def _told(self, head: dict[str, Any]) -> StageError:
        """The sentence for a fault that the worker told itself, after which it is of no more use."""
        assert self._process
        self._end(self._process)
        said = " ".join(str(head.get("text", "")).split())[:300].rstrip(".")
        python, weights = variable(self.name, "PYTHON"), variable(self.name, "WEIGHTS")
        text = {
            "cuda": f"{self.title} is to run on a GPU and there is none that it can use: {said}. Dropforge does not "
            "fall back to the CPU by itself; where the model can, `--set generate.device=cpu` asks for it.",
            "gpu memory": f"{self.title} ran out of GPU memory. Ask for less detail, or close what else uses the GPU.",
            "memory": f"{self.title} ran out of memory. Ask for less detail.",
            "weights": f"{self.title}'s weights are not on this machine. Set {weights} to their folder, or "
            f"{variable(self.name, 'DOWNLOAD')}=1 to let it fetch them, which is gigabytes.",
            "missing": f"The environment that {python} names lacks something {self.title} needs: {said}.",
            "shape": f"{self.title} made no usable shape: {said}.",
        }.get(str(head.get("kind")), f"{self.title} failed: {said}.")
        return StageError(text, self._last_words(str(head.get("trace", ""))[-TAIL_BYTES:]))
