"""Rungs of the cut-out on pictures whose masks are known."""

from __future__ import annotations

import io
from importlib import metadata
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from tests.toolchain.intake.scenes import SIDE, grid, ground, iou, mug, over, paint
from toolchain.intake import matte, u2netp
from toolchain.intake.cutout import RUNGS, available, cut_out
from toolchain.intake.decode import decode

needs_network = pytest.mark.skipif(u2netp.why_not() is not None, reason=str(u2netp.why_not()))


def jpeg(rgba: np.ndarray, quality: int) -> np.ndarray:
    kept = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(rgba[..., :3])).save(kept, "JPEG", quality=quality)
    return np.dstack([np.asarray(Image.open(kept)), rgba[..., 3]])


@pytest.mark.parametrize("kind", ["white", "grey", "gradient", "studio"])
@pytest.mark.parametrize("quality", [0, 85])
def test_border_key_on_plain_grounds(kind: str, quality: int) -> None:
    share = mug()
    picture = over(share, paint(), ground(kind))
    cut = cut_out(jpeg(picture, quality) if quality else picture, False, network=False)
    assert cut.rung == "border"
    assert iou(cut.rgba[..., 3] > 127, share > 0.5) > 0.98
    assert cut.rgba[int(0.5 * SIDE), int(0.65 * SIDE), 3] == 0  # the handle's opening is open
    if not quality:
        assert np.abs(cut.rgba[..., 3] / 255.0 - share).mean() < 0.002  # a soft edge, and where it belongs


def test_border_key_leaves_a_soft_shadow_behind() -> None:
    share, (y, x) = mug(), grid()
    dark = 0.55 * np.exp(-(((x - 0.5) / 0.25) ** 2 + ((y - 0.8) / 0.05) ** 2))
    for kind in ("gradient", "studio"):
        cut = cut_out(over(share, paint(), ground(kind) * (1 - dark[..., None])), False, network=False)
        assert cut.rung == "border" and iou(cut.rgba[..., 3] > 127, share > 0.5) > 0.95
        assert cut.shadow is not None and cut.shadow.sum() > 0.02 * share.sum()


def test_subject_may_touch_the_rim() -> None:
    share = mug(dx=-0.3)
    cut = cut_out(over(share, paint(), ground("gradient")), False, network=False)
    assert cut.rung == "border" and iou(cut.rgba[..., 3] > 127, share > 0.5) > 0.98


def test_edge_colours_carry_no_ground() -> None:
    share = mug()
    cut = cut_out(over(share, np.full((SIDE, SIDE, 3), (200.0, 30, 30)), ground("grey") * (0.2, 2, 0.2)), False, False)
    near = cv2.dilate((cut.rgba[..., 3] > 0).astype(np.uint8), np.ones((9, 9), np.uint8)) > 0
    assert np.abs(cut.rgba[near][:, :3].astype(int) - (200, 30, 30)).max() <= 8


def test_given_alpha_is_kept_to_the_bit() -> None:
    alpha = np.round(mug() * 255).astype(np.uint8)
    rgba = np.dstack([np.where(alpha[..., None] > 250, paint(), 255).astype(np.uint8), alpha])  # a white fringe
    cut = cut_out(rgba, True, network=False)
    assert cut.rung == "given" and np.array_equal(cut.rgba[..., 3], alpha)
    solid = cv2.erode((alpha >= 250).astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    assert np.array_equal(cut.rgba[solid], rgba[solid])
    assert not (cut.rgba[alpha < 250][:, :3] == 255).all(axis=1).any()


def test_alpha_that_cuts_nothing_out_is_not_taken() -> None:
    share = mug()
    rgba = over(share, paint(), ground("gradient"))
    rgba[:4, :4, 3] = 0  # a rounded corner
    cut = cut_out(rgba, True, network=False)
    assert cut.rung == "border" and iou(cut.rgba[..., 3] > 127, share > 0.5) > 0.97


def test_glass_keeps_its_own_colours() -> None:
    y, x = grid(128)
    alpha = np.where((x - 0.5) ** 2 + (y - 0.5) ** 2 < 0.1, 140, 0).astype(np.uint8)
    flat = np.full((128, 128), 30, np.uint8)
    rgba = np.dstack([flat, 5 * flat, (255 * x).astype(np.uint8), alpha])
    cut = cut_out(rgba, True, network=False)
    assert np.array_equal(cut.rgba[60:68, 60:68], rgba[60:68, 60:68])


def test_rough_ground_without_the_network() -> None:
    share = mug()
    rough = cv2.GaussianBlur(ground("noise"), (0, 0), 3) * (0.2, 0.9, 0.3)
    cut = cut_out(over(share, paint(tint=(230, 60, 40)), rough), False, network=False)
    assert cut.rung == "grabcut" and iou(cut.rgba[..., 3] > 127, share > 0.5) > 0.8


def test_nothing_to_see_is_the_whole_frame() -> None:
    for picture in (
        over(np.zeros((200, 200), np.float32), paint(200), ground("grey", 200)),
        np.full((1, 1, 4), 255, np.uint8),
        np.full((3, 500, 4), 255, np.uint8),
    ):
        cut = cut_out(picture, False, network=False)
        assert cut.rung == "whole" and (cut.rgba[..., 3] == 255).all() and "nothing" in cut.reason


def test_same_picture_same_bytes() -> None:
    picture = over(mug(), paint(), ground("noise"))
    first, again = (cut_out(picture, False, network=False) for _ in range(2))
    assert np.array_equal(first.rgba, again.rgba) and first.measures == again.measures


@needs_network
def test_network_finds_a_subject_on_a_rough_ground_and_repeats_itself() -> None:
    share = mug()
    picture = over(share, paint(tint=(230, 60, 40)), cv2.GaussianBlur(ground("noise"), (0, 0), 3) * (0.2, 0.9, 0.3))
    cut = cut_out(picture, False)
    assert cut.rung == "u2netp" and iou(cut.rgba[..., 3] > 127, share > 0.5) > 0.85  # it fills the handle
    assert np.array_equal(u2netp.saliency(picture[..., :3]), u2netp.saliency(picture[..., :3]))


def test_network_is_skipped_with_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> None:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "files", absent)
    reason = available()["u2netp"]
    assert reason is not None and "dropforge[cutout]" in reason
    assert [r for r in RUNGS if available()[r]] == ["u2netp"]
    with pytest.raises(RuntimeError, match="cutout"):
        u2netp.saliency(np.zeros((8, 8, 3), np.uint8))


def test_a_file_of_another_size_is_not_our_network(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    fake = tmp_path / "rembg" / "u2netp.onnx"
    fake.parent.mkdir()
    fake.write_bytes(b"not a network")

    class File(type(Path())):  # what importlib.metadata hands out: a path that can locate itself
        def locate(self) -> Path:
            return fake

    monkeypatch.setattr(metadata, "files", lambda _: [File("rembg/u2netp.onnx")])
    assert u2netp.weights() is None


def test_clean_fills_pinholes_and_keeps_real_ones() -> None:
    mask = np.zeros((300, 300), bool)
    mask[50:250, 50:250] = True
    mask[100:140, 100:140] = False
    mask[200, 200] = False
    mask[10, 10] = True
    tidy = matte.clean(mask, keep=0.05)
    assert tidy[200, 200] and not tidy[120, 120] and not tidy[10, 10]
    assert not matte.clean(np.zeros((5, 5), bool), 0.1).any() and matte.clean(np.ones((5, 5), bool), 0.1).all()


@pytest.mark.shared
@pytest.mark.parametrize(
    "name",
    [
        "aws_camera__gradient",
        "kk_taxi__wall",
        "scan_stapler__studio",
        "boombox__gravel",
        "q_radio__brick",
        "painted_cabinet__street",
    ],
)
def test_composites(shared: Path, name: str) -> None:
    plain = name.split("__")[1] in ("gradient", "wall", "studio")
    if not plain and (reason := u2netp.why_not()):
        pytest.skip(reason)
    folder = shared / "concepts" / "composites"
    picture = decode(folder / f"{name}.jpg")
    truth = np.asarray(Image.open(folder / f"{name}_mask.png").convert("L")) > 127
    cut = cut_out(picture.rgba, picture.has_alpha, network=not plain)
    assert cut.rung == ("border" if plain else "u2netp")
    assert iou(cut.rgba[..., 3] > 127, truth) > (0.97 if plain else 0.95)
