"""What cameras see of a sculpt, from any place, with or without perspective."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from toolchain.asset import F32, I32, Shot
from toolchain.generate.evidence import unhidden
from toolchain.generate.views import Picture
from toolchain.raster import nearest


@dataclass(frozen=True, eq=False)
class Camera:
    """A picture and where it was taken from, in the sculpt's frame."""

    picture: Picture
    matrix: NDArray[np.float64]  # (3, 4) to pixels, edge coordinates
    eye: NDArray[np.float64]  # (4,) homogeneous

    def shot(self) -> Shot:
        """The camera as the sculpt carries it on."""
        return Shot(self.picture.name, self.picture.rgba(), self.matrix, self.eye)

    def pixels(self, points: NDArray[np.floating]) -> NDArray[np.float64]:
        """(N, 2) x, y of (N, 3) points."""
        out = points.astype(np.float64) @ self.matrix[:, :3].T + self.matrix[:, 3]
        return out[:, :2] / out[:, 2:]

    def way(self, points: NDArray[np.floating]) -> NDArray[np.float64]:
        """(N, 3) unit directions from points to the camera."""
        ways = self.eye[:3] - self.eye[3] * points.astype(np.float64)
        return ways / np.linalg.norm(ways, axis=1, keepdims=True)

    def depth(self, points: NDArray[np.floating]) -> NDArray[np.float64]:
        """(N,) how near the camera."""
        return points.astype(np.float64) @ (self.eye[:3] / np.linalg.norm(self.eye[:3]))


def in_sight(
    camera: Camera, positions: F32, faces: I32, points: F32, normals: F32, step: float
) -> tuple[NDArray[np.bool_], F32]:
    """((N,) which of `points` face the camera unhidden by the mesh, (N,) cosines). Depth test at `step` a pixel."""
    span = float(np.linalg.norm(camera.matrix[0, :3] / camera.matrix[2, 3]))  # pixels in a unit of length
    scale = max(span * step, 1e-9)
    screen = camera.pixels(positions) / scale
    start = screen.min(0) - 1
    buffer = nearest(
        screen - start, camera.depth(positions), faces, *(int(n) + 3 for n in np.ptp(screen, axis=0)[::-1])
    )
    cosine = (normals * camera.way(points)).sum(1)
    seen = unhidden(buffer, camera.pixels(points) / scale - start, camera.depth(points), cosine, step)
    return seen, cosine.astype(np.float32)
