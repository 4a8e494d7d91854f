from __future__ import annotations

import io
import pickle  # noqa: TID251 - what crosses a process border must pickle
import struct
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.validators.readers.glb_maker import png
from validators.read import read
from validators.readers.image import UNKNOWN, decode, embedded_texture, header


def picture(form: str, mode: str = "RGB", **how: object) -> bytes:
    pixels = np.random.default_rng(0).integers(0, 255, (24, 20, 4), dtype=np.uint8)
    out = io.BytesIO()
    Image.fromarray(pixels).convert(mode).save(out, form, **how)
    return out.getvalue()


def exr(width: int, height: int, half: bool) -> bytes:
    def attribute(name: bytes, kind: bytes, value: bytes) -> bytes:
        return name + b"\0" + kind + b"\0" + struct.pack("<I", len(value)) + value

    channels = b"".join(c + b"\0" + struct.pack("<IIII", 1 if half else 2, 0, 1, 1) for c in (b"B", b"G", b"R")) + b"\0"
    return (
        b"v/1\x01"
        + struct.pack("<I", 2)
        + attribute(b"channels", b"chlist", channels)
        + attribute(b"compression", b"compression", b"\0")
        + attribute(b"dataWindow", b"box2i", struct.pack("<4i", 0, 0, width - 1, height - 1))
        + b"\0"
    )


def ktx2(width: int, height: int, samples: int) -> bytes:
    descriptor = struct.pack("<IHH", 0, 2, 24 + 16 * samples) + bytes(16 + 16 * samples)
    return (
        b"\xabKTX 20\xbb\r\n\x1a\n"
        + struct.pack("<9I", 37, 1, width, height, 0, 0, 1, 1, 0)
        + struct.pack("<4I", 80, 4 + len(descriptor), 0, 0)
        + bytes(16)
        + struct.pack("<I", 4 + len(descriptor))
        + descriptor
    )


@pytest.mark.parametrize(
    ("data", "name", "want"),
    [
        (picture("PNG", "RGBA"), "", ("png", 20, 24, 4, 8)),
        (picture("PNG", "L"), "", ("png", 20, 24, 1, 8)),
        (picture("PNG", "P"), "", ("png", 20, 24, 4, 8)),
        (png(5, 4, 3), "", ("png", 5, 4, 3, 8)),
        (png(7, 9, 2, 16), "", ("png", 7, 9, 3, 16)),
        (picture("JPEG"), "", ("jpg", 20, 24, 3, 8)),
        (picture("JPEG", progressive=True, exif=b"Exif\0\0" + bytes(60_000)), "", ("jpg", 20, 24, 3, 8)),
        (picture("TGA", "RGBA"), "a.TGA", ("tga", 20, 24, 4, 8)),
        (picture("TGA", compression="tga_rle"), "a.tga", ("tga", 20, 24, 3, 8)),
        (picture("TGA"), "a.png", UNKNOWN),
        (picture("WEBP", "RGBA"), "", ("webp", 20, 24, 4, 8)),
        (picture("WEBP", "RGBA", lossless=True), "", ("webp", 20, 24, 4, 8)),
        (picture("WEBP"), "", ("webp", 20, 24, 3, 8)),
        (picture("BMP"), "", ("bmp", 20, 24, 3, 8)),
        (exr(640, 480, True), "", ("exr", 640, 480, 3, 16)),
        (exr(6, 4, False), "", ("exr", 6, 4, 3, 32)),
        (ktx2(256, 128, 4), "", ("ktx2", 256, 128, 4, 8)),
        (b"", "", UNKNOWN),
        (b"hello", "a.tga", UNKNOWN),
        (bytes(64), "a.tga", UNKNOWN),
    ],
)
def test_headers(data: bytes, name: str, want: tuple[object, ...]) -> None:
    assert header(data, name) == want


def test_pixels() -> None:
    assert np.array_equal(
        decode(picture("PNG", "RGBA")), np.random.default_rng(0).integers(0, 255, (24, 20, 4), dtype=np.uint8)
    )
    assert decode(picture("PNG", "L")).shape == (24, 20, 1)
    assert decode(picture("PNG", "1")).max() == 255
    assert decode(picture("TGA"), "a.tga").shape == (24, 20, 3)


def test_sixteen_bits_stay() -> None:
    import cv2

    deep = np.random.default_rng(1).integers(0, 65535, (6, 5, 3), dtype=np.uint16)
    data = cv2.imencode(".png", deep)[1].tobytes()
    assert np.array_equal(decode(data), deep[:, :, ::-1])
    grey = cv2.imencode(".png", deep[:, :, 0])[1].tobytes()
    assert np.array_equal(decode(grey)[:, :, 0], deep[:, :, 0])


def test_bombs_are_not_decoded() -> None:
    for data in (png(30_000, 1)[:33] + b"x", png(16, 16)[:16] + struct.pack(">II", 60_000, 60_000) + png(16, 16)[24:]):
        with pytest.raises(ValueError):
            decode(data)


def test_decoding_survives_a_process_border(tmp_path: Path) -> None:
    texture = embedded_texture("T", png(3, 2))
    (tmp_path / "T.png").write_bytes(png(3, 2))
    for held in (texture, read(tmp_path / "T.png").textures[0]):
        again = pickle.loads(pickle.dumps(held))
        assert again.decode().shape == (2, 3, 4)


def test_loose_image(tmp_path: Path) -> None:
    (tmp_path / "T_Base.png").write_bytes(png(4, 8))
    scene = read(tmp_path / "T_Base.png")
    assert scene.format == "image" and not scene.findings and not scene.nodes
    assert (scene.textures[0].name, scene.textures[0].width, scene.textures[0].height) == ("T_Base.png", 4, 8)
    (tmp_path / "T_Cut.png").write_bytes(png(4, 8)[:20])
    assert [f.code for f in read(tmp_path / "T_Cut.png").findings] == ["file.malformed"]


def test_hostile_images() -> None:
    rng = np.random.default_rng(0)
    seeds = [
        picture("PNG", "P"),
        picture("JPEG"),
        picture("TGA", "RGBA"),
        picture("WEBP"),
        picture("BMP"),
        exr(8, 8, True),
        ktx2(4, 4, 3),
    ]
    for seed in seeds:
        for end in range(0, len(seed), 64):
            header(seed[:end], "a.tga")
        for _ in range(60):
            bent = bytearray(seed)
            for at in rng.integers(0, min(len(bent), 300), rng.integers(1, 6)):
                bent[at] = rng.integers(256)
            found = header(bytes(bent), "a.tga")
            if found[1] * found[2] < 1 << 20 and found[0]:
                try:
                    decode(bytes(bent), "a.tga")
                except ValueError:
                    continue
