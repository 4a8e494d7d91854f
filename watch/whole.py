"""Whether a file that lies still is whole: a copy that broke off keeps its size for ever, and some copiers reserve the
full size first and fill it later.

Only the formats' own ends are looked at, a few reads a file. A file that is not what its name says counts as whole:
intake says what is wrong with it, better than we could.
"""

from __future__ import annotations

import os
import stat
import struct
from pathlib import Path
from typing import IO

TAIL = 64 << 10
_PNG_END = b"IEND\xaeB`\x82"
_NOFOLLOW = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


def open_dropped(path: str | Path) -> IO[bytes]:
    """Open a dropped file for reading: never through a link, never a pipe or a device. Raises OSError."""
    handle = os.open(path, os.O_RDONLY | _NOFOLLOW)
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise OSError(22, "is not a regular file", str(path))
    return os.fdopen(handle, "rb")


def missing(path: str | Path) -> str:
    """What a file lacks, as the end of a sentence ("ends in the middle of the picture"); "" when it is whole."""
    try:
        with open_dropped(path) as file:
            size = os.fstat(file.fileno()).st_size
            if size == 0:
                return "is empty"
            return _missing(file, file.read(32), size)
    except OSError as error:
        return f"cannot be read: {(error.strerror or str(error)).lower()}"


def _missing(file: IO[bytes], head: bytes, size: int) -> str:
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "" if _PNG_END in _tail(file, size) or _png_ends(file, size) else "ends in the middle of the picture"
    if head.startswith(b"\xff\xd8\xff"):
        tail = _tail(file, size)
        return "" if tail.rfind(b"\xff\xd9") > tail.rfind(b"\xff\xda") else "ends in the middle of the picture"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return _short(struct.unpack("<I", head[4:8])[0] + 8, size, file)
    if head[:4] == b"glTF" and len(head) >= 12:
        return _short(struct.unpack("<I", head[8:12])[0], size, file)
    if head[:2] == b"BM" and len(head) >= 14:
        return _short(struct.unpack("<I", head[2:6])[0], size, file)
    if not head.strip(b"\0") and not _tail(file, size).strip(b"\0"):
        return "holds nothing but zeros"
    return ""


def _short(said: int, size: int, file: IO[bytes]) -> str:
    if size < said:
        return f"has {size} of the {said} bytes that it says it has"
    if size > TAIL and not _tail(file, size).strip(b"\0"):
        return "ends in nothing but zeros"
    return ""


def _tail(file: IO[bytes], size: int) -> bytes:
    file.seek(max(0, size - TAIL))
    return file.read(TAIL)


def _png_ends(file: IO[bytes], size: int) -> bool:
    """Walk the chunks: some writers put far more than a tail behind the end."""
    at = 8
    while at + 8 <= size:
        file.seek(at)
        head = file.read(8)
        if head[4:] == b"IEND":
            return at + 12 <= size
        length = struct.unpack(">I", head[:4])[0]
        if length > 0x7FFFFFFF or not head[4:].isalpha():
            return False
        at += 12 + length
    return False
