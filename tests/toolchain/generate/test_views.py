from __future__ import annotations

import numpy as np
import pytest

from tests.toolchain.generate.pictures import armed, box, disc, reference, view
from toolchain.asset import View
from toolchain.generate.views import LARGEST_PX, PLANES, aside_of, picture_of, pictures_of, register
from toolchain.srgb import srgb_to_linear
from toolchain.stage import StageError


def test_scales_of_pictures_do_not_matter() -> None:
    registered = register(pictures_of(armed("front", "left", "top"))[0])
    assert registered.extents == pytest.approx(np.array([1.4, 2.0, 1.2]) / 2, abs=0.004)
    assert max(registered.disagreement.values()) < 0.01


def test_disagreement_is_measured_and_shared() -> None:
    front, back = view("front", box(-0.5, -1, 0.5, 1)), view("back", box(-0.55, -1, 0.55, 1))
    registered = register(pictures_of(reference(front, back))[0])
    assert registered.extents[0] == pytest.approx(np.sqrt(1.0 * 1.1) / 2, abs=0.005)
    assert registered.extents[2] == 0
    assert 0.02 < max(registered.disagreement.values()) < 0.1


def test_the_box_is_subpixel() -> None:
    picture = picture_of(view("front", box(-0.5, -0.8, 0.5, 0.8), scale=0.4531), PLANES["front"])
    assert picture.wide == pytest.approx(0.4531 * 240, abs=0.35)
    assert picture.high == pytest.approx(0.4531 * 240 * 1.6, abs=0.35)


def test_points_meet_their_pixels() -> None:
    registered = register(pictures_of(armed("front", "left"))[0])
    left = registered.pictures[1]
    nose = np.array([[0.0, -0.65 / 2, registered.extents[2] / 2]])  # the tip, at the front
    x, y = registered.pixels(left, nose)[0]
    assert x == pytest.approx(left.box[0], abs=0.01)  # the picture's left edge
    assert left.box[1] < y < left.box[3]


def test_a_large_picture_is_brought_to_working_size() -> None:
    rgba = np.zeros((1500, 1300, 4), np.uint8)
    rgba[20:1480, 50:1250] = (255, 255, 255, 255)
    picture = picture_of(View("front", rgba, "given", "big.png"), PLANES["front"])
    assert picture.high == pytest.approx(LARGEST_PX, abs=1)
    assert picture.rgb[picture.alpha > 0.5].min() > 0.99  # no background mixed in by the resampling


def test_specks_do_not_stretch_the_box() -> None:
    clean = view("front", disc(0.8))
    rgba = clean.rgba.copy()
    rgba[2:4, 2:4] = 255
    picture = picture_of(View("front", rgba, "given", "speck.png"), PLANES["front"])
    assert picture.wide == pytest.approx(0.8 * 2 * 0.45 * 240, abs=0.5)


@pytest.mark.parametrize(("size", "words"), [(0, "nothing of the subject"), (5, "5 x 5 pixels, too small")])
def test_no_subject_is_told_in_a_sentence(size: int, words: str) -> None:
    rgba = np.zeros((64, 64, 4), np.uint8)
    rgba[10 : 10 + size, 10 : 10 + size] = 255
    with pytest.raises(StageError, match=f"dot.png: .*{words}"):
        picture_of(View("front", rgba, "given", "dot.png"), PLANES["front"])


def test_three_quarter_is_apart_or_taken_for_a_front() -> None:
    front, turned = view("front", disc()), view("three_quarter", disc())
    pictures, assumed = pictures_of(reference(front, turned))
    assert [p.name for p in pictures] == ["front"] and not assumed
    spare = aside_of(reference(front, turned))
    assert spare is not None and spare.name == "three_quarter"
    assert aside_of(reference(turned)) is None
    pictures, assumed = pictures_of(reference(turned))
    assert [p.name for p in pictures] == ["three_quarter"]
    assert "taken for a front" in assumed


def test_srgb() -> None:
    assert srgb_to_linear(np.array([0, 10, 188, 255], np.uint8)) == pytest.approx([0, 0.003035, 0.5029, 1], abs=1e-4)
