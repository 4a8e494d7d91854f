"""A file that ends as its format ends is whole; one that broke off, or was only reserved, is not."""

from __future__ import annotations

import io
import struct
from pathlib import Path

import pytest

from watch.whole import missing


def picture(kind: str) -> bytes:
    from PIL import Image

    out = io.BytesIO()
    Image.radial_gradient("L").convert("RGB").save(out, kind)
    return out.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "BMP"])
def test_pictures(tmp_path: Path, kind: str) -> None:
    path, data = tmp_path / "a", picture(kind)
    path.write_bytes(data)
    assert missing(path) == ""
    for cut in (len(data) // 2, len(data) - 3):
        path.write_bytes(data[:cut])
        assert missing(path), cut
    path.write_bytes(data[: len(data) // 2] + bytes(200_000))
    assert missing(path), "reserved and not filled"


def test_a_png_with_more_behind_its_end_is_whole(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(picture("PNG") + b"x" * 200_000)
    assert missing(tmp_path / "a.png") == ""


def test_models_and_others(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"glTF" + struct.pack("<II", 2, 100) + bytes(88))
    assert missing(path) == ""
    path.write_bytes(b"glTF" + struct.pack("<II", 2, 101) + bytes(88))
    assert missing(path) == "has 100 of the 101 bytes that it says it has"
    path.write_bytes(bytes(1000))
    assert "zeros" in missing(path)
    path.write_bytes(b"")
    assert missing(path) == "is empty"
    path.write_bytes(b"size_m = 2\n")
    assert missing(path) == ""
    assert missing(tmp_path).startswith("cannot be read")
