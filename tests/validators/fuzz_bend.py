"""Ways to bend a file: seeded, so that a number and a seed's name make the same bytes again."""

from __future__ import annotations

import json
import struct
from typing import Any

import numpy as np

_WILD = (0, 1, 0x7F, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF, 0x80000000, 0xFFFFFFFE, 0x10000000)
_VALUES: tuple[Any, ...] = (
    None, True, -1, 0, 1, 2**31, 2**63, 10**40, 1e308, "", "x", "../bait.png", "/etc/passwd", "\0", [], {}, [[[]]],
    [1e39] * 3, {"index": 0}, "data:,", "data:image/png;base64,AAAA", "A" * 5000, 5126, 5125, 5121, "VEC3", -0.5,
)  # fmt: skip
_WORDS = (b"nan", b"inf", b"-1", b"1e999", b"99999999999999999999", b"0", b"-", b"", b"/", b"1/", b"//", b"../bait.png")


def bend(data: bytes, number: int) -> bytes:
    """The file number `number` bent out of `data`."""
    rng = np.random.default_rng(number)
    ways = [_flip, _cut, _lie, _swap, _floats, _repeat, _words]
    if data[:4] == b"glTF" or data[:1] == b"{":
        ways += [_json] * 6
    for _ in range(int(rng.integers(1, 4))):
        data = ways[rng.integers(len(ways))](data, rng)
    return data


def _place(data: bytes, rng: np.random.Generator, room: int = 1) -> int:
    """A place, as often in the first 512 bytes as anywhere: headers matter most."""
    end = max(len(data) - room, 1)
    return int(rng.integers(min(end, 512) if rng.random() < 0.5 else end))


def _flip(data: bytes, rng: np.random.Generator) -> bytes:
    out = bytearray(data)
    for _ in range(int(rng.integers(1, 9))):
        if out:
            at = _place(data, rng)
            out[at] = out[at] ^ (1 << int(rng.integers(8))) if rng.random() < 0.5 else int(rng.integers(256))
    return bytes(out)


def _cut(data: bytes, rng: np.random.Generator) -> bytes:
    at = int(rng.integers(len(data) + 1))
    if rng.random() < 0.5:
        return data[:at]
    return data[:at] + data[at + int(rng.integers(1, 64)) :]


def _lie(data: bytes, rng: np.random.Generator) -> bytes:
    """A length or count that is none: a wild 16, 32 or 64-bit number at an even place."""
    form = ("<H", "<I", "<Q", ">H", ">I")[rng.integers(5)]
    size = struct.calcsize(form)
    if len(data) < size + 4:
        return data
    at = _place(data, rng, size) & ~1
    value = int(_WILD[rng.integers(len(_WILD))]) if rng.random() < 0.7 else len(data) + int(rng.integers(-8, 9))
    return data[:at] + struct.pack(form, value & ((1 << 8 * size) - 1)) + data[at + size :]


def _swap(data: bytes, rng: np.random.Generator) -> bytes:
    """Two stretches change places."""
    if len(data) < 16:
        return data
    a, b, c, d = np.sort(rng.integers(0, len(data), 4)).tolist()
    return data[:a] + data[c:d] + data[b:c] + data[a:b] + data[d:]


def _floats(data: bytes, rng: np.random.Generator) -> bytes:
    wild = (float("nan"), float("inf"), -float("inf"), 3e38, 1e-45, -0.0)[rng.integers(6)]
    form = ("<f", "<d", ">f")[rng.integers(3)]
    size = struct.calcsize(form)
    at = _place(data, rng, size) & ~3
    return data[:at] + struct.pack(form, wild) + data[at + size :]


def _repeat(data: bytes, rng: np.random.Generator) -> bytes:
    at, size = _place(data, rng), int(rng.integers(1, 200))
    return data[:at] + data[at : at + size] * int(rng.integers(2, 40)) + data[at + size :]


def _words(data: bytes, rng: np.random.Generator) -> bytes:
    """A word between blanks or quotes gives way to a wild one."""
    at = _place(data, rng)
    first = max((data.rfind(c, 0, at) for c in (b" ", b'"', b"\n", b"=")), default=-1) + 1
    ends = [e for c in (b" ", b'"', b"\n", b"/") if (e := data.find(c, at)) >= 0]
    end = min(ends, default=len(data))
    if end - first > 200:
        return data
    return data[:first] + _WORDS[rng.integers(len(_WORDS))] + data[end:]


def _json(data: bytes, rng: np.random.Generator) -> bytes:
    """A value of the JSON gives way to a wild one, or to another of the same document; the shell stays sound."""
    glb = data[:4] == b"glTF"
    try:
        size = struct.unpack_from("<I", data, 12)[0] if glb else len(data)
        tree = json.loads(data[20 : 20 + size] if glb else data)
    except (ValueError, struct.error, RecursionError):
        return data
    slots: list[tuple[Any, Any]] = []
    queue: list[Any] = [tree]
    while queue and len(slots) < 5000:
        found = queue.pop()
        keys = list(found) if isinstance(found, dict) else range(len(found)) if isinstance(found, list) else ()
        slots += [(found, k) for k in keys]
        queue += [found[k] for k in keys]
    if not slots:
        return data
    for _ in range(int(rng.integers(1, 4))):
        holder, key = slots[rng.integers(len(slots))]
        if rng.random() < 0.3:
            other, name = slots[rng.integers(len(slots))]
            value = (
                json.loads(json.dumps(other[name]))
                if name in (other if isinstance(other, dict) else range(len(other)))
                else 0
            )
        else:
            value = _VALUES[rng.integers(len(_VALUES))]
        if isinstance(holder, dict) and rng.random() < 0.1:
            holder.pop(key, None)
        elif isinstance(holder, dict) or key < len(holder):
            holder[key] = value
    try:
        text = json.dumps(tree).encode()
    except (ValueError, RecursionError):  # a value that now holds itself
        return data
    if not glb:
        return text
    text += b" " * (-len(text) % 4)
    rest = data[20 + size :]
    return struct.pack("<4sIIII", b"glTF", 2, 20 + len(text) + len(rest), len(text), 0x4E4F534A) + text + rest
