"""Slots that nobody painted: regions that colour, evidence and shape say are of different materials, or none.

Faces become small tiles, tiles become groups of like colour by a cut that minds length, creases and edges of colour,
groups are joined until each pair that is left is clearly two (:mod:`kinds`), and borders are drawn anew face by face.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from toolchain.asset import Sculpt
from toolchain.lowpoly.topology import cross
from toolchain.surface.apart import tally
from toolchain.surface.borders import price, trim
from toolchain.surface.cutting import settle
from toolchain.surface.kinds import centres, groups, join
from toolchain.surface.tiles import seams, tiles
from toolchain.surface.tint import LIGHTNESS, face_colours, tints

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
TILES = 3000  # about how many
LOOSE = 0.5  # of :func:`tiles`, in the unit of tints
GROUPS = 16  # that joining starts from
SPREAD = 5.0  # of one material's tints
FAR = 4.0  # a face cannot be further off a label than this
BORDER = 0.02  # what a border as long as the square root of the surface costs, against a label FAR off everywhere
BAR, CLEAR = 0.7, 0.9  # likelihood of a pair from which it is two, and that one of the pairs at least must have
ASKED = 0.001  # both, where a number was asked for
EASY, EASIEST = 2.0, 64.0  # how much more colours count against borders, and may, for a number that was asked for
PICTURED = 0.15  # least trust in a group of colour: what was but guessed is no material
LEAST, LEAST_ASKED = 0.015, 0.01  # share of the surface below which a slot is not worth its textures


@dataclass(frozen=True, eq=False)
class Found:
    """Regions of a surface, largest first."""

    label: I64  # (F,)
    sure: tuple[float, ...]  # of each region: 0..1
    groups: int  # of colour that were looked at
    doubt: float  # how likely the likeliest split that was not made is one


def find(sculpt: Sculpt, most: int, asked: int = 0, rings: int = 8) -> Found:
    """At most `most` regions of the sculpt's faces; `asked` of them, where that many can be told at all."""
    mesh = sculpt.mesh
    twice = cross(mesh.positions, mesh.faces)
    size = np.linalg.norm(twice, axis=1)
    normals = twice / np.maximum(size, 1e-30)[:, None]
    area, side = size / size.sum(), float(np.sqrt(size.sum() / 2))
    linear, trust = face_colours(sculpt)
    tint = tints(linear)
    weight = area * trust
    found = seams(mesh.positions, mesh.faces, normals)
    a, b = found.pairs.T
    gap = np.linalg.norm((tint[a] - tint[b]) * (LIGHTNESS, 1.0, 1.0), axis=1)
    tile = tiles(found.pairs, gap, area, LOOSE, 1.0 / TILES)
    count = int(tile.max()) + 1
    total = np.maximum(np.bincount(tile, weight, count), 1e-12)
    tint = tint * (1.0 if asked else LIGHTNESS, 1.0, 1.0)  # a number that was told leaves less for light to invent
    mean = centres(tint, weight, tile, count)
    group = groups(mean, total, GROUPS)
    cost = _costs(tint, weight, centres(mean, total, group, int(group.max()) + 1))
    fence = BORDER * price(found, side, gap)
    links, between = _between(tile, found.pairs, fence)
    label, easier = _settled(cost * EASY, tile, links, between, weight, area), EASY
    while label.max() + 1 < asked and easier < EASIEST:  # a border that was asked for may be drawn at less
        easier *= 4.0
        label = _settled(cost * easier, tile, links, between, weight, area)
    sums = tally(label, tint, linear, area, trust, normals, found.pairs, found.length / side)
    if asked:
        into, sure, doubt = join(sums, ASKED, ASKED, asked, LEAST_ASKED)
    else:
        into, sure, doubt = join(sums, BAR, CLEAR, most, LEAST)
    label = into[label]
    kept = np.unique(label)
    if len(kept) > 1:
        place = np.searchsorted(kept, label)
        middle = centres(tint, weight, place, len(kept))
        place = trim(place, _costs(tint, weight, middle), found.pairs, fence, rings)
        label = kept[place]
    shares = np.bincount(label, area, len(sure))
    known = np.bincount(label, weight, len(sure)) / np.maximum(shares, 1e-30)
    order = sorted((int(k) for k in kept if shares[k] > 0), key=lambda k: (-shares[k], k))
    rank = np.zeros(len(sure), np.int64)
    rank[order] = np.arange(len(order))
    return Found(
        rank[label],
        tuple(round(float(sure[k] * (0.5 + 0.5 * known[k])), 3) for k in order),
        len(sure),
        round(doubt, 3),
    )


def _settled(cost: F64, tile: I64, links: I64, between: F64, weight: F64, area: F64) -> I64:
    """(F,) labels 0.. of least energy over the tiles, of which each was pictured where any was."""
    count = int(tile.max()) + 1
    while True:
        whole = np.stack([np.bincount(tile, c, count) for c in cost.T], axis=1).astype(np.float64)
        label = settle(whole, links, between)[tile]
        kinds = cost.shape[1]
        pictured = np.bincount(label, weight, kinds) > PICTURED * np.bincount(label, area, kinds)
        if pictured.all() or not pictured.any():
            return np.asarray(np.unique(label, return_inverse=True)[1].reshape(-1), np.int64)
        cost = cost[:, pictured]


def _costs(tint: F64, weight: F64, middle: F64) -> F64:
    """(F, K) what it costs a face to be of each label: how far off its tint is, bounded."""
    far = ((tint[:, None] - middle[None]) ** 2).sum(axis=2) / (2 * SPREAD**2)
    return np.asarray(weight[:, None] * np.minimum(far, FAR), np.float64)


def _between(tile: I64, pairs: I64, fence: F64) -> tuple[I64, F64]:
    """Pairs of tiles that share a border, and what it costs in all."""
    a, b = np.sort(tile[pairs], axis=1).T
    count = int(tile.max()) + 1
    cut = a != b
    key, index = np.unique(a[cut] * count + b[cut], return_inverse=True)
    return np.stack((key // count, key % count), axis=1), np.asarray(
        np.bincount(index.reshape(-1), fence[cut], len(key)), np.float64
    )
