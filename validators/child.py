"""Run one function in a process of its own, so that a native crash or hang costs one job.

The child is a fresh interpreter (spawned: no locks or threads inherited). Its deadline is kept by
faulthandler's C thread, which fires even while native code holds the interpreter lock; the parent
waits a little longer and kills. Arguments and results travel by multiprocessing's own channel
between our own processes; nothing is read from a file.
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

_CONTEXT = multiprocessing.get_context("spawn")
GRACE_S = 2.0
_LIVE: set[Any] = set()  # children under way, for end_all


class ChildError(Exception):
    """The child did not answer. `kind`: crash, timeout, memory, error."""

    def __init__(self, kind: str, message: str, detail: str = "") -> None:
        super().__init__(message)
        self.kind, self.detail = kind, detail


def call(
    function: Callable[..., Any],
    *args: Any,
    deadline_s: float,
    memory_mb: int | None = None,
    on_message: Callable[[Any], None] | None = None,
    **kwargs: Any,
) -> Any:
    """`function(*args, **kwargs)` in a child; its result, or ChildError.

    `function` must be importable by name. With `on_message`, the function gets a keyword `send`:
    what it sends reaches `on_message` here while it runs. `memory_mb` bounds the child's address
    space where the system can (POSIX). An exception in the child that is importable here is raised
    here again, with the child's traceback in `__notes__`.
    """
    ours, theirs = _CONTEXT.Pipe()
    process = _CONTEXT.Process(
        target=_main, daemon=False, args=(theirs, function, args, kwargs, deadline_s, memory_mb, on_message is not None)
    )
    process.start()
    _LIVE.add(process)
    theirs.close()
    try:
        return _listen(ours, process, deadline_s, on_message, function.__name__)
    finally:
        if process.is_alive():
            process.kill()
        process.join()
        _LIVE.discard(process)
        ours.close()


def end_all() -> None:
    """Kill every child under way: their callers get a ChildError. For Ctrl-C."""
    for process in tuple(_LIVE):
        process.kill()


def _listen(
    pipe: Connection, process: Any, deadline_s: float, on_message: Callable[[Any], None] | None, name: str
) -> Any:
    end = time.monotonic() + deadline_s + GRACE_S
    while True:
        try:
            if not pipe.poll(max(0.0, end - time.monotonic())):
                raise ChildError("timeout", f"{name} took longer than {deadline_s:g} s")
            kind, *rest = pipe.recv()
        except (EOFError, ConnectionResetError):
            process.join(GRACE_S)
            raise died(process.exitcode, deadline_s, end - GRACE_S - time.monotonic(), name) from None
        if kind == "message" and on_message:
            on_message(rest[0])
        elif kind == "result":
            return rest[0]
        elif kind == "raised":
            error, trace = rest
            error.add_note(trace)
            raise error
        elif kind == "error":
            raise ChildError(rest[0], f"{name} failed: {rest[1]}", rest[2])


def died(exitcode: int | None, deadline_s: float, left_s: float, name: str) -> ChildError:
    if left_s <= 0.5 and exitcode == 1:
        return ChildError("timeout", f"{name} took longer than {deadline_s:g} s")
    if exitcode is not None and exitcode < 0:
        try:
            word = signal.Signals(-exitcode).name
        except ValueError:
            word = f"signal {-exitcode}"
        return ChildError("crash", f"{name} crashed ({word})")
    return ChildError("crash", f"{name} ended without an answer (exit code {exitcode})")


def _main(
    pipe: Connection,
    function: Callable[..., Any],
    args: Any,
    kwargs: Any,
    deadline_s: float,
    memory_mb: int | None,
    talks: bool,
) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle; it ends us
    faulthandler.dump_traceback_later(deadline_s + GRACE_S / 2, exit=True, file=open(os.devnull, "w"))  # noqa: PTH123,SIM115
    if memory_mb:
        limit_memory(memory_mb)
    die_with_parent()
    try:
        if talks:
            kwargs["send"] = lambda message: pipe.send(("message", message))
        answer: tuple[Any, ...] = ("result", function(*args, **kwargs))
    except MemoryError:
        answer = ("error", "memory", "it needed more memory than it may use", traceback.format_exc())
    except Exception as error:  # noqa: BLE001 - every failure must reach the parent
        answer = ("raised", error, traceback.format_exc())
    try:
        pipe.send(answer)
    except Exception as error:  # noqa: BLE001 - the result or the exception does not travel
        text = str(answer[1]) if answer[0] == "raised" else str(error)
        trace = answer[2] if answer[0] == "raised" else traceback.format_exc()
        pipe.send(("error", "error", text, trace))
    pipe.close()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)  # no native library's exit handlers, which may hang


def limit_memory(megabytes: int) -> None:
    try:
        import resource
    except ImportError:  # Windows: the deadline alone guards
        return
    limit = megabytes << 20
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    with contextlib.suppress(ValueError, OSError):  # macOS knows the limit and refuses to set it
        resource.setrlimit(resource.RLIMIT_AS, (limit if hard == resource.RLIM_INFINITY else min(limit, hard), hard))


def die_with_parent() -> None:
    """End this process soon after its parent is gone, however that went."""
    parent = multiprocessing.parent_process()

    def watch() -> None:
        if parent is not None:
            parent.join()
            os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def alive(pid: int) -> bool:
    """Whether a process of this machine still runs."""
    if os.name == "nt":  # asking by signal would end it there
        import ctypes

        handle = ctypes.windll.kernel32.OpenProcess(0x1000, False, pid)  # type: ignore[attr-defined]
        if handle:
            ctypes.windll.kernel32.CloseHandle(handle)  # type: ignore[attr-defined]
        return bool(handle)
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
