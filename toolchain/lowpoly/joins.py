"""Convex parts joined back, the pair whose common hull adds the least volume first.

As in Mamou and Ghorbel 2009 ("A simple and efficient approach for 3D mesh approximate convex decomposition"):
cut more than is allowed, then join, so that no single cut has to be right at once.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from toolchain.lowpoly.solids import hull_volume

F64 = NDArray[np.float64]
JOIN = 0.02  # joining goes on below the limit while it adds less than this share of the hulls' volume


def join(hulls: list[F64], most: int) -> list[F64]:
    """At most `most` point sets (N, 3) whose hulls cover those of `hulls`; the largest hull first."""
    alive = {i: (points, hull_volume(points)) for i, points in enumerate(hulls)}
    costs: dict[tuple[int, int], float] = {}

    def price(i: int) -> None:
        for j in [j for j in sorted(alive) if j < i]:
            costs[j, i] = hull_volume(np.concatenate((alive[j][0], alive[i][0]))) - alive[j][1] - alive[i][1]

    for i in sorted(alive):
        price(i)
    following = len(hulls)
    while len(alive) > 1:
        pair = min(costs, key=lambda p: (costs[p], p))
        if len(alive) <= most and costs[pair] > JOIN * sum(volume for _, volume in alive.values()):
            break
        (a, _), (b, _) = alive.pop(pair[0]), alive.pop(pair[1])
        for old in [p for p in costs if set(p) & set(pair)]:
            del costs[old]
        both = np.concatenate((a, b))
        alive[following] = (both, hull_volume(both))
        price(following)
        following += 1
    return [alive[i][0] for i in sorted(alive, key=lambda i: (-alive[i][1], i))]
