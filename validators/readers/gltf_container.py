"""The outer shell of glTF 2.0: GLB chunks (spec section 4) and the JSON inside, bounded before they are parsed."""

from __future__ import annotations

import json
import re
import struct
from typing import Any

import numpy as np

from validators.finding import Where
from validators.readers.notes import Bad, Notes

MAGIC = b"glTF"
MOST_JSON_BYTES = 128 << 20  # a .gltf may hold its buffers as text
MOST_VALUES = 2_000_000
MOST_DEPTH = 64  # brackets in brackets; the format itself needs about ten, extras a few more
_JSON, _BIN = 0x4E4F534A, 0x004E4942
#: A string with its escapes; one that never ends runs to the end of the text, so that matching stays linear.
_STRING = re.compile(rb'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)', re.DOTALL)


def split_glb(data: bytes, notes: Notes) -> tuple[bytes, bytes | None]:
    """The JSON chunk and the binary chunk of a GLB. Raises Bad when there is no JSON chunk to read."""
    if len(data) < 20:
        raise Bad("file.truncated", "The file ends inside the GLB header.", offset=len(data))
    _, version, length = struct.unpack_from("<4sII", data)
    if version != 2:
        raise Bad(
            "file.unsupported", f"This is glTF version {version}; only version 2 is read.", offset=4, measured=version
        )
    if length > len(data):
        notes.add(
            "file.truncated",
            "The file is shorter than its header says.",
            where=Where(offset=8),
            measured=len(data),
            limit=length,
        )
    elif length < len(data):
        notes.add(
            "file.malformed",
            "The file is longer than its header says.",
            where=Where(offset=8),
            measured=len(data),
            limit=length,
        )
    found: dict[int, bytes] = {}
    at, first = 12, True
    while at + 8 <= min(length, len(data)):
        size, kind = struct.unpack_from("<II", data, at)
        if first and kind != _JSON:
            raise Bad("file.malformed", "The first chunk of the GLB is not JSON.", offset=at)
        if size > len(data) - at - 8:
            if kind == _JSON:
                raise Bad(
                    "file.truncated",
                    "The file ends inside its JSON chunk.",
                    offset=at,
                    measured=len(data),
                    limit=at + 8 + size,
                )
            notes.add(
                "file.truncated",
                "The file ends inside a binary chunk.",
                where=Where(offset=at),
                measured=len(data),
                limit=at + 8 + size,
            )
        if size % 4:
            notes.add("file.malformed", "A chunk's length is no multiple of 4.", where=Where(offset=at), measured=size)
        if kind in (_JSON, _BIN) and kind in found:
            notes.add("file.malformed", "A chunk kind comes twice; the first counts.", where=Where(offset=at))
        else:
            found[kind] = data[at + 8 : at + 8 + size]
        at, first = at + 8 + size + (-size % 4), False
    if _JSON not in found:
        raise Bad("file.malformed", "The GLB has no JSON chunk.", offset=12)
    return found[_JSON], found.get(_BIN)


def parse_json(text: bytes) -> dict[str, Any]:
    """The JSON object in `text`. Raises Bad for what is too large, too deep, not UTF-8, or no JSON object."""
    if len(text) > MOST_JSON_BYTES:
        raise Bad("file.too_big", "The JSON part is too large to read.", measured=len(text), limit=MOST_JSON_BYTES)
    depth, values = shape(text)
    if depth > MOST_DEPTH:
        raise Bad("file.malformed", "The JSON part is nested too deeply.", measured=depth, limit=MOST_DEPTH)
    if values > MOST_VALUES:
        raise Bad("file.too_big", "The JSON part has too many values to read.", measured=values, limit=MOST_VALUES)
    try:
        value = json.loads(text.decode("utf-8"), parse_constant=_no_constant)
    except UnicodeDecodeError as error:
        raise Bad("file.malformed", "The JSON part is not UTF-8 text.", offset=error.start) from None
    except json.JSONDecodeError as error:
        raise Bad("file.malformed", f"The JSON part cannot be parsed: {error.msg}.", offset=error.pos) from None
    except ValueError as error:  # NaN, or a number of thousands of digits
        raise Bad("file.malformed", f"The JSON part cannot be parsed: {error}.") from None
    if not isinstance(value, dict):
        raise Bad("file.malformed", "The JSON part is not an object.")
    return value


def shape(text: bytes) -> tuple[int, int]:
    """The greatest nesting of brackets outside strings and the number of commas, counted without parsing."""
    codes = np.frombuffer(_STRING.sub(b"", text), np.uint8)
    opening, closing = (codes == ord("[")) | (codes == ord("{")), (codes == ord("]")) | (codes == ord("}"))
    steps = opening.astype(np.int8) - closing
    return int(np.cumsum(steps[opening | closing], dtype=np.int64).max(initial=0)), int(
        np.count_nonzero(codes == ord(","))
    )


def _no_constant(word: str) -> Any:
    raise ValueError(f"{word} is no JSON number")
