"""Cameras look where they say; pictures carry alpha; the page escapes what people write."""

from __future__ import annotations

import numpy as np
import pytest

from toolchain.asset import Mesh
from toolchain.report import render
from toolchain.report.page import Picture, Section, Table, page
from toolchain.report.pictures import clay_view, orbit
from toolchain.report.render import Camera


def marker() -> Mesh:
    """A cube of side 2 with a small cube on its left (+X) and a smaller one on top."""
    corners = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)], np.float32)
    quads = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
    faces = np.array([t for a, b, c, d in quads for t in ((a, b, c), (a, c, d))], np.int32)
    parts = [corners, corners * 0.2 + [1.2, 0, 0], corners * 0.1 + [0, 1.1, 0]]
    return Mesh(
        np.concatenate(parts).astype(np.float32), np.concatenate([faces + 8 * i for i in range(3)]).astype(np.int32)
    )


def alpha(yaw: float, size: int = 64) -> np.ndarray:
    return clay_view(marker(), Camera(yaw, 0, 0), size)[..., 3] > 127


def test_the_left_shows_on_the_right_of_a_front_view() -> None:
    """The pictures are centred on the whole, so the small cube is where the columns are short."""

    def heights(mask: np.ndarray) -> tuple[int, int]:
        columns = np.flatnonzero(mask.any(axis=0))
        return int(mask[:, columns[1]].sum()), int(mask[:, columns[-2]].sum())

    front, back, left = alpha(0), alpha(180), alpha(90)
    assert heights(front)[0] > 2 * heights(front)[1]
    assert 2 * heights(back)[0] < heights(back)[1]
    assert np.array_equal(left, left[:, ::-1])
    rows = np.flatnonzero(front.any(axis=1))
    assert front[rows[1]].sum() * 2 < front[rows[-2]].sum()  # the smallest is on top


def test_orthographic_scale_is_true() -> None:
    mask = alpha(0, 220)
    width = np.flatnonzero(mask.any(axis=0))
    assert np.ptp(width) + 1 == pytest.approx(220 * 2.4 / 2.4 / 1.1, abs=2)


def test_sample_reads_texels_where_uv_says() -> None:
    image = np.arange(16, dtype=float).reshape(4, 4)
    assert render.sample(image, np.array([[0.125, 0.875], [0.875, 0.125]]))[:, 0].tolist() == [0.0, 15.0]


def test_orbit_makes_two_rows_of_eight() -> None:
    assert orbit([np.zeros((10, 10, 4), np.uint8)] * 8).shape == (20, 40, 4)


def test_the_page_escapes_what_people_write() -> None:
    evil = '<script>alert("x")</script>'
    html = page(
        evil,
        evil,
        {"unity": "passed"},
        [Section(evil, evil, {evil: (1, 2, 3)}, (Picture('a"b.png', evil, evil),), Table((evil,), ((evil,), (evil,))))],
    ).decode()
    assert "<script" not in html
    assert 'src="report/a&quot;b.png"' in html
    assert "http" not in html
