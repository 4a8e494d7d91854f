"""Golden reports: what is said of tiny files, word by word. `UPDATE_GOLDEN=1` writes the files and reports anew."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.validators.factory import profile
from tests.validators.golden_files import files
from validators.judge import judge
from validators.report import render

HERE = Path(__file__).parent / "golden"
NAMES = sorted(files())
MOST_BYTES = 12_288  # an FBX of three meshes; the others are under 4 KB


def report(path: Path) -> str:
    """The JSON report on one file by the portable and the Unreal profile."""
    text = render([judge(path, profile(engine)) for engine in ("portable", "unreal")], "json")
    return json.dumps(json.loads(text), indent=1, sort_keys=True, ensure_ascii=False) + "\n"


@pytest.mark.parametrize("name", NAMES)
def test_the_report_is_the_golden_one(name: str) -> None:
    path, golden = HERE / name, HERE / f"{name}.report.json"
    if os.environ.get("UPDATE_GOLDEN"):
        HERE.mkdir(exist_ok=True)
        path.write_bytes(files()[name])
        golden.write_text(report(path), encoding="utf-8")
    assert path.stat().st_size <= MOST_BYTES
    assert json.loads(report(path)) == json.loads(golden.read_text(encoding="utf-8"))


def test_no_file_is_left_over() -> None:
    assert sorted(p.name for p in HERE.iterdir() if not p.name.endswith(".report.json")) == NAMES
    assert sorted(p.name for p in HERE.glob("*.report.json")) == sorted(f"{n}.report.json" for n in NAMES)
