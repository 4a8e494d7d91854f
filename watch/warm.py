"""Worker processes that serve one job after another, so that numba and the kernels are loaded once.

One job at a time, and a fault ends the process: a crash, a hang, an overdraft of memory or any exception costs that one
job, and the next starts in a fresh interpreter. A worker is also replaced after `JOBS` jobs or when it has grown.
"""

from __future__ import annotations

import contextlib
import faulthandler
import multiprocessing
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

from validators.child import GRACE_S, ChildError, die_with_parent, died, limit_memory

JOBS = 50
#: Resident size at which a worker that has done its job is replaced.
GROWN_MB = 3000
IDLE_S = 60.0
_CONTEXT = multiprocessing.get_context("spawn")


class Worker:
    """One process. `run` is called by one thread at a time; `kill` by any."""

    def __init__(self, memory_mb: int | None = None) -> None:
        self._ours, theirs = _CONTEXT.Pipe()
        self._process = _CONTEXT.Process(target=_serve, args=(theirs, memory_mb), daemon=False)
        self._process.start()
        theirs.close()
        self.jobs, self.fit, self.peak_mb = 0, True, 0.0
        self.killed = False

    def run(
        self, function: Callable[..., Any], *args: Any, deadline_s: float, on_message: Callable[[Any], None]
    ) -> Any:
        """`function(*args, send=...)` in the process; its result, the exception it raised, or ChildError."""
        self.jobs += 1
        end = time.monotonic() + deadline_s + GRACE_S
        self.fit = False  # until it has answered well
        try:
            self._ours.send((function, args, deadline_s))
            while True:
                if not self._ours.poll(max(0.0, end - time.monotonic())):
                    raise ChildError("timeout", f"{function.__name__} took longer than {deadline_s:g} s")
                kind, *rest = self._ours.recv()
                if kind == "message":
                    on_message(rest[0])
                elif kind == "result":
                    self.peak_mb, grown = rest[1], rest[2] > GROWN_MB
                    self.fit = self.jobs < JOBS and not grown
                    return rest[0]
                elif kind == "raised":
                    rest[0].add_note(rest[1])
                    raise rest[0]
                else:
                    raise ChildError(rest[0], f"{function.__name__} failed: {rest[1]}", rest[2])
        except (EOFError, ConnectionError, OSError) as error:
            if isinstance(error, OSError) and not isinstance(error, ConnectionError):
                raise  # raised by the job itself
            self._process.join(GRACE_S)
            raise died(
                self._process.exitcode, deadline_s, end - GRACE_S - time.monotonic(), function.__name__
            ) from None
        finally:
            if not self.fit:
                self.kill()

    def kill(self) -> None:
        """End the process now."""
        self.killed = True
        if self._process.is_alive():
            self._process.kill()
        with contextlib.suppress(ValueError, AssertionError):
            self._process.join(5)

    @property
    def alive(self) -> bool:
        """Whether the process still runs."""
        return self._process.is_alive()


class Pool:
    """Workers at rest, lent to jobs. Thread-safe."""

    def __init__(self, memory_mb: int | None = None) -> None:
        self.memory_mb = memory_mb
        self._rest: list[tuple[Worker, float]] = []
        self._lent: set[Worker] = set()
        self._lock = threading.Lock()
        self._closed = False

    def lend(self) -> Worker:
        """A worker: one at rest, or a new one."""
        with self._lock:
            while self._rest:
                worker = self._rest.pop()[0]
                if worker.alive:
                    self._lent.add(worker)
                    return worker
        worker = Worker(self.memory_mb)
        with self._lock:
            self._lent.add(worker)
            if self._closed:
                worker.kill()
        return worker

    def give_back(self, worker: Worker) -> None:
        """Keep it for the next job if it is fit."""
        with self._lock:
            self._lent.discard(worker)
            if worker.fit and not self._closed:
                self._rest.append((worker, time.monotonic()))
                return
        worker.kill()

    def warm(self) -> None:
        """Have one at rest: called when a drop is arriving, so that a process is up by the time it has settled."""
        with self._lock:
            if self._rest or self._lent or self._closed:
                return
            self._rest.append((Worker(self.memory_mb), time.monotonic()))

    def end_idle(self, now: float, idle_s: float = IDLE_S) -> None:
        """End workers that have rested for long: an idle watcher holds no heavy process."""
        with self._lock:
            old = [w for w, since in self._rest if now - since >= idle_s]
            self._rest = [(w, since) for w, since in self._rest if w not in old]
        for worker in old:
            worker.kill()

    def close(self) -> None:
        """End all, those at work, too: their callers get a ChildError."""
        with self._lock:
            self._closed = True
            workers = [w for w, _ in self._rest] + list(self._lent)
            self._rest.clear()
        for worker in workers:
            worker.kill()


def _serve(pipe: Connection, memory_mb: int | None) -> None:
    """The process: jobs in, answers out, until the pipe closes."""
    for name in ("SIGINT", "SIGTERM"):  # the watcher's to handle; it ends us
        signal.signal(getattr(signal, name), signal.SIG_IGN)
    if memory_mb:
        limit_memory(memory_mb)
    die_with_parent()
    import toolchain.pipeline  # noqa: F401 - what every job needs first, loaded while the drop settles
    import watch.worker  # noqa: F401

    nowhere = open(os.devnull, "w")  # noqa: PTH123,SIM115 - faulthandler wants a file that stays open
    while True:
        try:
            function, args, deadline_s = pipe.recv()
        except EOFError:
            os._exit(0)
        faulthandler.dump_traceback_later(deadline_s + GRACE_S / 2, exit=True, file=nowhere)
        try:
            result = function(*args, send=lambda message: pipe.send(("message", message)))
            answer: tuple[Any, ...] = ("result", result, *_memory())
        except MemoryError:
            answer = ("error", "memory", "it needed more memory than it may use", traceback.format_exc())
        except Exception as error:  # noqa: BLE001 - every failure must reach the parent
            answer = ("raised", error, traceback.format_exc())
        faulthandler.cancel_dump_traceback_later()
        try:
            pipe.send(answer)
        except Exception as error:  # noqa: BLE001 - the result or the exception does not travel
            text = str(answer[1]) if answer[0] == "raised" else str(error)
            pipe.send(("error", "error", text, answer[2] if answer[0] == "raised" else traceback.format_exc()))


def _memory() -> tuple[float, float]:
    """Peak and present resident size of this process and the largest of its children, MB; zeros where unknown."""
    try:
        import resource
    except ImportError:
        return 0.0, 0.0
    unit = 1 << 20 if sys.platform == "darwin" else 1 << 10
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / unit
    try:
        with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123
            present = int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / (1 << 20)
    except OSError:
        present = own
    return max(own, children), present
