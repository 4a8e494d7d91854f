"""The watcher's memory: one row a concept, in SQLite on local disk, and what happened to each, bounded.

A move is written and synced before what it announces is done (`running` before a worker starts), or after what it
tells has been done (`done` after the rename). So for each state a killed watcher leaves, one rule recovers, and the
rules are total:

    arriving, incomplete   looked at anew: settling starts from the beginning
    queued                 stays queued
    running                queued again; after CUTS deaths in a row over it, quarantined. What was published is found
                           to be up to date and nothing is done twice; what was staged is swept
    held, done, failed,    stay. A changed drop queues them, as it would have before
    quarantined, cancelled
    retired                stays; retiring is done again, which changes nothing
    asks                   are done now, in order
    a damaged journal      SQLite's own rollback; what still cannot be read is put aside as journal.damaged and a new
                           one started: every drop is looked at, and what is published and up to date is not built again

Write-ahead logging is used on local disks alone: it does not work over a network.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import astuple, dataclass, fields, replace
from pathlib import Path

from watch import fault
from watch.scan import Stat
from watch.states import MOVES, prepare

#: Deaths of the watcher in a row while one job runs, after which the job is held to be the cause.
CUTS = 10
HISTORY_ASSET, HISTORY_ALL = 20, 50_000


@dataclass(frozen=True, slots=True)
class Row:
    """What is known of one concept. The fields are the columns: see states.py."""

    asset: str
    place: str
    state: str = ""
    signature: str = ""
    digest: str = ""
    status: str = ""
    message: str = ""
    detail: str = ""
    tries: int = 0
    cuts: int = 0
    wave: int = 0
    approved: str = ""
    lease: str = ""


_COLUMNS = [f.name for f in fields(Row)]
_PUT = f"INSERT OR REPLACE INTO jobs ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(_COLUMNS))})"


class Journal:
    """One connection that writes; used by one thread. `rows` mirrors the table, so that a look costs no query."""

    def __init__(self, path: Path, wal: bool = True) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self.db = sqlite3.connect(path, isolation_level=None, timeout=10.0)
        try:
            mode = self.db.execute(f"PRAGMA journal_mode={'WAL' if wal else 'DELETE'}").fetchone()[0]
            self.wal = mode == "wal"
            self.db.execute("PRAGMA synchronous=FULL")
            prepare(self.db, path.name)
            self._reload()
        except BaseException:
            self.db.close()
            raise
        self._depth = 0

    @classmethod
    def open(cls, path: Path, wal: bool = True) -> Journal:
        """The journal at `path`; a damaged one is put aside and a new one started (see the module's rules)."""
        try:
            return cls(path, wal)
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError):  # locked, full, unreadable: not damage
                raise
            for end in ("", "-wal", "-shm"):
                part = path.with_name(path.name + end)
                if part.exists():
                    part.replace(path.with_name(f"journal.damaged{end}"))
            return cls(path, wal)

    def close(self) -> None:
        """Release the file."""
        self.db.close()

    def _reload(self) -> None:
        found = self.db.execute(f"SELECT {', '.join(_COLUMNS)} FROM jobs ORDER BY rowid")
        self.rows: dict[str, Row] = {r[0]: Row(*r) for r in found}
        self.by_place = {r.place: r.asset for r in self.rows.values()}

    @contextmanager
    def all_or_nothing(self) -> Iterator[None]:
        """What is written inside is one transaction; nests. On any fault the journal and `rows` are as before."""
        self._depth += 1
        try:
            if self._depth == 1:
                self.db.execute("BEGIN IMMEDIATE")
            yield
            if self._depth == 1:
                fault.point("journal")
                self.db.execute("COMMIT")
        except BaseException:
            if self._depth == 1 and self.db.in_transaction:
                self.db.execute("ROLLBACK")
                self._reload()
            raise
        finally:
            self._depth -= 1

    def put(self, row: Row, text: str = "") -> Row:
        """Write a row. Raises ValueError for a move of state that the table does not have, sqlite3.Error if it fails.

        A change of state, and any `text`, goes into the asset's history.
        """
        old = self.rows.get(row.asset)
        before = old.state if old else ""
        if row.state != before and row.state not in MOVES[before]:
            raise ValueError(f"{row.asset} cannot go from {before or 'nothing'} to {row.state}")
        if row.state != before:
            fault.point(f"{before or 'new'}>{row.state}:before")
        with self.all_or_nothing():
            self.db.execute(_PUT, astuple(row))
            if row.state != before or text:
                self._remember(row.asset, row.state, text or row.message)
            if old and old.place != row.place:
                self.by_place.pop(old.place, None)
            self.rows[row.asset], self.by_place[row.place] = row, row.asset
        if row.state != before:
            fault.point(f"{before or 'new'}>{row.state}:after")
        return row

    def move(self, asset: str, state: str, text: str = "", **changes: str | int) -> Row:
        """Change a row's state, and other columns with it."""
        if asset not in self.rows:
            raise ValueError(f"{asset} is not in the journal")
        return self.put(replace(self.rows[asset], state=state, **changes), text)  # type: ignore[arg-type]

    def forget(self, asset: str) -> None:
        """Drop a row: its drop went before anything was made of it."""
        row = self.rows[asset]
        with self.all_or_nothing():
            self.db.execute("DELETE FROM jobs WHERE asset = ?", (asset,))
            del self.rows[asset]
            self.by_place.pop(row.place, None)

    def _remember(self, asset: str, state: str, text: str) -> None:
        at = time.strftime("%Y-%m-%d %H:%M:%S")
        last = self.db.execute(
            "INSERT INTO history (asset, at, state, text) VALUES (?, ?, ?, ?)", (asset, at, state, text)
        ).lastrowid
        self.db.execute(
            "DELETE FROM history WHERE asset = ? AND id <= "
            "(SELECT id FROM history WHERE asset = ? ORDER BY id DESC LIMIT 1 OFFSET ?)",
            (asset, asset, HISTORY_ASSET),
        )
        if last and last % 1000 == 0:
            self.db.execute("DELETE FROM history WHERE id <= ?", (last - HISTORY_ALL,))

    def history(self, asset: str) -> list[tuple[str, str, str]]:
        """(when, state, what) of an asset, oldest first."""
        return list(self.db.execute("SELECT at, state, text FROM history WHERE asset = ? ORDER BY id", (asset,)))

    def recover(self) -> list[str]:
        """Take back the leases of a watcher that is dead; the assets that were running."""
        left = [r for r in self.rows.values() if r.state == "running"]
        with self.all_or_nothing():
            for row in left:
                if row.cuts + 1 >= CUTS:
                    why = f"the watcher died {CUTS} times while this was built; `dropforge retry` tries again"
                    self.put(replace(row, state="quarantined", status="broken", message=why, lease="", cuts=0))
                else:
                    text = f"the watcher ({row.lease}) ended while it was built"
                    self.put(replace(row, state="queued", cuts=row.cuts + 1, lease=""), text)
        return [r.asset for r in left]

    def refuse(self, found: Mapping[str, str]) -> dict[str, str]:
        """Files that are no drops, by key, with why; those that are new."""
        old = dict(self.db.execute("SELECT place, reason FROM refused"))
        if old == found:
            return {}
        with self.all_or_nothing():
            gone = [(k,) for k in old if k not in found]
            self.db.executemany("DELETE FROM refused WHERE place = ?", gone)
            self.db.executemany("INSERT OR REPLACE INTO refused VALUES (?, ?)", found.items())
        return {k: v for k, v in found.items() if old.get(k) != v}

    def take_asks(self) -> list[tuple[str, str]]:
        """What operators asked for since, as (verb, asset), in order; each is handed out once."""
        asks = self.db.execute("SELECT id, verb, asset FROM asks ORDER BY id").fetchall()
        if asks:
            self.db.execute("DELETE FROM asks WHERE id <= ?", (asks[-1][0],))
        return [(verb, asset) for _, verb, asset in asks]

    def note(self, key: str, value: str) -> None:
        """Keep one fact about the watcher itself."""
        if self.noted(key) != value:
            self.db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))

    def noted(self, key: str) -> str:
        """A fact kept by `note`; "" when there is none."""
        found = self.db.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return found[0] if found else ""


def signature(stats: Mapping[str, Stat]) -> str:
    """Short text that changes when a file of the concept appears, goes, or is written."""
    text = json.dumps(sorted((name, *stat) for name, stat in stats.items()))
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def digest(hashes: Mapping[str, str]) -> str:
    """One hash over the contents of a concept's files, by their keys."""
    lines = sorted(f"{name} {value}" for name, value in hashes.items())
    return hashlib.sha256("\n".join(lines).encode("utf-8", "surrogatepass")).hexdigest()
