"""Colour, evidence and the painted surface from what was given to what was repaired."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from toolchain.asset import F32, GUESSED, U8, Painted, Sculpt
from toolchain.repair.clean import Soup

NEW = 0.01  # farther than this share of the diagonal from any given vertex, a vertex is a guess


def carry(given: Sculpt, mended: Soup, before: Soup) -> tuple[F32, U8]:
    """(colour (V, 3), evidence (V,)) of `mended`: by origin where vertices were kept, else from the nearest four.

    Colours weigh with the inverse distance; evidence is the nearest vertex's. Both are made finite and in range.
    """
    from scipy.spatial import cKDTree

    colour = np.clip(np.nan_to_num(np.asarray(given.colour, np.float32), nan=0.5, posinf=1.0, neginf=0.0), 0, 1)
    evidence = np.minimum(np.asarray(given.evidence, np.uint8), GUESSED)
    known = np.maximum(mended.origin, 0)
    out, proof = colour[known], evidence[known]
    new = np.flatnonzero(mended.origin < 0)
    if not len(new):
        return out, proof
    nearest = min(4, len(before.positions))
    distance, index = cKDTree(before.positions).query(mended.positions[new], k=list(range(1, nearest + 1)))
    weight = 1.0 / np.maximum(distance, 1e-9 * max(float(np.ptp(before.positions, axis=0).max()), 1e-9))
    weight /= weight.sum(axis=1, keepdims=True)
    blended = np.einsum("vk,vkc->vc", weight, colour[before.origin][index]).astype(np.float32)
    out[new] = np.clip(blended, 0, 1)
    proof[new] = evidence[before.origin][index[:, 0]]
    far = max(NEW * float(np.linalg.norm(np.ptp(before.positions, axis=0))), _spacing(before))
    proof[new[distance[:, 0] > far]] = GUESSED
    return out, proof


def place(painted: Painted | None, origin: np.ndarray, scale: float) -> Painted | None:
    """The painted surface moved by -`origin` (3,) metres and scaled; normals and tangents stay, for both are even."""
    if painted is None:
        return None
    positions = ((painted.mesh.positions.astype(np.float64) - origin) * scale).astype(np.float32)
    return replace(painted, mesh=replace(painted.mesh, positions=positions))


def _spacing(soup: Soup) -> float:
    """Longest edge, metres: inside a large triangle a new vertex is far from its corners, and no guess."""
    p = soup.positions[soup.faces]
    return float(np.linalg.norm(p - np.roll(p, -1, axis=1), axis=2).max())
