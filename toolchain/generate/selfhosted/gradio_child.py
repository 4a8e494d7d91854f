"""Calls of a Gradio app by `gradio_client`, in a child process: it keeps threads, and its downloads have no bound."""

from __future__ import annotations

import contextlib
import os
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

MOST_BYTES = 256 << 20  # of a file that it writes
POLL_S = 0.3
_HOLE = re.compile(r"\{\{(\w+)(?:\.(\d+))?\}\}")


class AppFailed(Exception):
    """The app, or the way to it, failed: one sentence without its end."""


def talk(
    base: str,
    token: str,
    calls: list[tuple[str, dict[str, Any]]],
    values: dict[str, Any],
    folder: str,
    send: Callable[[Any], None],
) -> list[str]:
    """The files that the calls gave, last first, inside `folder`. `values["image"]` is a file there.

    `send((share, text))` tells how far it is. Raises AppFailed.
    """
    _bound_files()
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # its argument alone does not turn telemetry off
    import httpx
    from gradio_client import Client, handle_file

    results: list[Any] = []
    try:
        # False: without it, a token kept on this machine would be sent to whatever host this is.
        client = Client(
            base, token=token or False, verbose=False, analytics_enabled=False, download_files=folder
        )  # fmt: skip
        for number, (name, arguments) in enumerate(calls):
            known = {"image": handle_file(values["image"]), "seed": values["seed"]}
            filled = {key: _filled(value, known, results, handle_file) for key, value in arguments.items()}
            job = client.submit(api_name=name, **filled)
            while not job.done():
                send((number / len(calls), _status(job, name)))
                time.sleep(POLL_S)
            results.append(job.result())
    except (httpx.HTTPError, ValueError, TypeError, RuntimeError, KeyError, OSError) as error:
        name = calls[len(results)][0] if len(results) < len(calls) else ""
        text = " ".join(str(error).split())[:300].rstrip(".")
        raise AppFailed(f"{f'its {name} ' if name else ''}failed: {text or type(error).__name__}") from None
    found: list[str] = []
    for result in reversed(results):
        found += [path for path in _texts(result) if _inside(path, Path(folder))]
    return found


def _filled(value: Any, known: dict[str, Any], results: list[Any], handle_file: Callable[[str], Any]) -> Any:
    """`{{image}}`, `{{seed}}`, `{{1}}` (what the first call gave) and `{{2.1}}` (its second call's first part)."""
    hole = _HOLE.fullmatch(value) if isinstance(value, str) else None
    if hole is None:
        return value
    name, part = hole[1], hole[2]
    if not name.isdigit():
        if name not in known:
            raise ValueError("there is no {{%s}}; there are {{image}}, {{seed}}, {{1}}, {{2}} ..." % name)  # noqa: UP031
        return known[name]
    if not 1 <= int(name) <= len(results):
        raise ValueError(f"{value} asks for a call that was not made before it")
    result = results[int(name) - 1]
    if part is not None:
        if not isinstance(result, (list, tuple)) or not 1 <= int(part) <= len(result):
            raise ValueError(f"{value} asks for a part that the call did not give")
        result = result[int(part) - 1]
    return handle_file(result) if isinstance(result, str) and Path(result).is_file() else result


def _status(job: Any, name: str) -> str:
    with contextlib.suppress(Exception):  # it is only for the eye
        status = job.status()
        if status.rank:
            return f"has {status.rank} jobs before it"
        if status.progress_data and status.progress_data[-1].desc:
            return f"is at {str(status.progress_data[-1].desc)[:60]}"
    return f"is at {name.strip('/')}"


def _texts(result: Any) -> list[str]:
    if isinstance(result, str):
        return [result]
    if isinstance(result, dict):
        return [text for value in result.values() for text in _texts(value)]
    return [text for value in result for text in _texts(value)] if isinstance(result, (list, tuple)) else []


def _inside(path: str, folder: Path) -> bool:
    """A file that was downloaded, not one that the app only names."""
    try:
        return Path(path).is_file() and folder.resolve() in Path(path).resolve().parents
    except (OSError, ValueError):
        return False


def _bound_files() -> None:
    try:
        import resource
    except ImportError:  # Windows: the child's deadline alone guards
        return
    hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_FSIZE, (MOST_BYTES, hard))
