"""A delivered folder: what is listed, what is read of .meta and .mat files, and that nothing in them can do harm."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.validators.factory import profile
from tests.validators.readers.glb_maker import png
from tests.validators.seeded import sound, written
from validators.judge import judge
from validators.readers import folder
from validators.readers.folder import read_folder

GUID = "0123456789abcdef0123456789abcdef"


def lay(root: Path, **files: bytes) -> Path:
    for name, data in files.items():
        path = root / name.replace("__", "/").replace("_dot_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return root


def test_metas_of_our_own_writer_are_understood(tmp_path: Path) -> None:
    for name, data in written(sound("unity", "fbx"), "unity").items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(data)
    header = read_folder(tmp_path).header
    metas = {path: said for path, said in header["unity"].items() if path.endswith(".meta")}
    assert metas and all(said["version"] == "2" and len(said["guid"]) == 32 for said in metas.values())
    assert any(said["refers"] for path, said in header["unity"].items() if path.endswith(".mat"))
    assert {f for f in header["files"] if not f.endswith(".meta")} == {m.removesuffix(".meta") for m in metas}


def test_hidden_files_and_links_are_passed_over(tmp_path: Path) -> None:
    lay(tmp_path, a_dot_txt=b"", _dot_git__b=b"")
    (tmp_path / "link").symlink_to(tmp_path.parent)
    assert read_folder(tmp_path).header["files"] == ["a.txt"]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff\xfe\x00guid: \x00",
        b"guid:" * 100_000,
        b"guid: " + b"x" * 1_000_000,
        b"\nguid: ../../x\n",
        bytes(4096),
    ],
    ids=["empty", "utf16", "repeated", "long", "path", "zeros"],
)
def test_hostile_metas_are_findings(data: bytes, tmp_path: Path) -> None:
    verdict = judge(lay(tmp_path, a_dot_png=png(4, 4), a_dot_png_dot_meta=data), profile("unity"), select=["meta"])
    assert {f.code for f in verdict.findings} == {"meta.guid"}
    assert all(len(f.message) < 200 and f.where.file == "a.png.meta" for f in verdict.findings)


def test_a_huge_meta_and_a_huge_folder_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder, "MOST_BYTES", 100)
    monkeypatch.setattr(folder, "MOST_ENTRIES", 3)
    found = read_folder(lay(tmp_path, a_dot_meta=bytes(101), b=b"", c=b"", d=b"", e__f=b"")).findings
    assert [(f.code, f.where.file) for f in found] == [("file.too_big", "a.meta"), ("file.too_many", "")]


def test_only_images_that_differ_are_twins(tmp_path: Path) -> None:
    lay(
        tmp_path,
        a__T_dot_png=b"1",
        b__t_dot_PNG=b"2",
        a__S_dot_png=b"3",
        b__S_dot_png=b"3",
        a__n_dot_txt=b"4",
        n_dot_txt=b"5",
    )
    assert read_folder(tmp_path).header["twins"] == [["a/T.png", "b/t.PNG"]]
