"""The walls: imports point down, planning is light, modules stay small."""

from __future__ import annotations

import ast
import statistics
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FLOORS = ("engine_profiles", "validators", "toolchain", "watch")
MODULES = sorted(p for floor in FLOORS for p in (ROOT / floor).rglob("*.py"))
#: Kept out of planning and start-up.
HEAVY = (
    "torch",
    "httpx",
    "numba",
    "scipy",
    "cv2",
    "skimage",
    "pymeshlab",
    "trimesh",
    "xatlas",
    "httpx",
    "pxr",
    "ufbx",
    "embreex",
    "PIL",
    "onnxruntime",
    "pygltflib",
    "watchdog",
    "manifold3d",
)


def imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return found


@pytest.mark.parametrize("path", MODULES, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_imports_point_down(path: Path) -> None:
    relative = path.relative_to(ROOT)
    floor = FLOORS.index(relative.parts[0])
    allowed = FLOORS if relative.as_posix() == "toolchain/cli.py" else FLOORS[: floor + 1]
    ours = {name.partition(".")[0] for name in imports(path)} & set(FLOORS)
    assert ours <= set(allowed), f"{relative} imports {ours - set(allowed)}"
    assert "toolchain.cli" not in imports(path)


def test_modules_are_small() -> None:
    sizes = {
        p.relative_to(ROOT).as_posix(): len(p.read_text(encoding="utf-8").splitlines())
        for p in MODULES
        if p.name != "__init__.py"
    }
    assert statistics.median(sizes.values()) <= 130
    assert max(sizes.values()) <= 400, {k: v for k, v in sizes.items() if v > 400}


def test_planning_loads_nothing_heavy() -> None:
    code = (
        "import importlib, sys; from toolchain import pipeline, cli\n"
        "for stage in pipeline.STAGES: importlib.import_module(stage.module)\n"
        f"print([m for m in {HEAVY!r} if m in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert out.stdout.strip() == "[]"


def test_help_is_quick() -> None:
    def once() -> float:
        start = time.perf_counter()
        subprocess.run([sys.executable, "-m", "toolchain.cli", "--help"], capture_output=True, check=True, cwd=ROOT)
        return time.perf_counter() - start

    assert min(once() for _ in range(5)) < 0.3
