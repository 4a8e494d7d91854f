"""Colour and evidence from the given vertices to the repaired ones."""

from __future__ import annotations

import numpy as np

from toolchain.asset import F32, GUESSED, U8, Sculpt
from toolchain.repair.clean import Soup

NEW = 0.01  # farther than this share of the diagonal from any given vertex, a vertex is a guess


def carry(given: Sculpt, mended: Soup, before: Soup, rung: str) -> tuple[F32, U8]:
    """(colour (V, 3), evidence (V,)) of `mended`: by origin where vertices were kept, else from the nearest four.

    Colours weigh with the inverse distance; evidence is the nearest vertex's. Both are made finite and in range.
    """
    from scipy.spatial import cKDTree

    colour = np.clip(np.nan_to_num(np.asarray(given.colour, np.float32), nan=0.5, posinf=1.0, neginf=0.0), 0, 1)
    evidence = np.minimum(np.asarray(given.evidence, np.uint8), GUESSED)
    if rung == "kept":
        return colour[mended.origin], evidence[mended.origin]
    nearest = min(4, len(before.positions))
    distance, index = cKDTree(before.positions).query(mended.positions, k=list(range(1, nearest + 1)))
    weight = 1.0 / np.maximum(distance, 1e-9 * max(float(np.ptp(before.positions, axis=0).max()), 1e-9))
    weight /= weight.sum(axis=1, keepdims=True)
    blended = np.einsum("vk,vkc->vc", weight, colour[before.origin][index]).astype(np.float32)
    proof = evidence[before.origin][index[:, 0]].copy()
    span = _spacing(before)
    proof[distance[:, 0] > max(NEW * float(np.linalg.norm(np.ptp(before.positions, axis=0))), span)] = GUESSED
    return np.clip(blended, 0, 1), proof


def _spacing(soup: Soup) -> float:
    """Longest edge, metres: inside a large triangle a new vertex is far from its corners, and no guess."""
    p = soup.positions[soup.faces]
    return float(np.linalg.norm(p - np.roll(p, -1, axis=1), axis=2).max())
