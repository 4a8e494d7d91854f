"""Images by their header, and their pixels on demand.

Headers are read from bytes alone, no decoder involved. Sources: PNG (W3C, third edition), JPEG (ITU-T T.81), TGA 2.0,
OpenEXR file layout, KTX 2.0 with the Khronos Data Format, WebP container (RFC 9649), BMP (BITMAPINFOHEADER).
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from validators.readers.files import read_bytes
from validators.readers.notes import Bad, Notes
from validators.scene import Scene, Texture

Header = tuple[str, int, int, int, int]  # format, width, height, channels, bits a channel
UNKNOWN: Header = ("", 0, 0, 0, 0)
HEAD_BYTES = 4 << 20  # a JPEG may carry megabytes of profile before its frame header
MOST_PIXELS = 1 << 26  # 8192 x 8192
_PNG_CHANNELS = {0: 1, 2: 3, 3: 3, 4: 2, 6: 4}
_PIL = {"png": "PNG", "jpg": "JPEG", "tga": "TGA", "webp": "WEBP", "bmp": "BMP"}
SUFFIXES = {
    "png": ("png",),
    "jpg": ("jpg", "jpeg"),
    "tga": ("tga",),
    "exr": ("exr",),
    "ktx2": ("ktx2",),
    "webp": ("webp",),
    "bmp": ("bmp",),
}


def header(data: bytes, name: str = "") -> Header:
    """(format, width, height, channels, bits) of an image; UNKNOWN for what is none of ours. Never raises.

    A TGA has no signature at its front: it is taken for one when its fields agree and `name` ends in .tga.
    """
    try:
        for magic, reader in _MAGIC:
            if data.startswith(magic):
                found = reader(data)
                return found if found[1] > 0 and found[2] > 0 else UNKNOWN
        return _tga(data) if name.lower().endswith(".tga") else UNKNOWN
    except (struct.error, IndexError):  # the header ends early
        return UNKNOWN


def _png(data: bytes) -> Header:
    length, kind, width, height, bits, colour = struct.unpack_from(">I4sIIBB", data, 8)
    if length != 13 or kind != b"IHDR" or colour not in _PNG_CHANNELS:
        return UNKNOWN
    if colour != 3:
        return "png", width, height, _PNG_CHANNELS[colour], bits
    palette_alpha, at = False, 33
    while at + 12 <= len(data):  # tRNS, when present, stands before the first IDAT
        length, kind = struct.unpack_from(">I4s", data, at)
        if kind in (b"IDAT", b"tRNS"):
            palette_alpha = kind == b"tRNS"
            break
        at += 12 + length
    return "png", width, height, 4 if palette_alpha else 3, 8


def _jpg(data: bytes) -> Header:
    at = 2
    while True:
        while data[at] != 0xFF:
            at += 1
        while data[at] == 0xFF:
            at += 1
        marker, at = data[at], at + 1
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            _, bits, height, width, channels = struct.unpack_from(">HBHHB", data, at)
            return "jpg", width, height, channels, bits
        if marker in (0xD9, 0xDA):
            return UNKNOWN
        if not (marker == 0x01 or 0xD0 <= marker <= 0xD8):
            at += max(2, struct.unpack_from(">H", data, at)[0])


def _tga(data: bytes) -> Header:
    _, mapped, kind, _, map_length, _, _, _, width, height, depth, _ = struct.unpack_from("<BBBHHBHHHHBB", data)
    palette = kind in (1, 9) and mapped == 1 and map_length > 0 and depth in (8, 16)
    true = kind in (2, 10) and depth in (15, 16, 24, 32)
    grey = kind in (3, 11) and depth in (8, 16)
    if mapped > 1 or not (palette or true or grey) or not (width and height):
        return UNKNOWN
    channels = 3 if palette else {8: 1, 15: 3, 16: 2 if grey else 3, 24: 3, 32: 4}[depth]
    return "tga", width, height, channels, 8 if depth not in (15, 16) or grey or palette else 5


def _exr(data: bytes) -> Header:
    at, size, channels, bits = 8, (0, 0), 0, 0
    for _ in range(256):
        name, at = _cstring(data, at)
        if not name:
            break
        kind, at = _cstring(data, at)
        length = struct.unpack_from("<I", data, at)[0]
        value, at = data[at + 4 : at + 4 + length], at + 4 + length
        if name == b"dataWindow" and kind == b"box2i":
            x0, y0, x1, y1 = struct.unpack_from("<4i", value)
            size = (x1 - x0 + 1, y1 - y0 + 1)
        elif name == b"channels" and kind == b"chlist":
            inner = 0
            while value[inner : inner + 1] not in (b"", b"\0") and channels < 256:
                _, inner = _cstring(value, inner)
                channels, bits = channels + 1, max(bits, 16 if struct.unpack_from("<I", value, inner)[0] == 1 else 32)
                inner += 16
    return "exr", *size, channels, bits


def _cstring(data: bytes, at: int) -> tuple[bytes, int]:
    end = data.index(b"\0", at, at + 256) if b"\0" in data[at : at + 256] else -1
    if end < 0:
        raise IndexError("unterminated name")
    return data[at:end], end + 1


def _ktx2(data: bytes) -> Header:
    _, type_size, width, height = struct.unpack_from("<4I", data, 12)
    descriptor = struct.unpack_from("<I", data, 48)[0]
    block = struct.unpack_from("<H", data, descriptor + 4 + 6)[0]  # total size, then the basic block's size field
    samples = (block - 24) // 16
    if height == 0 or not 1 <= samples <= 4 or type_size not in (1, 2, 4, 8):
        return UNKNOWN
    return "ktx2", width, height, samples, 8 * type_size


def _webp(data: bytes) -> Header:
    kind = data[12:16]
    if data[8:12] != b"WEBP":
        return UNKNOWN
    if kind == b"VP8X":
        alpha = 1 if data[20] & 0x10 else 0
        return (
            ("webp", 1 + int.from_bytes(data[24:27], "little"), 1 + int.from_bytes(data[27:30], "little"), 3 + alpha, 8)
            if len(data) >= 30
            else UNKNOWN
        )
    if kind == b"VP8L" and data[20] == 0x2F:
        packed = struct.unpack_from("<I", data, 21)[0]
        return "webp", 1 + (packed & 0x3FFF), 1 + (packed >> 14 & 0x3FFF), 3 + (packed >> 28 & 1), 8
    if kind == b"VP8 " and data[23:26] == b"\x9d\x01\x2a":
        width, height = struct.unpack_from("<HH", data, 26)
        return "webp", width & 0x3FFF, height & 0x3FFF, 3, 8
    return UNKNOWN


def _bmp(data: bytes) -> Header:
    size, width, height = struct.unpack_from("<Iii", data, 14)
    depth = struct.unpack_from("<H", data, 28)[0]
    if size < 40 or depth not in (1, 4, 8, 16, 24, 32):
        return UNKNOWN
    return "bmp", width, abs(height), 4 if depth == 32 else 3, 8


_MAGIC: tuple[tuple[bytes, Callable[[bytes], Header]], ...] = (
    (b"\x89PNG\r\n\x1a\n", _png),
    (b"\xff\xd8\xff", _jpg),
    (b"v/1\x01", _exr),
    (b"\xabKTX 20\xbb\r\n\x1a\n", _ktx2),
    (b"RIFF", _webp),
    (b"BM", _bmp),
)


def decode(data: bytes, name: str = "") -> NDArray[Any]:
    """(H, W, C) pixels, row 0 at the top: uint16 where the file has 16 bits a channel, else uint8.

    C is 1, 2, 3 or 4. Raises ValueError for what cannot be decoded or has over MOST_PIXELS pixels.
    """
    form, width, height, channels, bits = header(data, name)
    if form not in _PIL:
        raise ValueError(f"pixels of {form or 'unknown'} images are not decoded")
    if width * height > MOST_PIXELS:
        raise ValueError(f"{width} x {height} is more than the {MOST_PIXELS} pixels that are decoded")
    pixels = _decode_pil(data, _PIL[form])
    if form == "png" and bits == 16 and channels > 1:
        pixels = _decode_deep(data, channels)
    if pixels.shape[:2] != (height, width):
        raise ValueError("the pixels do not have the size that the header states")
    return pixels


def _decode_pil(data: bytes, form: str) -> NDArray[Any]:
    import io

    from PIL import Image

    try:
        with Image.open(io.BytesIO(data), formats=[form]) as image:
            mode = image.mode
            if mode in ("P", "PA"):
                mode = "RGBA" if "transparency" in image.info or mode == "PA" else "RGB"
            elif mode not in ("L", "LA", "RGB", "RGBA", "I;16"):
                mode = "L" if mode == "1" else "RGB"
            pixels = np.array(image if image.mode == mode else image.convert(mode))
    except (
        OSError,
        SyntaxError,
        ValueError,
        TypeError,
        EOFError,
        IndexError,
        KeyError,
        OverflowError,
        struct.error,
    ) as error:
        raise ValueError(f"the image cannot be decoded: {error}") from None
    return pixels if pixels.ndim == 3 else pixels[:, :, None]


def _decode_deep(data: bytes, channels: int) -> NDArray[Any]:
    """A 16-bit PNG of several channels, which Pillow cuts to 8 bits; it has proved before that the file is whole."""
    import cv2

    try:
        pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error as error:
        raise ValueError(f"the image cannot be decoded: {error}") from None
    if pixels is None or pixels.ndim != 3:
        raise ValueError("the image cannot be decoded")
    order = {2: [0, 3], 3: [2, 1, 0], 4: [2, 1, 0, 3]}[channels]
    if max(order) >= pixels.shape[2]:
        raise ValueError("the image does not have the channels that its header states")
    return pixels[:, :, order]


def _decode_file(path: str, offset: int, size: int) -> NDArray[Any]:
    try:
        with Path(path).open("rb") as file:
            file.seek(offset)
            data = file.read(size)
    except OSError as error:
        raise ValueError(f"the image cannot be read: {error.strerror}") from None
    return decode(data, path)


def embedded_texture(name: str, data: bytes, uri: str = "") -> Texture:
    """A texture whose file lies inside another."""
    found = header(data, name or uri)
    return _texture(name, uri, found, True, len(data), partial(decode, data, name))


def file_texture(name: str, uri: str, path: Path, offset: int = 0, size: int | None = None) -> Texture:
    """A texture in a file of its own, or in `size` bytes at `offset` of a package. Raises Bad when unreadable."""
    head = read_bytes(path, most=offset + min(HEAD_BYTES, size or HEAD_BYTES))[offset:]
    nbytes = path.stat().st_size if size is None else size
    found = header(head, name)
    if found[0] == "png" and b"IEND" not in _tail(path, offset, nbytes):
        raise Bad("file.truncated", f"The image {name} ends before its last part.", measured=nbytes)
    return _texture(name, uri, found, size is not None, nbytes, partial(_decode_file, str(path), offset, nbytes))


def _tail(path: Path, offset: int, nbytes: int) -> bytes:
    """The last bytes of an image; some tools write words of their own behind its end."""
    with path.open("rb") as file:
        file.seek(offset + max(nbytes - HEAD_BYTES, 0))
        return file.read(min(nbytes, HEAD_BYTES))


def _texture(
    name: str, uri: str, found: Header, embedded: bool, nbytes: int, pixels: Callable[[], NDArray[Any]]
) -> Texture:
    form, width, height, channels, bits = found
    return Texture(
        name=name,
        uri=uri,
        format=form,
        width=width,
        height=height,
        channels=channels,
        bits=bits,
        missing=not form,
        embedded=embedded,
        nbytes=nbytes,
        decode=pixels if form else None,
    )


def absent_texture(name: str, uri: str) -> Texture:
    """A texture whose reference leads to no image."""
    return Texture(name=name, uri=uri, missing=True)


def read_image(path: Path, file: str, notes: Notes) -> Scene:
    """A loose image as a scene of one texture."""
    try:
        texture = file_texture(path.name, path.name, path)
    except Bad as error:
        notes.bad(error)
        texture = absent_texture(path.name, path.name)
    if texture.missing and not notes.findings():
        notes.add("file.malformed", f"{path.name} is not an image we can read.")
    return Scene(file=file, format="image", textures=(texture,), nbytes=texture.nbytes, findings=notes.findings())
