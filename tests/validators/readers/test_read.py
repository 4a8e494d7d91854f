from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.validators.readers.fbx_maker import crate
from tests.validators.readers.glb_maker import Glb, png, rich
from validators.read import kind, read
from validators.readers.conventions import lod_of, purpose_of


def codes(path: Path) -> list[str]:
    return [f.code for f in read(path).findings]


@pytest.mark.parametrize(
    ("name", "level"),
    [
        ("Crate_LOD0", 0),
        ("Crate_lod12", 12),
        ("Crate_LOD1.001", 1),
        ("Crate_LOD2_body", 2),
        ("Crate", None),
        ("LOD1", None),
        ("Crate_LOD", None),
        ("Crate_LODestar", None),
        ("A_LOD0_LOD1", 1),
    ],
)
def test_levels_by_name(name: str, level: int | None) -> None:
    assert lod_of(name) == level


def test_purposes_by_name() -> None:
    assert {purpose_of(n) for n in ("UCX_A_00", "UBX_A", "USP_A_1", "UCP_A", "ucx_a")} == {"collision"}
    assert {purpose_of(n) for n in ("A", "A_UCX_00", "UCXA")} == {"render"}


def test_the_bytes_tell_the_kind(tmp_path: Path) -> None:
    for data, form in (
        (rich().bytes(), "glb"),
        (b'  {"asset":{}}', "gltf"),
        (crate().bytes(), "fbx"),
        (b"#usda 1.0", "usda"),
        (b"PXR-USDC", "usdc"),
        (b"PK\x03\x04", "usdz"),
        (png(2, 2), "png"),
        (b"hello", ""),
        (b"", ""),
    ):
        assert kind(data) == form
    (tmp_path / "a.fbx").write_bytes(rich().bytes())
    scene = read(tmp_path / "a.fbx")
    assert scene.format == "glb" and [f.code for f in scene.findings] == ["file.suffix"] and len(scene.meshes) == 2
    (tmp_path / "T.jpg").write_bytes(png(2, 2))
    assert codes(tmp_path / "T.jpg") == ["file.suffix"]


def test_what_cannot_be_read_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert codes(tmp_path / "gone.glb") == ["file.unreadable"]
    assert codes(tmp_path) == ["file.unreadable"]
    (tmp_path / "empty.glb").touch()
    assert codes(tmp_path / "empty.glb") == ["file.truncated"]
    (tmp_path / "a.txt").write_text("hello")
    assert codes(tmp_path / "a.txt") == ["file.unsupported"]
    os.mkfifo(tmp_path / "pipe.glb")
    assert codes(tmp_path / "pipe.glb") == ["file.unreadable"]
    monkeypatch.setattr("validators.read.MOST_BYTES", 3)
    assert codes(tmp_path / "a.txt") == ["file.too_big"]


@pytest.mark.parametrize(
    "magic",
    [
        b"glTF\2\0\0\0",
        b"Kaydara FBX Binary  \x00\x1a\x00\xe8\x1c\0\0",
        b"PXR-USDC",
        b"#usda 1.0\n",
        b"PK\x03\x04",
        b"\x89PNG\r\n\x1a\n",
        b"\xff\xd8\xff",
        b"RIFF",
        b"BM",
        b"v/1\x01",
        b"{",
    ],
)
def test_random_bytes_behind_a_magic(tmp_path: Path, magic: bytes) -> None:
    rng = np.random.default_rng(5)
    path = tmp_path / "a.bin"
    for size in (0, 40, 5000):
        path.write_bytes(magic + rng.bytes(size))
        assert read(path).findings


def test_importing_stays_light() -> None:
    heavy = "{'pxr', 'ufbx', 'PIL', 'cv2', 'scipy', 'torch'} & set(sys.modules)"
    subprocess.run(
        [sys.executable, "-c", f"import sys, validators.read, validators.readers.glb; assert not {heavy}"], check=True
    )


def test_ten_megabytes_within_a_cpu_second(tmp_path: Path) -> None:
    made, count = Glb(), 120_000
    rng = np.random.default_rng(0)
    points = rng.random((count, 3)).astype(np.float32)
    square = made.square(
        NORMAL=made.accessor(points),
        TEXCOORD_0=made.accessor(points[:, :2].copy()),
        TEXCOORD_1=made.accessor(points[:, :2].copy()),
    )
    square["attributes"]["POSITION"] = made.accessor(points)
    square["indices"] = made.accessor(rng.integers(0, count, 3 * 200_000).astype(np.uint32))
    made.node(mesh=made.mesh(square))
    path = tmp_path / "big.glb"
    path.write_bytes(made.bytes() + bytes(0))
    script = (
        "import time; t = time.process_time()\nfrom pathlib import Path\nfrom validators.read import read\n"
        f"s = read(Path({str(path)!r}))\nprint(time.process_time() - t)\n"
        "assert not s.findings and len(s.meshes[0].triangles) == 200_000"
    )
    took = [
        float(subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True).stdout)
        for _ in range(2)
    ]
    assert min(took) < 1.0
