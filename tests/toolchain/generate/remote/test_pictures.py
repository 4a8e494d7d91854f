from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from tests.toolchain.generate.remote.things import pictures, view
from toolchain.asset import Reference
from toolchain.generate.remote.files import best, check_model
from toolchain.generate.remote.pictures import around, fitted, one, picture
from toolchain.generate.remote.states import Link, given, links, links_within
from toolchain.stage import StageError


def test_the_front_speaks_for_the_thing() -> None:
    assert one(pictures("back", "single", "left"))[0].view == "single"
    assert one(pictures("back", "front"))[0].view == "front"
    assert one(pictures("bottom"))[0].view == "bottom"
    with pytest.raises(StageError, match="no picture"):
        one(Reference(()))


def test_several_views_need_their_first() -> None:
    assert [p.view for p in around(pictures("right", "top", "back", "front"))] == ["front", "back", "right"]
    assert [p.view for p in around(pictures("right", "back"))] == ["right"]
    assert [p.view for p in around(pictures("front", "top"))] == ["front"]


@pytest.mark.parametrize(
    ("size", "out"),
    [((40, 30), (256, 256)), ((4000, 1000), (2048, 512)), ((300, 100), (300, 256)), ((300, 400), (300, 400))],
)
def test_pictures_fit_what_services_take(size: tuple[int, int], out: tuple[int, int]) -> None:
    made = fitted(view("front", size=size).rgba, 2048, 256)
    assert made.shape == (*out, 4)


def test_the_ground_does_not_bleed_into_the_subject() -> None:
    rgba = np.zeros((3000, 3000, 4), np.uint8)
    rgba[..., :3] = (255, 0, 255)
    rgba[777:2111, 777:2111] = (10, 200, 10, 255)
    small = fitted(rgba, 1000, 256)
    assert (small[small[..., 3] > 16][:, 0] < 32).all()


def test_a_picture_is_itself_however_it_is_packed() -> None:
    first = picture(view("front"))
    assert picture(view("front")) == first or picture(view("front")).sha256 == first.sha256
    assert picture(view("front", shade=121)).sha256 != first.sha256
    assert np.asarray(Image.open(io.BytesIO(first.png))).shape == (256, 256, 4)


def test_links_are_found_wherever_they_stand() -> None:
    payload = {
        "video": {"url": "https://x/v.mp4"},
        "model_glb": {"url": "https://x/abc?sig=1", "file_name": "mesh.GLB"},
        "more": ["https://x/a.obj", "no address", {"deep": "https://x/b.glb?x=.png"}],
    }
    assert [link.suffix for link in links_within(payload)] == [".glb", ".obj", ".glb"]
    assert links({"glb": "https://x/1", "usdz": "https://x/2", "fbx": "", "obj": None}) == (
        Link("https://x/1", ".glb"),
    )
    assert best(links_within(payload), "T").url == "https://x/abc?sig=1"
    with pytest.raises(StageError, match="no model file"):
        best((), "T")


@pytest.mark.parametrize(
    ("data", "suffix"),
    [(b"", ".glb"), (b"glTF\2\0\0\0\xff\0\0\0", ".glb"), (b"glTF", ".glb"), (b"<html>", ".obj"), (b"", ".obj"),
     (b"v 0 0 0\n\0", ".obj"), (b"PLY", ".ply"), (b"Kaydara", ".fbx"), (b"glTF", ".exe")],
)  # fmt: skip
def test_what_is_no_model_is_not_taken(data: bytes, suffix: str) -> None:
    with pytest.raises(StageError):
        check_model(data, suffix, "T")


def test_models_are_taken() -> None:
    for data, suffix in ((b"glTF\2\0\0\0\x0c\0\0\0", ".glb"), (b"ply\n", ".ply"), (b"# hi\nv 0 0 0", ".obj")):
        check_model(data, suffix, "T")
    check_model(b"Kaydara FBX Binary  \0\x1a\0", ".fbx", "T")


def test_what_is_not_set_is_not_said() -> None:
    class Params:
        a, b = 0, 5

    assert given(Params(), a=0, b=0) == {"b": 5}
