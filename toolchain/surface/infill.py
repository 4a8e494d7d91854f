"""Vertex colours after the light is gone: by the pictures they came from, and spread again where none painted them.

A vertex keeps its colour, times what its pictures changed by at its own pixel: what the generator did at inked
outlines stays done. A vertex that took the colour of the side across from it, or of its twin on the other half, took
that pixel's light with it, and loses the same; where it took a front's broad colours alone, it took the broad light. A
back that went on as the sides do does so again. What no picture reaches is filled anew from its neighbours, so that no
shadow or highlight of theirs is carried over.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from toolchain.asset import F32, I32, LEARNED, MIRRORED, SEEN, U8
from toolchain.generate.behind import colours_behind
from toolchain.generate.colour import broad, fill
from toolchain.surface.sight import Sight

SHARP = 4  # power of the cosine with which pictures are mixed
LEAST, MOST = 0.3, 3.5  # a colour's greatest change
TWIN = 0.04  # of the diagonal: a mirrored vertex's twin is no further than this from its mirror image


def recolour(
    colour: F32,
    evidence: U8,
    sights: list[Sight],
    before: list[F32],
    after: list[F32],
    faces: I32,
    positions: F32,
    normals: F32,
) -> tuple[F32, NDArray[np.bool_]]:
    """((V, 3) linear colours, (V,) which no picture reaches). `before`, `after`: (H, W, 3) linear, a picture each."""
    old, new = np.zeros_like(colour), np.zeros_like(colour)
    total = np.zeros(len(colour), np.float32)
    for across in (False, True):
        for sight, was, now in zip(sights, before, after, strict=True):
            if across and not sight.whole:  # as the generator took them: generate.colour.project
                cover = (sight.face >= 0).astype(np.float32)
                was, now = broad(was, cover), broad(now, cover)  # noqa: PLW2901 - the same ones, blurred
            at = sight.across & (evidence != SEEN) & (total == 0) if across else sight.seen
            weight = np.where(at, np.abs(sight.facing) ** SHARP, 0).astype(np.float32)
            rows = np.flatnonzero(weight > 0)
            old[rows] += weight[rows, None] * _read(was, sight.pixels[rows])
            new[rows] += weight[rows, None] * _read(now, sight.pixels[rows])
            total[rows] += weight[rows]
    known = total > 0
    ratio = np.clip((new[known] + 1e-4) / (old[known] + 1e-4), LEAST, MOST)
    out = colour.copy()
    out[known] = np.clip(colour[known] * ratio, 0, 1)
    copies, twins = _twins(known, evidence == MIRRORED, positions)
    out[copies] = np.clip(colour[copies] * ratio[twins], 0, 1)
    known[copies] = True
    reached = known.copy()
    if (evidence == LEARNED).any():
        behind, guessed = colours_behind(out, known, positions, normals)
        out[behind], known[behind] = guessed, True
    return fill(out, known, positions, faces) if known.any() else out, ~reached


def _twins(
    known: NDArray[np.bool_], mirrored: NDArray[np.bool_], positions: F32
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(vertices that are `mirrored` and not `known`, of each the row among the known that lies across x = 0)."""
    from scipy.spatial import cKDTree

    copies = np.flatnonzero(mirrored & ~known)
    if not len(copies) or not known.any():
        return copies[:0], copies[:0]
    reach = TWIN * float(np.linalg.norm(np.ptp(positions, axis=0)))
    away, twins = cKDTree(positions[known]).query(positions[copies] * (-1, 1, 1))
    near = away <= reach
    return copies[near], twins[near].astype(np.int64)


def _read(image: F32, pixels: NDArray[np.float64]) -> F32:
    """(N, 3) bilinear at `pixels` (edge coordinates)."""
    from scipy.ndimage import map_coordinates

    where = (pixels[:, ::-1] - 0.5).T
    return np.stack([map_coordinates(image[..., k], where, order=1, mode="nearest") for k in range(3)], 1)
