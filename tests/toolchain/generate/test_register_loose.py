"""Views as people draw them: other scales and places, some perspective, redrawn a few per cent off."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from tests.toolchain.generate.pictures import armed, armed_front, armed_left, armed_top, reference, view
from toolchain.asset import Reference, Sculpt, View
from toolchain.generate.embedded import Params, generate
from toolchain.generate.score import score
from toolchain.stage import quiet

QUICK = Params(resolution=80)


def warped(old: View, matrix: np.ndarray) -> View:
    """The picture under a projective map of its pixels about its middle, a scale of 1 being its half side."""
    half = old.rgba.shape[0] / 2
    frame = np.array([[half, 0, half - 0.5], [0, half, half - 0.5], [0, 0, 1]])
    colour = old.rgba.copy()
    colour[..., :3] *= colour[..., 3:] > 0
    whole = cv2.warpPerspective(colour, frame @ matrix @ np.linalg.inv(frame), colour.shape[:2], flags=cv2.INTER_AREA)
    return View(old.name, np.asarray(whole, np.uint8), "given", old.source)


def scaled(across: float, up: float, right: float = 0.0, down: float = 0.0, tilt: float = 0.0) -> np.ndarray:
    return np.array([[across, 0, right], [0, up, down], [0, tilt, 1]])


def fit(sculpt: Sculpt, straight: Sculpt) -> float:
    one, two = sculpt.mesh, straight.mesh
    return score(one.positions, one.faces, two.positions, two.faces)["iou"]


@pytest.fixture(scope="module")
def straight() -> Sculpt:
    return generate(armed("front", "left", "top"), QUICK, quiet)


@pytest.mark.parametrize(
    ("maps", "iou", "outline"),
    [
        # scale and place of a picture are nobody's concern
        (
            (scaled(1.03, 1.03, 0.03, -0.02), scaled(0.97, 0.97, -0.04, 0.03), scaled(1.02, 1.02, 0.0, 0.05)),
            0.97,
            0.94,
        ),
        # one drawing 3 % too wide, another 3 % too low
        ((scaled(1.03, 1.0), scaled(1.0, 0.97), np.eye(3)), 0.9, 0.97),
        # a lens that looks down a little, as at a field of view of 10 degrees
        ((scaled(1, 1, tilt=0.03), scaled(1, 1, tilt=0.03), np.eye(3)), 0.88, 0.95),
    ],
)
def test_loose_views(straight: Sculpt, maps: tuple[np.ndarray, ...], iou: float, outline: float) -> None:
    views = armed("front", "left", "top").views
    made = generate(Reference(tuple(warped(v, m) for v, m in zip(views, maps, strict=True))), QUICK, quiet)
    assert fit(made, straight) > iou
    assert min(made.notes["silhouette_iou"].values()) > outline


def test_one_view_redrawn(straight: Sculpt) -> None:
    """The left picture's outline wavers by 3 % of its height, as a second drawing's does."""

    def wavy(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        return armed_left(x + 0.03 * np.sin(7 * y), y + 0.03 * np.sin(5 * x))

    drawn = (view("front", armed_front), view("left", wavy, scale=0.4), view("top", armed_top, scale=0.35))
    made = generate(reference(*drawn), QUICK, quiet)
    assert fit(made, straight) > 0.85
    assert min(made.notes["silhouette_iou"].values()) > 0.95
