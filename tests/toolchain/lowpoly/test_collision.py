"""Hulls are closed, convex, outward, few and small, and cover the asset."""

from __future__ import annotations

import numpy as np
import pytest

from tests.toolchain.lowpoly.solids import blob, sphere, together
from toolchain.asset import Mesh
from toolchain.lowpoly import collision
from toolchain.lowpoly.cuts import decompose
from toolchain.lowpoly.hull import Hull, convex, deepest
from toolchain.lowpoly.simplify import simplify
from toolchain.lowpoly.topology import topology, volumes
from toolchain.stage import StageError, quiet


def check(mesh: Mesh, limit: int) -> None:
    assert topology(mesh.faces).closed
    volume = float(volumes(mesh.positions, mesh.faces)[0])
    assert volume > 0
    assert deepest(Hull(mesh.positions.astype(float), mesh.faces, volume)) < 1e-4
    assert 4 <= len(mesh.faces) <= limit


def table() -> Mesh:
    """A top on four legs, in one piece: one hull would fill the space under it."""
    import manifold3d

    solid = manifold3d.Manifold.cube((1, 0.1, 1)).translate((0, 0.9, 0))
    for x in (0, 0.9):
        for z in (0, 0.9):
            solid += manifold3d.Manifold.cube((0.1, 0.9, 0.1)).translate((x, 0, z))
    out = solid.to_mesh()
    return Mesh(np.asarray(out.vert_properties[:, :3], np.float32), np.asarray(out.tri_verts, np.int32))


def test_none_where_the_engine_wants_none() -> None:
    assert collision.run(collision.Params(), quiet, reduce=blob(30)).value.hulls == ()


def test_one_hull_for_a_ball() -> None:
    made = collision.run(collision.Params("ucx", 4, 60), quiet, reduce=sphere(0.5, (0, 0, 0), 24))
    assert made.measures["rung"] == "hull"
    check(made.value.hulls[0], 60)
    assert made.measures["uncovered"] < 0.6 and made.measures["pokes_out_percent"] < 2


def test_a_table_becomes_a_top_and_legs() -> None:
    made = collision.run(collision.Params("ucx", 5, 255), quiet, reduce=table())
    assert made.measures["rung"] == "decomposed"
    assert made.measures["overshoot_of_one"] > 6
    assert made.measures["overshoot"] < 2.2
    assert made.measures["overlap"] < 0.01
    assert made.measures["uncovered"] == 0
    for hull in made.value.hulls:
        check(hull, 255)


def test_the_number_of_hulls_is_a_bound() -> None:
    for most in (1, 2, 3):
        made = collision.run(collision.Params("ucx", most, 100), quiet, reduce=table())
        assert 1 <= len(made.value.hulls) <= most


def test_cuts_lose_no_volume() -> None:
    mesh = blob()
    small = simplify(mesh.positions, mesh.faces, 600)
    parts = decompose(small.positions, small.faces, 4)
    hulls = [convex(p, 255) for p in parts]
    assert sum(h.volume for h in hulls if h) >= volumes(small.positions, small.faces)[0] * 0.999
    assert all(np.array_equal(a, b) for a, b in zip(parts, decompose(small.positions, small.faces, 4), strict=True))


def test_decompose_refuses_an_open_mesh() -> None:
    mesh = blob(30)
    with pytest.raises(ValueError, match="not a solid"):
        decompose(mesh.positions, mesh.faces[:-50], 4)


def test_a_triangle_limit_takes_the_telling_vertices() -> None:
    rng = np.random.default_rng(0)
    points = rng.normal(size=(2000, 3))
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    hull = convex(points, 100)
    assert hull is not None and len(hull.faces) <= 100
    assert 0.95 < hull.volume / (4 / 3 * np.pi) < 1


def test_flat_things_have_no_hull() -> None:
    grid = np.array([[x, y, 0] for x in range(4) for y in range(4)], float)
    assert convex(grid, 255) is None
    with pytest.raises(StageError, match="flat"):
        collision.run(
            collision.Params("ucx", 1, 255),
            quiet,
            reduce=Mesh(grid.astype(np.float32), np.array([[0, 4, 1], [1, 4, 5]], np.int32)),
        )


def test_both_together() -> None:
    mesh = together(sphere(0.3, (0, 0, 0)), sphere(0.3, (3, 0, 0)))
    made = collision.run(collision.Params("ucx", 2, 255), quiet, reduce=mesh)
    assert len(made.value.hulls) == 2
    assert made.measures["overshoot"] < 1.05
