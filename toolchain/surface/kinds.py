"""Groups of like colours, many at first, and their joining while two may well be one material."""

from __future__ import annotations

from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from toolchain.surface.apart import Tally, apart, joined

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]


def groups(tint: F64, weight: F64, count: int, rounds: int = 20) -> I64:
    """(N,) group of each row: weighted k-means, grown by splitting the group of most spread along its longest axis."""
    label = np.zeros(len(tint), np.int64)
    for kinds in range(1, count):
        spread, axes, centre = np.zeros(kinds), [], []
        for k in range(kinds):
            mine = label == k
            w = weight[mine][:, None]
            middle = (tint[mine] * w).sum(axis=0) / max(w.sum(), 1e-30)
            away = tint[mine] - middle
            values, vectors = np.linalg.eigh((away * w).T @ away)
            spread[k] = values[-1]
            axes.append(vectors[:, -1])
            centre.append(middle)
        worst = int(spread.argmax())
        if spread[worst] <= 1e-9 * weight.sum():
            break
        far = (tint - centre[worst]) @ axes[worst]
        label = np.where((label == worst) & (far > 0), kinds, label)
        label = _means(tint, weight, label, kinds + 1, rounds)
    return np.unique(label, return_inverse=True)[1].reshape(-1).astype(np.int64)


def _means(tint: F64, weight: F64, label: I64, kinds: int, rounds: int) -> I64:
    for _ in range(rounds):
        middle = centres(tint, weight, label, kinds)
        gap = ((tint[:, None] - middle[None]) ** 2).sum(axis=2)
        gap[:, np.bincount(label, weight, kinds) <= 0] = np.inf
        new = gap.argmin(axis=1)
        if (new == label).all():
            break
        label = new
    return label


def centres(tint: F64, weight: F64, label: I64, kinds: int) -> F64:
    """(K, 3) weighted mean of each label."""
    total = np.bincount(label, weight, kinds)
    return np.stack([np.bincount(label, weight * c, kinds) for c in tint.T], axis=1) / np.maximum(total, 1e-30)[:, None]


def join(sums: Tally, bar: float, clear: float, most: int, least: float) -> tuple[I64, F64, float]:
    """((K,) label that each becomes, (K,) how sure we are of each that stays, how likely the likeliest join was wrong).

    In turn, the least likely pair first: what is smaller than `least` of the surface, and pairs less likely apart than
    `bar`, or while there are over `most`. All become one where no pair that is left is `clear`: where two paints show
    beyond doubt a third is likelier than a second is on a surface that may well have one.
    """
    into = np.arange(len(sums.weight), dtype=np.int64)
    live = [int(k) for k in np.flatnonzero(sums.area > 0)]
    likely = {pair: apart(sums, *pair) for pair in combinations(live, 2)}
    doubt = 0.0
    while len(live) > 1:
        small = min(live, key=lambda k: float(sums.area[k]))
        one, two = min(likely, key=likely.__getitem__)
        if float(sums.area[small]) < least:
            one, two = min((p for p in likely if small in p), key=likely.__getitem__)
        elif likely[one, two] < bar:
            doubt = max(doubt, likely[one, two])
        elif len(live) <= most:
            if max(likely.values()) >= clear:
                break
            doubt = max(doubt, *likely.values())
        sums = joined(sums, one, two)
        into[into == two] = one
        live.remove(two)
        likely = {pair: value for pair, value in likely.items() if one not in pair and two not in pair}
        likely |= {(min(one, k), max(one, k)): apart(sums, min(one, k), max(one, k)) for k in live if k != one}
    sure = np.zeros(len(into))
    for k in live:
        sure[k] = min((value for pair, value in likely.items() if k in pair), default=1.0 - doubt)
    return into, sure, doubt
