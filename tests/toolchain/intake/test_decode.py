"""Every format and fault of a picture file, made here with Pillow."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms

from toolchain.intake.decode import decode
from toolchain.stage import StageError

RNG = np.random.default_rng(0)
RGB = RNG.integers(0, 256, (24, 32, 3), dtype=np.uint8)
ALPHA = np.tile(np.linspace(0, 255, 32).astype(np.uint8), (24, 1))
RGBA = np.dstack([RGB, ALPHA])


def put(path: Path, image: Image.Image | np.ndarray, **how: object) -> Path:
    (image if isinstance(image, Image.Image) else Image.fromarray(image)).save(path, **how)
    return path


def codes(path: Path) -> list[str]:
    return [f.code for f in decode(path).findings]


@pytest.mark.parametrize(
    ("name", "how"),
    [
        ("a.png", {}),
        ("a.webp", {"lossless": True}),
        ("a.bmp", {}),
        ("a.tif", {}),
        ("a.tiff", {"compression": "tiff_lzw"}),
        ("a.tga", {}),
        ("A.PNG", {"format": "PNG"}),
    ],
)
def test_lossless_formats_come_back_exactly(tmp_path: Path, name: str, how: dict) -> None:
    picture = decode(put(tmp_path / name, RGB, **how))
    assert np.array_equal(picture.rgba[..., :3], RGB)
    assert (picture.rgba[..., 3] == 255).all() and not picture.has_alpha and not picture.findings


def test_jpeg(tmp_path: Path) -> None:
    y, x = np.mgrid[0:48, 0:64]
    smooth = np.dstack([4 * x, 5 * y, 2 * x + 2 * y]).astype(np.uint8)
    picture = decode(put(tmp_path / "a.jpg", smooth, quality=95, subsampling=0))
    assert np.abs(picture.rgba[..., :3].astype(int) - smooth).max() < 12


@pytest.mark.parametrize("name", ["a.png", "a.webp", "a.tif", "a.tga"])
def test_alpha_is_straight(tmp_path: Path, name: str) -> None:
    how = {"lossless": True, "exact": True} if name.endswith("webp") else {}
    picture = decode(put(tmp_path / name, RGBA, **how))
    assert picture.has_alpha and np.array_equal(picture.rgba, RGBA)


def test_opaque_and_empty_alpha_say_nothing(tmp_path: Path) -> None:
    opaque = decode(put(tmp_path / "a.png", np.dstack([RGB, np.full_like(ALPHA, 255)])))
    assert not opaque.has_alpha and not opaque.findings
    empty = decode(put(tmp_path / "b.png", np.dstack([RGB, np.zeros_like(ALPHA)])))
    assert not empty.has_alpha and (empty.rgba[..., 3] == 255).all()
    assert [f.code for f in empty.findings] == ["ref.alpha"]


def test_grey_kinds(tmp_path: Path) -> None:
    grey = decode(put(tmp_path / "l.png", RGB[..., 0]))
    assert np.array_equal(grey.rgba[..., :3], np.repeat(RGB[..., :1], 3, axis=2))
    both = decode(put(tmp_path / "la.png", Image.fromarray(RGBA).convert("LA")))
    assert both.has_alpha and np.array_equal(both.rgba[..., 3], ALPHA)
    bits = decode(put(tmp_path / "one.png", Image.fromarray(RGB[..., 0] > 127)))
    assert set(np.unique(bits.rgba[..., :3])) == {0, 255}


def test_sixteen_bit_grey_is_scaled_not_clipped(tmp_path: Path) -> None:
    ramp = np.tile(np.linspace(0, 65535, 32).round().astype(np.uint16), (24, 1))
    for name in ("a.png", "a.tif"):
        got = decode(put(tmp_path / name, ramp)).rgba[0, :, 0]
        assert np.array_equal(got, np.round(ramp[0] / 257.0).astype(np.uint8))


def test_sixteen_bit_rgb(tmp_path: Path) -> None:
    wide = RNG.integers(0, 65536, (8, 8, 3), dtype=np.uint16)
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in wide)
    path = tmp_path / "a.png"
    path.write_bytes(png(8, 8, 16, 2, rows, [(b"tRNS", wide[3, 5].astype(">u2").tobytes())]))
    picture = decode(path)
    assert np.abs(picture.rgba[..., :3].astype(float) - wide / 257.0).max() <= 1.0
    assert picture.rgba[3, 5, 3] == 0


def test_palette_with_transparency(tmp_path: Path) -> None:
    image = Image.fromarray(np.tile(np.arange(4, dtype=np.uint8), (8, 2)), "P")
    image.putpalette([255, 0, 0, 0, 255, 0, 0, 0, 255, 9, 9, 9])
    plain = decode(put(tmp_path / "a.png", image))
    assert plain.rgba[0, 1].tolist() == [0, 255, 0, 255] and not plain.has_alpha
    keyed = decode(put(tmp_path / "b.png", image, transparency=2))
    assert keyed.rgba[0, 2, 3] == 0 and keyed.rgba[0, 1, 3] == 255 and keyed.has_alpha


def test_cmyk_is_estimated_and_told(tmp_path: Path) -> None:
    inks = np.zeros((16, 16, 4), np.uint8)
    inks[..., 1] = 255  # all magenta
    picture = decode(put(tmp_path / "a.tif", Image.fromarray(inks, "CMYK")))
    assert picture.rgba[0, 0].tolist() == [255, 0, 255, 255] and picture.findings[0].code == "ref.profile"
    inverted = decode(put(tmp_path / "a.jpg", Image.fromarray(inks, "CMYK"), quality=100))
    assert np.abs(inverted.rgba[0, 0].astype(int) - [255, 0, 255, 255]).max() < 8


def test_icc_profile_to_srgb_and_not_for_masks(tmp_path: Path) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("XYZ")).tobytes()
    broken = decode(put(tmp_path / "x.png", RGB, icc_profile=b"no profile"))
    assert np.array_equal(broken.rgba[..., :3], RGB) and broken.findings[0].code == "ref.profile"
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    same = decode(put(tmp_path / "s.png", RGB, icc_profile=srgb))
    assert np.array_equal(same.rgba[..., :3], RGB) and not same.findings
    linear = linear_profile(srgb)
    picture = decode(put(tmp_path / "l.png", np.full((4, 4, 3), 55, np.uint8), icc_profile=linear))
    assert abs(int(picture.rgba[0, 0, 0]) - 127) <= 2  # linear 55/255 is sRGB 127.5/255
    exact = decode(put(tmp_path / "m.png", np.full((4, 4, 3), 55, np.uint8), icc_profile=linear), colour=False)
    assert exact.rgba[0, 0, 0] == 55
    assert profile  # a profile of another colour space than the picture's is no reason to fail
    assert decode(put(tmp_path / "p.png", RGB, icc_profile=profile)).rgba.shape == (24, 32, 4)


@pytest.mark.parametrize("turn", range(1, 9))
def test_exif_orientation(tmp_path: Path, turn: int) -> None:
    upright = np.zeros((16, 24, 3), np.uint8)
    upright[:8, :8] = 255  # the marked corner of an upright picture is top left
    stored = {
        1: upright,
        2: upright[:, ::-1],
        3: upright[::-1, ::-1],
        4: upright[::-1],
        5: upright.transpose(1, 0, 2),
        6: np.rot90(upright, 1),
        7: upright[::-1, ::-1].transpose(1, 0, 2),
        8: np.rot90(upright, -1),
    }[turn]
    exif = Image.Exif()
    exif[0x0112] = turn
    for name in ("a.png", "a.tif"):
        picture = decode(put(tmp_path / name, np.ascontiguousarray(stored), exif=exif))
        assert np.array_equal(picture.rgba[..., :3], upright), name


def test_suffix_that_lies_is_read_and_told(tmp_path: Path) -> None:
    path = put(tmp_path / "a.png", RGB, format="JPEG")
    found = decode(path).findings
    assert [f.code for f in found] == ["ref.suffix"] and found[0].measured == "JPEG" and "a.png" in found[0].message
    assert codes(put(tmp_path / "b.tga", RGB, format="PNG")) == ["ref.suffix"]


@pytest.mark.parametrize("name", ["a.png", "a.webp", "a.tif"])
def test_first_frame_of_several(tmp_path: Path, name: str) -> None:
    frames = [Image.fromarray(np.full((8, 8, 3), v, np.uint8)) for v in (10, 200)]
    how = {"lossless": True} if "webp" in name else {}
    frames[0].save(tmp_path / name, save_all=True, append_images=frames[1:], **how)
    picture = decode(tmp_path / name)
    assert [f.code for f in picture.findings] == ["ref.frames"] and picture.rgba[0, 0, 0] == 10


def test_two_picture_jpeg_of_a_phone_is_a_jpeg(tmp_path: Path) -> None:
    first, second = Image.fromarray(RGB), Image.fromarray(RGB[::-1].copy())
    first.save(tmp_path / "a.jpg", format="MPO", save_all=True, append_images=[second])
    picture = decode(tmp_path / "a.jpg")
    assert picture.format == "JPEG" and not picture.findings


def png(
    width: int,
    height: int,
    depth: int,
    kind: int,
    raw: bytes,
    more: list[tuple[bytes, bytes]] | None = None,
) -> bytes:
    def chunk(tag: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + tag + body + struct.pack(">I", zlib.crc32(tag + body))

    head = struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, 0)
    parts = [(b"IHDR", head), *(more or []), (b"IDAT", zlib.compress(raw)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*p) for p in parts)


def linear_profile(srgb: bytes) -> bytes:
    """The sRGB profile with its tone curves replaced by straight lines."""
    data = bytearray(srgb)
    for i in range(struct.unpack_from(">I", data, 128)[0]):
        tag, at, size = struct.unpack_from(">4sII", data, 132 + 12 * i)
        if tag in (b"rTRC", b"gTRC", b"bTRC"):
            data[at : at + 12] = b"curv" + bytes(8)
            struct.pack_into(">I", data, 132 + 12 * i + 8, 12)
            assert size >= 12
        if tag == b"desc":  # so that it is not known by its name
            body = bytes(data[at : at + size])
            wide = body.replace("sRGB".encode("utf-16-be"), "LINE".encode("utf-16-be"))
            data[at : at + size] = wide.replace(b"sRGB", b"LINE")
    return bytes(data)


@pytest.mark.parametrize(("width", "height"), [(60000, 60000), (10000, 10000), (8001, 8000)])
def test_bombs_are_refused_unread(tmp_path: Path, width: int, height: int) -> None:
    path = tmp_path / "bomb.png"
    path.write_bytes(png(width, height, 8, 0, b""))
    with pytest.raises(StageError, match=r"bomb\.png .*million pixels"):
        decode(path)


def test_text_bomb(tmp_path: Path) -> None:
    path = tmp_path / "text.png"
    path.write_bytes(png(1, 1, 8, 0, b"\0\0", [(b"zTXt", b"k\0\0" + zlib.compress(bytes(200_000_000)))]))
    with pytest.raises(StageError, match=r"text\.png is damaged"):
        decode(path)


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.webp", "a.bmp", "a.tif", "a.tga"])
def test_truncated(tmp_path: Path, name: str) -> None:
    path = put(tmp_path / name, RGBA if name.endswith(("png", "webp")) else RGB)
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3])
    with pytest.raises(StageError, match=rf"{name} .*(missing|damaged).* again"):
        decode(path)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "empty"),
        (bytes(4096), "zeros"),
        (b"hello, no picture", "not a picture"),
        (b"GIF89a" + bytes(30), "GIF"),
        (b"8BPS" + bytes(30), "Photoshop"),
        (b"\0\0\0 ftypheic" + bytes(30), "HEIC"),
        (b"%PDF-1.7", "PDF"),
        (b"PK\x03\x04" + bytes(30), "ZIP"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "not a picture"),
    ],
)
def test_what_is_no_picture_of_ours(tmp_path: Path, data: bytes, says: str) -> None:
    path = tmp_path / "drop.png"
    path.write_bytes(data)
    with pytest.raises(StageError, match=says) as caught:
        decode(path)
    assert "drop.png" in str(caught.value) and str(tmp_path) not in str(caught.value)


def test_zero_size_and_strange_modes(tmp_path: Path) -> None:
    path = tmp_path / "none.png"
    path.write_bytes(png(0, 5, 8, 0, b""))
    with pytest.raises(StageError, match=r"none\.png"):
        decode(path)
    with pytest.raises(StageError, match="floating point"):
        decode(put(tmp_path / "f.tif", Image.fromarray(np.ones((4, 4), np.float32))))
    with pytest.raises(StageError, match=r"gone\.png cannot be read"):
        decode(tmp_path / "gone.png")
    with pytest.raises(StageError, match="cannot be read"):
        decode(tmp_path)


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.webp", "a.bmp", "a.tif", "a.tga"])
def test_damage_ends_in_a_picture_or_one_sentence(tmp_path: Path, name: str) -> None:
    kept = io.BytesIO()
    Image.fromarray(RGB).save(kept, {"jpg": "JPEG", "tif": "TIFF"}.get(name[2:], name[2:].upper()))
    whole, rng, path = kept.getvalue(), np.random.default_rng(1), tmp_path / name
    for _ in range(60):
        data = bytearray(whole)
        for at in rng.integers(0, min(len(data), 200), 3):
            data[at] = rng.integers(256)
        path.write_bytes(bytes(data))
        try:
            picture = decode(path)
        except StageError as error:
            assert str(error).startswith(name)
        else:
            assert picture.rgba.dtype == np.uint8 and picture.rgba.shape[2] == 4
