"""The last rung: a closed skin round anything that has area, from a distance field on a grid.

Cells farther than `reach` from the surface and joined to the grid's border are outside; marching cubes
follows the outside's edge at that distance, so that cracks up to twice `reach` close and an open sheet
becomes a thin plate. The skin is then drawn back most of the way to the surface. The idea of a
flood-filled offset follows Huang, Zhou and Guibas 2020, "ManifoldPlus", and Lorensen and Cline 1987.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from toolchain.lowpoly.closest import build, closest
from toolchain.lowpoly.distance import sample
from toolchain.lowpoly.topology import areas, topology

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
REACH = 0.62  # cells: above 0.5 no flood can step through the surface
MOST_TRIANGLES = 300_000  # about; cells grow with the surface to keep to it
DRAW_BACK = 0.7  # share of the offset that is taken back


def remesh(positions: NDArray[np.floating], faces: NDArray[np.integer], cells: int) -> tuple[F64, I64]:
    """A closed manifold round the surface, at most `cells` cells along its longest side: (positions, faces).

    Raises ValueError where marching cubes gives no closed manifold.
    """
    from scipy import ndimage
    from skimage.measure import marching_cubes

    used = positions.astype(np.float64)[np.unique(faces)]
    low, extent = used.min(axis=0), np.ptp(used, axis=0)
    cell = max(float(extent.max()) / cells, float(np.sqrt(8 * areas(positions, faces).sum() / MOST_TRIANGLES)))
    if not cell > 0:
        raise ValueError("the surface has no extent")
    shape = np.ceil(extent / cell).astype(int) + 7
    origin = low - 3.37 * cell  # an odd offset, so that flat sides do not fall on grid planes
    tree = build(positions, faces)
    band = _band(positions, faces, origin, cell, tuple(shape))
    index = np.argwhere(band)
    field = np.full(shape, 4.0)
    found = closest(tree, origin + index * cell)
    field[band] = found.distance / cell
    labels, _ = ndimage.label(field > REACH)
    outside = labels == labels[0, 0, 0]
    field = np.where(outside, field - REACH, np.where(field <= REACH, field - REACH, -field - REACH))
    field[np.abs(field) < 1e-4] = 1e-4  # a value of 0 makes triangles without area
    vertices, skin, _, _ = marching_cubes(field, 0.0)
    points = origin + vertices.astype(np.float64) * cell
    near = closest(tree, points)
    points += DRAW_BACK * (near.point - points)
    if not topology(skin).closed:
        raise ValueError("marching cubes left the skin open")
    return points, skin.astype(np.int64)


def _band(
    positions: NDArray[np.floating],
    faces: NDArray[np.integer],
    origin: F64,
    cell: float,
    shape: tuple[int, ...],
) -> NDArray[np.bool_]:
    """Cells within two of the surface: samples dense enough that none is missed, grown by two."""
    from scipy import ndimage

    count = int(np.clip(8 * areas(positions, faces).sum() / cell**2, 2_000, 4_000_000))
    points = np.concatenate(
        (
            sample(positions, faces, count)[0],
            positions.astype(np.float64)[np.unique(faces)],
            _along_edges(positions, faces, cell),
        )
    )
    at = np.round((points - origin) / cell).astype(np.int64)
    band = np.zeros(shape, bool)
    band[at[:, 0], at[:, 1], at[:, 2]] = True
    return ndimage.binary_dilation(band, ndimage.generate_binary_structure(3, 3), iterations=2)


def _along_edges(positions: NDArray[np.floating], faces: NDArray[np.integer], cell: float) -> F64:
    """Points along edges longer than a cell: needles have length but no area to be sampled."""
    p = positions.astype(np.float64)
    a, b = p[faces].reshape(-1, 3), p[np.roll(faces, -1, axis=1)].reshape(-1, 3)
    steps = np.minimum(np.ceil(np.linalg.norm(b - a, axis=1) / cell).astype(np.int64), 512)
    long = steps > 1
    a, b, steps = a[long], b[long], steps[long]
    owner = np.repeat(np.arange(len(a)), steps)
    step = np.arange(len(owner)) - np.repeat(np.cumsum(steps) - steps, steps)
    t = (step / np.maximum(steps[owner], 1))[:, None]
    return a[owner] * (1 - t) + b[owner] * t
