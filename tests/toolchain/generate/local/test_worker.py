"""The true worker, over its true pipe, with stand-ins for torch and the models: what each is asked, and every end."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from toolchain.asset import LEARNED, Reference, Sculpt
from toolchain.generate import table
from toolchain.generate.local import environment
from toolchain.stage import StageError, quiet

MakeReference = Callable[..., Reference]


def build(name: str, reference: Reference, state: Path, progress: Any = quiet, **params: Any) -> Sculpt:
    module = table.generator(name)
    return module.generate(reference, module.Params(generator=name, **params), progress, state)


def signed_volume(sculpt: Sculpt) -> float:
    a, b, c = (sculpt.mesh.positions[sculpt.mesh.faces[:, k]].astype(float) for k in range(3))
    return float((a * np.cross(b, c)).sum())


def test_triposr(foreign: Any, reference: MakeReference, tmp_path: Path) -> None:
    told: list[tuple[float, str]] = []
    sculpt = build("triposr", reference(), tmp_path, lambda *t: told.append(t), resolution=64, seed=7, front="+Z")
    # +X towards the viewer and +Z up there are +Z and +Y here: a proper rotation.
    np.testing.assert_allclose(sculpt.mesh.size, [2, 3, 1])
    assert signed_volume(sculpt) > 0
    assert (sculpt.evidence == LEARNED).all()
    np.testing.assert_allclose(sculpt.colour[0], [0.5029, 0, 1], atol=1e-3)  # sRGB 188, 0, 255
    assert sculpt.generator == "triposr" and sculpt.rung == "TripoSR"
    assert sculpt.notes["environment"]["torch"] == "9.9-stand-in"
    assert sculpt.notes["environment"]["device"] == "Stand-in GPU"
    calls = foreign.calls
    assert calls["source"] == "stabilityai/TripoSR" and calls["names"] == ["config.yaml", "model.ckpt"]
    assert calls["load"] is True  # weights_only, though its own loader does not say so
    assert calls["device"] == "cuda" and calls["seed"] == 7
    assert calls["resolution"] == 64 and calls["colour"] is True
    mode, wide, high = calls["image"]
    assert (mode, wide == high, calls["corner"]) == ("RGB", True, [127, 127, 127])
    shares = [share for share, _ in told]
    assert shares == sorted(shares) and any("looks at the picture" in text for _, text in told)
    assert str(foreign.folder) not in repr(sculpt.notes)


def test_triposg(foreign: Any, reference: MakeReference, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DROPFORGE_TRIPOSG_DOWNLOAD", "1")
    sculpt = build("triposg", reference(), tmp_path, steps=3, device="cpu", front="+Z")
    assert signed_volume(sculpt) > 0  # the stand-in's is inside out
    calls = foreign.calls
    assert calls["source"] == "fetched" and calls["safetensors"] is True
    assert calls["to"] == ["cpu", "float32"] and calls["flash"] is False  # its decoder's kernels are CUDA's
    assert calls["generator"] == ["cpu", 1] and calls["corner"] == [255, 255, 255]


def test_trellis2_leaves_the_cut_out_network_alone(foreign: Any, reference: MakeReference, tmp_path: Path) -> None:
    build("trellis2", reference(), tmp_path, pipeline="512", faces=20_000, texture_px=1024)
    calls = foreign.calls
    assert calls["source"] == "microsoft/TRELLIS.2-4B" and calls["pipeline"] == "512"
    assert calls["image"][0] == "RGBA" and calls["corner"] == [0, 0, 0, 0]  # clear somewhere: taken as cut out
    assert calls["faces"] == 20_000 and calls["texture"] == 1024 and calls["export"] == "glb"


def test_hunyuan3d_views_and_texture(
    foreign: Any, reference: MakeReference, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    weights = tmp_path / "weights"
    weights.mkdir()
    monkeypatch.setenv("DROPFORGE_HUNYUAN3D_WEIGHTS", str(weights))
    sculpt = build("hunyuan3d", reference("front", "left", "back"), tmp_path, steps=2, texture=True, faces=5000)
    calls = foreign.calls
    assert calls["source"] == [str(weights), "hunyuan3d-dit-v2-mv"] and calls["safetensors"] is True
    assert calls["views"] == ["back", "front", "left"]
    assert calls["paint"] == str(weights) and calls["tool"] == "FaceReducer" and calls["faces"] == 5000
    assert sculpt.notes["views_sent"] == ["front", "left", "back"]
    assert str(tmp_path) not in repr(sculpt.notes)
    build("hunyuan3d", reference("left"), tmp_path, steps=2, model="2mv")  # it wants names, and knows no other
    assert foreign.calls["views"] == ["left"]
    build("hunyuan3d", reference("single"), tmp_path, steps=2, model="2mv")
    assert foreign.calls["views"] == ["front"]
    build("hunyuan3d", reference("left", "back"), tmp_path, steps=2)  # without a front, one picture
    assert foreign.calls["views"] is None and foreign.calls["source"][1] == "hunyuan3d-dit-v2-mini"


def test_candidates_load_the_weights_once(foreign: Any, reference: MakeReference, tmp_path: Path) -> None:
    sculpt = build("triposr", reference(), tmp_path, seeds=2, pick=2, seed=5)
    assert sculpt.notes["picked"] == 2 and foreign.calls["seed"] == 6
    assert foreign.count("source") == 1 and foreign.count("resolution") == 2


def test_one_model_at_a_time(
    foreign: Any, reference: MakeReference, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from toolchain.generate.local import run
    from toolchain.generate.remote import clock

    told: list[str] = []
    with run.alone(tmp_path, 1.0, quiet):
        with pytest.raises(StageError, match="Another asset still uses the GPU"), monkeypatch.context() as patch:
            patch.setattr(clock, "sleep", lambda _s: None)
            build("triposr", reference(), tmp_path, lambda _s, t: told.append(t), wait_s=1.0)
        assert told[0] == "another asset uses the GPU"
    build("triposr", reference(), tmp_path)


FAULTS = {
    "raise": ("failed: RuntimeError: the checkpoint does not fit the model", "does not fit the model"),
    "crash": ("crashed (SIGSEGV)", "a package complains: crash"),
    "killed": ("ran out of memory", "a package complains: killed"),
    "quits": ("without an answer (exit code 3)", "a package complains: quits"),
    "gpu memory": ("ran out of GPU memory", "OutOfMemoryError"),
    "weights": ("DROPFORGE_TRIPOSR_WEIGHTS", "LocalEntryNotFoundError"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_faults_end_in_one_sentence(fault: str, foreign: Any, reference: MakeReference, tmp_path: Path) -> None:
    foreign.behave(fault=fault)
    with pytest.raises(StageError) as caught:
        build("triposr", reference(), tmp_path)
    sentence, detail = FAULTS[fault]
    assert sentence in str(caught.value)
    assert "a package complains" in caught.value.detail and detail in caught.value.detail
    assert "\n" not in str(caught.value)


def test_a_hang_ends_at_the_deadline_and_leaves_no_process(
    foreign: Any, reference: MakeReference, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from toolchain.generate.local import pipe

    started: list[Any] = []
    real = pipe.subprocess.Popen
    monkeypatch.setattr(pipe.subprocess, "Popen", lambda *a, **k: started.append(real(*a, **k)) or started[-1])
    foreign.behave(fault="hang")
    with pytest.raises(StageError, match=r"longer than generate\.wait_s allows"):
        build("triposr", reference(), tmp_path, wait_s=3.0)
    assert started[0].poll() is not None


def test_no_silent_fall_to_the_cpu(foreign: Any, reference: MakeReference, tmp_path: Path) -> None:
    foreign.behave(cuda=False)
    with pytest.raises(StageError, match="does not fall back to the CPU by itself"):
        build("triposr", reference(), tmp_path)
    assert not (foreign.folder / "calls.jsonl").exists()  # refused before any weight was read
    build("triposr", reference(), tmp_path, device="cpu")
    assert foreign.calls["device"] == "cpu"


def test_wrong_shapes(foreign: Any, reference: MakeReference, tmp_path: Path) -> None:
    foreign.behave(shape=[4, 2])
    with pytest.raises(StageError, match=r"made no usable shape: vertices of shape \(4, 2\)"):
        build("triposr", reference(), tmp_path)
    foreign.behave(shape=[3, 3])  # faces name a fourth vertex
    with pytest.raises(StageError, match="are no mesh"):
        build("triposr", reference(), tmp_path)
    foreign.behave(nothing=True)
    foreign_weights = tmp_path / "w"
    foreign_weights.mkdir()
    os.environ["DROPFORGE_TRIPOSG_WEIGHTS"] = str(foreign_weights)
    try:
        with pytest.raises(StageError, match="found no surface"):
            build("triposg", reference(), tmp_path, steps=1)
    finally:
        del os.environ["DROPFORGE_TRIPOSG_WEIGHTS"]


def test_a_glb_that_is_none(foreign: Any, reference: MakeReference, tmp_path: Path) -> None:
    (foreign.folder / "ready.glb").write_bytes(b"glTF but cut")
    with pytest.raises(StageError, match=r"TRELLIS\.2"):
        build("trellis2", reference(), tmp_path)


def test_garbage_on_standard_output(foreign: Any, reference: MakeReference, tmp_path: Path) -> None:
    (foreign.folder / "sitecustomize.py").write_text("print('Welcome to this environment, friend!', flush=True)")
    with pytest.raises(StageError, match="something that is not its protocol") as caught:
        build("triposr", reference(), tmp_path)
    assert "Welcome to this" in caught.value.detail


def test_a_package_that_is_missing(foreign: Any, reference: MakeReference, tmp_path: Path) -> None:
    (foreign.folder / "tsr" / "__init__.py").write_text("import a_package_that_is_not_there")
    with pytest.raises(StageError, match=r"DROPFORGE_TRIPOSR_PYTHON names lacks something .*a_package_that_is_not"):
        build("triposr", reference(), tmp_path)


def test_no_key_reaches_a_worker(foreign: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("MESHY_API_KEY", "HF_TOKEN", "AWS_SECRET_ACCESS_KEY", "DROPFORGE_COMFYUI_TOKEN"):
        monkeypatch.setenv(name, "secret")
    assert "secret" not in environment.variables(environment.home("triposr")).values()
    monkeypatch.setenv("DROPFORGE_TRIPOSR_DOWNLOAD", "1")
    given = environment.variables(environment.home("triposr"))
    assert [k for k, v in given.items() if v == "secret"] == ["HF_TOKEN"] and given["HF_HUB_OFFLINE"] == "0"


def test_why_not(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("DROPFORGE_TRIPOSG_PYTHON", raising=False)
    assert "set DROPFORGE_TRIPOSG_PYTHON" in str(table.generator("triposg").available())
    monkeypatch.setenv("DROPFORGE_TRIPOSG_PYTHON", str(tmp_path / "nowhere"))
    assert "names no Python" in str(table.generator("triposg").available())
    monkeypatch.setenv("DROPFORGE_TRIPOSG_PYTHON", str(Path(sys.executable).parent.parent))  # the folder of a venv
    assert table.generator("triposg").available() is None
    monkeypatch.setenv("DROPFORGE_TRIPOSG_CODE", str(tmp_path / "nowhere"))
    assert "DROPFORGE_TRIPOSG_CODE names no folder" in str(table.generator("triposg").available())


def test_hunyuan_cannot_paint_without_a_gpu() -> None:
    with pytest.raises(ValueError, match="texture = true takes a GPU"):
        table.generator("hunyuan3d").Params(texture=True, device="cpu")  # type: ignore[call-arg]
