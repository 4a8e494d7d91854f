"""The smooth hull field against the plain carving of the textbooks: every voxel projected into every mask.

The peer knows inside and outside alone; the field also knows how far, which is what makes the surface smooth.
"""

from __future__ import annotations

import numpy as np
import pytest

from tests.toolchain.generate.pictures import armed
from toolchain.generate.hull import hull, silhouettes
from toolchain.generate.mesher import grid_about
from toolchain.generate.views import Registered, pictures_of, register

RESOLUTION = 96


def scene() -> Registered:
    return register(pictures_of(armed("front", "left", "top"))[0])


def carve(registered: Registered, resolution: int) -> np.ndarray:
    """(nx, ny, nz) bool: voxels whose centre falls inside all masks."""
    grid = grid_about(registered.extents, resolution)
    points = np.stack(np.meshgrid(*grid.axes, indexing="ij"), -1).reshape(-1, 3)
    kept = np.ones(len(points), bool)
    for picture in registered.pictures:
        x, y = np.floor(registered.pixels(picture, points)).astype(int).T
        height, width = picture.alpha.shape
        inside = (x >= 0) & (y >= 0) & (x < width) & (y < height)
        kept &= inside & (picture.alpha[np.clip(y, 0, height - 1), np.clip(x, 0, width - 1)] >= 0.5)
    return kept.reshape([len(a) for a in grid.axes])


@pytest.mark.benchmark(group="hull of three views, 96")
def test_ours(benchmark) -> None:  # type: ignore[no-untyped-def]
    registered = scene()

    def ours() -> np.ndarray:
        grid = grid_about(registered.extents, RESOLUTION)
        return hull(silhouettes(registered, grid), grid.step, 1, np.inf)

    field = benchmark(ours)
    peer = carve(registered, RESOLUTION)
    assert ((field > 0) & peer).sum() / ((field > 0) | peer).sum() > 0.97


@pytest.mark.benchmark(group="hull of three views, 96")
def test_peer_voxel_carving(benchmark) -> None:  # type: ignore[no-untyped-def]
    registered = scene()
    assert benchmark(carve, registered, RESOLUTION).any()
