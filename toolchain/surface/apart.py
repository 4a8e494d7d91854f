"""Whether two regions of a surface are two materials: what speaks for it, in numbers that add up as regions join.

Each pair is asked by the distance of its colours, alone and beside the spread within them, by how sharply they meet,
by how large and how ragged they are, by how differently they face the light, and by which of them is the paler. The
weights were fitted by logistic regression on 13,777 pairs of regions of 170 sculpts, made by the embedded generator
from pictures of props of another set, drawn with shading, shadow, reflections, texture and noise; on half of them only
one paint shows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
SAYS = np.array([-6.447, 1.343, 0.333, 0.966, 1.436, 0.354, -0.420, 0.202, -2.000, 2.672, 2.912])

HUED, ALIKE = 0.01, 0.97  # linear distance from grey, and cosine between two, from which hues can be told and are one
PALER = 0.1  # fall of saturation at which a highlight is beyond doubt


@dataclass(frozen=True, eq=False)
class Tally:
    """Sums over a labelled surface: all add up when two labels become one."""

    weight: F64  # (K,) area times trust
    area: F64  # (K,) share of the surface
    first: F64  # (K, 3) weighted sum of tints
    second: F64  # (K, 3, 3) weighted sum of their products
    way: F64  # (K, 3) weighted sum of normals
    linear: F64  # (K, 3) weighted sum of linear colours
    length: F64  # (K, K) of the border between two, over the square root of the surface
    near: F64  # (K, K) weight of what of the first lies near the second
    beside: F64  # (K, K, 3) weighted sum of its tints


def tally(
    label: I64,
    tint: F64,
    linear: NDArray[np.floating],
    area: F64,
    trust: F64,
    normals: F64,
    pairs: I64,
    length: F64,
    rings: int = 3,
) -> Tally:
    """The sums of (F,) labels; `area` (F,) adds to 1. What lies within `rings` faces of a border is near it."""
    count = int(label.max()) + 1
    weight = area * trust
    a, b = label[pairs[:, 0]], label[pairs[:, 1]]
    cut = a != b
    lengths = np.bincount(a[cut] * count + b[cut], length[cut], count * count).reshape(count, count).astype(np.float64)
    over = np.full(len(label), -1, np.int64)  # the label across the border that a face is near
    over[pairs[cut, 0]], over[pairs[cut, 1]] = b[cut], a[cut]
    inner = pairs[~cut]
    for _ in range(rings):
        one, two = over[inner[:, 0]], over[inner[:, 1]]
        over[inner[(one >= 0) & (two < 0), 1]] = one[(one >= 0) & (two < 0)]
        over[inner[(two >= 0) & (one < 0), 0]] = two[(two >= 0) & (one < 0)]
    rim = over >= 0
    key = label[rim] * count + over[rim]

    def per(key: I64, values: F64, *shape: int) -> F64:
        return np.bincount(key, values, int(np.prod(shape))).reshape(shape).astype(np.float64)

    columns = tint.T
    moments = [per(label, weight * x * y, count) for x in columns for y in columns]
    near = [per(key, weight[rim] * x[rim], count, count) for x in columns]
    return Tally(
        per(label, weight, count),
        per(label, area, count),
        np.stack([per(label, weight * x, count) for x in columns], axis=1),
        np.stack(moments, axis=1).reshape(count, 3, 3),
        np.stack([per(label, weight * n, count) for n in normals.T], axis=1),
        np.stack([per(label, weight * c, count) for c in linear.T], axis=1),
        lengths + lengths.T,
        per(key, weight[rim], count, count),
        np.stack(near, axis=2),
    )


def joined(sums: Tally, one: int, two: int) -> Tally:
    """The sums with label `two` become `one`; `two` stays, empty."""
    values = []
    for name in ("weight", "area", "first", "second", "way", "linear"):
        v = getattr(sums, name).copy()
        v[one], v[two] = v[one] + v[two], 0
        values.append(v)
    for name in ("length", "near", "beside"):
        v = getattr(sums, name).copy()
        v[one] += v[two]
        v[two] = 0
        v[:, one] += v[:, two]
        v[:, two] = 0
        v[one, one] = 0
        values.append(v)
    return Tally(*values)


def clues(sums: Tally, one: int, two: int) -> F64:
    """What speaks for two labels being two materials: the numbers that :data:`SAYS` weighs."""
    total = max(float(sums.weight.sum()), 1e-30)
    w1, w2 = max(float(sums.weight[one]), 1e-30), max(float(sums.weight[two]), 1e-30)
    m1, m2 = sums.first[one] / w1, sums.first[two] / w2
    apart = m1 - m2
    gap = max(float(np.linalg.norm(apart)), 1e-9)
    along = apart / gap
    spread = sums.second[one] + sums.second[two] - w1 * np.outer(m1, m1) - w2 * np.outer(m2, m2)
    sigma = float(np.sqrt(max(along @ spread @ along / (w1 + w2), 0.0)))
    n1, n2 = float(sums.near[one, two]), float(sums.near[two, one])
    touch = n1 > 1e-12 and n2 > 1e-12
    step = 0.7
    if touch:
        step = float((sums.beside[one, two] / n1 - sums.beside[two, one] / n2) @ along / gap)
    small = min(float(sums.area[one]), float(sums.area[two]))
    ragged = float(sums.length[one, two]) / np.sqrt(max(small, 1e-9))
    turn = float(np.linalg.norm(sums.way[one] / w1 - sums.way[two] / w2))
    chroma, light = float(np.hypot(apart[1], apart[2])), abs(float(apart[0]))
    return np.array(
        [
            1.0,
            np.log1p(chroma / 4),
            np.log1p(light / 4),
            np.log1p(gap / (sigma + 1.0)),
            np.clip(step, -0.5, 1.5),
            np.log(max(min(w1, w2) / total, 1e-4)),
            np.log1p(ragged),
            turn,
            turn * light / (chroma + light + 1e-9),
            np.log1p(gap / 4),
            _fall(sums.linear[one] / w1, sums.linear[two] / w2),
        ]
    )


def _fall(one: F64, two: F64) -> float:
    """How much less saturated the brighter of two linear colours is: light and haze pale a paint in their own ways."""
    dark, bright = (one, two) if one.sum() <= two.sum() else (two, one)
    return float(np.linalg.norm(dark - dark.mean()) / (dark.sum() + 0.02)) - float(
        np.linalg.norm(bright - bright.mean()) / (bright.sum() + 0.02)
    )


def glare(sums: Tally, one: int, two: int) -> float:
    """How well the brighter of two labels is explained as a highlight on the darker one, 0..1.

    Light that a surface mirrors adds grey to its own colour (Shafer's dichromatic model, 1985): the hue and what sets a
    colour off from grey stay, it pales, it covers less than the paint about it, and it fades out without an edge.
    """
    w = np.maximum(sums.weight, 1e-30)
    dark, bright = sorted((one, two), key=lambda k: float(sums.linear[k].sum() / w[k]))
    if w[bright] >= w[dark]:
        return 0.0
    c, d = sums.linear[bright] / w[bright], sums.linear[dark] / w[dark]
    c, d = c - c.mean(), d - d.mean()
    if min(np.linalg.norm(c), np.linalg.norm(d)) < HUED:
        return 0.0
    alike = float(c @ d / (np.linalg.norm(c) * np.linalg.norm(d)))
    keeps = float(np.clip(np.linalg.norm(c) / np.linalg.norm(d), 0, 1)) * float(alike > ALIKE)
    pales = float(np.clip(_fall(sums.linear[one] / w[one], sums.linear[two] / w[two]) / PALER, 0, 1))
    return keeps * pales * (1.0 - float(np.clip(clues(sums, one, two)[4], 0, 1)))


def apart(sums: Tally, one: int, two: int) -> float:
    """How likely two labels are two materials, 0..1."""
    likely = float(1.0 / (1.0 + np.exp(-(clues(sums, one, two) @ SAYS))))
    return likely * (1.0 - glare(sums, one, two))
