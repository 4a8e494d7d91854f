"""The lightmap set: one square over all slots, no shared texel, whole texels, and nothing else changed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.toolchain.lowpoly.solids import blob, halves, sculpt, sphere, together
from toolchain.asset import Mesh
from toolchain.lowpoly import lods, unwrap
from toolchain.lowpoly.lightmap import lightmap
from toolchain.lowpoly.uvcheck import coverage, signed
from toolchain.stage import StageError, quiet


@pytest.fixture(scope="module")
def level() -> Mesh:
    """LOD0 with two slots, each with a whole square of its own in the first UV set."""
    mesh = blob(22)
    return unwrap.run(unwrap.Params(512), quiet, reduce=replace(mesh, slots=halves(mesh).faces)).value


def check(made: Mesh, given: Mesh, px: int) -> None:
    light = made.uv_light
    assert light is not None and np.isfinite(light).all()
    assert light.min() >= 0 and light.max() <= 1
    assert not coverage(light.astype(float), made.faces, px)[1].any()
    assert (signed(light.astype(float), made.faces) > -1e-12).all()
    for name in ("positions", "normals", "uv", "tangents"):
        before, after = getattr(given, name), getattr(made, name)
        assert (before is None) == (after is None)
        if before is not None:
            assert np.array_equal(before[given.faces], after[made.faces])
            assert np.array_equal(before, after[: len(before)])
    assert np.array_equal(made.slot_of_faces(), given.slot_of_faces())


@pytest.mark.parametrize(("px", "padding"), [(128, 4.0), (64, 2.0)])
def test_both_slots_share_one_square(level: Mesh, px: int, padding: float) -> None:
    made, measured = lightmap(level, px, padding)
    check(made, level, px)
    assert measured["overlapping"] == 0
    assert measured["padding_px"] >= padding - 1e-3
    assert measured["added_vertices"] == 0  # the charts of the first set serve again
    assert measured["utilisation"] > 0.35 and measured["texels_per_m"] > 0


def test_a_collapsed_level_whose_charts_lie_on_themselves(level: Mesh) -> None:
    """A level far down, and one whose first UVs were folded on purpose: cut anew, and vertices are split."""
    source = sculpt(blob())
    chain = lods.run(lods.Params((0.1,), least=12), quiet, unwrap=level, repair=source).value
    made, _ = lightmap(chain.levels[-1].mesh, 64, 2.0)
    check(made, chain.levels[-1].mesh, 64)
    assert level.uv is not None
    folded = replace(level, uv=np.abs(level.uv - 0.5).astype(np.float32))
    assert coverage(folded.uv.astype(float), folded.faces, 256)[1].any()  # type: ignore[union-attr]
    made, measured = lightmap(folded, 128, 2.0)
    check(made, folded, 128)
    assert measured["added_vertices"] == len(made.positions) - len(folded.positions) > 0


def test_a_mesh_without_uvs_or_with_broken_ones(level: Mesh) -> None:
    bare = sphere(0.5, (0, 0, 0))
    made, measured = lightmap(bare, 64, 2.0)
    check(made, bare, 64)
    assert measured["charts"] >= 6
    broken = replace(level, uv=np.full_like(level.uv, np.nan))
    made, _ = lightmap(broken, 128, 2.0)
    assert made.uv_light is not None and np.isfinite(made.uv_light).all()
    assert not coverage(made.uv_light.astype(float), made.faces, 128)[1].any()


def test_padding_that_gives_way_is_measured() -> None:
    many = together(*(sphere(0.05, (i % 8, i // 8, 0), 6) for i in range(30)))
    made, measured = lightmap(many, 64, 8.0)
    check(made, many, 64)
    assert measured["padding_px"] < 8


def test_no_triangles_or_too_few_texels_is_refused(level: Mesh) -> None:
    with pytest.raises(ValueError, match="no lightmap"):
        lightmap(replace(level, faces=level.faces[:0]), 64, 2.0)
    with pytest.raises(StageError, match="do not fit"):
        lightmap(level, 1, 4.0)


def test_the_same_mesh_gives_the_same_set(level: Mesh) -> None:
    a, b = (lightmap(level, 64, 2.0)[0].uv_light for _ in range(2))
    assert a is not None and b is not None and np.array_equal(a, b)
