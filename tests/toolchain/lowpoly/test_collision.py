"""Collision shapes are closed, convex, outward, few and small, cover the asset, and keep its openings."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from engine_profiles import load
from tests.toolchain.hostile import hostile
from tests.toolchain.lowpoly import props
from tests.toolchain.lowpoly.solids import blob, sphere, together
from toolchain.asset import Mesh
from toolchain.lowpoly import collision
from toolchain.lowpoly.cover import outside
from toolchain.lowpoly.hull import Hull, deepest
from toolchain.lowpoly.topology import topology, volumes
from toolchain.recipe import Recipe
from toolchain.stage import Made, StageError, quiet

UNREAL = collision.params(Recipe("a", "a"), load("unreal"))


def run(mesh: Mesh, **changes: object) -> Made:
    return collision.run(replace(UNREAL, **changes), quiet, reduce=mesh)  # type: ignore[arg-type]


def hulls(made: Made) -> list[Hull]:
    return [Hull(m.positions.astype(float), m.faces, 0.0) for m in made.value.hulls]


def check(made: Made, most: int = UNREAL.max_hulls, corners: int = UNREAL.max_vertices, triangles: int = 255) -> None:
    """What every delivery owes, measured anew."""
    assert 1 <= len(made.value.hulls) <= most
    for hull in hulls(made):
        assert topology(hull.faces).closed
        assert volumes(hull.positions, hull.faces)[0] > 0
        assert deepest(hull) < 1e-4
        assert len(hull.faces) <= triangles and len(hull.positions) <= corners


def test_params_are_the_profiles() -> None:
    assert UNREAL.style == "ucx" and UNREAL.shapes == ("box", "sphere", "capsule") and UNREAL.max_vertices == 64
    for engine in ("unity", "roblox", "portable"):  # none of them takes collision from a file by name
        assert collision.params(Recipe("a", "a"), load(engine)).style == "none"


def test_none_where_the_engine_wants_none() -> None:
    assert collision.run(collision.Params(), quiet, reduce=blob(30)).value.hulls == ()


@pytest.mark.parametrize(
    ("make", "kind"),
    [(props.plank, "box"), (props.ball, "sphere"), (props.pill, "capsule")],
    ids=["box", "sphere", "capsule"],
)
def test_a_simple_shape_where_the_asset_is_one(make: object, kind: str) -> None:
    mesh = make()  # type: ignore[operator]
    made = run(mesh)
    check(made)
    assert made.value.kinds == (kind,) == tuple(made.measures["kinds"]) and made.measures["rung"] == kind
    assert made.measures["overshoot"] < 0.02 and made.measures["uncovered"] == 0
    plain = run(mesh, shapes=())
    check(plain)
    assert plain.value.kinds == ("convex",)


def test_a_simple_shape_with_much_air_is_not_taken() -> None:
    cone = props.mesh(props.TUBE(1, 0.5, 0.01, 32))
    made = run(cone)
    assert made.measures["rung"] == "hull" and made.measures["overshoot"] < 0.05
    loose = run(cone, simple_air=5.0)  # the bound is what keeps it out
    assert loose.measures["rung"] in ("box", "sphere", "capsule") and loose.measures["overshoot"] > 0.5


def test_a_table_becomes_a_top_and_legs() -> None:
    made = run(props.table(), max_hulls=5)
    check(made, 5)
    assert made.measures["rung"] == "parts" and made.measures["hulls"] == 5
    assert made.measures["overshoot_of_one"] > 4
    assert made.measures["overshoot"] < 0.05 and made.measures["overlap"] < 0.02
    assert made.measures["uncovered"] == 0 and made.measures["openings_kept"] > 0.9


def inside(made: Made, point: tuple[float, float, float]) -> bool:
    return bool(outside(np.array([point]), hulls(made))[0] < 0)


@pytest.mark.parametrize(
    ("make", "middle", "most"),
    [(props.arch, (0.5, 0.4, 0.15), 3), (props.frame, (0.5, 0.5, 0.05), 4), (props.bucket, (0, 0.6, 0), 8)],
    ids=["arch", "frame", "bucket"],
)
def test_an_opening_stays_open(make: object, middle: tuple[float, float, float], most: int) -> None:
    mesh = make()  # type: ignore[operator]
    made = run(mesh, max_hulls=most)
    check(made, most)
    assert not inside(made, middle) and made.measures["uncovered"] == 0
    assert made.measures["openings_kept"] > 0.9
    filled = run(mesh, max_hulls=1)
    assert inside(filled, middle)
    assert [f.code for f in filled.findings] == (["collision.overshoot"] if filled.measures["overshoot"] > 1 else [])


def test_air_beyond_the_bound_is_told() -> None:
    made = run(props.table(), max_hulls=1)
    assert [(f.code, f.severity) for f in made.findings] == [("collision.overshoot", "warning")]
    assert made.findings[0].measured == made.measures["overshoot"] > made.findings[0].limit
    assert made.measures["openings"] > 0.2 and made.measures["openings_kept"] == 0


@pytest.mark.parametrize("most", [1, 2, 3, 8])
def test_the_number_of_hulls_is_a_bound(most: int) -> None:
    for mesh in (props.table(), props.many_balls()):
        check(run(mesh, max_hulls=most), most)


@pytest.mark.parametrize(("corners", "triangles"), [(8, 255), (255, 20), (4, 4)])
def test_corners_and_triangles_are_bounds(corners: int, triangles: int) -> None:
    made = run(blob(40), max_vertices=corners, max_triangles=triangles, shapes=(), warn_uncovered=0.0)
    check(made, corners=corners, triangles=triangles)
    assert max(made.measures["vertices"]) <= corners and max(made.measures["triangles"]) <= triangles
    assert ("collision.uncovered" in [f.code for f in made.findings]) == (made.measures["uncovered"] > 0)


def test_too_coarse_a_hull_is_told() -> None:
    made = run(props.ball(), max_vertices=6, shapes=())
    assert made.measures["uncovered"] > 0.02 and "collision.uncovered" in [f.code for f in made.findings]


@pytest.mark.parametrize("tilted", [False, True])
def test_a_flat_asset_gets_a_thin_box(tilted: bool) -> None:
    grid = np.array([[x, y, 0] for x in range(4) for y in range(4)], np.float32)
    if tilted:
        grid = grid @ np.linalg.qr(np.random.default_rng(0).normal(size=(3, 3)))[0].astype(np.float32)
    mesh = Mesh(grid, np.array([[0, 4, 1], [1, 4, 5], [10, 14, 15]], np.int32))
    made = run(mesh)
    check(made)
    assert made.value.kinds == ("box",) and [f.code for f in made.findings] == ["collision.flat"]
    assert made.measures["uncovered"] == 0
    if not tilted:
        assert made.value.hulls[0].size.min() == pytest.approx(0.01 * mesh.diagonal, rel=1e-3)
    assert run(mesh, shapes=()).value.kinds == ("convex",)


def test_two_things_far_apart_are_two_hulls() -> None:
    made = run(together(sphere(0.3, (0, 0, 0)), sphere(0.3, (3, 0, 0))), max_hulls=2)
    check(made, 2)
    assert made.measures["hulls"] == 2 and made.measures["overshoot"] < 0.1


def test_thin_parts_are_not_lost_to_the_search() -> None:
    """Many small pieces on few triangles: the search must not work on a mesh from which they are gone."""
    mast = props.CUBE((0.02, 1.5, 0.02)).translate((0.5, 0.1, 0.5))
    studs = [props.BALL(0.03, 16).translate((0.1 * x, 0.12, 0.1 * z)) for x in range(11) for z in range(11)]
    whole = props.CUBE((1, 0.1, 1)) + mast
    for stud in studs:
        whole += stud
    made = run(props.mesh(whole))
    check(made)
    assert made.measures["uncovered"] == 0


def test_a_hull_that_is_not_convex_is_never_delivered(monkeypatch: pytest.MonkeyPatch) -> None:
    from toolchain.lowpoly import hull

    real = hull.convex

    def dented(*args: object, **options: object) -> Hull | None:
        made = real(*args, **options)  # type: ignore[arg-type]
        assert made is not None
        bent = made.positions.copy()
        bent[0] += 0.3 * (bent.mean(axis=0) - bent[0])
        return Hull(bent, made.faces, made.volume)

    monkeypatch.setattr(hull, "convex", dented)
    with pytest.raises(StageError, match="closed and convex"):
        run(blob(30), shapes=(), max_hulls=1)


def test_what_is_no_solid_falls_back_to_one_hull_and_says_so() -> None:
    mesh = blob(30)
    made = run(Mesh(mesh.positions, mesh.faces[:-50]))
    check(made)
    assert made.measures["rung"] == "fallback" and "collision.fallback" in [f.code for f in made.findings]


@pytest.mark.parametrize("name", sorted(hostile()))
def test_hostile_meshes_get_sound_hulls(name: str) -> None:
    points, faces = hostile()[name]
    sound = len(faces) and faces.min() >= 0 and faces.max() < len(points) and np.isfinite(points).all()
    if not sound or not np.ptp(points, axis=0).any() or len(faces) > 6_000:
        pytest.skip("repair never hands this on")
    check(run(Mesh(points, faces)))


def test_the_same_twice() -> None:
    first, second = run(blob(40)), run(blob(40))
    assert first.measures == second.measures
    for a, b in zip(first.value.hulls, second.value.hulls, strict=True):
        assert np.array_equal(a.positions, b.positions) and np.array_equal(a.faces, b.faces)
