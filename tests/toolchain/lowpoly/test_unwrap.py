"""UVs fill one square a slot without overlap, mirror or NaN, whatever becomes of xatlas."""

from __future__ import annotations

import os
import signal
import time
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from engine_profiles import load
from tests.toolchain.hostile import uv_sphere
from tests.toolchain.lowpoly.solids import blob, halves, one_slot, sphere, together
from toolchain.asset import Mesh
from toolchain.lowpoly import atlas, unwrap
from toolchain.lowpoly.normals import corner_groups
from toolchain.lowpoly.uvcheck import coverage, signed
from toolchain.recipe import Recipe
from toolchain.stage import StageError, quiet


def low(two: bool = False) -> Mesh:
    """A coarse solid of about 1,500 triangles, as the reduction would hand it over."""
    mesh = blob(22)
    return replace(mesh, slots=(halves if two else one_slot)(mesh).faces)


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


def crash(*_args: Any, **_kwargs: Any) -> None:
    os.kill(os.getpid(), signal.SIGSEGV)


def hang(*_args: Any, **_kwargs: Any) -> None:
    time.sleep(60)


def nonsense(positions: np.ndarray, faces: np.ndarray, send: Any) -> None:
    """Every UV is NaN in one cut; every triangle lies on one place in the other."""
    wedges = np.arange(faces.size).reshape(-1, 3)
    send((wedges, np.full((faces.size, 2), np.nan)))
    send((faces.astype(np.int64), np.zeros((len(positions), 2))))


def half_done(positions: np.ndarray, faces: np.ndarray, send: Any) -> None:
    """One cut, then the crash."""
    from toolchain.lowpoly.charts import by_box

    made = by_box(positions, faces)
    send((made.wedges, made.uv))
    crash()


def test_two_slots_have_a_square_each() -> None:
    source = low(two=True)
    made = unwrap.run(unwrap.Params(texture_px=512), quiet, reduce=source)
    check(made.value, source)
    assert not made.findings
    assert [s["rung"] for s in made.measures["slots"]] == ["xatlas", "xatlas"]
    for slot in made.measures["slots"]:
        assert slot["utilisation"] > 0.65
        assert slot["stretch"]["l2"] < 1.2
        assert slot["texels_per_m_least"] < slot["texels_per_m"] < slot["texels_per_m_most"]
        assert slot["gap_px"] >= 1.99 and slot["border_px"] >= 0.99
    assert made.measures["mirrored"] == 0


@pytest.mark.skipif(os.name == "nt", reason="the crash is a POSIX signal")
@pytest.mark.parametrize(("fault", "deadline"), [(crash, 20.0), (hang, 1.0), (nonsense, 20.0)])
def test_box_projection_answers_when_xatlas_does_not(
    fault: Any, deadline: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(atlas, "by_xatlas", fault)
    source = low()
    start = time.monotonic()
    made = unwrap.run(unwrap.Params(texture_px=512, deadline_s=deadline), quiet, reduce=source)
    assert time.monotonic() - start < 30
    check(made.value, source)
    assert made.measures["slots"][0]["rung"] == "box"
    assert made.measures["slots"][0]["recut_faces"] == len(source.faces)
    assert made.measures["mirrored"] == 0


@pytest.mark.skipif(os.name == "nt", reason="the crash is a POSIX signal")
def test_what_xatlas_made_before_it_crashed_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(atlas, "by_xatlas", half_done)
    made = unwrap.run(unwrap.Params(texture_px=512), quiet, reduce=low())
    assert made.measures["slots"][0]["rung"] == "xatlas"
    assert made.measures["slots"][0]["recut_faces"] == 0


def test_the_smooth_sphere_that_xatlas_does_not_survive() -> None:
    """82,000 faces, closed and smooth: xatlas crashes or never ends; whoever answers, the layout is sound."""
    source = Mesh(*uv_sphere(161, 256))
    made = unwrap.run(unwrap.Params(texture_px=1024, deadline_s=2.0), quiet, reduce=source)
    (slot,) = made.measures["slots"]
    assert slot["overlapping"] == 0 and slot["mirrored"] == 0 and slot["utilisation"] > 0.6
    assert slot["rung"] in ("xatlas", "box")
    assert not [f for f in made.findings if f.severity == "error"]


@pytest.mark.parametrize("kind", ["empty", "nan", "flat"])
def test_no_surface_is_one_sentence(kind: str) -> None:
    mesh = sphere(0.5, (0, 0, 0))
    bad = {
        "empty": replace(mesh, faces=mesh.faces[:0]),
        "nan": replace(mesh, positions=np.full_like(mesh.positions, np.nan)),
        "flat": replace(mesh, positions=np.zeros_like(mesh.positions)),
    }[kind]
    with pytest.raises(StageError, match="nothing to unwrap"):
        unwrap.run(unwrap.Params(), quiet, reduce=bad)


def test_slivers_and_flat_triangles_get_finite_uvs() -> None:
    """A ball with triangles of no area and of next to none among its own."""
    mesh = sphere(0.5, (0, 0, 0))
    count = len(mesh.positions)
    extra = mesh.positions[[0, 0, 0]] + np.array([[0, 0, 0], [1e-3, 0, 0], [2e-3, 1e-9, 0]], np.float32)
    faces = np.concatenate((mesh.faces, [[0, 1, 1], [count, count + 1, count + 2]])).astype(np.int32)
    made = unwrap.run(unwrap.Params(256), quiet, reduce=Mesh(np.concatenate((mesh.positions, extra)), faces))
    assert made.value.uv is not None and np.isfinite(made.value.uv).all()
    assert made.value.uv.min() >= 0 and made.value.uv.max() <= 1
    assert made.measures["slots"][0]["overlapping"] == 0


def test_padding_follows_the_texture_and_the_mips_that_are_asked_for() -> None:
    assert [unwrap.Params(px).padding_px for px in (16, 256, 512, 1024, 2048, 4096)] == [2, 2, 2, 4, 8, 16]
    assert unwrap.Params(1024, mips=3).padding_px == 8


def test_padding_that_does_not_fit_is_told() -> None:
    """Balls in 64 texels with 16 between charts: the gap gives way, and the finding says what was found."""
    many = together(*(sphere(0.05, (i % 8, i // 8, 0), 6) for i in range(24)))
    made = unwrap.run(unwrap.Params(64, mips=4), quiet, reduce=many)
    (found,) = [f for f in made.findings if f.code == "unwrap.padding"]
    assert found.measured == made.measures["slots"][0]["gap_px"] < 16 == found.limit
    assert made.measures["slots"][0]["padding_px"] < 16


def test_density_that_is_missed_names_the_texture_that_reaches_it() -> None:
    source = low()
    made = unwrap.run(unwrap.Params(256), quiet, reduce=source)
    density = made.measures["slots"][0]["texels_per_m"]
    assert not made.findings
    made = unwrap.run(unwrap.Params(256, texels_per_m=density * 3), quiet, reduce=source)
    (found,) = made.findings
    assert (found.code, found.severity) == ("unwrap.density", "warning")
    assert "1024" in found.fix


def test_params_follow_the_profile() -> None:
    profile = load("unity")
    asked = replace(profile, textures=replace(profile.textures, texels_per_m=512.0))
    assert unwrap.params(Recipe("a", "a", tier="background"), asked) == unwrap.Params(512, texels_per_m=512.0)


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
