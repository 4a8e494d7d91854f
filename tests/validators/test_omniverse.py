"""What we write as USD, judged by NVIDIA's asset validator where DROPFORGE_OMNIVERSE names its omni_asset_validate."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.validators.seeded import sound, written


@pytest.mark.parametrize("engine", ["portable", "unreal"])
def test_no_rule_of_theirs_fails(engine: str, tmp_path: Path) -> None:
    tool = os.environ.get("DROPFORGE_OMNIVERSE", "")
    if not tool:
        pytest.skip("DROPFORGE_OMNIVERSE does not name NVIDIA's omni_asset_validate")
    name, data = next(iter(written(sound(engine, "usdz")).items()))
    (tmp_path / name).write_bytes(data)
    report = tmp_path / "report.json"
    done = subprocess.run(
        [tool, "--json-output", str(report), str(tmp_path / name)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert report.exists(), done.stderr[-2000:]
    issues = [i for rule in json.loads(report.read_text())["rules"] for i in rule["issues"]]
    told = {(i["severity"], i["rule"]["name"], i["at"]["path"]) for i in issues}
    assert not told, sorted(told)
