"""What a PNG says of itself in its first 33 bytes (PNG specification, third edition, 11.2.1)."""

from __future__ import annotations

import struct
from dataclasses import dataclass

_CHANNELS = {0: 1, 2: 3, 3: 3, 4: 2, 6: 4}


@dataclass(frozen=True)
class PngHeader:
    """Size in pixels, channels as decoded (a palette counts as 3), bits a channel."""

    width: int
    height: int
    channels: int
    bits: int


def read_png_header(data: bytes, name: str) -> PngHeader:
    """The header of the PNG in `data`; ValueError, which tells `name`, if it is none."""
    if data[:8] != b"\x89PNG\r\n\x1a\n" or data[12:16] != b"IHDR" or len(data) < 33:
        raise ValueError(f"{name} is not a PNG")
    width, height, bits, colour = struct.unpack(">IIBB", data[16:26])
    if not width or not height or colour not in _CHANNELS:
        raise ValueError(f"{name} has a damaged PNG header")
    return PngHeader(width, height, _CHANNELS[colour], 8 if colour == 3 else bits)
