"""What passes between the client and a service, in one vocabulary for all services."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any

from toolchain.stage import StageError

#: What a job at a service can be.
QUEUED, RUNNING, SUCCEEDED, FAILED, CANCELLED, EXPIRED = (
    "queued",
    "running",
    "succeeded",
    "failed",
    "cancelled",
    "expired",
)
#: Model files that our reader takes, best first: the order in which one of several is chosen.
SUFFIXES = (".glb", ".fbx", ".obj", ".ply")


class Refused(StageError):
    """The service said no: nothing was made and nothing is billed. `kind`: key, credits, busy, missing, refused."""

    def __init__(self, message: str, kind: str = "refused", detail: str = "") -> None:
        super().__init__(message, detail, passing=kind == "busy")
        self.kind = kind


class Lost(StageError):
    """A request left, and what became of it is not known: it may have been billed."""


class Gone(StageError):
    """A download's address no longer answers with the file."""


class Planned(StageError):
    """A dry run's outcome: what would be sent. Nothing was."""


@dataclass(frozen=True)
class Price:
    """What a request is expected to cost, by the service's published prices."""

    amount: float
    unit: str = "credits"  # or US$

    def text(self) -> str:
        """`about 30 credits`, `about US$0.30`."""
        return f"about US${self.amount:.2f}" if self.unit == "US$" else f"about {self.amount:g} {self.unit}"


@dataclass(frozen=True, eq=False)
class Picture:
    """One view as it is uploaded."""

    view: str  # toolchain.asset.VIEWS, or "single"
    png: bytes
    sha256: str  # of its pixels, so that another PNG encoder does not make another request


@dataclass(frozen=True, eq=False)
class Order:
    """One request that may cost money: all that tells it from another. No key, no path, no address of a file.

    `options`: JSON-able, the fields as the service takes them. `seed` tells candidates apart, also where the
    service takes none.
    """

    service: str
    options: dict[str, Any]
    pictures: tuple[Picture, ...]
    seed: int = 1
    price: Price | None = None

    def fingerprint(self, base: str) -> str:
        """Hex sha256 of the request as asked of the API at `base`."""
        said = [self.service, base, self.options, [[p.view, p.sha256] for p in self.pictures], self.seed]
        return hashlib.sha256(json.dumps(said, sort_keys=True, allow_nan=False).encode()).hexdigest()


@dataclass(frozen=True, eq=False)
class Receipt:
    """What a service gave for a request: what to ask after it by, or the model itself where it answers at once."""

    handle: dict[str, str]
    model: bytes | None = None
    suffix: str = ".glb"


@dataclass(frozen=True)
class Link:
    """One file of a finished job. `own`: it lies at the API's own host and is asked for with the key."""

    url: str
    suffix: str  # with the dot, lower case
    sha256: str = ""
    own: bool = False


@dataclass(frozen=True, eq=False)
class Status:
    """Where a job stands. `notes` go to the manifest: JSON-able, no addresses (they are signed), no key."""

    state: str
    share: float | None = None  # done, 0..1, where the service says
    text: str = ""  # of a failed job, why
    links: tuple[Link, ...] = ()
    model: bytes | None = None  # where the status carries the file itself
    suffix: str = ".glb"
    notes: dict[str, Any] = field(default_factory=dict)


def suffix_of(url: str) -> str:
    """Suffix of an address's file name, lower case with its dot; "" without one."""
    from urllib.parse import urlsplit

    name = urlsplit(url).path.rpartition("/")[2].lower()
    return f".{name.rpartition('.')[2]}" if "." in name else ""


def links(addresses: dict[str, Any]) -> tuple[Link, ...]:
    """Links of a table of format to address, such as Meshy's `model_urls`; formats we do not read are left out."""
    found = ((f".{kind.lower()}", url) for kind, url in addresses.items() if isinstance(url, str) and url)
    return tuple(Link(url, suffix) for suffix, url in found if suffix in SUFFIXES)


def links_within(payload: Any) -> tuple[Link, ...]:
    """Every model file named anywhere in a JSON answer: an address, or a table with `url` and `file_name`."""
    if isinstance(payload, str):
        suffix = suffix_of(payload) if payload.startswith(("https://", "http://")) else ""
        return (Link(payload, suffix),) if suffix in SUFFIXES else ()
    if isinstance(payload, list):
        return tuple(link for item in payload for link in links_within(item))
    if isinstance(payload, dict):
        url, name = payload.get("url"), payload.get("file_name")
        if isinstance(url, str) and isinstance(name, str) and suffix_of(url) not in SUFFIXES:
            return (Link(url, suffix_of(f"x:///{name}")),) if suffix_of(f"x:///{name}") in SUFFIXES else ()
        return tuple(link for item in payload.values() for link in links_within(item))
    return ()


def given(params: Any, **unset: Any) -> dict[str, Any]:
    """The fields of `params` that are set, by the value that stands for not set: what is not said is the service's."""
    return {name: getattr(params, name) for name, none in unset.items() if getattr(params, name) != none}
