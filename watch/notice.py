"""What a look at the inbox means for the journal: which concepts are new, ready, changed, stuck, or gone."""

from __future__ import annotations

import hashlib
import json
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace

from watch.group import tagged
from watch.inbox import Drop, Look
from watch.journal import Journal, Row, digest
from watch.line import Line, Waves
from watch.names import key
from watch.options import Options
from watch.whole import open_dropped

UNSEEN = "out of sight"
CHANGED = "what was dropped has changed"


class Noticer:
    """Compares each look with the journal. Used by one thread; hashes in another."""

    def __init__(self, options: Options, journal: Journal, line: Line, waves: Waves) -> None:
        self.options, self.journal, self.line, self.waves = options, journal, line, waves
        self.drops: dict[str, Drop] = {}  # by asset id: what lies in the inbox now
        self.unready = 0  # drops that are still on their way
        self._look: Look | None = None
        self._hasher = ThreadPoolExecutor(1)
        self._checks: dict[str, tuple[str, Future[str]]] = {}
        self._missing: dict[str, float] = {}  # asset -> since when its drop has not been seen
        self._taken = {asset.lower() for asset in journal.rows}
        self._away: set[str] = set(json.loads(journal.noted("away") or "[]"))

    def close(self) -> None:
        """End the hashing thread."""
        self._hasher.shutdown(wait=False, cancel_futures=True)

    @property
    def checking(self) -> int:
        """Concepts whose contents are being compared."""
        return len(self._checks)

    def take(self, look: Look, now: float) -> list[str]:
        """Bring the journal up to a look, in one transaction; assets that are new to it."""
        new: list[str] = []
        if look is not self._look:
            with self.journal.all_or_nothing():
                self.drops = {}
                for drop in look.drops.values():
                    row, fresh = self._row(drop)
                    mine = drop
                    if drop.concept.id != row.asset:
                        mine = replace(drop, concept=replace(drop.concept, id=row.asset))
                    self.drops[row.asset] = mine
                    if fresh:
                        new.append(row.asset)
                    self._compare(self.journal.rows[row.asset], mine, now)
            self._look = look
            self.unready = sum(not d.ready and not d.stuck for d in self.drops.values())
        self._checked(now)
        return new

    def _row(self, drop: Drop) -> tuple[Row, bool]:
        """The row of a place, made if it has none. An id once given to a place stays its own."""
        known = self.journal.by_place.get(drop.place)
        if known is not None:
            return self.journal.rows[known], False
        migrated = self.journal.by_place.get(f"?{drop.concept.id}")
        if migrated is not None:
            return self.journal.put(replace(self.journal.rows[migrated], place=drop.place)), False
        asset = drop.concept.id
        if asset.lower() in self._taken:
            asset = tagged(drop.concept, drop.files[0].parent, self.options.inbox, self._taken)
        self._taken.add(asset.lower())
        return self.journal.put(Row(asset, drop.place, "arriving")), True

    def _compare(self, row: Row, drop: Drop, now: float) -> None:
        if row.state == "running":
            return  # looked at when it ends
        built = row.state not in ("arriving", "incomplete", "queued", "retired")
        if not drop.ready:
            if not (built and row.signature == drop.signature):  # what was built once, as it lies, is complete enough
                self._unready(row, drop)
        elif row.state in ("arriving", "incomplete", "retired"):
            self.queue(row.asset, now, "complete" if row.state != "retired" else "dropped again")
        elif row.signature == drop.signature:
            pass
        elif row.state == "queued" or (row.state == "held" and not row.status):
            self.journal.put(replace(row, signature=drop.signature))
        elif row.asset not in self._checks or self._checks[row.asset][0] != drop.signature:
            self._checks[row.asset] = (drop.signature, self._hasher.submit(_digest, drop, self.options))

    def _unready(self, row: Row, drop: Drop) -> None:
        if drop.stuck:
            if row.state not in ("incomplete", "held"):
                self.line.remove(row.asset)
                self.journal.move(row.asset, "incomplete", message=f"{drop.stuck}. Drop it again.")
        elif row.state in ("incomplete", "retired"):
            self.journal.move(row.asset, "arriving", "it is being written again", message="")

    def _checked(self, now: float) -> None:
        """Take what the hashing thread has found."""
        for asset, (signature, future) in list(self._checks.items()):
            if not future.done():
                continue
            del self._checks[asset]
            row, drop = self.journal.rows.get(asset), self.drops.get(asset)
            if row is None or drop is None or drop.signature != signature or row.state in ("running", "queued"):
                continue
            if future.exception() is None and future.result() == row.digest:
                self.journal.put(replace(row, signature=signature))  # same contents under new times
            else:
                self.queue(asset, now, CHANGED)

    def queue(self, asset: str, now: float, text: str, own: bool = False) -> None:
        """Queue a concept as new: what it met before counts no more. `own`: before any batch."""
        drop = self.drops.get(asset)
        wave = self.waves.own() if own else self.waves.at(now)
        changes: dict[str, str | int] = {"signature": drop.signature} if drop else {}
        self.journal.move(
            asset, "queued", text, status="", message="", detail="", tries=0, cuts=0, wave=wave, **changes
        )
        self.line.add(asset, wave)

    def replaced(self, look: Look) -> bool:
        """Whether the inbox is another folder than before (removed and made anew, a share mounted or not).

        What is not in it then did not go by anybody's deleting it: it is *away*, and is never retired until seen again.
        """
        now = str(look.root_id or "")
        before = self.journal.noted("inbox")
        if now == before or not (now or before):
            return False
        if not now:
            self.journal.note("inbox", UNSEEN)  # what comes back may be another folder, though its inode be the same
            return False
        self.journal.note("inbox", now)
        if before:
            self._away = {a for a, r in self.journal.rows.items() if a not in self.drops and r.state != "retired"}
            self.journal.note("away", json.dumps(sorted(self._away)))
        return bool(before)

    def gone(self, look: Look, now: float) -> list[str]:
        """Assets whose drops have been away for long enough, in an inbox that was in sight all the while."""
        if look.root_id is None:
            self._missing.clear()
            return []
        if back := self._away & self.drops.keys():
            self._away -= back
            self.journal.note("away", json.dumps(sorted(self._away)))
        grace, found = 2 * self.options.settle_s + 1.0, []
        for asset, row in self.journal.rows.items():
            hidden = asset in self._away or any(row.place.startswith(f"{f}/") for f in look.unseen)
            if asset in self.drops or row.state in ("retired", "running") or hidden:
                self._missing.pop(asset, None)
            elif now - self._missing.setdefault(asset, now) >= grace:
                del self._missing[asset]
                found.append(asset)
        return found

    @property
    def missing(self) -> bool:
        """Whether a drop is away and not yet given up."""
        return bool(self._missing)


def _digest(drop: Drop, options: Options) -> str:
    """One hash over the contents of a drop's files. Raises OSError."""
    hashes = {}
    for path in drop.files:
        with open_dropped(path) as file:
            hashes[key(path, options.inbox)] = hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]
    return digest(hashes)
