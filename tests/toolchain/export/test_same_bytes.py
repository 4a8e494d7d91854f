"""Every format and sidecar, written by two processes in two folders of other names: the same bytes."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from engine_profiles import load
from engine_profiles.load import BUILT_IN
from engine_profiles.schema import FORMATS
from tests.letter_model import letter_model
from tests.toolchain.export.test_export_stage import LOOKS, export, packed
from toolchain.asset import PackedTextures
from toolchain.export.stage import writers

ROOT = Path(__file__).parents[3]


def written() -> dict[str, str]:
    """sha256 of every file that any profile or format can have written, by `profile/path`."""
    out = {}
    for engine in BUILT_IN:
        pack = packed(engine) if load(engine).map else PackedTextures((), LOOKS)
        for file in export(engine, pack=pack).value.files:
            out[f"{engine}/{file.path}"] = hashlib.sha256(file.data).hexdigest()
    usd, fbx = letter_model("unreal", "usdz"), letter_model("unity", levels=1)
    beside = replace(usd, deliverable=replace(usd.deliverable, textures="beside"))
    models = {
        "usdc": replace(beside, deliverable=replace(beside.deliverable, format="usdc")),
        "usda": replace(beside, deliverable=replace(beside.deliverable, format="usda")),
        "obj": replace(fbx, deliverable=replace(fbx.deliverable, format="obj", lods="none")),
    }
    for form, model in models.items():
        out[f"{form}/model.{form}"] = hashlib.sha256(writers()[form](model)).hexdigest()
    return out


def test_two_processes_two_folders_the_same_bytes(tmp_path: Path) -> None:
    code = (
        "import json; from tests.toolchain.export.test_same_bytes import written as w; print('BYTES', json.dumps(w()))"
    )
    found = []
    for name, seed in (("one", "1"), ("another folder, é", "2")):
        folder = tmp_path / name
        folder.mkdir()
        around = os.environ | {"TMPDIR": str(folder), "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)}
        done = subprocess.run(
            [sys.executable, "-c", code],
            cwd=folder,
            env=around,
            capture_output=True,
            text=True,
            timeout=120,
            check=True,
        )
        found.append(json.loads(next(x for x in done.stdout.splitlines() if x.startswith("BYTES "))[6:]))
    first, second = found
    assert first == second, sorted(k for k in first if first[k] != second.get(k))
    assert {p.rpartition(".")[2] for p in first} >= {*FORMATS, "meta", "mat", "import", "py", "json", "png"}
