"""Looking along a picture's lines of sight, against the same in numpy: a maximum and a weighted mean a bundle."""

from __future__ import annotations

import numpy as np
import pytest

from toolchain.generate.learned.answer import CELL
from toolchain.generate.learned.bridge import NONE, Lines, _seen, along_z
from toolchain.generate.mesher import Grid, grid_about

RESOLUTION = 96


def scene() -> tuple[np.ndarray, np.ndarray, Grid, Lines]:
    """A ball that fills half of an oval outline."""
    grid = grid_about(np.array((1.0, 0.7, 0.8)), RESOLUTION)
    x, y, z = np.meshgrid(*grid.axes, indexing="ij")
    field = np.clip(0.3 - np.sqrt((x + 0.2) ** 2 + y**2 + z**2), -6 * CELL, 6 * CELL)
    return field.astype(np.float32), (0.35 - np.hypot(0.7 * x, y)).astype(np.float32), grid, along_z(grid)


def peer(field: np.ndarray, outline: np.ndarray, grid: Grid, lines: Lines) -> tuple[np.ndarray, np.ndarray]:
    inside = outline > 0
    points = np.stack(np.meshgrid(*grid.axes, indexing="ij"), -1)[inside].astype(np.float64)
    values = field[inside]
    u, v, w = (np.concatenate((points, np.ones((len(points), 1))), 1) @ lines.matrix.T).T
    bundle = (v / w / lines.wide).astype(int) * lines.shape[1] + (u / w / lines.wide).astype(int)
    best = np.full(lines.shape[0] * lines.shape[1], NONE, np.float32)
    np.maximum.at(best, bundle, values)
    share = np.exp(-2 * (np.minimum(best[bundle], CELL / 2) - np.minimum(values, CELL / 2)) / CELL)
    weight, total = (np.bincount(bundle, n, len(best)) for n in (share, share * (points @ lines.toward)))
    return best.reshape(lines.shape), (total / np.maximum(weight, 1e-9)).reshape(lines.shape)


@pytest.mark.benchmark(group="along the lines of sight, 96")
def test_ours(benchmark) -> None:  # type: ignore[no-untyped-def]
    field, outline, grid, lines = scene()
    asked = (field, outline, *grid.axes, lines.matrix, lines.toward, lines.wide, *lines.shape)
    _seen(*asked)  # compiled
    best, depth = benchmark(_seen, *asked)
    theirs = peer(*scene())
    assert np.allclose(best, theirs[0], atol=1e-6) and np.allclose(depth, theirs[1], atol=1e-4)


@pytest.mark.benchmark(group="along the lines of sight, 96")
def test_peer_numpy(benchmark) -> None:  # type: ignore[no-untyped-def]
    benchmark(peer, *scene())
