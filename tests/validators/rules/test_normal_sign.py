"""The normal map heuristic: right on synthetic maps of both signs, silent where the picture does not say."""

from __future__ import annotations

import numpy as np
import pytest

from tests.validators.factory import normal_map
from validators.rules.curl import green


@pytest.mark.parametrize("sign", ["opengl", "directx"])
@pytest.mark.parametrize("size", [128, 256, 1000])
def test_a_bumpy_surface_tells_its_sign(sign: str, size: int) -> None:
    found, agreement = green(normal_map(sign, size))
    assert found == sign and agreement > 0.95


@pytest.mark.parametrize("sign", ["opengl", "directx"])
def test_gentle_slopes_of_a_large_map_tell_at_a_coarser_scale(sign: str) -> None:
    """2048 texels whose slopes change too little from texel to texel for 8 bits."""
    image = np.repeat(np.repeat(normal_map(sign, 128), 16, axis=0), 16, axis=1)
    assert green(image)[0] == sign


@pytest.mark.parametrize("sign", ["opengl", "directx"])
def test_charts_turned_and_mirrored_still_tell(sign: str) -> None:
    """A baked atlas: each chart is a slope field of its own, with steps between them and padding around."""
    rng = np.random.default_rng(5)
    atlas = np.zeros((512, 512, 3), np.uint8)
    atlas[:] = (128, 128, 255)
    for i in range(16):
        y, x = (i // 4) * 128 + 4, (i % 4) * 128 + 4
        dy, dx = rng.integers(0, 100, 2)
        atlas[y : y + 120, x : x + 120] = normal_map(sign, 256)[dy : dy + 120, dx : dx + 120]
    assert green(atlas)[0] == sign


@pytest.mark.parametrize("sign", ["opengl", "directx"])
def test_sixteen_bits_and_alpha(sign: str) -> None:
    deep = normal_map(sign).astype(np.uint16) * 257
    assert green(np.dstack((deep, np.full(deep.shape[:2], 65535, np.uint16))))[0] == sign


def test_silent_where_the_map_does_not_say() -> None:
    rng = np.random.default_rng(2)
    flat = np.full((256, 256, 3), (128, 128, 255), np.uint8)
    assert green(flat) == ("", 0.0)
    assert green(np.clip(flat + rng.integers(-2, 1, flat.shape), 0, 255).astype(np.uint8))[0] == ""
    noise = rng.standard_normal((256, 256, 3)) * (0.3, 0.3, 0) + (0, 0, 1)
    noise /= np.linalg.norm(noise, axis=2, keepdims=True)
    assert green(np.round((noise + 1) * 127.5).astype(np.uint8))[0] == ""
    assert green(rng.integers(0, 256, (256, 256, 3), dtype=np.uint8))[0] == ""
    ridges = np.zeros((256, 256, 3), np.uint8)  # slopes in one direction have no cross derivative
    ridges[:] = np.round(np.stack((np.sin(np.arange(256) / 4) * 60 + 127, np.full(256, 127), np.full(256, 240)), 1))
    assert green(ridges)[0] == ""


@pytest.mark.parametrize("shape", [(0, 0, 3), (4, 4, 3), (256, 256), (256, 256, 1), (32, 5000, 3)])
def test_odd_shapes_are_no_failure(shape: tuple[int, ...]) -> None:
    assert green(np.full(shape, 128, np.uint8)) == ("", 0.0)
    assert green(np.zeros((64, 64, 3), np.float32)) == ("", 0.0)


@pytest.mark.shared
def test_the_evaluation_maps(shared) -> None:
    """Of the evaluation props' normal maps, which are all OpenGL, none is called DirectX, and flipped none OpenGL."""
    from validators.read import read

    told = 0
    for path in sorted((shared / "eval").glob("*/gt.glb")):
        scene = read(path)
        for i in {m.bindings["normal"].texture for m in scene.materials if "normal" in m.bindings}:
            image = scene.textures[i].decode()  # type: ignore[misc]
            found = green(image)[0]
            assert found in ("opengl", ""), path
            flipped = image.copy()
            flipped[..., 1] = 255 - flipped[..., 1]
            assert green(flipped)[0] == {"opengl": "directx", "": ""}[found]
            told += found == "opengl"
    assert told >= 4
