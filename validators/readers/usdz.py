"""A bounded look into a USDZ before pxr sees it: a zip whose files are stored, 64-byte aligned and named harmlessly.

After the USDZ specification ("File format", "Layout") and the zip application note, sections 4.3.7 to 4.3.16.
"""

from __future__ import annotations

import itertools
import posixpath
import struct
from dataclasses import dataclass
from pathlib import Path

from validators.finding import Where
from validators.readers.files import MOST_BYTES, is_absolute, read_bytes
from validators.readers.notes import Bad, Notes

ALIGNMENT = 64
MOST_ENTRIES = 4096
_LAYERS = (".usd", ".usda", ".usdc")
_ALLOWED = (*_LAYERS, ".png", ".jpg", ".jpeg", ".exr", ".avif", ".m4a", ".mp3", ".wav")


@dataclass(frozen=True)
class Entry:
    """One file of the package."""

    name: str
    offset: int  # of its content in the package
    size: int


def look(path: Path, notes: Notes) -> dict[str, Entry]:
    """Files by name, the default layer first. Raises Bad where pxr must not open the package."""
    data = read_bytes(path, MOST_BYTES)
    end = data.rfind(b"PK\x05\x06", max(0, len(data) - 65557))
    if end < 0 or end + 22 > len(data):
        raise Bad("file.truncated", "The package has no zip directory at its end.", offset=len(data))
    disk, first_disk, here, count, size, start, _ = struct.unpack_from("<4H2IH", data, end + 4)
    if disk or first_disk or here != count or start + size > end or 0xFFFF in (here, count):
        raise Bad("file.malformed", "The package's zip directory does not fit the file.", offset=end)
    if count > MOST_ENTRIES:
        raise Bad("file.too_big", "The package holds more files than we read.", measured=count, limit=MOST_ENTRIES)
    entries: dict[str, Entry] = {}
    at, spans = start, []
    for _ in range(count):
        if data[at : at + 4] != b"PK\x01\x02" or at + 46 > end:
            raise Bad("file.malformed", "The package's zip directory is damaged.", offset=at)
        flags, method = struct.unpack_from("<2H", data, at + 8)
        packed, full, name_length, extra, comment = struct.unpack_from("<2I3H", data, at + 20)
        offset = struct.unpack_from("<I", data, at + 42)[0]
        raw = data[at + 46 : at + 46 + name_length]
        entry = _entry(data, raw, flags, method, packed, full, offset, notes)
        if entry.name in entries:
            raise Bad("file.malformed", f"The package holds {entry.name} twice.", offset=at)
        entries[entry.name] = entry
        spans.append((offset, entry.offset + entry.size))
        at += 46 + name_length + extra + comment
    spans.sort()
    if any(b[0] < a[1] for a, b in itertools.pairwise(spans)) or (spans and spans[-1][1] > start):
        raise Bad("file.malformed", "Files of the package overlap.", offset=start)
    ordered = dict(sorted(entries.items(), key=lambda item: item[1].offset))
    first = next(iter(ordered), "")
    if not first.endswith(_LAYERS):
        raise Bad(
            "file.malformed", f"The first file of the package is {first or 'missing'}, not a USD layer.", offset=0
        )
    for name in ordered:
        if not name.endswith("/") and not name.lower().endswith(_ALLOWED):
            notes.add(
                "file.unsupported",
                f"A package may not hold {name}: readers refuse that kind of file.",
                severity="warning",
                where=Where(pointer=name),
            )
    return ordered


def _entry(
    data: bytes, raw: bytes, flags: int, method: int, packed: int, full: int, offset: int, notes: Notes
) -> Entry:
    name = raw.decode("utf-8", "replace")
    if is_absolute(name) or "\\" in name or "\x00" in name or posixpath.normpath(name).startswith(".."):
        raise Bad(
            "file.escape", f"The package holds a file named {name[:200]!r}, which leads out of it.", offset=offset
        )
    if flags & 1:
        raise Bad("file.malformed", f"{name} is encrypted.", offset=offset)
    if method or packed != full:
        raise Bad(
            "file.malformed",
            f"{name} is compressed; files of a USDZ must be stored as they are.",
            offset=offset,
            measured=method,
            limit=0,
        )
    if offset + 30 > len(data) or data[offset : offset + 4] != b"PK\x03\x04":
        raise Bad("file.malformed", f"{name} does not stand where the zip directory says.", offset=offset)
    name_length, extra = struct.unpack_from("<2H", data, offset + 26)
    if data[offset + 30 : offset + 30 + name_length] != raw or struct.unpack_from("<H", data, offset + 8)[0] != method:
        raise Bad("file.malformed", f"{name} is described in two ways.", offset=offset)
    begin = offset + 30 + name_length + extra
    if begin + full > len(data):
        raise Bad(
            "file.truncated",
            f"{name} reaches past the end of the package.",
            offset=offset,
            measured=len(data),
            limit=begin + full,
        )
    if begin % ALIGNMENT:
        notes.add(
            "file.alignment",
            f"{name} does not begin on a 64-byte boundary, as a USDZ asks.",
            fix="Pack the USDZ with a tool made for it, not with a zip program.",
            where=Where(pointer=name, offset=begin),
            measured=begin % ALIGNMENT,
            limit=0,
        )
    return Entry(name, begin, full)
