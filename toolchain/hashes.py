"""sha256 of files that were hashed before and have not been written since, so that a tree need not be read again.

A file is known again by path, size, modification and change time and inode. One that was written shortly before it was
hashed may be written once more within the clock's grain and look the same ("racily clean", as git calls it): such an
entry is not kept. The grain is measured against the file system's own clock, never ours.
"""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path

from toolchain.store import sha256_file

FORMAT = 1
#: FAT keeps times to 2 s; all others are finer.
RACY_NS = 2_000_000_000

Mark = tuple[int, int, int, int]


def mark(path: Path) -> Mark:
    """Size, modification time, change time (ns) and inode of a file. Raises OSError."""
    found = path.stat()
    return found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino


class HashCache:
    """One JSON file of known hashes. Losing it costs time alone; two writers at once lose one's additions alone."""

    def __init__(self, path: Path) -> None:
        self.path, self._known, self._new = path, _read(path), False
        self._now: int | None = None

    def sha256(self, path: Path) -> str:
        """Hex digest of a file's bytes. Raises OSError."""
        before = mark(path)
        known = self._known.get(str(path))
        if known and tuple(known[:4]) == before:
            return known[4]
        digest = sha256_file(path)
        if mark(path) == before and self.clock() - max(before[1], before[2]) > RACY_NS:
            self._known[str(path)] = [*before, digest]
            self._new = True
        elif known:
            del self._known[str(path)]
            self._new = True
        return digest

    def clock(self) -> int:
        """The file system's own time at the first call, ns. Later calls may only make it too early, which is safe."""
        if self._now is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=self.path.parent) as file:
                file.write(b".")
                file.flush()
                self._now = os.fstat(file.fileno()).st_mtime_ns
        return self._now

    def save(self) -> None:
        """Keep what was learned; entries of files that are gone are dropped. A disk that is full costs time alone."""
        if not self._new:
            return
        kept = {name: entry for name, entry in self._known.items() if Path(name).exists()}
        temporary = self.path.with_name(f"{self.path.name}.{os.getpid()}.new")
        try:
            temporary.write_text(json.dumps({"format": FORMAT, "known": kept}, sort_keys=True), encoding="ascii")
            temporary.replace(self.path)
        except OSError:
            temporary.unlink(missing_ok=True)


def _read(path: Path) -> dict[str, list]:
    try:
        found = json.loads(path.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return {}
    return found["known"] if isinstance(found, dict) and found.get("format") == FORMAT else {}
