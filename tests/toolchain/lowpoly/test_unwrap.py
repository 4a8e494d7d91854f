"""UVs fill one square a slot without overlap, mirror or NaN; the fall-back does too."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.toolchain.lowpoly.solids import blob, halves, one_slot, sculpt, sphere
from toolchain.asset import Mesh
from toolchain.lowpoly import charts, reduce, unwrap
from toolchain.lowpoly.normals import corner_groups
from toolchain.lowpoly.pack import pack
from toolchain.lowpoly.uvcheck import coverage, overlapping, signed, stretch
from toolchain.stage import quiet
from validators import child


def low(budget: int = 1200, two: bool = False) -> Mesh:
    mesh = blob()
    slots = halves(mesh) if two else one_slot(mesh)
    return reduce.run(reduce.Params(budget), quiet, repair=sculpt(mesh), slots=slots).value


def check(mesh: Mesh, source: Mesh) -> None:
    assert mesh.uv is not None and mesh.normals is not None and mesh.tangents is not None
    for values in (mesh.uv, mesh.normals, mesh.tangents, mesh.positions):
        assert np.isfinite(values).all()
    assert mesh.uv.min() >= 0 and mesh.uv.max() <= 1
    assert np.allclose(np.linalg.norm(mesh.normals, axis=1), 1, atol=1e-4)
    assert np.array_equal(mesh.positions[mesh.faces], source.positions[source.faces])
    assert np.array_equal(mesh.slot_of_faces(), source.slot_of_faces())
    for slot in np.unique(mesh.slot_of_faces()):
        faces = mesh.faces[mesh.slot_of_faces() == slot]
        assert (signed(mesh.uv.astype(float), faces) > -1e-12).all()
        assert not coverage(mesh.uv.astype(float), faces, 512)[1].any()


def test_two_slots_have_a_square_each() -> None:
    source = low(two=True)
    made = unwrap.run(unwrap.Params(texture_px=512), quiet, reduce=source)
    check(made.value, source)
    assert not made.findings
    assert [s["rung"] for s in made.measures["slots"]] == ["xatlas", "xatlas"]
    for slot in made.measures["slots"]:
        assert slot["utilisation"] > 0.35
        assert slot["stretch"]["l2"] < 1.2
        assert slot["texels_per_m"] > 100


def test_box_projection_answers_when_xatlas_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    def dead(*_args: Any, **_kwargs: Any) -> None:
        raise child.ChildError("crash", "it crashed")

    monkeypatch.setattr(child, "call", dead)
    source = low()
    made = unwrap.run(unwrap.Params(texture_px=512), quiet, reduce=source)
    check(made.value, source)
    assert made.measures["slots"][0]["rung"] == "box"
    assert made.measures["mirrored"] == 0


def test_padding_is_kept_between_charts() -> None:
    source = low()
    found = charts.by_box(source.positions, source.faces)
    uv, _ = pack(found, 512, 8.0)
    owner, _ = coverage(uv, found.wedges, 512)
    chart = np.where(owner >= 0, found.chart[owner], -1)
    for step in range(1, 7):  # 8 px apart less the raster's half texels
        for axis in (0, 1):
            a, b = (np.moveaxis(chart, axis, 0)[k] for k in (slice(None, -step), slice(step, None)))
            assert not ((a >= 0) & (b >= 0) & (a != b)).any()


def test_packing_fills_squares_well() -> None:
    """Sixteen equal squares fill most of the square, each as large as it may be."""
    faces = np.arange(64).reshape(16, 4)
    wedges = np.concatenate((faces[:, [0, 1, 2]], faces[:, [0, 2, 3]]))
    uv = np.tile(np.array([[0, 0], [1, 0], [1, 1], [0, 1.0]]), (16, 1))
    placed, scale = pack(charts.Charts(wedges, uv, np.tile(np.arange(16), 2)), 256, 2.0)
    assert abs(signed(placed, wedges)).sum() > 0.8
    assert np.isclose(np.abs(signed(placed, wedges)).sum(), 16 * scale**2)
    assert not coverage(placed, wedges, 256)[1].any()


def test_charts_that_cannot_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="do not fit"):
        count = 400
        wedges = np.arange(3 * count).reshape(-1, 3)
        pack(charts.Charts(wedges, np.tile([[0, 0], [1, 0], [0, 1.0]], (count, 1)), np.arange(count)), 16, 8.0)


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
    assert stretch(points, faces, made.uv, made.wedges) == {"l2": 1.0, "p99": 1.0}


def test_overlap_inside_a_chart_is_found() -> None:
    uv = np.array([[0, 0], [1, 0], [1, 1], [0, 1.0]])
    wedges = np.array([[0, 1, 2], [0, 1, 3]])
    assert overlapping(uv, wedges, np.zeros(2, np.int64)).all()
    assert not overlapping(uv, np.array([[0, 1, 2], [0, 2, 3]]), np.zeros(2, np.int64)).any()


def test_hard_edges_only_where_charts_part() -> None:
    cube = np.array([[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)], float)
    faces = np.array(
        [
            [0, 1, 3],
            [0, 3, 2],
            [4, 6, 7],
            [4, 7, 5],
            [0, 4, 5],
            [0, 5, 1],
            [2, 3, 7],
            [2, 7, 6],
            [0, 2, 6],
            [0, 6, 4],
            [1, 5, 7],
            [1, 7, 3],
        ]
    )
    own = np.arange(12)[:, None] // 2 * 10 + faces  # each side its own chart
    group, normal, hard = corner_groups(cube, faces, own, 60.0)
    assert hard == 12 and group.max() == 23
    assert np.allclose(np.abs(normal).max(axis=1), 1)
    group, smooth, hard = corner_groups(cube, faces, faces, 60.0)
    assert hard == 0 and len(smooth) == 8
    assert np.allclose(smooth[group], (cube[faces] * 2 - 1) / np.sqrt(3))


def test_a_ball_has_radial_normals() -> None:
    mesh = sphere(0.5, (0, 0, 0), 30)
    group, normal, _ = corner_groups(mesh.positions, mesh.faces, mesh.faces, 60.0)
    radial = mesh.positions[mesh.faces] / np.linalg.norm(mesh.positions[mesh.faces], axis=2, keepdims=True)
    assert np.einsum("fkd,fkd->fk", normal[group], radial).min() > 0.98
