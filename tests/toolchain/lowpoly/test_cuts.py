"""Flat cuts lose nothing and find the dents; joins keep within the number."""

from __future__ import annotations

import manifold3d as m3
import numpy as np
import pytest

from tests.toolchain.hostile import hostile
from tests.toolchain.lowpoly import props
from tests.toolchain.lowpoly.solids import blob
from toolchain.asset import Mesh
from toolchain.lowpoly.cuts import cut, dented, volume_below
from toolchain.lowpoly.joins import join
from toolchain.lowpoly.solids import hull_volume, solid
from toolchain.lowpoly.topology import cross, volumes


def made_solid(mesh: Mesh) -> m3.Manifold:
    return solid(mesh.positions, mesh.faces)


def test_parts_add_up_to_the_whole() -> None:
    for mesh in (blob(40), props.bucket(), props.table()):
        whole = made_solid(mesh)
        parts = cut(whole, 16)
        assert sum(p.volume for p in parts) == pytest.approx(whole.volume(), rel=1e-4)
        assert sum(p.hull for p in parts) < 0.8 * whole.hull().volume()


def test_volume_below_is_that_of_an_exact_cut() -> None:
    mesh = blob(40)
    whole = made_solid(mesh)
    points = mesh.positions.astype(float)
    for axis in range(3):
        places = np.linspace(points[:, axis].min(), points[:, axis].max(), 9)
        heights = np.ascontiguousarray(points[mesh.faces][:, :, axis])
        area = np.ascontiguousarray(cross(points, mesh.faces)[:, axis] / 2)
        normal = [0.0, 0.0, 0.0]
        normal[axis] = 1.0
        exact = [whole.split_by_plane(normal, float(p))[1].volume() for p in places]
        assert np.allclose(volume_below(heights, area, places), exact, atol=1e-5)


def test_dents_are_where_the_surface_turns_in() -> None:
    table = props.table()
    ends, weight = dented(table.positions.astype(float), table.faces.astype(np.int64))
    strong = ends[weight > 0.01]
    assert len(strong) >= 8  # the two inner sides of each leg, where it meets the top
    assert np.allclose(table.positions[strong.ravel()][:, 1], 0.9, atol=1e-5)
    ball = props.ball()
    assert not len(dented(ball.positions.astype(float), ball.faces.astype(np.int64))[0])


def test_a_table_is_cut_along_its_dents_until_no_air_is_left() -> None:
    whole = made_solid(props.table())
    parts = cut(whole, 16)
    assert sum(p.air for p in parts) < 0.002 * whole.volume()
    joined = join([p.points for p in parts], 5)
    assert sum(map(hull_volume, joined)) < 1.05 * whole.volume()


@pytest.mark.parametrize("place", [0.0, 1.0])
def test_a_cut_that_takes_nothing_off_ends_the_search(monkeypatch: pytest.MonkeyPatch, place: float) -> None:
    """Without its cure the same part is cut for ever, and the memory goes with it."""
    from toolchain.lowpoly import cuts

    tries: list[int] = []

    def idle(part: cuts.Part) -> list[tuple[int, float]]:
        tries.append(1)
        if len(tries) > 50:
            raise AssertionError("the search goes on for ever")
        return [(1, place)]

    monkeypatch.setattr(cuts, "best_planes", idle)
    assert len(cut(made_solid(props.table()), 16)) == 1


def test_thousands_of_specks_are_not_joined_one_by_one() -> None:
    points, faces = hostile()["specks_10k"]
    solid(points, faces)


def test_a_frame_is_cut_into_bars_not_slices() -> None:
    assert all(np.ptp(part.points[:, 2]) == pytest.approx(0.1) for part in cut(made_solid(props.frame()), 8))


@pytest.mark.parametrize("most", [1, 2, 5, 40])
def test_joins_keep_to_the_number_and_lose_no_point(most: int) -> None:
    parts = [p.points for p in cut(made_solid(props.many_balls()), 16)]
    joined = join(parts, most)
    assert 1 <= len(joined) <= most
    whole = {tuple(p) for p in np.concatenate(parts)}
    assert {tuple(p) for p in np.concatenate(joined)} == whole
    sizes = [hull_volume(p) for p in joined]
    assert sizes == sorted(sizes, reverse=True)


def test_joining_goes_on_where_it_costs_nothing() -> None:
    cube = made_solid(props.mesh(props.CUBE((1, 1, 1))))
    left, right = cube.split_by_plane([1.0, 0.0, 0.0], 0.5)
    halves = [np.asarray(s.to_mesh().vert_properties[:, :3], np.float64) for s in (left, right)]
    assert len(join(halves, 8)) == 1


def test_a_solid_refuses_what_is_open_or_inside_out() -> None:
    mesh = blob(30)
    with pytest.raises(ValueError, match="not a solid"):
        solid(mesh.positions, mesh.faces[:-50])
    with pytest.raises(ValueError, match="not a solid"):
        solid(mesh.positions, mesh.faces[:, ::-1])


def test_parts_that_run_into_each_other_count_once() -> None:
    one = props.CUBE((1, 1, 1))
    a, b = props.mesh(one), props.mesh(one.translate((0.5, 0, 0)))
    both = solid(np.concatenate((a.positions, b.positions)), np.concatenate((a.faces, b.faces + len(a.positions))))
    assert both.volume() == pytest.approx(1.5, rel=1e-4)
    assert volumes(a.positions, a.faces)[0] + volumes(b.positions, b.faces)[0] == pytest.approx(2.0)
