"""The states of a concept, in one table, and the journal's tables.

arriving     seen, and not yet complete
incomplete   lies still, is not whole, and has had its time
queued       to be built (or to be tried again)
running      being built by the watcher that holds the lease
held         put aside by an operator, or built and waiting for `approve`
done         built and published; its findings may still hold errors
failed       the drop is at fault: not tried again until it changes or someone says `retry`
quarantined  we failed on it as often as we may: the same
cancelled    an operator ended it: the same
retired      the drop is gone, and its outputs were dealt with by policy
"""

from __future__ import annotations

import sqlite3

SCHEMA = 2
#: from -> to. "" is a concept that the journal does not know.
MOVES = {
    "": ("arriving",),
    "arriving": ("queued", "incomplete", "held", "cancelled", "retired", "arriving"),
    "incomplete": ("arriving", "queued", "held", "cancelled", "retired"),
    "queued": ("running", "queued", "held", "cancelled", "incomplete", "failed", "quarantined", "retired"),
    "running": ("done", "failed", "queued", "held", "quarantined", "cancelled", "retired"),
    "held": ("queued", "cancelled", "retired", "held"),
    "done": ("queued", "held", "incomplete", "retired"),
    "failed": ("queued", "held", "incomplete", "retired"),
    "quarantined": ("queued", "held", "incomplete", "retired"),
    "cancelled": ("queued", "held", "incomplete", "retired"),
    "retired": ("arriving", "queued"),
}
#: An end: nothing more happens by itself.
ENDS = ("done", "failed", "quarantined", "cancelled", "incomplete", "held", "retired")

_JOBS = """
CREATE TABLE jobs (
  asset TEXT PRIMARY KEY,
  place TEXT NOT NULL,            -- folder and folded name in the inbox: what keeps an asset's id its own
  state TEXT NOT NULL,
  signature TEXT NOT NULL,        -- names, sizes and times of its files: cheap to compare
  digest TEXT NOT NULL,           -- their contents: what counts; '' until read
  status TEXT NOT NULL,           -- passed, failed, partial, broken: how the last build ended
  message TEXT NOT NULL,          -- why, for an artist
  detail TEXT NOT NULL,           -- for whoever mends it
  tries INTEGER NOT NULL,         -- faults of ours in a row
  cuts INTEGER NOT NULL,          -- times in a row that the watcher died over it
  wave INTEGER NOT NULL,          -- what was dropped together
  approved TEXT NOT NULL,         -- the digest that an operator approved
  lease TEXT NOT NULL             -- host and process of the watcher that runs it
)
"""
_REST = (
    "CREATE UNIQUE INDEX jobs_place ON jobs (place)",
    "CREATE TABLE history (id INTEGER PRIMARY KEY, asset TEXT NOT NULL, at TEXT NOT NULL, state TEXT NOT NULL, "
    "text TEXT NOT NULL)",
    "CREATE INDEX history_asset ON history (asset, id)",
    "CREATE TABLE refused (place TEXT PRIMARY KEY, reason TEXT NOT NULL)",
    "CREATE TABLE asks (id INTEGER PRIMARY KEY, verb TEXT NOT NULL, asset TEXT NOT NULL)",
    "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL)",
)
#: What schema 1 knew is carried over; a row's place is not known then, and is filled in when its drop is seen again.
_FROM_1 = (
    "ALTER TABLE jobs RENAME TO jobs_1",
    _JOBS,
    "INSERT INTO jobs SELECT asset, '?' || asset, state, signature, digest, status, message, '', 0, 0, 0, '', '' "
    "FROM jobs_1",
    "DROP TABLE jobs_1",
    *_REST,
)


class OtherVersion(ValueError):
    """A journal that another version of Dropforge wrote; one sentence."""


def prepare(db: sqlite3.Connection, name: str) -> None:
    """Make or migrate the tables in one transaction. Raises OtherVersion for a journal that a later version wrote."""
    version = db.execute("PRAGMA user_version").fetchone()[0]
    if version == SCHEMA:
        return
    if version not in (0, 1):
        raise OtherVersion(
            f"{name} was written by another version of Dropforge (schema {version}, ours {SCHEMA}). "
            "Run that version, or move the file away: what was built stays, and every drop is looked at anew"
        )
    db.execute("BEGIN IMMEDIATE")
    try:
        for statement in (_JOBS, *_REST) if version == 0 else _FROM_1:
            db.execute(statement)
        db.execute(f"PRAGMA user_version={SCHEMA}")
        db.execute("COMMIT")
    except sqlite3.Error:
        db.execute("ROLLBACK")
        raise
