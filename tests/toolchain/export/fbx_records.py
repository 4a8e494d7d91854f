"""A strict reader of binary FBX records for the tests: it takes nothing on trust and repairs nothing."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass
class Record:
    name: str
    values: list[Any]
    children: list[Record]

    def get(self, *path: str) -> Record:
        """The one record at `path`."""
        at = self
        for name in path:
            (at,) = [c for c in at.children if c.name == name]
        return at

    def all(self, name: str) -> list[Record]:
        return [c for c in self.children if c.name == name]

    def props(self) -> dict[str, tuple[Any, ...]]:
        """Name -> (type, label, flags, *values) of its Properties70; a name must stand once."""
        entries = self.get("Properties70").children
        assert len({p.values[0] for p in entries}) == len(entries)
        return {p.values[0]: tuple(p.values[1:]) for p in entries}


def parse(data: bytes) -> Record:
    """The file as one record. Every offset, length and padding byte is checked."""
    assert data[:23] == b"Kaydara FBX Binary  \x00\x1a\x00"
    assert struct.unpack_from("<I", data, 23) == (7400,)
    children, at = _list(data, 27, len(data))
    rest = data[at:]
    assert rest[:16] == bytes.fromhex("fabcab09d0c8d466b176fb831cf7267e") and rest[16:20] == bytes(4)
    padding = len(rest) - 20 - 4 - 120 - 16
    assert 1 <= padding <= 16 and (at + 20 + padding) % 16 == 0 and not any(rest[20 : 20 + padding])
    assert rest[20 + padding : -16] == struct.pack("<I", 7400) + bytes(120)
    assert rest[-16:] == bytes.fromhex("f85a8c6adef5d97eece90ce3758f290b")
    return Record("", [], children)


def _list(data: bytes, at: int, end: int) -> tuple[list[Record], int]:
    found = []
    while True:
        assert at + 13 <= end
        stop, count, size, length = struct.unpack_from("<IIIB", data, at)
        if not (stop or count or size or length):
            return found, at + 13
        name = data[at + 13 : at + 13 + length].decode("ascii")
        start = at + 13 + length
        values, after = [], start
        for _ in range(count):
            value, after = _value(data, after)
            values.append(value)
        assert after == start + size <= stop <= end
        children: list[Record] = []
        if after < stop:
            children, after = _list(data, after, stop)
        assert after == stop, f"{name} ends at {after}, not at {stop}"
        found.append(Record(name, values, children))
        at = stop


def _value(data: bytes, at: int) -> tuple[Any, int]:
    code = chr(data[at])
    if code in (plain := {"C": "<?", "I": "<i", "L": "<q", "D": "<d"}):
        return struct.unpack_from(plain[code], data, at + 1)[0], at + 1 + struct.calcsize(plain[code])
    if code in "SR":
        (size,) = struct.unpack_from("<I", data, at + 1)
        raw = data[at + 5 : at + 5 + size]
        assert len(raw) == size
        return raw.decode("utf-8") if code == "S" else raw, at + 5 + size
    kind = np.dtype({"d": "<f8", "f": "<f4", "i": "<i4", "l": "<i8", "b": "?"}[code])
    count, packed, size = struct.unpack_from("<III", data, at + 1)
    raw = data[at + 13 : at + 13 + size]
    assert len(raw) == size and packed in (0, 1)
    raw = zlib.decompress(raw) if packed else raw
    assert len(raw) == count * kind.itemsize
    return np.frombuffer(raw, kind), at + 13 + size
