"""Labels by least energy over a graph: what each node would rather be, and what a border costs.

Alpha-expansion of Boykov, Veksler and Zabih, "Fast approximate energy minimization via graph cuts", 2001, for Potts
borders; each move is one least cut, by SciPy's Dinic, in whole numbers so that every machine finds the same.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
ROUNDS = 4
_STEPS = 1 << 20  # whole steps in the dearest thing; sums of flow stay well below 2^31


def energy(label: I64, cost: F64, pairs: I64, weight: F64) -> float:
    """What a labelling costs: `cost` (N, K) of the nodes and `weight` (P,) of the `pairs` (P, 2) it divides."""
    split = label[pairs[:, 0]] != label[pairs[:, 1]]
    return float(cost[np.arange(len(label)), label].sum() + weight[split].sum())


def settle(cost: F64, pairs: I64, weight: F64, start: I64 | None = None) -> I64:
    """(N,) labels of locally least :func:`energy`, from `start` or from each node's own wish. Finite, not negative."""
    label = cost.argmin(axis=1).astype(np.int64) if start is None else start.copy()
    kinds = cost.shape[1]
    if kinds < 2 or not len(pairs):
        return label
    scale = _STEPS / max(float(cost.max()), float(weight.max()), 1e-30)
    best = energy(label, cost, pairs, weight)
    for _ in range(ROUNDS):
        before = best
        for kind in range(kinds):
            tried = _expand(label, kind, cost * scale, pairs, weight * scale)
            now = energy(tried, cost, pairs, weight)
            if now < best:
                label, best = tried, now
        if best >= before * (1 - 1e-6) or kinds == 2:
            break
    return label


def _expand(label: I64, kind: int, cost: F64, pairs: I64, weight: F64) -> I64:
    """The best labelling in which any node may change to `kind` and to nothing else."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import breadth_first_order, maximum_flow

    free = np.flatnonzero(label != kind)
    if not len(free):
        return label
    place = np.full(len(label), -1, np.int64)
    place[free] = np.arange(len(free))
    rows = np.arange(len(label))
    stay, change = cost[rows, label][free].copy(), cost[free, kind].copy()
    a, b = place[pairs[:, 0]], place[pairs[:, 1]]
    rim = (a >= 0) != (b >= 0)  # the other one has `kind` already: staying costs the border
    np.add.at(stay, np.where(a >= 0, a, b)[rim], weight[rim])
    inner = (a >= 0) & (b >= 0)
    a, b, w = a[inner], b[inner], weight[inner]
    alike = label[free[a]] == label[free[b]]
    # Apart now: w unless both change; w/2 for each that stays, w/2 between them.
    np.add.at(stay, a[~alike], w[~alike] / 2)
    np.add.at(stay, b[~alike], w[~alike] / 2)
    between = np.where(alike, w, w / 2)
    count = len(free)
    gain = np.rint(stay - change).astype(np.int64)  # above 0: it would rather change
    keen, loath = np.flatnonzero(gain > 0), np.flatnonzero(gain < 0)
    link = np.rint(between).astype(np.int64)
    start = np.concatenate((a, b, np.full(len(keen), count), loath))
    end = np.concatenate((b, a, keen, np.full(len(loath), count + 1)))
    room = np.concatenate((link, link, gain[keen], -gain[loath])).clip(0, 2**30).astype(np.int32)
    graph = coo_matrix((room, (start, end)), shape=(count + 2, count + 2)).tocsr()
    graph.eliminate_zeros()
    if not len(keen):
        return label
    left = graph - maximum_flow(graph, count, count + 1).flow
    left.data = np.maximum(left.data, 0)
    left.eliminate_zeros()
    reached = breadth_first_order(left, count, return_predecessors=False)
    out = label.copy()
    out[free[reached[reached < count]]] = kind
    return out
