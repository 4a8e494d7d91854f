"""Content-addressed artefacts: same key, same bytes. Written beside their place and renamed into it.

A key names what made the artefact (stage, version, params, keys of inputs), so a stored artefact never
goes stale; it is only ever absent, whole, or damaged, and a damaged one counts as absent.

    STORE/ab/abcdef.../made.json    the value's tree, measures, findings, and each part's size and sha256
    STORE/ab/abcdef.../0.npy 1.bin  arrays and blobs
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
import tempfile
from pathlib import Path
from typing import IO, Any

import numpy as np

from toolchain.codec import decode, encode
from toolchain.stage import Made
from validators.child import alive

FORMAT = 1


def sha256_file(path: Path) -> str:
    """Hex digest of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class Store:
    """Artefacts below one folder. Safe for several processes: the first writer of a key wins."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def _place(self, key: str) -> Path:
        return self.root / key[:2] / key

    def has(self, key: str) -> bool:
        """Whether the artefact is there with all its parts at their sizes (contents are checked by `load`)."""
        index = self._index(key)
        if index is None:
            return False
        try:
            return all((self._place(key) / name).stat().st_size == size for name, size, _ in index["parts"])
        except OSError:
            return False

    def load(self, key: str) -> Made | None:
        """The artefact, its parts' hashes checked; None when absent or damaged."""
        index, parts = self._index(key), []  # type: dict[str, Any] | None, list[np.ndarray | bytes]
        if index is None:
            return None
        try:
            for name, _, digest in index["parts"]:
                path = self._place(key) / name
                if sha256_file(path) != digest:
                    return None
                parts.append(np.load(path, allow_pickle=False) if path.suffix == ".npy" else path.read_bytes())
            made = decode(index["made"], parts)
        except (OSError, ValueError, KeyError, IndexError, TypeError):
            return None
        return made if isinstance(made, Made) else None

    def peek(self, key: str) -> Made | None:
        """Measures and findings without the value, whose parts are not read."""
        index = self._index(key)
        if index is None:
            return None
        return Made(None, decode(index["made"]["measures"], []), decode(index["made"]["findings"], []))

    def save(self, key: str, made: Made) -> None:
        """Store an artefact under `key`. Raises OSError (disk full, no rights) and leaves nothing half-written.

        A full disk is told with the place and the bytes needed.
        """
        place = self._place(key)
        place.parent.mkdir(parents=True, exist_ok=True)
        parts: list[np.ndarray | bytes] = []
        tree = encode(made, parts)
        work = Path(tempfile.mkdtemp(prefix=f".new-{os.getpid()}-", dir=self.root))
        try:
            listed = []
            for number, part in enumerate(parts):
                path = work / f"{number}.{'npy' if isinstance(part, np.ndarray) else 'bin'}"
                _write(path, part)
                listed.append([path.name, path.stat().st_size, sha256_file(path)])
            text = json.dumps({"format": FORMAT, "made": tree, "parts": listed}, sort_keys=True, allow_nan=False)
            _write(work / "made.json", text.encode())
            if place.exists():  # damaged, or made anew on request: `has` and `load` decide, not we
                old = work.with_name(work.name + "-old")
                place.rename(old)
                shutil.rmtree(old, ignore_errors=True)
            work.rename(place)
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
                needed = sum(len(p) if isinstance(p, bytes) else p.nbytes for p in parts)
                raise OSError(error.errno, f"{needed / 1e6:.1f} MB needed", str(self.root)) from error
            if not self.has(key):  # another process may have won the race to the same bytes
                raise
        finally:
            shutil.rmtree(work, ignore_errors=True)

    def sweep(self) -> None:
        """Remove what killed processes left behind; what a process of this machine is writing now stays."""
        for left in self.root.glob(".new-*"):
            pid = left.name.split("-")[1]
            if not (pid.isdigit() and alive(int(pid))):
                shutil.rmtree(left, ignore_errors=True)

    def _index(self, key: str) -> dict[str, Any] | None:
        try:
            index = json.loads((self._place(key) / "made.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        return index if isinstance(index, dict) and index.get("format") == FORMAT else None


class _Writer:
    """Just `write`: numpy hands a real file to C, which loses the errno of a full disk."""

    def __init__(self, file: IO[bytes]) -> None:
        self.write = file.write


def _write(path: Path, part: np.ndarray | bytes) -> None:
    """Write one part to disk, synced."""
    with path.open("wb") as file:
        if isinstance(part, bytes):
            file.write(part)
        else:
            np.lib.format.write_array(_Writer(file), np.asarray(part, order="C"), allow_pickle=False)
        file.flush()
        os.fsync(file.fileno())
