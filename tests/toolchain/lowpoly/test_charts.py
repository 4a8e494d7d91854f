"""Charts that are no good are seen, whatever made them; box projection never makes one."""

from __future__ import annotations

import numpy as np

from tests.toolchain.lowpoly.solids import sphere
from toolchain.lowpoly import charts
from toolchain.lowpoly.uvcheck import overlapping, signed
from toolchain.lowpoly.uvmeasure import stretch


def test_bad_charts_are_seen() -> None:
    """A chart that folds over itself, one with a NaN, and one that is mirrored (which is mended)."""
    points = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [1, 1, 0.0]])
    faces = np.array([[0, 1, 2], [1, 3, 2]])
    folded = np.array([[0, 0], [1, 0], [0, 1], [0.2, 0.2]])
    assert charts.finish(points, faces, faces.copy(), folded)[1].all()
    broken = np.array([[0, 0], [1, 0], [0, 1], [np.nan, 1]])
    assert charts.finish(points, faces, faces.copy(), broken)[1].all()
    made, bad = charts.finish(points, faces, faces.copy(), points[:, :2] * (-3, 3))
    assert not bad.any()
    assert np.allclose(signed(made.uv, made.wedges), 0.5)
    assert set(stretch(points, faces, made.uv, made.wedges).values()) == {1.0}


def test_a_smeared_triangle_is_seen() -> None:
    """Two triangles of one size, one of them a sliver in its chart."""
    points = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [1, 1, 0.0]])
    faces = np.array([[0, 1, 2], [1, 3, 2]])
    smeared = points[:, :2].copy()
    smeared[3] = (0.505, 0.505)
    assert charts.finish(points, faces, faces.copy(), smeared)[1].all()


def test_overlap_inside_a_chart_is_found() -> None:
    uv = np.array([[0, 0], [1, 0], [1, 1], [0, 1.0]])
    wedges = np.array([[0, 1, 2], [0, 1, 3]])
    assert overlapping(uv, wedges, np.zeros(2, np.int64)).all()
    assert not overlapping(uv, np.array([[0, 1, 2], [0, 2, 3]]), np.zeros(2, np.int64)).any()


def test_only_the_charts_that_are_bad_are_cut_anew() -> None:
    mesh = sphere(0.5, (0, 0, 0), 20)
    faces = mesh.faces.astype(np.int64)
    made = charts.by_box(mesh.positions, faces)
    bad = made.chart == made.chart[0]
    again = charts.recut(mesh.positions, faces, made, bad)
    assert np.array_equal(again.uv[again.wedges][~bad], made.uv[made.wedges][~bad])
    assert not overlapping(again.uv, again.wedges, again.chart).any()
    assert (signed(again.uv, again.wedges) > 0).all()
