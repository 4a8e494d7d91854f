"""Flowing types to JSON, arrays and blobs, and back. No pickle: reading an artefact runs no code.

Every dataclass that may stand in the store is named in `_types`; anything else is refused on the way in.
"""

from __future__ import annotations

import dataclasses
from functools import cache
from typing import Any

import numpy as np

from toolchain import asset
from toolchain.stage import Made
from validators import finding


@cache
def _types() -> dict[str, type]:
    """Dataclasses by name: all of toolchain.asset, Made and the Findings."""
    known = [v for v in vars(asset).values() if isinstance(v, type) and dataclasses.is_dataclass(v)]
    return {c.__name__: c for c in (*known, Made, finding.Finding, finding.Where)}


def encode(value: Any, parts: list[np.ndarray | bytes]) -> Any:
    """JSON for `value`; arrays and bytes are appended to `parts` and referred to by index."""
    if isinstance(value, np.ndarray):
        parts.append(value)
        return {"$part": len(parts) - 1}
    if isinstance(value, bytes):
        parts.append(value)
        return {"$part": len(parts) - 1}
    if isinstance(value, np.generic):
        return value.item()
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        name = type(value).__name__
        if _types().get(name) is not type(value):
            raise TypeError(f"{type(value).__module__}.{name} cannot be stored")
        return {"$type": name, **{f.name: encode(getattr(value, f.name), parts) for f in dataclasses.fields(value)}}
    if isinstance(value, tuple):
        return {"$tuple": [encode(v, parts) for v in value]}
    if isinstance(value, list):
        return [encode(v, parts) for v in value]
    if isinstance(value, dict):
        if any(not isinstance(k, str) or k.startswith("$") for k in value):
            raise TypeError("stored tables need plain text keys")
        return {k: encode(v, parts) for k, v in value.items()}
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    raise TypeError(f"{type(value).__name__} cannot be stored")


def decode(data: Any, parts: list[np.ndarray | bytes]) -> Any:
    """The inverse of :func:`encode`. Raises KeyError, IndexError or TypeError on data that it did not write."""
    if isinstance(data, list):
        return [decode(v, parts) for v in data]
    if not isinstance(data, dict):
        return data
    if "$part" in data:
        return parts[data["$part"]]
    if "$tuple" in data:
        return tuple(decode(v, parts) for v in data["$tuple"])
    if "$type" in data:
        return _types()[data["$type"]](**{k: decode(v, parts) for k, v in data.items() if k != "$type"})
    return {k: decode(v, parts) for k, v in data.items()}
