"""A thing whose four sides differ is found however a service turned it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.toolchain.generate.pictures import armed
from toolchain.asset import Mesh
from toolchain.generate.embedded import Params
from toolchain.generate.embedded import generate as sculpt
from toolchain.generate.remote.facing import FRONTS, PX, front_of, outline
from toolchain.generate.remote.pictures import picture
from toolchain.stage import quiet

VIEWS = armed("front", "left", "top").views


@pytest.fixture(scope="module")
def thing() -> Mesh:
    return sculpt(armed("front", "left", "top"), Params(resolution=64), quiet).mesh


def turned(mesh: Mesh, quarter: int) -> Mesh:
    """`mesh`, which faces +Z, made to face FRONTS[quarter]."""
    c, s = [(1, 0), (0, 1), (-1, 0), (0, -1)][quarter]
    turn = np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]], np.float32)
    return Mesh((mesh.positions @ turn.T).astype(np.float32), mesh.faces)


@pytest.mark.parametrize("quarter", range(4))
@pytest.mark.parametrize("known", ["+Z", "+X"])
@pytest.mark.parametrize("names", [("front",), ("front", "left")])
def test_the_outlines_tell(thing: Mesh, quarter: int, known: str, names: tuple[str, ...]) -> None:
    shown = tuple(picture(v) for v in VIEWS if v.name in names)
    front, fit = front_of(turned(thing, quarter), shown, known)
    assert front == FRONTS[quarter]
    assert fit[front] > 0.93
    assert max(v for k, v in fit.items() if k != front) < 0.9


def test_a_box_stays_as_the_service_is_known() -> None:
    corners = np.array([[x, y, z] for x in (0, 1) for y in (0, 2) for z in (0, 1)], np.float32)
    quads = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
    faces = np.array([t for a, b, c, d in quads for t in ((a, b, c), (a, c, d))], np.int32)
    shown = tuple(picture(v) for v in VIEWS if v.name == "front")
    for known in FRONTS:
        assert front_of(Mesh(corners, faces), shown, known)[0] == known


def test_a_view_from_above_tells_nothing(thing: Mesh) -> None:
    shown = tuple(picture(v) for v in VIEWS if v.name == "top")
    assert front_of(turned(thing, 1), shown, "+Z") == ("+Z", {})


def test_an_empty_picture_has_no_outline() -> None:
    assert not outline(np.zeros((9, 9), bool)).any()
    assert outline(np.ones((30, 10), bool)).sum() == PX * 32


@pytest.mark.shared
@pytest.mark.parametrize("prop", ["q_radio", "kk_burger", "boombox"])
def test_real_props(shared: Path, prop: str) -> None:
    from PIL import Image

    from toolchain.asset import View
    from toolchain.intake.models import read_model

    folder = shared / "eval" / prop
    mesh = read_model((folder / "gt.glb").read_bytes(), ".glb", "gt.glb").painted.mesh
    views = [
        View(n, np.asarray(Image.open(folder / f"{n}.png").convert("RGBA")), "given", n) for n in ("front", "left")
    ]
    front, fit = front_of(mesh, tuple(picture(v) for v in views), "+X")
    assert front == "+Z" or fit["+Z"] > fit["+X"]
