"""Keys: from the environment and nowhere else."""

from __future__ import annotations

import os

from toolchain.generate.remote.http import Host
from toolchain.stage import StageError


def key_of(name: str) -> str:
    """The key in environment variable `name`. StageError where it is missing or no key."""
    key = os.environ.get(name, "").strip()
    if why := why_no_key(name, ""):
        raise StageError(why)
    return key


def keyed(title: str, base: str, name: str, scheme: str = "Bearer") -> Host:
    """The host at `base` that takes the key in environment variable `name` as `Authorization: SCHEME key`."""
    key = key_of(name)
    return Host(title, base, {"Authorization": f"{scheme} {key}"}, (key,), name)


def why_no_key(name: str, where: str) -> str | None:
    """None where `name` holds a key, else what to do, in a sentence; `where` is the page that gives keys."""
    key = os.environ.get(name, "").strip()
    if not key:
        return f"set {name} to your key{f' (from {where})' if where else ''}."
    if not (key.isascii() and key.isprintable()) or " " in key or len(key) < 8:
        return f"{name} holds something that is not a key."
    return None
