"""Openings stay, edges stay sharp, what is hidden goes, what is painted follows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.toolchain.hostile import CUBE, CUBE_FACES, arrays, bucket, helmet, moved, sheet, together, uv_sphere
from tests.toolchain.lowpoly.solids import sculpt
from toolchain.asset import Mesh, Paint, Painted
from toolchain.lowpoly.closest import build, closest
from toolchain.lowpoly.topology import volumes
from toolchain.repair import stage
from toolchain.repair.halfedges import book
from toolchain.repair.loops import fill
from toolchain.repair.sight import Scene
from toolchain.stage import Made, quiet


def repair(points: np.ndarray, faces: np.ndarray, **asked: Any) -> Made:
    return stage.run(stage.Params(**asked), quiet, generate=sculpt(Mesh(points, faces)))


@pytest.mark.parametrize(("shape", "up"), [(bucket(), 1.0), (helmet(), -1.0)], ids=["bucket", "helmet"])
def test_an_opening_gets_a_rim_and_never_a_lid(shape: tuple[np.ndarray, np.ndarray], up: float) -> None:
    points, faces = shape
    used = points[np.unique(faces)]
    made = repair(points, faces)
    mesh = made.value.mesh
    assert made.measures["rung"] == "mended"
    low, high = used.min(axis=0), used.max(axis=0)
    shift = np.array([(low[0] + high[0]) / 2, low[1], (low[2] + high[2]) / 2])
    inside = np.array([[0.01, 0.6 * high[1] + 0.4 * low[1], 0.01]]) - shift
    scene = Scene(mesh.positions.astype(np.float64), mesh.faces)
    assert np.isinf(scene.distance(inside, np.array([[0.0, up, 0.0]]))).all()
    assert np.isfinite(scene.distance(inside, np.array([[0.0, -up, 0.0]]))).all()
    # The outside is where it was given, vertex by vertex.
    kept = {tuple(p) for p in np.round(mesh.positions, 4).tolist()}
    given = np.round((used - shift).astype(np.float32), 4).tolist()
    assert np.mean([tuple(p) in kept for p in given]) > 0.99


def test_a_sheet_is_as_thick_as_asked() -> None:
    made = repair(*sheet(5, 5), thickness=0.02)
    assert volumes(made.value.mesh.positions, made.value.mesh.faces)[0] == pytest.approx(0.02 * 2**0.5, rel=1e-3)


def test_a_box_keeps_its_corners() -> None:
    """Without a wall or two it is a sheet: every given vertex stays, none is rounded."""
    mesh = repair(*arrays(CUBE, CUBE_FACES[:8])).value.mesh
    distance = closest(build(mesh.positions, mesh.faces), CUBE - (0.5, 0.0, 0.5)).distance
    assert distance.max() < 1e-6


def test_a_missing_wall_against_another_part_gets_its_lid() -> None:
    """A box without a bottom stands on a slab: nobody sees into it, so it is solid, not hollow."""
    slab = arrays(CUBE * (4, 0.5, 4) - (2, 0.5, 2), CUBE_FACES)
    bottom = (CUBE[CUBE_FACES][:, :, 1] == 0).all(axis=1)
    made = repair(*together(slab, arrays(CUBE - (0.5, 0.0, 0.5), CUBE_FACES[~bottom])))
    assert made.measures["changed"]["lids"] == 1
    mesh = made.value.mesh
    assert volumes(mesh.positions, mesh.faces)[0] == pytest.approx(8 + 1, rel=1e-3)


def test_two_boxes_become_one_exactly() -> None:
    made = repair(*together(arrays(CUBE, CUBE_FACES), arrays(CUBE + 0.5, CUBE_FACES)))
    assert made.measures["rung"] == "united"
    assert made.measures["before"]["hidden_percent"] > 10
    assert made.measures["after"]["hidden_percent"] == 0
    mesh = made.value.mesh
    assert volumes(mesh.positions, mesh.faces)[0] == pytest.approx(2 - 0.125, rel=1e-5)


def test_an_inner_shell_behind_a_pinhole_is_cut_out() -> None:
    """One closed manifold: a ball, and in it a hollow that a narrow bore joins to the outside."""
    outer, inner = uv_sphere(60, 96), moved(uv_sphere(60, 96), scale=0.8)
    both = together(outer, (inner[0], inner[1][:, ::-1]))
    n = len(outer[0])
    poles = (both[1] == n - 2).any(axis=1) | (both[1] == 2 * n - 2).any(axis=1)
    j, k = np.arange(96), np.roll(np.arange(96), -1)
    bore = np.concatenate((np.stack((j, k, j + n), 1), np.stack((k, k + n, j + n), 1)))
    made = repair(both[0], np.concatenate((both[1][~poles], bore[:, ::-1])))
    assert made.measures["changed"]["emptied"] == 1
    assert made.measures["before"]["hidden_percent"] > 30
    assert made.measures["after"]["hidden_percent"] < 2
    mesh = made.value.mesh
    assert volumes(mesh.positions, mesh.faces)[0] == pytest.approx(4.18, rel=0.02)


@pytest.mark.parametrize(("angle", "ragged", "filled"), [(0.1, False, True), (0.35, False, False), (0.35, True, True)])
def test_small_and_ragged_holes_are_filled_and_wide_flat_ones_are_not(angle: float, ragged: bool, filled: bool) -> None:
    points, faces = uv_sphere(60, 120)
    middle = points[faces].mean(axis=1)
    polar = np.arccos(np.clip(middle[:, 1], -1, 1))
    turn = np.arctan2(middle[:, 0], middle[:, 2])
    gone = polar < angle * (1 + 0.4 * ragged * np.sin(5 * turn))
    pages = book(faces[~gone], len(points))
    diagonal = 12**0.5
    closed, count = fill(points.astype(np.float64), faces[~gone], pages, 0.1 * diagonal, 0.4 * diagonal)
    assert count == int(filled)
    assert (book(closed, len(points)).uses == 2).all() == filled


def test_the_painted_surface_goes_where_the_mesh_goes() -> None:
    points, faces = moved(uv_sphere(12, 24), (3.0, 4.0, 5.0))
    normals = np.tile(np.float32([0, 0, 1]), (len(points), 1))
    uv = np.zeros((len(points), 2), np.float32)
    given = sculpt(Mesh(points, faces))
    object.__setattr__(given, "painted", Painted(Mesh(points, faces, normals, uv), (Paint("skin"),)))
    made = stage.run(stage.Params(size_m=0.5), quiet, generate=given).value
    assert np.abs(made.painted.mesh.positions - made.mesh.positions).max() < 1e-6
    assert made.painted.mesh.normals is normals and made.painted.mesh.uv is uv
    assert made.painted.paints is given.painted.paints
