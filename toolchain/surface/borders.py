"""Borders of regions made short, along creases and along edges of colour, without moving what lies away from them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from toolchain.surface.cutting import settle
from toolchain.surface.tiles import Seams

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
FOLD = 6.0  # how much cheaper a border becomes at a right angle


def price(found: Seams, side: float, gap: F64 | None = None, even: float = 12.0) -> F64:
    """(P,) what a border along each seam costs: its length over `side`, less at a crease and where colours differ.

    `gap` (P,) is the difference of the tints; `even` is one that a single material may show.
    """
    cost = found.length / max(side, 1e-30) / (1.0 + FOLD * found.bend)
    return cost if gap is None else cost * np.exp(-((gap / even) ** 2))


def trim(label: I64, cost: F64, pairs: I64, weight: F64, rings: int) -> I64:
    """(F,) labels of less energy (see :mod:`cutting`), where only faces within `rings` of a border may change."""
    a, b = pairs[:, 0], pairs[:, 1]
    band = np.zeros(len(label), bool)
    cut = label[a] != label[b]
    band[a[cut]] = band[b[cut]] = True
    for _ in range(rings - 1):
        grown = band[a] | band[b]
        band[a[grown]] = band[b[grown]] = True
    free = np.flatnonzero(band)
    if not len(free):
        return label
    place = np.full(len(label), -1, np.int64)
    place[free] = np.arange(len(free))
    own = cost[free].copy()
    for inner, outer in ((a, b), (b, a)):  # a neighbour that may not change is a wish for its label
        rim = band[inner] & ~band[outer]
        kinds = np.arange(cost.shape[1])
        np.add.at(own, place[inner[rim]], weight[rim, None] * (kinds[None] != label[outer[rim]][:, None]))
    within = band[a] & band[b]
    out = label.copy()
    out[free] = settle(own, np.stack((place[a[within]], place[b[within]]), axis=1), weight[within], label[free])
    return out
