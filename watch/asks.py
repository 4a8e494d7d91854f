"""What operators ask of a watcher, by the journal: retry, cancel, hold, approve. Asked of none, it waits for one."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from watch.service import Service

#: verb -> states in which it does something
VERBS = {
    "retry": ("failed", "quarantined", "cancelled", "incomplete", "done"),
    "cancel": ("arriving", "incomplete", "queued", "running", "held"),
    "hold": ("arriving", "incomplete", "queued", "done", "failed", "quarantined", "cancelled"),
    "approve": ("held",),
}


def ask(journal: Path, verb: str, assets: list[str]) -> list[str]:
    """Leave an order for the watcher of `journal`; what is wrong with it, as sentences, and then nothing is ordered.

    Raises FileNotFoundError when no watcher has ever kept this journal.
    """
    if not journal.is_file():
        raise FileNotFoundError(2, "no such journal", str(journal))
    db = sqlite3.connect(journal, timeout=10.0)
    try:
        states = dict(db.execute("SELECT asset, state FROM jobs"))
        wrong = []
        for asset in assets:
            if asset not in states:
                wrong.append(f'There is no asset "{asset}"; `dropforge status` lists them.')
            elif states[asset] not in VERBS[verb]:
                wrong.append(f"{asset} is {states[asset]}: there is nothing to {verb}.")
        if not wrong:
            db.executemany("INSERT INTO asks (verb, asset) VALUES (?, ?)", [(verb, a) for a in assets])
            db.commit()
        return wrong
    finally:
        db.close()


def retryable(journal: Path) -> list[str]:
    """The assets that `retry --all` means: all that ended without being built."""
    db = sqlite3.connect(journal, timeout=10.0)
    try:
        found = db.execute(
            "SELECT asset FROM jobs WHERE state IN ('failed', 'quarantined', 'cancelled') ORDER BY asset"
        )
        return [r[0] for r in found]
    finally:
        db.close()


class Operator:
    """Carries out what was asked, inside the watcher."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self._version = -1

    def step(self, now: float) -> None:
        """Look, cheaply, whether another process wrote to the journal, and do what it asks."""
        journal = self.service.journal
        version = journal.db.execute("PRAGMA data_version").fetchone()[0]
        if version == self._version:
            return
        with journal.all_or_nothing():
            for verb, asset in journal.take_asks():
                row = journal.rows.get(asset)
                if row is not None and row.state in VERBS[verb]:
                    self._do(verb, asset, row.state, now)
        self._version = version

    def _do(self, verb: str, asset: str, state: str, now: float) -> None:
        service, said = self.service, f"an operator said {verb}"
        if verb == "retry":
            service.due.pop(asset, None)
            if (drop := service.noticer.drops.get(asset)) is not None and not drop.ready:
                for path in drop.files:
                    service.inbox.settler.accept(str(path))
                service.inbox.stale = True
            service.noticer.queue(asset, now, said, own=True)
        elif verb == "approve":
            row = service.journal.rows[asset]
            digest = row.digest if row.status else ""
            service.noticer.queue(asset, now, said, own=True)
            service.journal.move(asset, "queued", approved=digest)
        elif state == "running":  # only cancel may be asked of it
            run = service.running.get(asset)
            if run is not None:
                run.cancelled = True
                service.tell("cancel", asset, run)
        else:
            service.line.remove(asset)
            to = "cancelled" if verb == "cancel" else "held"
            service.journal.move(asset, to, said, message=said, status="")
