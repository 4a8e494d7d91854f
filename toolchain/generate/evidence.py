"""What the pictures prove of a sculpt: which vertices a view sees, the shares of the surface, the silhouettes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from toolchain.asset import EVIDENCE, F32, I32, U8
from toolchain.generate.mesher import face_areas
from toolchain.generate.score import overlap
from toolchain.generate.views import Picture, Plane, Registered
from toolchain.raster import hidden, nearest, outline

OBLIQUE = 0.2  # least cosine between normal and line of sight at which a picture shows a surface usefully
OPPOSITE = {"front": "back", "back": "front", "left": "right", "right": "left", "top": "bottom", "bottom": "top"}


def facing(normals: F32, plane: Plane, other_side: bool = False) -> F32:
    """(V,) cosine between normals and the direction to the camera (or to one across from it)."""
    return normals[:, plane.depth] * np.float32(-plane.towards if other_side else plane.towards)


def in_sight(
    positions: F32, faces: I32, normals: F32, plane: Plane, step: float, other_side: bool = False
) -> NDArray[np.bool_]:
    """(V,) vertices that face the camera and that nothing hides. Depth test at `step` (box units) a pixel."""
    pixels = np.stack([positions[:, plane.right], positions[:, plane.up]], 1).astype(np.float64)
    pixels = (pixels - pixels.min(0)) / step + 1.0
    sign = -plane.towards if other_side else plane.towards
    depth = positions[:, plane.depth].astype(np.float64) * sign
    width, height = (int(np.ceil(n)) + 2 for n in pixels.max(0))
    cosine = facing(normals, plane, other_side).astype(np.float64)
    return unhidden(nearest(pixels, depth, faces, height, width), pixels, depth, cosine, step)


def unhidden(
    buffer: F32,
    pixels: NDArray[np.float64],
    depth: NDArray[np.float64],
    cosine: NDArray[np.floating],
    step: float,
) -> NDArray[np.bool_]:
    """(N,) points at `pixels` that face the camera by `cosine` and that nothing in a depth `buffer` hides.

    A pixel of the buffer is `step` wide: a surface that leans away may fall that much behind itself within it.
    """
    tilt = np.sqrt(np.maximum(1 - cosine**2, 0)) / np.maximum(cosine, OBLIQUE)
    return (cosine > OBLIQUE) & ~hidden(buffer, pixels, depth, step * (1.5 + 2.0 * tilt))


def shares(evidence: U8, positions: F32, faces: I32) -> dict[str, float]:
    """Share of the surface's area by kind of evidence; a triangle counts a third for each corner."""
    area = face_areas(positions, faces)
    weight = np.zeros(len(EVIDENCE))
    for corner in range(3):
        weight += np.bincount(evidence[faces[:, corner]], area, len(EVIDENCE))
    return {kind: round(float(w / max(weight.sum(), 1e-30)), 4) for kind, w in zip(EVIDENCE, weight, strict=True)}


def silhouette_iou(registered: Registered, positions: F32, faces: I32) -> dict[str, float]:
    """View -> IoU of the sculpt's orthographic silhouette with the picture's mask, at the picture's working size.

    `positions` in the box of `registered`.
    """
    return {
        picture.name: outline_iou(picture, registered.pixels(picture, positions), faces)
        for picture in registered.pictures
    }


def outline_iou(picture: Picture, pixels: NDArray[np.float64], faces: I32) -> float:
    """IoU of the outline of a mesh, its vertices at `pixels` (V, 2), with the picture's mask."""
    return round(overlap(outline(pixels, faces, *picture.alpha.shape), picture.alpha >= 0.5), 4)
