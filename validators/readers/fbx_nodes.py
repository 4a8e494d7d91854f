"""The node tree of a binary FBX, walked without a library: names, scalar properties and the sizes of arrays.

It sees the file before any native code does: record bounds, array sizes against the bytes they are unpacked from, and
the byte offset of the first fault. Layout after the published descriptions of FBX 7.x (records of 32-bit offsets up to
version 7400, 64-bit from 7500). Array contents are not read.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from validators.readers.notes import Bad

MAGIC = b"Kaydara FBX Binary  \x00\x1a\x00"
MOST_DEPTH = 64
MOST_NODES = 400_000
MOST_PROPERTIES = 4096  # scalar properties of one record
MOST_ARRAY_BYTES = 1 << 30  # one array, unpacked
_MOST_INFLATION = 1032  # zlib's own bound
_SCALARS = {"Y": "<h", "C": "<B", "B": "<B", "I": "<i", "F": "<f", "D": "<d", "L": "<q"}
_ARRAYS = {"f": 4, "d": 8, "l": 8, "i": 4, "b": 1, "c": 1}


@dataclass(frozen=True)
class Array:
    """An array property, by its size alone."""

    kind: str  # f d l i b c
    count: int
    nbytes: int  # as stored


@dataclass
class FbxNode:
    """One record. Strings are bytes as stored, raw data (R) an Array of kind c."""

    name: str
    offset: int
    properties: list[Any] = field(default_factory=list)
    children: list[FbxNode] = field(default_factory=list)

    def first(self, name: str) -> FbxNode | None:
        """The first child of that name."""
        return next((c for c in self.children if c.name == name), None)

    def all(self, name: str) -> Iterator[FbxNode]:
        """All children of that name."""
        return (c for c in self.children if c.name == name)

    def table(self) -> dict[str, Any]:
        """Properties70 of this record: name -> value, or a tuple where there are several."""
        holder, out = self.first("Properties70"), {}
        for entry in holder.all("P") if holder else ():
            if len(entry.properties) >= 5 and isinstance(entry.properties[0], bytes):
                values = entry.properties[4:]
                out[plain(entry.properties[0])] = values[0] if len(values) == 1 else tuple(values)
        return out


def version(data: bytes) -> int:
    """The version in the header, 7400 for FBX 7.4. Raises Bad when the header is cut."""
    if len(data) < 27:
        raise Bad("file.truncated", "The file ends inside the FBX header.", offset=len(data))
    return int(struct.unpack_from("<I", data, 23)[0])


def walk(data: bytes) -> FbxNode:
    """The tree below an unnamed root. Raises Bad at the first record that does not fit the file."""
    wide = version(data) >= 7500
    head = struct.Struct("<QQQB" if wide else "<IIIB")
    root = FbxNode("", 27)
    stack: list[tuple[FbxNode, int]] = [(root, len(data))]  # open records and where each ends
    at, count = 27, 0
    while stack:
        parent, end = stack[-1]
        if at == end and parent is not root:
            stack.pop()
            continue
        if at + head.size > end:
            raise Bad("file.truncated" if end == len(data) else "file.malformed", "A record is cut off.", offset=at)
        stop, properties, length, name_length = head.unpack_from(data, at)
        if not stop:  # the empty record that ends a list
            stack.pop()
            at = at + head.size if parent is root else end
            continue
        first = at + head.size + name_length
        if stop > len(data):
            raise Bad(
                "file.truncated",
                "A record reaches past the end of the file.",
                offset=at,
                measured=len(data),
                limit=stop,
            )
        if stop > end or first + length > stop:
            raise Bad("file.malformed", "A record does not fit into the one around it.", offset=at)
        count += 1
        if count > MOST_NODES or len(stack) > MOST_DEPTH:
            raise Bad("file.too_big", "The FBX has more or deeper records than we read.", offset=at)
        node = FbxNode(plain(data[at + head.size : first]), at)
        _properties(data, first, first + length, properties, node)
        parent.children.append(node)
        at = first + length
        stack.append((node, stop))
    return root


def _properties(data: bytes, at: int, end: int, count: int, node: FbxNode) -> None:
    for _ in range(count):
        if at >= end:
            raise Bad("file.malformed", f"{node.name}: a record's properties are cut off.", offset=at)
        kind, start = chr(data[at]), at
        at += 1
        if kind in _SCALARS:
            form = _SCALARS[kind]
            size = struct.calcsize(form)
            _fits(at, size, end, node)
            value: Any = struct.unpack_from(form, data, at)[0]
        elif kind in "SR":
            _fits(at, 4, end, node)
            length = struct.unpack_from("<I", data, at)[0]
            _fits(at + 4, length, end, node)
            value = data[at + 4 : at + 4 + length] if kind == "S" else Array("c", length, length)
            size = 4 + length
        elif kind in _ARRAYS:
            _fits(at, 12, end, node)
            values, packed, stored = struct.unpack_from("<III", data, at)
            value = _array(kind, values, packed, stored, start)
            size = 12 + value.nbytes
            _fits(at, size, end, node)
        else:
            raise Bad("file.malformed", f"{node.name}: a property has the unknown type {kind!r}.", offset=start)
        if len(node.properties) < MOST_PROPERTIES:
            node.properties.append(value)
        at += size


def _array(kind: str, count: int, packed: int, stored: int, offset: int) -> Array:
    full = count * _ARRAYS[kind]
    if packed not in (0, 1) or (packed and full > (stored + 64) * _MOST_INFLATION):
        raise Bad(
            "file.malformed", "An array claims more values than its bytes can hold.", offset=offset, measured=count
        )
    if full > MOST_ARRAY_BYTES:
        raise Bad(
            "file.too_big", "An array is larger than we read.", offset=offset, measured=full, limit=MOST_ARRAY_BYTES
        )
    return Array(kind, count, stored if packed else full)


def _fits(at: int, size: int, end: int, node: FbxNode) -> None:
    if at + size > end:
        raise Bad("file.malformed", f"{node.name}: a property reaches past its record.", offset=at)


def plain(text: bytes) -> str:
    """Text of a stored string; of an object's `Name\\x00\\x01Class` the name."""
    return text.split(b"\x00\x01", 1)[0].decode("utf-8", "replace")
