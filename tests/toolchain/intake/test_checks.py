"""Each check of the reference list fires on its fault and is silent on a good picture."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from tests.toolchain.intake.scenes import SIDE, grid, ground, mug, over, paint
from toolchain.asset import View
from toolchain.intake.border import lab_of
from toolchain.intake.checks import LIMITS, check_views, judge, measure
from toolchain.intake.checks.picture import blur
from toolchain.intake.cutout import cut_out


def codes(rgba: np.ndarray, has_alpha: bool = False) -> set[str]:
    figures = measure(cut_out(rgba, has_alpha, network=False), rgba[..., :3])
    return {f.code for f in judge(figures, "a.png")}


def good() -> np.ndarray:
    return over(mug(), paint(), ground("gradient"))


def cut_alpha(share: np.ndarray, front: np.ndarray) -> np.ndarray:
    return np.dstack([front, share * 255]).round().astype(np.uint8)


def tiny() -> np.ndarray:
    return np.ascontiguousarray(good()[::4, ::4])


def blurred() -> np.ndarray:
    return cv2.GaussianBlur(good(), (0, 0), 5)


def small() -> np.ndarray:
    picture = over(np.zeros((1400, 1400), np.float32), paint(1400), ground("gradient", 1400))
    share = np.zeros((1400, 1400), np.float32)
    share[500 : 500 + SIDE, 500 : 500 + SIDE] = mug()
    return over(share, np.tile(paint(700), (2, 2, 1)), picture[..., :3].astype(np.float32))


def out_of_frame() -> np.ndarray:
    return over(mug(dx=-0.32), paint(), ground("gradient"))


def two() -> np.ndarray:
    y, x = grid()
    discs = np.minimum(np.hypot(x - 0.28, y - 0.5), np.hypot(x - 0.74, y - 0.5)) < 0.2
    return over(discs.astype(np.float32), paint(), ground("white"))


def with_shadow() -> np.ndarray:
    y, x = grid()
    dark = 0.6 * np.clip(1.5 - ((x - 0.5) / 0.3) ** 2 - ((y - 0.8) / 0.08) ** 2, 0, 1)
    return over(mug(), paint(), ground("gradient") * (1 - dark[..., None]))


def drop_shadow() -> np.ndarray:
    share = mug()
    soft = 0.5 * cv2.GaussianBlur(np.roll(share, (25, 25), (0, 1)), (0, 0), 6)
    return cut_alpha(np.maximum(share, soft), np.where(share[..., None] > 0.5, paint(), 0))


def too_dark() -> np.ndarray:
    y, _ = grid()
    return over(mug(), paint() * (y < 0.45)[..., None], ground("gradient"))


def glass() -> np.ndarray:
    y, _ = grid()
    return cut_alpha(mug() * np.where(y < 0.4, 0.4, 1.0), paint())


def mirror() -> np.ndarray:
    y, x = grid()
    spots = (np.sin(x * 130) > 0.5) & (np.sin(y * 130) > 0.5)
    return over(mug(), np.where(spots[..., None], 255, paint() * 0.6), ground("gradient"))


FAULTS: list[tuple[str, Callable[[], np.ndarray], bool]] = [
    ("ref.resolution", tiny, False),
    ("ref.blur", blurred, False),
    ("ref.small", small, False),
    ("ref.frame", out_of_frame, False),
    ("ref.several", two, False),
    ("ref.shadow", with_shadow, False),
    ("ref.shadow", drop_shadow, True),
    ("ref.dark", too_dark, False),
    ("ref.transparent", glass, True),
    ("ref.mirror", mirror, False),
]


def test_a_good_picture_draws_nothing() -> None:
    assert codes(good()) == set()
    assert codes(cut_alpha(mug(), paint()), True) == set()


@pytest.mark.parametrize(("code", "make", "has_alpha"), FAULTS, ids=[f"{c}-{m.__name__}" for c, m, _ in FAULTS])
def test_a_fault_draws_its_finding(code: str, make: Callable[[], np.ndarray], has_alpha: bool) -> None:
    assert code in codes(make(), has_alpha)


def test_fading_outline() -> None:
    fade = np.clip(np.linspace(-0.5, 2, SIDE, dtype=np.float32), 0, 1)[:, None, None]
    back = np.full((SIDE, SIDE, 3), (60, 90, 60), np.float32)
    picture = over(mug(), back * fade + np.float32((230, 60, 40)) * (1 - fade), back)
    cut = cut_out(good(), False, network=False)  # the outline is right: could an eye have found it?
    assert "ref.contrast" in {f.code for f in judge(measure(cut, picture[..., :3]), "a.png")}
    assert measure(cut, good()[..., :3])["faint"] < 0.01


def test_blur_is_measured_in_pixels() -> None:
    for sigma in (1.5, 3.0, 5.0):
        bars = np.where(np.sin(grid()[1] * 40) > 0, 200, 40).astype(np.uint8)
        soft = cv2.GaussianBlur(np.dstack([bars] * 3), (0, 0), sigma)
        got = blur(lab_of(soft)[..., 0], mug() > 0.5)
        assert got is not None and abs(got - sigma) < 0.25 * sigma


def test_too_small_to_build_is_an_error_and_speaks_once() -> None:
    found = judge({"subject_px": 9}, "a.png")
    assert [(f.code, f.severity) for f in found] == [("ref.resolution", "error")]
    assert judge({"subject_px": None, "parts": 1, "cut_off": 0.02}, "a.png") == ()


def test_every_row_makes_sentences() -> None:
    for row in LIMITS:
        beyond = row.low - 0.1 if row.low is not None else row.high + 0.6
        found = judge({row.figure: beyond}, "picture.png", (row,))
        assert len(found) == 1 and "{" not in found[0].message and found[0].message.endswith(".") and found[0].fix
        assert "picture.png" in found[0].message and found[0].limit == (row.low if row.low is not None else row.high)


def view(name: str, share: np.ndarray) -> View:
    alpha = np.round(share * 255).astype(np.uint8)
    return View(name, np.dstack([np.zeros((*alpha.shape, 3), np.uint8), alpha]), "given", f"{name}.png")


def scaled(share: np.ndarray, x: float, y: float) -> np.ndarray:
    centre = np.float32([[x, 0, (1 - x) * SIDE / 2], [0, y, (1 - y) * SIDE / 2]])
    return cv2.warpAffine(share, centre, (SIDE, SIDE))


def test_views_that_agree() -> None:
    share = mug()
    body = scaled(share, 0.6, 1.0)
    figures, found = check_views(
        [view("front", share), view("back", share[:, ::-1]), view("left", body), view("right", body[:, ::-1])]
    )
    assert found == () and figures["front_back_outline"] > 0.99 and figures["front_left_height"] < 0.01
    assert check_views([view("single", share)]) == ({}, ())
    assert check_views([view("front", share * 0), view("back", share)])[1] == ()


def test_views_that_disagree() -> None:
    share = mug()
    _, wide = check_views([view("front", share), view("back", scaled(share[:, ::-1], 0.8, 1.0))])
    assert [(f.code, f.severity, f.where.file) for f in wide] == [("ref.views", "warning", "back.png")]
    _, copied = check_views([view("front", share), view("back", share)])
    assert [f.severity for f in copied] == ["info"]
    _, low = check_views([view("front", share), view("left", scaled(share, 1.0, 0.85))])
    assert "height" in low[0].message and low[0].measured == pytest.approx(0.15, abs=0.02)
    _, deep = check_views([view("front", share), view("left", share), view("top", scaled(share, 1.0, 1.3))])
    assert "Width and depth" in deep[0].message or deep == ()
