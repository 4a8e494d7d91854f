"""xatlas, which cuts a surface into charts and lays them flat. It may crash or hang: to be called in a child process.

The module imports nothing but numpy before it is called, so that the child is up at once.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Cut = tuple[NDArray[np.int64], NDArray[np.float64]]
#: xatlas' own weights, and weights that let charts bend further and ask for rounder ones: which of them packs better
#: depends on the mesh.
WEIGHTS: tuple[dict[str, float], ...] = ({}, {"max_cost": 4.0, "roundness_weight": 1.0})


def by_xatlas(positions: NDArray[np.float32], faces: NDArray[np.int32], send: Callable[[Cut], None]) -> None:
    """Send a cut for each of WEIGHTS as it is made: a fault in a later one does not cost the first.

    A cut is (wedges (F, 3), uv (W, 2) in xatlas' own units); corners that share a wedge share a UV.
    Raises ValueError where xatlas gives back other faces than it was given.
    """
    import xatlas

    pack = xatlas.PackOptions()
    pack.rotate_charts = False
    pack.resolution = 512  # its packing is thrown away: the cheapest that is valid
    for weights in WEIGHTS:
        atlas = xatlas.Atlas()
        atlas.add_mesh(np.ascontiguousarray(positions, np.float32), np.ascontiguousarray(faces, np.uint32))
        options = xatlas.ChartOptions()
        for name, value in weights.items():
            setattr(options, name, value)
        atlas.generate(options, pack)
        came_from, index, uv = atlas.get_mesh(0)
        if len(index) != len(faces) or (came_from[index] != faces).any():
            raise ValueError("xatlas gave back other faces")
        send((index.astype(np.int64), uv.astype(np.float64) * (atlas.width, atlas.height)))
