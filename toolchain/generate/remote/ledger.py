"""The memory of what was asked and paid for: one folder a request, in `state/`, outside every output.

    state/orders/SERVICE/FINGERPRINT/order.json   written beside its place, flushed to disk, renamed into it
                                    model.glb     the answer, kept: choosing again costs nothing
                                    lock          held by the one process that works on this request

States of an order, and what a later run does about each:

    sending    written before the request leaves. Found by a later run: not known whether it was billed
    sent       the service gave a handle: ask after it, never send again
    done       the model is here
    failed, cancelled, refused     nothing is owed: send anew
    expired    the service made it and has thrown it away: send anew only when told to
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from toolchain.atomic import put
from toolchain.generate.remote.lock import held
from toolchain.generate.remote.states import SUFFIXES, Order
from toolchain.stage import Progress, StageError

FORMAT = 1
#: Found by a later run, these are sent again only when the user says so.
DOUBTFUL = ("sending", "expired")


class Entry:
    """One order's page of the ledger. Every change is on disk before the call returns."""

    def __init__(self, state: Path, order: Order, base: str) -> None:
        self.order = order
        self.fingerprint = order.fingerprint(base)
        self.folder = state / "orders" / order.service / self.fingerprint[:32]
        self.data: dict[str, Any] = {"format": FORMAT, "state": "new"}

    def load(self) -> Entry:
        """Read the page; a new one where there is none. StageError where it cannot be read: never a second bill."""
        try:
            data = json.loads((self.folder / "order.json").read_text(encoding="utf-8"))
        except FileNotFoundError:
            return self
        except ValueError:
            data = None
        if not isinstance(data, dict) or data.get("format") != FORMAT or data.get("fingerprint") != self.fingerprint:
            where = f"orders/{self.order.service}/{self.folder.name}"
            raise StageError(
                f"The ledger's page for this {self.order.service} request is damaged, so it is not known whether it "
                f"was paid for. Look the job up at the service, then delete {where} in the outbox's state folder."
            )
        self.data = data
        if self.state == "done" and self.model() is None:  # damaged since: the service may still have it
            self.data["state"] = "sent" if self.handle else "expired"
        return self

    @property
    def state(self) -> str:
        """Where the order stands."""
        return str(self.data["state"])

    @property
    def handle(self) -> dict[str, str]:
        """What the service calls the job; {} before it said so."""
        return dict(self.data.get("handle", {}))

    @property
    def why(self) -> str:
        """Of an order that came to nothing: why."""
        return str(self.data.get("why", ""))

    def write(self, state: str, **fields: Any) -> None:
        """Move to `state` with `fields`; on disk when this returns. Raises OSError and leaves the old page."""
        if state == "sending":  # a new request: what came of earlier ones is kept below it
            past = [*self.data.get("past", []), {k: v for k, v in self.data.items() if k != "past"}]
            self.data = {"past": past if self.state != "new" else []}
        asked = {"options": self.order.options, "views": [p.view for p in self.order.pictures], "seed": self.order.seed}
        self.data |= {"format": FORMAT, "fingerprint": self.fingerprint, "asked": asked, "state": state, **fields}
        text = json.dumps(self.data, indent=1, sort_keys=True, allow_nan=False, ensure_ascii=False)
        put(self.folder / "order.json", text.encode())

    def keep(self, model: bytes, suffix: str, notes: dict[str, Any]) -> None:
        """The answer has come: the file first, then the page that speaks of it."""
        if suffix not in SUFFIXES:
            raise ValueError(suffix)
        put(self.folder / f"model{suffix}", model)
        self.write("done", suffix=suffix, sha256=hashlib.sha256(model).hexdigest(), notes=notes)

    def model(self) -> bytes | None:
        """The answer's bytes, their hash checked; None where they are not here, whole."""
        try:
            data = (self.folder / f"model{self.data['suffix']}").read_bytes()
        except (OSError, KeyError):
            return None
        return data if hashlib.sha256(data).hexdigest() == self.data.get("sha256") else None

    @contextlib.contextmanager
    def held(self, wait_s: float, progress: Progress) -> Iterator[Entry]:
        """The page, held against other processes. The system lets go of it however this process ends.

        StageError when another still works on the same request after `wait_s`.
        """
        refused = "Another run still waits for this same request. Run again later."
        with held(self.folder / "lock", wait_s, progress, "another run waits for the same request", refused):
            yield self.load()
