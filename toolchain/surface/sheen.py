"""How a slot shines in its pictures, and what roughness and metal that hints at.

A guess, and bounded as one: a picture shows highlights of unknown lights. What shines far above its own middle
brightness is smoother than what does not; grey that goes from near black to white with small hard highlights is taken
for bare metal, and nothing else is.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from toolchain.asset import Sculpt, Shot
from toolchain.lowpoly.topology import cross
from toolchain.srgb import LUMINANCE, lab, srgb_to_linear
from toolchain.surface.project import nearest_faces

FEWEST = 400  # pixels that a guess needs
INSIDE_PX = 2  # pixels along the outline that may hold background
SQUARE = 0.3  # cosine to the camera below which a surface is left out
DULL, SHINY = 0.8, 0.4  # roughness of what shows no highlight, and of what shows the strongest
CALM, WILD = 1.0, 3.0  # doublings from the middle brightness to the brightest, between which roughness falls
#: Of metal: most chroma; middle lightness between; range of lightness; share of the pixels that are highlights.
METAL_CHROMA, METAL_LIGHT, METAL_RANGE, METAL_SPOTS = 6.0, (20.0, 65.0), 75.0, (0.01, 0.08)


@dataclass(frozen=True)
class Sheen:
    """What the pictures show of one slot."""

    pixels: int
    rise: float  # doublings of brightness from the middle pixel to the brightest hundredth
    spots: float  # share of the pixels four times as bright as the middle one, and not far from white
    lowest: float  # Lab lightness of the darkest and the brightest twentieth, and of the middle
    highest: float
    middle: float
    chroma: float  # Lab chroma of the middle


def sheens(sculpt: Sculpt, faces: NDArray[np.integer], count: int) -> tuple[Sheen | None, ...]:
    """One for each of `count` slots of the sculpt's `faces` (F,); None where too little was pictured."""
    shown: list[list[NDArray[np.float32]]] = [[] for _ in range(count)]
    for shot in sculpt.shots:
        slot = _slots_seen(sculpt, faces, shot)
        linear = srgb_to_linear(shot.rgba[..., :3])
        for k in range(count):
            shown[k].append(linear[slot == k])
    return tuple(_sheen(np.concatenate(parts)) if parts else None for parts in shown)


def _sheen(linear: NDArray[np.floating]) -> Sheen | None:
    if len(linear) < FEWEST:
        return None
    bright = linear @ LUMINANCE
    middle = max(float(np.median(bright)), 1e-3)
    colour = lab(linear)
    light, chroma = colour[:, 0], np.hypot(colour[:, 1], colour[:, 2])
    spot = (bright > 4 * middle) & (light > 75) & (chroma < 20)
    low, mid, high = (float(v) for v in np.quantile(light, (0.05, 0.5, 0.985)))
    rise = float(np.log2(max(float(np.quantile(bright, 0.99)), 1e-3) / middle))
    return Sheen(len(linear), rise, float(spot.mean()), low, high, mid, float(np.median(chroma)))


def guess(sheen: Sheen | None) -> tuple[float, float] | None:
    """(roughness, metallic) that a slot's sheen hints at; None where it hints at nothing."""
    if sheen is None:
        return None
    grey = sheen.chroma <= METAL_CHROMA and METAL_LIGHT[0] <= sheen.middle <= METAL_LIGHT[1]
    spots = METAL_SPOTS[0] <= sheen.spots <= METAL_SPOTS[1]
    metal = grey and spots and sheen.highest - sheen.lowest >= METAL_RANGE
    share = float(np.clip((sheen.rise - CALM) / (WILD - CALM), 0.0, 1.0))
    return round(DULL + (SHINY - DULL) * share, 2), 1.0 if metal else 0.0


def _slots_seen(sculpt: Sculpt, faces: NDArray[np.integer], shot: Shot) -> NDArray[np.int64]:
    """(H, W) slot under each pixel well inside the subject, -1 elsewhere."""
    from scipy.ndimage import binary_erosion

    mesh = sculpt.mesh
    p = mesh.positions.astype(np.float64)
    flat = np.column_stack((p, np.ones(len(p)))) @ shot.matrix.T
    if not (np.abs(flat[:, 2]) > 1e-9).all():
        return np.full(shot.rgba.shape[:2], -1, np.int64)
    way = shot.eye[:3] if shot.eye[3] == 0 else shot.eye[:3] / shot.eye[3] - p[mesh.faces].mean(axis=1)
    way = way / np.linalg.norm(way, axis=-1, keepdims=True)
    far = p @ way if way.ndim == 1 else -np.linalg.norm(shot.eye[:3] / shot.eye[3] - p, axis=1)
    normal = cross(mesh.positions, mesh.faces)
    normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-30)
    facing = (normal * way).sum(axis=1)
    height, width = shot.rgba.shape[:2]
    screen = np.column_stack((flat[:, :2] / flat[:, 2:], far))
    face = nearest_faces(screen, mesh.faces.astype(np.int64), facing, width, height, SQUARE)
    whole = binary_erosion(shot.rgba[..., 3] >= 250, iterations=INSIDE_PX)
    return np.where((face >= 0) & whole, faces[np.maximum(face, 0)], -1)
