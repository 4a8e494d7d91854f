"""What a reduction must not do: tear thin parts, push walls through each other, crush loose parts, change the genus."""

from __future__ import annotations

import numpy as np
import pytest

from tests.toolchain.lowpoly.solids import antennae, bowl, halves, sphere, together
from toolchain.lowpoly import coarsen, simplify
from toolchain.lowpoly.crossing import cross
from toolchain.lowpoly.distance import two_sided
from toolchain.lowpoly.thickness import room
from toolchain.lowpoly.topology import edges, topology, volumes


def pokes(points: np.ndarray, faces: np.ndarray) -> int:
    """Pairs of triangles that share no vertex and cross."""
    corners = points[faces]
    low, high = corners.min(axis=1), corners.max(axis=1)
    count = 0
    for i in range(len(faces)):
        near = np.flatnonzero((low <= high[i]).all(axis=1) & (high >= low[i]).all(axis=1))
        for j in near[near > i]:
            count += not np.isin(faces[i], faces[j]).any() and cross(*corners[i], *corners[j])
    return count


@pytest.mark.parametrize("budget", [4000, 1000, 300])
def test_antennae_stay_and_so_does_the_genus(budget: int) -> None:
    mesh = antennae(100_000)
    made = simplify.simplify(mesh.positions, mesh.faces, budget)
    shape = topology(made.faces)
    assert budget - 2 <= len(made.faces) <= budget and made.rung == "guarded"
    assert shape.closed and shape.genus == topology(mesh.faces).genus == 2
    apart = two_sided(made.positions, made.faces, mesh.positions, mesh.faces)
    # an antenna is 1 % of the diagonal thick and 25 % long: a torn one would be off by its length
    assert apart.greatest < 0.03 * mesh.diagonal
    assert apart.mean < 1.0 / budget * mesh.diagonal


def test_the_quick_part_keeps_what_the_careful_part_needs() -> None:
    """Rounds alone, to a thirtieth: closed, the genus kept, no triangle turned over, slot borders untouched."""
    mesh = antennae(100_000)
    slots = halves(mesh).faces
    pos, tri = mesh.positions.astype(np.float64), mesh.faces.astype(np.int64)
    wedge = 2 * tri + slots[:, None]
    partner = edges(tri).partners()
    quadric = simplify.quadrics(pos, tri, wedge, partner)
    low, _, source = coarsen.coarsen(
        2000, pos, tri.copy(), wedge.copy(), partner, quadric, np.full(len(pos), np.inf), 0
    )
    shape = topology(low)
    assert len(low) <= 6000 and shape.closed and shape.genus == 2
    crossed = two_sided(pos, low, mesh.positions, mesh.faces).crossed
    assert crossed < 0.01
    border = np.intersect1d(tri[slots == 0], tri[slots == 1])
    assert np.isin(border, low).all() and np.array_equal(pos[border], mesh.positions[border])
    assert np.array_equal(np.intersect1d(low[slots[source] == 0], low[slots[source] == 1]), border)


def test_walls_do_not_come_through_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    mesh = bowl()
    made = simplify.simplify(mesh.positions, mesh.faces, 150)
    assert made.rung == "guarded" and len(made.faces) <= 150
    assert pokes(made.positions, made.faces) == 0
    real = simplify.make_grid

    def blind(*args: object) -> object:
        grid = real(*args)  # type: ignore[arg-type]
        grid[4][4] = 0.0  # nothing is thin
        return grid

    monkeypatch.setattr(simplify, "make_grid", blind)
    made = simplify.simplify(mesh.positions, mesh.faces, 150)
    assert pokes(made.positions, made.faces) > 20


def test_room_is_the_thickness_of_the_wall() -> None:
    mesh = bowl()
    deep = mesh.positions[:, 1] < 0.5
    found = room(mesh.positions, mesh.faces)
    assert abs(np.median(found[deep]) - 0.05) < 0.01
    ball = sphere(1.0, (0, 0, 0), 24)
    assert np.median(room(ball.positions, ball.faces)) > 1.8


def test_a_crushed_part_is_left_out_whole() -> None:
    """Beads too small for the budget: each is there with its volume, or not at all."""
    mesh = together(
        antennae(20_000), *(sphere(0.004 + 0.0004 * i, (0.3 * (i % 8), 2.5, 0.3 * (i // 8)), 8) for i in range(40))
    )
    made = simplify.simplify(mesh.positions, mesh.faces, 400)
    assert len(made.faces) <= 400 and topology(made.faces).closed
    part = simplify.over_edges(edges(mesh.faces), len(mesh.faces))
    before = volumes(mesh.positions, mesh.faces, part)
    after = np.bincount(part[made.source], minlength=len(before)) * 0.0
    held = volumes(made.positions, made.faces, part[made.source])
    after[: len(held)] = held
    there = np.bincount(part[made.source], minlength=len(before)) > 0
    assert made.pruned == (~there).sum() > 0
    assert there[0] and (after[there] > 0.3 * before[there]).all()


def test_the_same_each_time_on_the_quick_way() -> None:
    mesh = antennae(100_000)
    a, b = (simplify.simplify(mesh.positions, mesh.faces, 900) for _ in range(2))
    assert np.array_equal(a.positions, b.positions) and np.array_equal(a.faces, b.faces)
    assert np.array_equal(a.source, b.source)
