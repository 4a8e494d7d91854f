"""A small file put in its place whole: a reader sees the old bytes or the new ones, whatever happens meanwhile."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def put(path: Path, data: bytes) -> None:
    """Write beside `path`, flush to the disk, rename. Raises OSError and leaves nothing half-written."""
    handle, work = tempfile.mkstemp(prefix=".new-", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(work).replace(path)
    except OSError:
        Path(work).unlink(missing_ok=True)
        raise
