"""The intake stage on whole drops."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.toolchain.intake.scenes import ground, mug, over, paint
from toolchain.asset import Concept, Reference
from toolchain.intake import stage, u2netp
from toolchain.stage import StageError, quiet

PARAMS = stage.Params(network=False)


def drop(folder: Path, **pictures: np.ndarray) -> Concept:
    """A concept of PNG files; names ending in `_slots` are masks."""
    views, slots = {}, {}
    for name, pixels in pictures.items():
        view, mask = name.removesuffix("_slots"), name.endswith("_slots")
        path = folder / f"mug_{view}{'.slots' if mask else ''}.png"
        Image.fromarray(pixels).save(path)
        (slots if mask else views)[view] = path
    return Concept("mug", "mug", views, slots)


def picture(side: int = 520) -> np.ndarray:
    return over(mug(side), paint(side), ground("gradient", side))


def test_views_slots_and_measures(tmp_path: Path) -> None:
    colours = np.zeros((520, 520, 3), np.uint8)
    colours[:260], colours[260:] = (255, 0, 0), (0, 0, 254)
    concept = drop(tmp_path, single=picture(), back=picture()[:, ::-1].copy(), front=picture(), front_slots=colours)
    steps: list[float] = []
    made = stage.run(PARAMS, lambda share, what="": steps.append(share), concept=concept)
    assert isinstance(made.value, Reference)
    assert [v.name for v in made.value.views] == ["front", "back", "single"]
    front = made.value.views[0]
    assert front.cutout == "border" and front.source == "mug_front.png" and front.rgba.shape == (520, 520, 4)
    assert np.array_equal(front.slots, colours) and made.value.views[1].slots is None
    told = made.measures["views"]["front"]
    assert told["cutout"] == "border" and told["slot_colours"] == 2 and 0.1 < told["coverage"] < 0.4
    assert made.measures["agreement"]["front_back_outline"] > 0.98
    assert not made.findings and steps == sorted(steps) and steps[-1] == 1.0
    assert str(tmp_path) not in json.dumps(made.measures)
    again = stage.run(PARAMS, quiet, concept=concept)
    assert again.measures == made.measures and np.array_equal(again.value.views[0].rgba, front.rgba)


def test_large_pictures_are_reduced_and_masks_with_them(tmp_path: Path) -> None:
    colours = np.kron(np.array([[1, 2], [3, 4]], np.uint8) * 60, np.ones((520, 520), np.uint8))
    concept = drop(tmp_path, front=picture(960), front_slots=np.repeat(colours[..., None], 3, axis=2))
    made = stage.run(stage.Params(max_px=512, network=False), quiet, concept=concept)
    view = made.value.views[0]
    assert view.rgba.shape == (512, 512, 4) and set(np.unique(view.slots)) == {60, 120, 180, 240}
    assert made.measures["views"]["front"]["width"] == 960


def test_reducing_lets_no_hidden_colour_in() -> None:
    rgba = np.zeros((64, 64, 4), np.uint8)
    rgba[..., 1] = 255  # green under clear pixels
    rgba[:, :33] = (200, 0, 0, 255)
    small = stage.reduced(rgba, 16)
    seen = small[..., 3] > 0
    assert (small[seen][:, :3] == (200, 0, 0)).all() and set(np.unique(small[..., 3])) == {0, 64, 255}
    assert stage.reduced(rgba, 64) is rgba
    assert stage.reduced(np.full((2, 900, 4), 255, np.uint8), 256).shape == (1, 256, 4)


def test_slot_mask_needs_its_picture(tmp_path: Path) -> None:
    concept = drop(tmp_path, front=picture(), back_slots=picture()[..., :3].copy())
    with pytest.raises(StageError, match=r"mug_back\.slots\.png .*no picture"):
        stage.run(PARAMS, quiet, concept=concept)
    with pytest.raises(StageError, match="no picture"):
        stage.run(PARAMS, quiet, concept=Concept("mug", "mug", {}))


def test_faulty_masks_are_told(tmp_path: Path) -> None:
    concept = drop(tmp_path, front=picture(), front_slots=np.full((100, 300, 3), 9, np.uint8))
    lossy = tmp_path / "mug_front.slots.jpg"
    Image.open(concept.slots["front"]).save(lossy)
    made = stage.run(PARAMS, quiet, concept=Concept("mug", "mug", concept.views, {"front": lossy}))
    assert [f.code for f in made.findings] == ["ref.slots", "ref.slots"]
    top = (np.arange(520) < 99)[:, None, None]
    clear = drop(tmp_path, front=picture(), front_slots=np.full((520, 520, 4), (9, 9, 9, 255), np.uint8) * top)
    mask = stage.run(PARAMS, quiet, concept=clear).value.views[0].slots
    assert (mask[:99] == 9).all() and not mask[99:].any()


def test_whole_frame_and_missing_network_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(u2netp, "why_not", lambda: "it is not here")
    concept = drop(tmp_path, single=np.full((300, 300, 3), 90, np.uint8))
    made = stage.run(stage.Params(), quiet, concept=concept)
    assert made.value.views[0].cutout == "whole"
    assert {f.code for f in made.findings} >= {"ref.network", "ref.cutout"}
    assert not stage.params(None, None).network  # type: ignore[arg-type]


def test_narrow_side_of_a_large_asset_is_no_fault(tmp_path: Path) -> None:
    thin = np.zeros((520, 520), np.float32)
    thin[200:280, 220:260] = 1
    codes = lambda concept: {f.code for f in stage.run(PARAMS, quiet, concept=concept).findings}  # noqa: E731
    top = over(thin, paint(), ground("gradient"))
    assert codes(drop(tmp_path, top=top)) >= {"ref.resolution", "ref.small"}
    assert not codes(drop(tmp_path, front=picture(), top=top)) & {"ref.resolution", "ref.small"}


def test_importing_the_stage_is_cheap() -> None:
    code = (
        "import sys, toolchain.intake.stage, toolchain.intake.cutout, toolchain.intake.names;"
        "print([m for m in ('cv2', 'PIL', 'onnxruntime', 'scipy') if m in sys.modules])"
    )
    root = Path(__file__).parents[3]
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=root)
    assert out.stdout.strip() == "[]"
