"""The flat colours of painted masks, and which slot each pixel is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from toolchain.asset import U8, safe_name

NEAR = 48.0  # greatest RGB distance, of 441, at which a painted colour is taken for a named one
BLACK = "#000000"
APART = 24.0  # colours nearer than this are one paint


@dataclass(frozen=True, eq=False)
class Palette:
    """Slot names and the colours that paint them."""

    names: tuple[str, ...]
    colours: NDArray[np.float64]  # (N, 3) 0..255
    black: bool = False  # black is a paint


def read_palette(
    masks: list[tuple[U8, U8]],
    names: tuple[str, ...],
    colours: tuple[str, ...],
    speck: float,
) -> Palette:
    """The palette of (mask (H, W, 3), alpha (H, W)) pairs: named colours first, then the rest, largest first.

    A colour with less than `speck` of the painted pixels is an edge between two others and no slot. Named
    colours that nobody painted stay out. Black is where nothing was painted, unless a slot names it.
    """
    black = BLACK in colours
    pixels = [mask[(alpha >= 128) & (mask.any(axis=2) | black)] for mask, alpha in masks]
    flat = np.concatenate(pixels) if pixels else np.zeros((0, 3), np.uint8)
    found, count = np.unique(flat, axis=0, return_counts=True)
    order = np.lexsort((*found.T[::-1], -count))
    kept: list[np.ndarray] = []
    total: list[int] = []
    for colour, n in zip(found[order].astype(np.float64), count[order], strict=True):
        gaps = [float(np.linalg.norm(colour - k)) for k in kept]
        if gaps and min(gaps) < APART:
            total[int(np.argmin(gaps))] += int(n)
        elif n >= speck * len(flat):
            kept.append(colour)
            total.append(int(n))
    out_names: list[str] = []
    out: list[np.ndarray] = []
    for name, text in zip(names, colours, strict=True):
        if not text or not kept:
            continue
        wanted = np.array([int(text.removeprefix("#")[i : i + 2], 16) for i in (0, 2, 4)], np.float64)
        gaps = [float(np.linalg.norm(wanted - k)) for k in kept]
        if min(gaps) <= NEAR:
            out_names.append(safe_name(name))
            out.append(kept.pop(int(np.argmin(gaps))))
    free = [f"slot{i}" for i in range(1, len(kept) + len(out_names) + 1) if f"slot{i}" not in out_names]
    out_names += free[: len(kept)]
    out += kept
    return Palette(tuple(out_names), np.array(out).reshape(-1, 3), black)


def label_pixels(mask: U8, palette: Palette) -> NDArray[np.int16]:
    """(H, W) index of the nearest palette colour; -1 where nothing is painted."""
    flat, index = np.unique(mask.reshape(-1, 3), axis=0, return_inverse=True)
    gap = np.linalg.norm(flat[:, None].astype(np.float64) - palette.colours[None], axis=2)
    nearest = gap.argmin(axis=1).astype(np.int16)
    if not palette.black:
        nearest[~flat.any(axis=1)] = -1
    return nearest[index.reshape(-1)].reshape(mask.shape[:2])
