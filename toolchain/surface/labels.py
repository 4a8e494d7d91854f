"""Labels over a surface: absorb islands, keep the largest few."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from toolchain.lowpoly.topology import face_pairs, labels_of

I64 = NDArray[np.int64]


def absorb(faces: NDArray[np.integer], label: I64, areas: NDArray[np.float64], least: float) -> tuple[I64, int]:
    """(labels, islands absorbed): regions under `least` of the area take the label they share most edges with.

    A region that is a whole part of the mesh has no neighbour and stays.
    """
    out, total = label.copy(), 0
    pairs = face_pairs(faces)
    for _ in range(8):
        region = labels_of(pairs[out[pairs[:, 0]] == out[pairs[:, 1]]], len(faces))
        size = np.bincount(region, weights=areas)
        small = size < least * areas.sum()
        a, b = pairs[:, 0], pairs[:, 1]
        border = out[a] != out[b]
        a, b = np.concatenate((a[border], b[border])), np.concatenate((b[border], a[border]))
        mine = small[region[a]] & (size[region[b]] > size[region[a]])
        if not mine.any():
            break
        kinds = int(out.max()) + 1
        tally = np.bincount(region[a[mine]] * kinds + out[b[mine]], minlength=len(size) * kinds).reshape(-1, kinds)
        change = tally.sum(axis=1) > 0
        out = np.where(change[region], tally.argmax(axis=1)[region], out)
        total += int(change.sum())
    return out, total


def keep_largest(faces: NDArray[np.integer], label: I64, areas: NDArray[np.float64], most: int) -> tuple[I64, int]:
    """(labels, labels merged): over `most`, the smallest joins what it borders most, else the largest."""
    out, merged = label.copy(), 0
    pairs = face_pairs(faces)
    while len(np.unique(out)) > most:
        names, index = np.unique(out, return_inverse=True)
        size = np.bincount(index.reshape(-1), weights=areas)
        gone = names[int(np.argmin(size))]
        a, b = out[pairs[:, 0]], out[pairs[:, 1]]
        beside = np.concatenate((b[(a == gone) & (b != gone)], a[(b == gone) & (a != gone)]))
        out[out == gone] = np.bincount(beside).argmax() if len(beside) else names[int(np.argmax(size))]
        merged += 1
    return out, merged
