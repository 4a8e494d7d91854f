"""The texel rasteriser against a plain numpy one: a bounding box of texel centres a triangle."""

from __future__ import annotations

import numpy as np
import pytest

from toolchain.bake.raster import rasterise

SIZE, SIDE = 512, 24


def grid() -> tuple[np.ndarray, np.ndarray]:
    """A wavy sheet of UVs over most of the square, 2 * SIDE^2 triangles."""
    u, v = (a.reshape(-1) for a in np.meshgrid(np.linspace(0.05, 0.95, SIDE + 1), np.linspace(0.05, 0.95, SIDE + 1)))
    uv = np.stack((u + 0.01 * np.sin(20 * v), v + 0.01 * np.sin(17 * u)), 1).astype(np.float32)
    i = (np.arange(SIDE)[:, None] * (SIDE + 1) + np.arange(SIDE)).reshape(-1)
    up = i + SIDE + 1
    return uv, np.concatenate((np.stack((i, i + 1, up + 1), 1), np.stack((i, up + 1, up), 1))).astype(np.int32)


def plain(uv: np.ndarray, faces: np.ndarray, size: int) -> np.ndarray:
    """(S, S) face of each texel centre, -1 for none."""
    out = np.full((size, size), -1, np.int32)
    pixels = np.stack((uv[:, 0] * size, (1 - uv[:, 1].astype(np.float64)) * size), 1)
    for f, corners in enumerate(pixels[faces]):
        low, high = np.floor(corners.min(0)).astype(int), np.ceil(corners.max(0)).astype(int)
        x, y = np.meshgrid(np.arange(low[0], high[0]) + 0.5, np.arange(low[1], high[1]) + 0.5)
        (ax, ay), (bx, by), (cx, cy) = corners
        a = (cx - bx) * (y - by) - (cy - by) * (x - bx)
        b = (ax - cx) * (y - cy) - (ay - cy) * (x - cx)
        c = (bx - ax) * (y - ay) - (by - ay) * (x - ax)
        inside = ((a >= 0) & (b >= 0) & (c >= 0)) | ((a <= 0) & (b <= 0) & (c <= 0))
        block = out[low[1] : high[1], low[0] : high[0]]
        block[inside & (block < 0)] = f
    return out


@pytest.mark.benchmark(group="raster 512^2, 1152 triangles")
def test_ours(benchmark) -> None:  # type: ignore[no-untyped-def]
    uv, faces = grid()
    rasterise(uv, faces, 16)
    texels = benchmark(rasterise, uv, faces, SIZE)
    expected = plain(uv, faces, SIZE)
    assert (texels.image(texels.face, -1)[expected >= 0] == expected[expected >= 0]).mean() > 0.999


@pytest.mark.benchmark(group="raster 512^2, 1152 triangles")
def test_peer_plain_numpy(benchmark) -> None:  # type: ignore[no-untyped-def]
    uv, faces = grid()
    assert (benchmark(plain, uv, faces, SIZE) >= 0).mean() > 0.7
