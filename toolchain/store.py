"""Content-addressed artefacts: same key, same bytes. Written beside their place and renamed into it.

A key names what made the artefact (stage, version, params, keys of inputs), so a stored artefact never
goes stale; it is only ever absent, whole, or damaged, and a damaged one counts as absent.

    STORE/ab/abcdef.../made.json    the value's tree, measures, findings, and each part's size and sha256
    STORE/ab/abcdef.../0.npy 1.bin  arrays and blobs
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from toolchain.codec import decode, encode
from toolchain.stage import Made

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
        """Store an artefact under `key`. Raises OSError (disk full, no rights) and leaves nothing half-written."""
        place = self._place(key)
        place.parent.mkdir(parents=True, exist_ok=True)
        work = Path(tempfile.mkdtemp(prefix=".new-", dir=self.root))
        try:
            parts: list[np.ndarray | bytes] = []
            tree, listed = encode(made, parts), []
            for number, part in enumerate(parts):
                path = work / f"{number}.{'npy' if isinstance(part, np.ndarray) else 'bin'}"
                with path.open("wb") as file:
                    if isinstance(part, np.ndarray):
                        np.save(file, np.ascontiguousarray(part), allow_pickle=False)
                    else:
                        file.write(part)
                    file.flush()
                    os.fsync(file.fileno())
                listed.append([path.name, path.stat().st_size, sha256_file(path)])
            text = json.dumps({"format": FORMAT, "made": tree, "parts": listed}, sort_keys=True, allow_nan=False)
            with (work / "made.json").open("w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            if place.exists():  # damaged, or made anew on request: `has` and `load` decide, not we
                old = work.with_name(work.name + "-old")
                place.rename(old)
                shutil.rmtree(old, ignore_errors=True)
            work.rename(place)
        except OSError:
            if not self.has(key):  # another process may have won the race to the same bytes
                raise
        finally:
            shutil.rmtree(work, ignore_errors=True)

    def sweep(self) -> None:
        """Remove what killed processes left behind. Call only while no other process writes here."""
        for left in self.root.glob(".new-*"):
            shutil.rmtree(left, ignore_errors=True)

    def _index(self, key: str) -> dict[str, Any] | None:
        try:
            index = json.loads((self._place(key) / "made.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        return index if isinstance(index, dict) and index.get("format") == FORMAT else None
