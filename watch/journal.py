"""The watcher's memory: one row a concept, in SQLite on local disk. A restart carries on from it.

    queued -> running -> done | failed        running -> queued   (the watcher ended meanwhile)
    done | failed -> queued                   (what was dropped has changed)
A failed job is not tried again until its files change.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

SCHEMA = 1
#: from -> to
MOVES = {
    "queued": ("running", "queued"),
    "running": ("done", "failed", "queued"),
    "done": ("queued",),
    "failed": ("queued",),
}


@dataclass(frozen=True)
class Row:
    """What is known of one concept."""

    asset: str
    state: str
    signature: str  # names, sizes and times of its files: cheap to compare
    digest: str  # contents: what counts
    status: str = ""  # passed, failed, broken, once it ended
    message: str = ""


class Journal:
    """One connection; used by one thread."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.db = sqlite3.connect(path, isolation_level=None)
        self.db.execute("PRAGMA synchronous=FULL")
        version = self.db.execute("PRAGMA user_version").fetchone()[0]
        if version not in (0, SCHEMA):
            raise ValueError(
                f"{path.name} was written by another version of Dropforge (schema {version}, ours {SCHEMA})"
            )
        self.db.execute(
            "CREATE TABLE IF NOT EXISTS jobs (asset TEXT PRIMARY KEY, state TEXT NOT NULL, signature TEXT NOT NULL, "
            "digest TEXT NOT NULL, status TEXT NOT NULL DEFAULT '', message TEXT NOT NULL DEFAULT '')"
        )
        self.db.execute(f"PRAGMA user_version={SCHEMA}")

    def close(self) -> None:
        """Release the file."""
        self.db.close()

    def rows(self) -> dict[str, Row]:
        """All concepts by asset id."""
        found = self.db.execute("SELECT asset, state, signature, digest, status, message FROM jobs ORDER BY asset")
        return {r[0]: Row(*r) for r in found}

    def get(self, asset: str) -> Row | None:
        """One concept."""
        found = self.db.execute(
            "SELECT asset, state, signature, digest, status, message FROM jobs WHERE asset = ?", (asset,)
        ).fetchone()
        return Row(*found) if found else None

    def queue(self, asset: str, signature: str, digest: str) -> None:
        """A concept is new or has changed."""
        row = self.get(asset)
        if row is not None:
            self._allow(row, "queued")
        self.db.execute(
            "INSERT INTO jobs VALUES (?, 'queued', ?, ?, '', '') ON CONFLICT (asset) DO UPDATE SET state = 'queued', "
            "signature = excluded.signature, digest = excluded.digest, status = '', message = ''",
            (asset, signature, digest),
        )

    def touch(self, asset: str, signature: str) -> None:
        """Same contents under new times: remember the times."""
        self.db.execute("UPDATE jobs SET signature = ? WHERE asset = ?", (signature, asset))

    def move(self, asset: str, state: str, status: str = "", message: str = "") -> None:
        """Change a state. Raises ValueError for a move that the table does not have."""
        row = self.get(asset)
        if row is None:
            raise ValueError(f"{asset} is not in the journal")
        self._allow(row, state)
        self.db.execute(
            "UPDATE jobs SET state = ?, status = ?, message = ? WHERE asset = ?", (state, status, message, asset)
        )

    def recover(self) -> list[str]:
        """Jobs that were running when the watcher ended are queued again; their assets."""
        left = [r.asset for r in self.rows().values() if r.state == "running"]
        for asset in left:
            self.move(asset, "queued")
        return left

    @staticmethod
    def _allow(row: Row, state: str) -> None:
        if state not in MOVES[row.state]:
            raise ValueError(f"{row.asset} cannot go from {row.state} to {state}")


def signature(stats: Mapping[str, tuple[int, int]]) -> str:
    """Text that changes when a file of the concept appears, goes, or is written."""
    return json.dumps(sorted((name, *stat) for name, stat in stats.items()))
