"""The watcher's log: one line an event, in files that rotate. Ten megabytes at the most, for ever."""

from __future__ import annotations

import logging
import logging.handlers
from pathlib import Path

BYTES, FILES = 2_000_000, 5


def open_log(path: Path) -> logging.Logger:
    """The logger that writes to `path`; one that cannot write is silent: a full disk must not end the watcher."""
    path.parent.mkdir(parents=True, exist_ok=True)
    logger = logging.Logger("dropforge.watch", logging.INFO)
    handler = logging.handlers.RotatingFileHandler(
        path, maxBytes=BYTES, backupCount=FILES - 1, encoding="utf-8", errors="replace", delay=True
    )
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    handler.handleError = lambda record: None  # type: ignore[method-assign]
    logger.addHandler(handler)
    return logger


def close_log(logger: logging.Logger) -> None:
    """Let go of the file."""
    for handler in logger.handlers:
        handler.close()


def tail(path: Path, lines: int) -> list[str]:
    """The last lines of the log, across one rotation."""
    found: list[str] = []
    for part in (path.with_name(path.name + ".1"), path):
        if part.is_file():
            found += part.read_text(encoding="utf-8", errors="replace").splitlines()
    return found[-lines:]
