"""A foreign environment for the worker: this Python, with stand-ins for torch and the models before everything else."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from toolchain.asset import Reference, View

STANDINS = Path(__file__).parent / "foreign_env"


class Foreign:
    """The stand-ins' folder: what they shall do, and what they were called with."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.behave()

    def behave(self, **said: Any) -> None:
        """Faults and answers of the stand-ins; see behaviour.py."""
        (self.folder / "behaviour.json").write_text(json.dumps(said))

    @property
    def calls(self) -> dict[str, Any]:
        """What the stand-ins were called with, by name; of what came twice, the last."""
        lines = (self.folder / "calls.jsonl").read_text().splitlines()
        return {k: v for line in lines for k, v in json.loads(line).items()}

    def count(self, name: str) -> int:
        """How often the stand-ins noted `name`."""
        return sum(name in json.loads(line) for line in (self.folder / "calls.jsonl").read_text().splitlines())


@pytest.fixture(autouse=True)
def _read_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Models are read in this process: the reader's own tests use its child."""
    from toolchain.intake import models

    monkeypatch.setattr(models, "call", lambda f, *a, deadline_s, memory_mb, **k: f(*a, **k))


@pytest.fixture
def foreign(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Foreign:
    folder = tmp_path / "foreign"
    shutil.copytree(STANDINS, folder, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "ready.glb").write_bytes(tetra_glb())
    for name in ("TRIPOSR", "TRIPOSG", "TRELLIS2", "HUNYUAN3D"):
        monkeypatch.setenv(f"DROPFORGE_{name}_PYTHON", sys.executable)
        monkeypatch.setenv(f"DROPFORGE_{name}_CODE", str(folder))
        for what in ("WEIGHTS", "DOWNLOAD"):
            monkeypatch.delenv(f"DROPFORGE_{name}_{what}", raising=False)
    return Foreign(folder)


def tetra_glb() -> bytes:
    """A small closed GLB, by the worker's own writer."""
    import importlib.util

    from toolchain.generate.local.pipe import SCRIPT

    spec = importlib.util.spec_from_file_location("dropforge_models", SCRIPT.parent / "dropforge_models.py")
    assert spec and spec.loader
    models = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(models)
    points = np.array([[0, 0, 0], [1, 0, 0], [0, 2, 0], [0, 0, 3]])
    return models.glb(points, np.array([[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]]))


@pytest.fixture
def reference() -> Callable[..., Reference]:
    """A Reference with the views named: a red block on nothing."""

    def make(*names: str) -> Reference:
        rgba = np.zeros((80, 60, 4), np.uint8)
        rgba[10:70, 20:40] = (200, 40, 40, 255)
        return Reference(tuple(View(name, rgba, "given", f"{name}.png") for name in names or ("single",)))

    return make
