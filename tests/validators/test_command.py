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


def asked(folder: Path, *profiles: str, **more: object) -> tuple[int, str]:
    said: list[str] = []
    known = {"paths": [folder], "profile_names": profiles, "tier": "prop", "format": "text", "out": said.append, **more}
    code = run_validate(**known)  # type: ignore[arg-type]
    assert len(said) == 1 and not said[0].endswith("\n")
    return code, said[0]


def test_pass_and_findings(folder: Path) -> None:
    code, said = asked(folder, "unreal", "unity")
    assert code == 0 and "by unreal" in said and "by unity" in said
    (folder / "T_Crate_D.png").rename(folder / "Crate D.png")
    code, said = asked(folder, "unreal")
    assert code == 1 and "name.allowed" in said
    assert asked(folder, "unreal", ignore=["name"])[0] == 0
    assert "<error>" in asked(folder, "unreal", paint=lambda text, severity: f"<{severity}>")[1]


@pytest.mark.parametrize("format", ["json", "sarif"])
def test_other_formats(folder: Path, format: str) -> None:  # noqa: A002
    code, said = asked(folder, "unity", format=format)
    assert code == 0 and json.loads(said)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"paths": ["nowhere.glb"]}, "there is no file or folder nowhere.glb"),
        ({"paths": []}, "give at least one file or folder"),
        ({"profile_names": []}, "give at least one profile"),
        ({"tier": "heroo"}, 'did you mean "hero"'),
        ({"format": "jsn"}, 'did you mean "json"'),
        ({"select": ["geo.trangles"]}, 'did you mean "geo.triangles"'),
        ({"ignore": ["tx"]}, 'there is no rule "tx"'),
    ],
)
def test_a_wrong_question_is_told_in_a_sentence(folder: Path, change: dict[str, object], sentence: str) -> None:
    code, said = asked(folder, "unity", **change)
    assert code == 2 and sentence in said


def test_a_bad_profile_is_the_callers(folder: Path) -> None:
    with pytest.raises(SettingsError, match='did you mean "unity"'):
        asked(folder, "unitty")
