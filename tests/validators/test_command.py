"""`dropforge validate` below the argument parser: exit codes, where the report goes, what is a wrong question."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from engine_profiles import SettingsError
from validators.command import run_validate


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    from PIL import Image

    Image.fromarray(np.full((64, 64, 3), 90, np.uint8)).save(tmp_path / "T_Crate_D.png")
    return tmp_path


def test_pass_and_findings(folder: Path) -> None:
    said: list[str] = []
    assert run_validate([folder], ["unreal", "unity"], write=said.append) == 0
    assert "by unreal" in said[0] and "by unity" in said[0]
    (folder / "T_Crate_D.png").rename(folder / "Crate D.png")
    assert run_validate([folder], ["unreal"], write=said.append) == 1
    assert "name.allowed" in said[1]
    assert run_validate([folder], ["unreal"], write=said.append, ignore=["name"]) == 0


def test_the_report_goes_to_a_file_whole(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    out, said = tmp_path_factory.mktemp("out") / "report.json", []
    assert run_validate([folder], ["unity"], format="json", out=out, write=said.append) == 0
    assert not said and json.loads(out.read_text(encoding="utf-8"))["passed"] is True
    assert [p.name for p in out.parent.iterdir()] == ["report.json"]


@pytest.mark.parametrize(("change", "sentence"), [
    ({"paths": ["nowhere.glb"]}, "there is no file or folder nowhere.glb"),
    ({"paths": []}, "give at least one file or folder"),
    ({"profile_names": []}, "give at least one profile"),
    ({"tier": "heroo"}, 'did you mean "hero"'),
    ({"format": "jsn"}, 'did you mean "json"'),
    ({"select": ["geo.trangles"]}, 'did you mean "geo.triangles"'),
    ({"ignore": ["tx"]}, 'there is no rule "tx"'),
    ({"out": Path("no/such/folder/report.txt")}, "does not exist"),
])
def test_a_wrong_question_is_told_in_a_sentence(folder: Path, change: dict[str, object], sentence: str) -> None:
    said: list[str] = []
    asked = {"paths": [folder], "profile_names": ["unity"], **change}
    assert run_validate(**asked, write=said.append) == 2  # type: ignore[arg-type]
    assert sentence in said[0]


def test_a_bad_profile_is_the_callers(folder: Path) -> None:
    with pytest.raises(SettingsError, match='did you mean "unity"'):
        run_validate([folder], ["unitty"], write=lambda text: None)
