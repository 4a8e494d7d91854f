"""The colour of a face as far as its light lets us tell: chroma, which shading leaves alone, and lightness apart.

Shading multiplies all of a colour alike. In CIE Lab with its lightness offset, ln(L + 16) then moves by one number and
a / (L + 16), b / (L + 16) stay: the first counts for less than the others.
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
