"""Tunnels that a budget cannot show are filled, thin parts stay, and the texture is laid on again."""

from __future__ import annotations

import numpy as np
import pytest

from tests.toolchain.lowpoly.solids import halves, lattice, one_slot, sculpt
from toolchain.lowpoly import lods, reduce, unwrap
from toolchain.lowpoly.closest import build, closest
from toolchain.lowpoly.fill import fill
from toolchain.lowpoly.project import project
from toolchain.lowpoly.topology import topology, volumes, weld_exact
from toolchain.lowpoly.tunnels import Solid
from toolchain.stage import StageError, quiet


def test_filling_closes_small_tunnels_and_keeps_thin_legs() -> None:
    mesh = lattice()
    assert topology(mesh.faces).genus == 36
    solid = Solid(mesh.positions, mesh.faces)
    points, skin = solid.filled(8.0)
    shape = topology(skin)
    assert shape.closed and shape.genus == 0 and shape.components == 1
    assert np.abs(points.min(axis=0) - mesh.positions.min(axis=0)).max() < 2 * solid.cell
    assert np.abs(points.max(axis=0) - mesh.positions.max(axis=0)).max() < 2 * solid.cell
    back = closest(build(points, skin), mesh.positions).distance
    outside = mesh.positions[:, 1] < 0.7 * mesh.positions[:, 1].max()  # the legs
    assert back[outside].max() < 1.5 * solid.cell
    assert 1.1 < volumes(points, skin)[0] / volumes(mesh.positions, mesh.faces)[0] < 2.0  # the holes are now solid


def test_a_small_radius_fills_nothing() -> None:
    mesh = lattice(3)
    points, skin = Solid(mesh.positions, mesh.faces).filled(1.2)
    assert topology(skin).genus == 9
    assert abs(volumes(points, skin)[0] / volumes(mesh.positions, mesh.faces)[0] - 1) < 0.1


def test_the_least_filling_is_taken() -> None:
    solid = Solid(lattice().positions, lattice().faces)
    many, few = fill(solid, 4000), fill(solid, 150)
    assert many and few and many.genus > 20 and few.genus < 5
    assert len(few.made.faces) <= 150 and many.radius < few.radius


def test_reduce_fills_or_fails_as_it_is_asked() -> None:
    mesh = lattice()
    given = {"repair": sculpt(mesh), "slots": one_slot(mesh)}
    made = reduce.run(reduce.Params(300), quiet, **given)
    assert len(made.value.faces) <= 300 and topology(made.value.faces).closed
    assert made.measures["rung"] == "filled" and made.measures["genus"] < made.measures["genus_before"] == 36
    assert [(f.code, f.severity) for f in made.findings] == [("reduce.filled", "warning")]
    with pytest.raises(StageError, match="cannot be reduced to 300"):
        reduce.run(reduce.Params(300, tunnels="keep"), quiet, **given)
    roomy = reduce.run(reduce.Params(3000, tunnels="keep"), quiet, **given)
    assert roomy.measures["genus"] == 36


def test_no_level_is_out_of_reach_for_its_tunnels() -> None:
    """Genus 36 cannot be held under some 390 triangles: LOD2 would have been an error."""
    mesh = lattice()
    low = reduce.run(reduce.Params(3000), quiet, repair=sculpt(mesh), slots=halves(mesh)).value
    base = unwrap.run(unwrap.Params(texture_px=512), quiet, reduce=low).value
    made = lods.run(lods.Params((0.5, 0.05)), quiet, unwrap=base, repair=sculpt(mesh))
    assert not [f for f in made.findings if f.severity == "error"]
    assert "lod.filled" in {f.code for f in made.findings}
    for level, most in zip(made.value.levels, (3000, 1500, 150), strict=True):
        assert 0 < len(level.mesh.faces) <= most
        assert topology(weld_exact(level.mesh.positions)[1][level.mesh.faces]).closed
        assert set(np.unique(level.mesh.slot_of_faces())) == {0, 1}
    last = made.measures["levels"][2]
    assert last["rung"] == "filled" and last["genus"] + last["filled"] == 36
    assert last["outside_charts_percent"] < 20 and 0 < last["drift_mean_percent"] < 10


def test_projection_of_lod0_on_itself_is_lod0() -> None:
    points = np.array([[0, 0, 0], [1, 0, 0], [1, 0, 1], [0, 0, 1]], np.float64)
    faces = np.array([[0, 2, 1], [0, 3, 2]])
    wedges, uv = np.array([[0, 1, 2], [3, 4, 5]]), np.random.default_rng(0).random((6, 2))
    laid, where, owner = project(points, faces, points, faces, wedges, uv)
    assert np.array_equal(owner, [0, 1])
    assert np.allclose(where[laid], uv[wedges])
