"""The rasteriser against a plain count of texel centres."""

from __future__ import annotations

import numpy as np
import pytest

from toolchain.bake.raster import rasterise

SQUARE = np.array([[0.25, 0.25], [0.75, 0.25], [0.75, 0.75], [0.25, 0.75]], np.float32)
TWO = np.array([[0, 1, 2], [0, 2, 3]], np.int32)


def where(texels) -> np.ndarray:  # type: ignore[no-untyped-def]
    """(N, 2) u, v of the texels' centres."""
    row, column = np.divmod(texels.index, texels.size)
    return np.stack(((column + 0.5) / texels.size, 1 - (row + 0.5) / texels.size), 1)


def test_square_on_texel_borders_owns_exactly_its_texels_and_those_it_touches() -> None:
    texels = rasterise(SQUARE, TWO, 16)
    centre = where(texels)
    inside = (np.abs(centre - 0.5) < 0.25).all(axis=1)
    assert inside.sum() == 64
    assert (np.abs(centre - 0.5) <= 0.25 + 0.51 / 16).all()
    at = (SQUARE[TWO[texels.face]] * texels.bary[..., None]).sum(axis=1)
    np.testing.assert_allclose(at[inside], centre[inside], atol=1e-6)
    assert (np.abs(at - 0.5) <= 0.25 + 1e-6).all(), "a border texel must show a point of the surface"


def test_row_0_is_the_top() -> None:
    texels = rasterise(np.array([[0, 0.9], [0.1, 0.9], [0, 1]], np.float32), np.array([[0, 1, 2]], np.int32), 8)
    assert texels.index[0] == 0 and (texels.index // 8 <= 1).all()


def test_random_triangles_match_centre_tests() -> None:
    rng = np.random.default_rng(0)
    for _ in range(20):
        uv = rng.random((3, 2)).astype(np.float32)
        texels = rasterise(uv, np.array([[0, 1, 2]], np.int32), 32)
        grid = (np.arange(32) + 0.5) / 32
        u, v = np.meshgrid(grid, grid[::-1])
        (a, b, c), p = uv.astype(np.float64), np.stack((u, v), -1)

        def side(s: np.ndarray, t: np.ndarray, p: np.ndarray = p) -> np.ndarray:
            return (t[0] - s[0]) * (p[..., 1] - s[1]) - (t[1] - s[1]) * (p[..., 0] - s[0])

        sides = np.stack((side(a, b), side(b, c), side(c, a)))
        inside = (sides > 1e-9).all(0) | (sides < -1e-9).all(0)
        covered = texels.coverage()
        assert covered[inside].all()
        assert np.isclose(texels.bary.sum(1), 1, atol=1e-6).all() and (texels.bary >= 0).all()


@pytest.mark.parametrize("width", [0.0, 0.001])
def test_a_strip_thinner_than_a_texel_owns_texels(width: float) -> None:
    uv = np.array([[0.1, 0.501], [0.9, 0.501], [0.9, 0.501 + width]], np.float32)
    texels = rasterise(uv, np.array([[0, 1, 2]], np.int32), 32)
    assert len(np.unique(texels.index % 32)) >= 25


def test_only_and_first_come() -> None:
    faces = np.concatenate((TWO, TWO)).astype(np.int32)
    assert set(rasterise(SQUARE, faces, 16).face) == {0, 1}
    assert set(rasterise(SQUARE, faces, 16, np.array([False, False, True, True])).face) == {2, 3}
    with pytest.raises(ValueError, match="finite"):
        rasterise(SQUARE * np.nan, TWO, 16)
