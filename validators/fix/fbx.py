"""A binary FBX that is open for changes: its records with their properties as stored bytes, written anew.

What is not changed stays byte for byte as it is; only record ends, which are places in the file, are worked out again.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from validators.readers import fbx_nodes
from validators.readers.notes import Bad

_SIZES = {"Y": 2, "C": 1, "B": 1, "I": 4, "F": 4, "D": 8, "L": 8}
_WIDTHS = {"f": 4, "d": 8, "l": 8, "i": 4, "b": 1, "c": 1}
_FOOT = 4 + 120 + 16  # version, zeros and magic at the very end


@dataclass
class Record:
    """One record: properties as stored, type letter first."""

    name: bytes
    properties: list[bytes] = field(default_factory=list)
    children: list[Record] = field(default_factory=list)
    closed: bool = False  # an empty record ends its list, even an empty one

    def all(self, name: bytes) -> Iterator[Record]:
        """Children of that name."""
        return (c for c in self.children if c.name == name)

    def first(self, name: bytes) -> Record | None:
        """The first child of that name."""
        return next(self.all(name), None)

    def text(self, index: int) -> bytes:
        """A string property; empty where it is none."""
        held = self.properties[index] if index < len(self.properties) else b""
        return held[5:] if held[:1] == b"S" else b""

    def entries(self) -> Iterator[Record]:
        """The P records of Properties70."""
        holder = self.first(b"Properties70")
        return holder.all(b"P") if holder else iter(())


class Fbx:
    """The tree below `root`, to be changed at will; :meth:`encode` writes it."""

    def __init__(self, data: bytes) -> None:
        """Raises Bad for what is no sound binary FBX of version 7."""
        if not data.startswith(fbx_nodes.MAGIC[:18]):
            raise Bad("file.ascii_fbx", "Only binary FBX can be fixed.")
        self.version = fbx_nodes.version(data)
        if not 7100 <= self.version < 8000:
            raise Bad("file.unsupported", "Only FBX 7.1 to 7.7 can be fixed.")
        fbx_nodes.walk(data)  # every bound is checked there
        self._head = struct.Struct("<QQQB" if self.version >= 7500 else "<IIIB")
        self._start = data[:27]
        self.root = Record(b"")
        end = self._read(data, 27, len(data), self.root)
        self._tail = data[end:]

    def _read(self, data: bytes, at: int, end: int, parent: Record) -> int:
        while at + self._head.size <= end:
            stop, count, length, named = self._head.unpack_from(data, at)
            if not stop:
                parent.closed = True
                return at + self._head.size
            first = at + self._head.size + named
            record = Record(data[at + self._head.size : first])
            place = first
            for _ in range(count):
                size = _size(data, place)
                record.properties.append(data[place : place + size])
                place += size
            self._read(data, first + length, stop, record)
            parent.children.append(record)
            at = stop
        return at

    def objects(self, kind: bytes) -> list[Record]:
        """Records of one kind below Objects."""
        return [r for holder in self.root.all(b"Objects") for r in holder.all(kind)]

    def setting(self, name: bytes) -> Record | None:
        """An entry of GlobalSettings."""
        holder = self.root.first(b"GlobalSettings")
        return next((p for p in holder.entries() if p.text(0) == name), None) if holder else None

    def encode(self) -> bytes:
        """The file."""
        out = bytearray(self._start)
        for record in self.root.children:
            self._write(out, record)
        out += bytes(self._head.size) if self.root.closed else b""
        return bytes(out) + self._foot(len(out))

    def _write(self, out: bytearray, record: Record) -> None:
        start, body = len(out), b"".join(record.properties)
        out += bytes(self._head.size) + record.name + body
        for child in record.children:
            self._write(out, child)
        out += bytes(self._head.size) if record.closed else b""
        self._head.pack_into(out, start, len(out), len(record.properties), len(body), len(record.name))

    def _foot(self, at: int) -> bytes:
        """The foot; where it is as the SDK writes it (16 bytes, 4 zeros, padding to 16), with its padding anew."""
        tail = self._tail
        usual = len(tail) >= 20 + _FOOT and tail[-_FOOT : -_FOOT + 4] == struct.pack("<I", self.version)
        if not usual or any(tail[16:-_FOOT]):
            return tail
        at += 20
        return tail[:20] + bytes(16 - at % 16) + tail[-_FOOT:]


def _size(data: bytes, at: int) -> int:
    """Bytes of the property at `at`, type letter included; its bounds were checked by the walk."""
    kind = chr(data[at])
    if kind in _SIZES:
        return 1 + _SIZES[kind]
    if kind in "SR":
        return 5 + int(struct.unpack_from("<I", data, at + 1)[0])
    count, packed, stored = struct.unpack_from("<III", data, at + 1)
    return 13 + int(stored if packed else count * _WIDTHS[kind])


def string(text: bytes) -> bytes:
    """A string property."""
    return b"S" + struct.pack("<I", len(text)) + text


def double(value: float) -> bytes:
    """A number property."""
    return b"D" + struct.pack("<d", value)


def floats(held: bytes) -> NDArray[Any] | None:
    """The numbers of an array property of floats or doubles; None for another."""
    if held[:1] not in (b"d", b"f"):
        return None
    count, packed, _ = struct.unpack_from("<III", held, 1)
    try:
        body = zlib.decompress(held[13:]) if packed else held[13:]
        return np.frombuffer(body, "<f8" if held[:1] == b"d" else "<f4", count)
    except (zlib.error, ValueError):
        raise Bad("file.malformed", "An array of the file cannot be unpacked.") from None


def array(values: NDArray[Any], like: bytes) -> bytes:
    """An array property stored as `like` is."""
    body, packed = values.astype("<f8" if like[:1] == b"d" else "<f4").tobytes(), like[5] != 0
    stored = zlib.compress(body) if packed else body
    return like[:1] + struct.pack("<III", len(values), int(packed), len(stored)) + stored
