"""The colour of a face as far as its light lets us tell: chroma, which shading leaves alone, and lightness put right.

Shading multiplies all of a colour alike. In CIE Lab with its lightness offset, ln(L + 16) then moves by one number and
a / (L + 16), b / (L + 16) stay: the first is put right by what the normals explain, the others are taken as they are.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from toolchain.asset import F32, Sculpt
from toolchain.srgb import lab

F64 = NDArray[np.float64]
MID = 66.0  # L + 16 of a middle grey: there all three numbers come in units of Lab
LIGHTNESS = 0.5  # weight of lightness beside chroma: light is what a picture lies about
#: How far the colour of a face is believed, by its evidence: seen, mirrored, learned, guessed. What was learned is the
#: shape: its colour is but filled in.
TRUST = (1.0, 0.3, 0.03, 0.03)
REACH = 30.0  # most that light may have changed lightness, in the unit of :func:`tints`
RIDGE = 0.02  # share of the whole weight that holds the fitted light back


def tints(linear: NDArray[np.floating]) -> F64:
    """(N, 3) lightness and two chromas of linear colours, comparable as distances in Lab are at a middle grey."""
    colour = lab(linear)
    lift = colour[:, :1] + 16.0
    return np.concatenate((MID * np.log(lift / MID), MID * colour[:, 1:] / lift), axis=1)


def face_colours(sculpt: Sculpt) -> tuple[F32, F64]:
    """((F, 3) linear colours, (F,) trust 0..1) of a sculpt's faces; a face is known as its least known corner is."""
    faces = sculpt.mesh.faces
    trust = np.array(TRUST)[sculpt.evidence[faces].max(axis=1)]
    return sculpt.colour[faces].mean(axis=1), trust


def unlit(tint: F64, normals: F64, weight: F64, group: NDArray[np.integer]) -> F64:
    """`tint` (N, 3) with the lightness that the normals (N, 3) explain taken out, within each `group` (N,).

    Second-order harmonics of the normal (Ramamoorthi and Hanrahan, 2001), fitted twice: the second time without what
    lies far off. Bounded by REACH.
    """
    x, y, z = normals.T
    base = np.stack((x, y, z, x * y, y * z, z * x, x * x - y * y, 3 * z * z - 1), axis=1)
    count = int(group.max()) + 1
    out = tint.copy()
    held = weight.copy()
    for _ in range(2):
        total = np.maximum(np.bincount(group, held, count), 1e-30)

        def centred(values: F64, held: F64 = held, total: F64 = total) -> F64:
            return values - (np.bincount(group, held * values, count) / total)[group]

        b = np.stack([centred(column) for column in base.T], axis=1)
        light = centred(tint[:, 0])
        matrix = (b * held[:, None]).T @ b + RIDGE * held.sum() * np.eye(b.shape[1])
        fit = np.linalg.solve(matrix, (b * held[:, None]).T @ light)
        rest = np.abs(light - b @ fit)
        held = weight * (rest <= 2.5 * max(float((rest * held).sum() / max(held.sum(), 1e-30)), 1e-6))
    shade = base @ fit
    shade -= float((shade * weight).sum() / max(weight.sum(), 1e-30))
    out[:, 0] -= np.clip(shade, -REACH, REACH)
    return out
