"""`dropforge validate` from a cold start on files of about 10 MB; peer: the Khronos validator on the same GLB.

Cold: a new process each time, byte code written once before, as an installed package has it. The peer needs node, and
DROPFORGE_NODE_MODULES naming a folder with gltf-validator.
"""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.bench.test_bench_fbx import rough_ball
from tests.letter_model import letter_model
from tests.validators.factory import normal_map
from toolchain.export.stage import writers

ROOT = Path(__file__).resolve().parents[2]
_KHRONOS = """
const fs = require('fs'), validator = require(process.argv[1] + '/gltf-validator');
validator.validateBytes(new Uint8Array(fs.readFileSync(process.argv[2]))).then(
    r => console.log(r.issues.numErrors), e => { console.error(e); process.exit(1) });
"""


def _grain() -> bytes:
    """A PNG of 1024 squared with a little grain, so that it packs as badly as a baked map."""
    from PIL import Image

    grain = np.random.default_rng(0).integers(-3, 4, (1024, 1024, 3), np.int16)
    out = io.BytesIO()
    Image.fromarray((normal_map("opengl", 1024) // 2 + 64 + grain).astype(np.uint8)).save(out, "PNG", compress_level=1)
    return out.getvalue()


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Two materials of three maps each on 24,000 triangles, as a GLB and as an FBX of one level; textures inside."""
    folder, out = tmp_path_factory.mktemp("validate"), {}
    data = _grain()
    for engine, form in (("portable", "glb"), ("unreal", "fbx")):
        model = letter_model(engine, form, 1)
        materials = tuple(
            replace(m, textures={k: replace(t, data=data + k.encode()) for k, t in m.textures.items()})
            for m in model.materials
        )
        meshes = tuple(replace(m, mesh=rough_ball(24_000)) for m in model.meshes)
        whole = replace(model.deliverable, textures="embedded")
        out[form] = folder / f"Ball.{form}"
        out[form].write_bytes(writers()[form](replace(model, deliverable=whole, materials=materials, meshes=meshes)))
    return out


def _cold(file: Path, engine: str) -> Any:
    """A call that judges a file in a new process."""
    kept = str(file.parent / "bytecode")
    env = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"} | {"PYTHONPYCACHEPREFIX": kept}
    command = [sys.executable, "-m", "toolchain.cli", "validate", str(file), "--profile", engine]

    def once() -> str:
        return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False).stdout

    return once


@pytest.mark.parametrize(("form", "engine"), [("glb", "portable"), ("fbx", "unreal")])
def test_validate_cold(benchmark: Any, files: dict[str, Path], form: str, engine: str) -> None:
    said = benchmark.pedantic(_cold(files[form], engine), rounds=5, warmup_rounds=1)
    benchmark.extra_info["megabytes"] = files[form].stat().st_size / 1e6
    assert f"Ball.{form} by {engine}" in said


def test_peer_khronos_cold(benchmark: Any, files: dict[str, Path]) -> None:
    modules, node = os.environ.get("DROPFORGE_NODE_MODULES", ""), shutil.which("node")
    if not modules or node is None:
        pytest.skip("DROPFORGE_NODE_MODULES does not name a folder with gltf-validator, or node is not installed")
    command = [node, "-e", _KHRONOS, modules, str(files["glb"])]
    done = benchmark.pedantic(
        lambda: subprocess.run(command, capture_output=True, text=True, check=True), rounds=5, warmup_rounds=1
    )
    assert done.stdout.strip() == "0"
