"""Asking a service for models: send, wait, fetch, and never pay twice for one thing.

A service is told in five verbs (:class:`Service`); :func:`obtain` does the rest for all of them: the ledger,
the dry run, the bound on the price, progress, patience, candidates, crashes and Ctrl-C.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from toolchain.generate.remote import budget, clock, files
from toolchain.generate.remote.ask import RemoteAsk
from toolchain.generate.remote.http import Api, Host
from toolchain.generate.remote.ledger import DOUBTFUL, Entry
from toolchain.generate.remote.states import (
    CANCELLED,
    EXPIRED,
    FAILED,
    SUCCEEDED,
    Lost,
    Order,
    Receipt,
    Refused,
    Status,
)
from toolchain.stage import Progress, StageError

#: What reading JSON of another shape than expected raises.
ODD = (AttributeError, TypeError, KeyError, IndexError, ValueError)
#: Seconds between two questions after a job: short at first, then less often.
FIRST_POLL_S, SLOWER, LONGEST_POLL_S = 2.0, 1.4, 15.0


class Service:
    """One service. `submit` and `poll` must be given; the rest has an answer that is right for most."""

    billed = True  # a request that was perhaps sent is not sent again unasked
    lookup = "its web page"  # where a person sees the jobs of an account

    def __init__(self, host: Host) -> None:
        self.host = host

    def open(self) -> Api:
        """The API to talk to; a context manager."""
        return Api(self.host)

    def prepare(self, api: Api, order: Order) -> Any:
        """What must be done before the request and costs nothing, such as uploads; handed to `submit`."""
        return None

    def submit(self, api: Api, order: Order, prepared: Any) -> Receipt:
        """Send the one request that makes a job, by `api.create`. Raises Refused and Lost as that does."""
        raise NotImplementedError

    def poll(self, api: Api, handle: dict[str, str]) -> Status:
        """Where the job stands, by `api.read`; links once it has succeeded."""
        raise NotImplementedError

    def cancel(self, api: Api, handle: dict[str, str]) -> bool:
        """End the job if the API can; whether it did."""
        return False


@dataclass(frozen=True, eq=False)
class Candidate:
    """What one order came to: a model's bytes, or why there is none."""

    order: Order
    model: bytes | None
    suffix: str = ".glb"
    sha256: str = ""
    why: str = ""
    notes: dict[str, Any] = field(default_factory=dict)


def obtain(
    service: Service, orders: tuple[Order, ...], ask: RemoteAsk, progress: Progress, state: Path
) -> tuple[Candidate, ...]:
    """A candidate for each order, in order; at least one has a model.

    What the ledger has is not asked for again. StageError where nothing came of it, each with one sentence;
    Planned for a dry run. A candidate that failed beside others that did not is told in its `why`.
    """
    spoilt: dict[str, str] = {}
    busy = False
    with contextlib.ExitStack() as stack:
        entries = [Entry(state, order, service.host.base) for order in orders]
        for entry in sorted(entries, key=lambda e: e.fingerprint):  # one order for all, so that two runs cannot lock up
            stack.enter_context(entry.held(ask.wait_s, progress))
        fresh = [e for e in entries if e.state not in ("sent", "done")]
        if service.billed and not ask.resubmit:
            for entry in fresh:
                if entry.state in DOUBTFUL:
                    raise Lost(_doubt(service, entry))
        budget.check(service.host.title, [e.order for e in fresh], len(entries), ask)
        if any(e.state != "done" for e in entries):
            api = stack.enter_context(service.open())
            try:
                for number, entry in enumerate(fresh):
                    progress(0.05 * number / len(fresh), f"sending to {service.host.title}")
                    busy |= _send(service, api, entry)
                spoilt = _wait(service, api, entries, ask.wait_s, progress)
            except KeyboardInterrupt:
                for entry in entries:
                    if entry.state == "sent" and service.cancel(api, entry.handle):
                        entry.write("cancelled", why="it was interrupted")
                raise
        progress(0.95, "")
        got = tuple(_candidate(e, spoilt) for e in entries)
    if all(c.model is None for c in got):
        raise StageError(got[0].why, passing=busy)
    return got


def _send(service: Service, api: Api, entry: Entry) -> bool:
    """Send one order; whether the service was too busy to take it."""
    prepared = service.prepare(api, entry.order)
    entry.write("sending")
    try:
        receipt = service.submit(api, entry.order, prepared)
    except Refused as refused:
        entry.write("refused", why=str(refused))
        if refused.kind in ("key", "credits"):  # the others would be refused too
            raise
        return refused.kind == "busy"
    except (Lost, *ODD) as error:
        lost = error if isinstance(error, Lost) else Lost(f"{service.host.title}'s answer is not as published.")
        if not service.billed:
            entry.write("failed", why=str(lost))
            return False
        raise Lost(f"{lost} {_doubt(service, entry)}", lost.detail) from None
    if receipt.model is not None:
        try:
            files.check_model(receipt.model, receipt.suffix, service.host.title)
        except StageError as error:
            entry.write("expired", why=str(error))
            raise
        entry.keep(receipt.model, receipt.suffix, {})
    else:
        entry.write("sent", handle=receipt.handle)
    return False


def _wait(service: Service, api: Api, entries: list[Entry], wait_s: float, progress: Progress) -> dict[str, str]:
    """Ask after every sent order until each has ended, and fetch what was made.

    Fingerprint -> why, of what was made and could not be had; it stays "sent", so a later run fetches it.
    """
    end, pause, spoilt = clock.now() + wait_s, FIRST_POLL_S, {}  # type: float, float, dict[str, str]
    done = {e.fingerprint: 0.0 for e in entries}
    while live := [e for e in entries if e.state == "sent" and e.fingerprint not in spoilt]:
        text = ""
        for entry in live:
            status = _ask_after(service, api, entry)
            done[entry.fingerprint] = max(done[entry.fingerprint], min(status.share or 0.0, 1.0))
            text = status.text or text
            if status.state == SUCCEEDED:
                progress(0.1 + 0.8 * sum(done.values()) / len(done), f"fetching from {service.host.title}")
                try:
                    _fetch(service, api, entry, status)
                except StageError as error:
                    spoilt[entry.fingerprint] = str(error)
            elif status.state in (FAILED, CANCELLED, EXPIRED):
                why = f"{service.host.title} could not make it{f': {status.text}' if status.text else ''}."
                entry.write(status.state, why=why)
            if entry.state != "sent":
                done[entry.fingerprint] = 1.0
        if not any(e.state == "sent" and e.fingerprint not in spoilt for e in live):
            break
        progress(0.05 + 0.85 * sum(done.values()) / len(done), f"{service.host.title} {text or 'is at work'}")
        if clock.now() + pause > end:
            why = (
                f"{service.host.title} has not finished after {wait_s:g} s. The job goes on there; "
                "run again to go on waiting, which costs nothing."
            )
            if not any(e.state == "done" for e in entries):
                raise StageError(why, passing=True)
            return spoilt | {e.fingerprint: why for e in entries if e.state == "sent"}
        clock.sleep(pause)
        pause = min(pause * SLOWER, LONGEST_POLL_S)
    return spoilt


def _ask_after(service: Service, api: Api, entry: Entry) -> Status:
    try:
        return service.poll(api, entry.handle)
    except ODD as error:
        message = f"{service.host.title}'s answer is not as published. Run again to go on."
        raise StageError(message, repr(error)) from None
    except Refused as refused:
        if refused.kind != "missing":
            raise
        return Status(EXPIRED, text="it no longer knows the job")


def _fetch(service: Service, api: Api, entry: Entry, status: Status) -> None:
    """The finished model into the ledger. What cannot be had is asked for once more, by a fresh address."""
    for last in (False, True):
        try:
            model, suffix = status.model, status.suffix
            if model is None:
                link = files.best(status.links, service.host.title)
                model, suffix = (
                    files.check_download(api.fetch(link.url, link.own), link, service.host.title),
                    link.suffix,
                )
            files.check_model(model, suffix, service.host.title)
            return entry.keep(model, suffix, status.notes)
        except StageError:
            if last:
                raise
            status = _ask_after(service, api, entry)
    return None


def _candidate(entry: Entry, spoilt: dict[str, str]) -> Candidate:
    data, why = entry.data, spoilt.get(entry.fingerprint, entry.why)
    model = entry.model() if entry.state == "done" else None
    return Candidate(
        entry.order, model, data.get("suffix", ""), data.get("sha256", ""), why, dict(data.get("notes", {}))
    )


def _doubt(service: Service, entry: Entry) -> str:
    title = service.host.title
    what = (
        f"{title} made this model, which was paid for, and it can no longer be had."
        if entry.state == "expired"
        else f"A request to {title} may have been billed, but its answer never came."
    )
    return f"{what} Look it up at {service.lookup}; to send it again, add --set generate.resubmit=true."
