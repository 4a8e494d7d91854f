"""The budget is a bound, a closed surface stays closed, and the shape stays."""

from __future__ import annotations

import numpy as np
import pytest

from engine_profiles.load import load
from tests.toolchain.lowpoly.solids import blob, halves, one_slot, sculpt, sphere, together
from toolchain.asset import Mesh, Slot, Slots
from toolchain.lowpoly import reduce
from toolchain.lowpoly.simplify import simplify
from toolchain.lowpoly.topology import areas, topology, volumes
from toolchain.recipe import Recipe
from toolchain.stage import StageError, quiet


@pytest.mark.parametrize("budget", [4000, 900, 200, 40])
def test_budget_closed_and_near(budget: int) -> None:
    mesh = blob()
    made = reduce.run(reduce.Params(budget), quiet, repair=sculpt(mesh), slots=one_slot(mesh))
    assert len(made.value.faces) <= budget
    assert topology(made.value.faces).closed
    assert made.measures["triangles"] == len(made.value.faces)
    if budget >= 200:
        assert len(made.value.faces) > budget - 3
        assert made.measures["error_mean_percent"] < 250 / budget
        kept = volumes(made.value.positions, made.value.faces)[0] / volumes(mesh.positions, mesh.faces)[0]
        assert abs(kept - 1) < 0.1


def test_below_budget_passes_through() -> None:
    mesh = sphere(0.5, (0, 0, 0))
    made = reduce.run(reduce.Params(100_000), quiet, repair=sculpt(mesh), slots=one_slot(mesh))
    assert made.measures["rung"] == "passed"
    assert np.array_equal(made.value.positions, mesh.positions)
    assert made.measures["error_m"] < 1e-6


def test_the_border_of_two_slots_stays_where_it_was() -> None:
    mesh = blob()
    slots = halves(mesh)
    made = reduce.run(reduce.Params(1500), quiet, repair=sculpt(mesh), slots=slots).value
    assert made.slots is not None and set(np.unique(made.slots)) == {0, 1}
    middle = made.positions[made.faces].mean(axis=1)[:, 1]
    line = 0.5 * mesh.positions[:, 1].max()
    wrong = (made.slots == 1) != (middle > line)
    assert areas(made.positions, made.faces)[wrong].sum() < 0.01 * areas(made.positions, made.faces).sum()


def test_many_parts_under_a_small_budget_are_pruned_with_a_word() -> None:
    mesh = together(blob(40), *(sphere(0.02 + 0.001 * i, (i, 2, 0), 6) for i in range(60)))
    made = reduce.run(reduce.Params(150), quiet, repair=sculpt(mesh), slots=one_slot(mesh))
    assert len(made.value.faces) <= 150
    assert made.measures["pruned"] > 0
    assert [f.code for f in made.findings] == ["reduce.pruned"]
    assert topology(made.value.faces).closed


def test_too_many_tunnels_are_closed_rather_than_the_budget_missed() -> None:
    """A plate with 10 x 10 holes cannot go under some 800 triangles without losing holes."""
    n, holes = 10, []
    for i in range(3 * n + 1):
        for j in range(3 * n + 1):
            if not (i % 3 == 1 and j % 3 == 1):
                holes.append((i, j))
    mesh = _pixels(holes)
    assert topology(mesh.faces).closed
    made = reduce.run(reduce.Params(100), quiet, repair=sculpt(mesh), slots=one_slot(mesh))
    assert len(made.value.faces) <= 100
    assert made.measures["rung"] == "filled"
    assert [f.code for f in made.findings] == ["reduce.filled"]


def _pixels(cells: list[tuple[int, int]]) -> Mesh:
    """Unit columns over `cells`, fused."""
    import manifold3d

    solid = manifold3d.Manifold.batch_boolean(
        [manifold3d.Manifold.cube((1, 1, 1)).translate((i, 0, j)) for i, j in cells], manifold3d.OpType.Add
    )
    out = solid.to_mesh()
    return Mesh(np.asarray(out.vert_properties[:, :3], np.float32), np.asarray(out.tri_verts, np.int32))


def test_flat_shapes_keep_their_corners() -> None:
    """A cube of many triangles is a cube of 12: nothing may be lost."""
    mesh = _pixels([(i, j) for i in range(3) for j in range(3)])
    fine = mesh
    made = simplify(fine.positions, fine.faces, 12)
    assert len(made.faces) == 12
    assert np.allclose(np.ptp(made.positions, axis=0), (3, 1, 3), atol=1e-4)


def test_reduction_is_the_same_each_time() -> None:
    mesh = blob(40)
    a, b = (simplify(mesh.positions, mesh.faces, 700) for _ in range(2))
    assert np.array_equal(a.positions, b.positions) and np.array_equal(a.faces, b.faces)


def test_slots_of_another_mesh_are_refused() -> None:
    mesh = blob(30)
    with pytest.raises(StageError, match="do not belong"):
        reduce.run(
            reduce.Params(100), quiet, repair=sculpt(mesh), slots=Slots((Slot("a", "single"),), np.zeros(3, np.int32))
        )


def test_params_are_the_tiers() -> None:
    profile = load("unreal")
    assert reduce.params(Recipe("a", "a", tier="hero"), profile).triangles == profile.tier("hero").triangles
