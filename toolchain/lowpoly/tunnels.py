"""Fill the small tunnels of a closed surface, so that a small budget need not be spent on them.

The solid between the walls is closed in the sense of morphology (Serra 1982): grown by a radius and shrunk by
it again, on a grid of distances. Tunnels, slits and hollows narrower than twice the radius fill; all else
comes back to where it was, thin parts too, for growing comes first. Marching cubes gives the skin.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from toolchain.lowpoly.closest import build, closest
from toolchain.lowpoly.distance import sample
from toolchain.lowpoly.topology import areas, topology

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
CELLS = 96  # along the longest side
RADII = (1.2, 2.0, 3.2, 5.0, 8.0, 13.0, 21.0)  # cells: what is tried, one after the other
WALL = 0.62  # cells: nearer than this to the surface is solid, so that no flood steps through it
DRAW_BACK = 0.9  # share of the way back to the surface
TRIANGLES_OF_A_TUNNEL = 8  # at least


class Solid:
    """A closed surface on a grid: what is needed to fill its tunnels at one radius after another."""

    def __init__(self, positions: NDArray[np.floating], faces: NDArray[np.integer], cells: int = CELLS) -> None:
        """(V, 3) metres, (F, 3), with an extent."""
        from scipy import ndimage

        used = positions.astype(np.float64)[np.unique(faces)]
        extent = np.ptp(used, axis=0)
        self.cell = float(extent.max()) / cells
        pad = int(np.ceil(RADII[-1])) + 3
        self.origin = used.min(axis=0) - (pad + 0.37) * self.cell  # odd: flat sides fall on no grid plane
        shape = tuple(int(n) for n in np.ceil(extent / self.cell).astype(int) + 2 * pad + 1)
        self.tree = build(positions, faces)
        count = int(np.clip(6 * areas(positions, faces).sum() / self.cell**2, 2_000, 2_000_000))
        points = np.concatenate((sample(positions, faces, count)[0], used))
        at = np.round((points - self.origin) / self.cell).astype(np.int64)
        touched = np.zeros(shape, bool)
        touched[at[:, 0], at[:, 1], at[:, 2]] = True
        band = ndimage.binary_dilation(touched, ndimage.generate_binary_structure(3, 3))
        field = ndimage.distance_transform_edt(~touched)
        where = np.argwhere(band)
        field[band] = closest(self.tree, self.origin + where * self.cell).distance / self.cell
        labels, _ = ndimage.label(field > WALL)
        self._skins: dict[float, tuple[F64, I64]] = {}  # the levels of a chain ask for the same ones
        self.field = np.where(labels == labels[0, 0, 0], field, 0.0)  # cells outside; 0 within

    def filled(self, radius: float) -> tuple[F64, I64]:
        """The skin with tunnels under `radius` cells filled: (positions, faces), a closed manifold.

        Raises ValueError where marching cubes gives none.
        """
        from scipy import ndimage
        from skimage.measure import marching_cubes

        if radius in self._skins:
            return self._skins[radius]
        far = self.field > radius
        away, nearest = ndimage.distance_transform_edt(~far, return_indices=True)
        over = self.field[nearest[0], nearest[1], nearest[2]] - radius  # the far cell's centre lies so far beyond
        # Shrunk by a wall less, so that what is thinner than a cell keeps a skin on either side.
        shrunk = np.where(far, self.field, radius - (away - over)) - WALL
        shrunk[np.abs(shrunk) < 1e-4] = 1e-4  # a value of 0 makes triangles without area
        if not (shrunk < 0).any():
            raise ValueError("nothing of the surface is left")
        vertices, skin, _, _ = marching_cubes(shrunk, 0.0)
        points = self.origin + vertices.astype(np.float64) * self.cell
        found = closest(self.tree, points)
        near = np.clip(2.0 - found.distance / self.cell, 0.0, 1.0)[:, None]  # what fills a tunnel stays
        points += DRAW_BACK * near * (found.point - points)
        if not topology(skin).closed:
            raise ValueError("marching cubes left the skin open")
        self._skins[radius] = points, skin.astype(np.int64)
        return self._skins[radius]
