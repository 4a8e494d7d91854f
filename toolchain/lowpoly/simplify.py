"""The reduction ladder: :mod:`coarsen` while there is much to go, then :mod:`collapse`, guarded and free; then whole
small parts are left out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from toolchain.lowpoly import collapse
from toolchain.lowpoly.coarsen import coarsen
from toolchain.lowpoly.quadric import quadrics
from toolchain.lowpoly.topology import areas, edges, face_components

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
RUNGS = ("guarded", "free", "pruned")
CAREFUL = 4  # times the target: what the careful part starts from


@dataclass(frozen=True, eq=False)
class Simplified:
    """A reduced mesh. Vertices are compact; wedges are not."""

    positions: F64  # (V, 3) metres
    faces: I64  # (F, 3)
    wedges: I64  # (F, 3) rows of uv
    uv: F64  # (W, 2) or (0, 2)
    source: I64  # (F,) the face of the input that each one was
    rung: str  # the furthest rung that was needed
    pruned: int  # parts left out


def simplify(
    positions: NDArray[np.floating],
    faces: NDArray[np.integer],
    target: int,
    wedges: NDArray[np.integer] | None = None,
    uv: NDArray[np.floating] | None = None,
) -> Simplified:
    """At most `target` triangles where that can be had; the caller checks.

    `faces` (F, 3) index welded positions; `wedges` (F, 3) say which corners of a vertex belong together
    (all of them without). A closed manifold stays one.
    """
    middle = (positions.min(axis=0) + positions.max(axis=0)).astype(np.float64) / 2
    scale = float(np.linalg.norm(np.ptp(positions, axis=0).astype(np.float64))) or 1.0
    pos = np.ascontiguousarray((positions.astype(np.float64) - middle) / scale)
    tri = np.ascontiguousarray(faces, np.int64).copy()
    wedge = (tri if wedges is None else np.asarray(wedges, np.int64)).copy()
    texture = np.zeros((0, 2)) if uv is None else np.array(uv, np.float64)
    alive = np.ones(len(tri), bool)
    source = np.arange(len(tri))
    rung, pruned, live = RUNGS[0], 0, len(tri)
    if live > target:
        partner = np.full(3 * len(tri), -1, np.int64)
        pairs = edges(tri).pairs()
        partner[pairs[:, 0]], partner[pairs[:, 1]] = pairs[:, 1], pairs[:, 0]
        quadric = quadrics(pos, tri, wedge, partner)
        if uv is None and live > CAREFUL * target:
            tri, wedge, source = coarsen(CAREFUL * target, pos, tri, wedge, partner, quadric, collapse.SHAPE)
            alive, live = np.ones(len(tri), bool), len(tri)
        head, after = collapse.link(tri, len(pos))
        for mode in (collapse.GUARDED, collapse.FREE):
            rung = RUNGS[mode]
            live = _until_stuck(mode, target, pos, tri, wedge, texture, quadric, alive, head, after, live)
            if live <= target:
                break
    if live > target:
        pruned = prune(pos, tri, alive, target)
        rung = RUNGS[2] if pruned else rung
    kept = np.flatnonzero(alive)
    used, index = np.unique(tri[kept], return_inverse=True)
    return Simplified(pos[used] * scale + middle, index.reshape(-1, 3), wedge[kept], texture, source[kept], rung, pruned)


def _until_stuck(
    mode: int,
    target: int,
    pos: F64,
    tri: I64,
    wedge: I64,
    uv: F64,
    quadric: F64,
    alive: NDArray[np.bool_],
    head: I64,
    after: I64,
    live: int,
) -> int:
    """Run a mode again while it gains 2 %: what was refused may have become possible."""
    while True:
        left = collapse.run(mode, target, pos, tri, wedge, uv, quadric, alive, head, after)
        if left <= target or left > 0.98 * live:
            return left
        live = left


def prune(pos: F64, tri: I64, alive: NDArray[np.bool_], target: int) -> int:
    """Take the smallest parts out of `alive` until `target` holds, never the largest; how many went."""
    kept = np.flatnonzero(alive)
    labels = face_components(tri[kept])
    area = np.bincount(labels, weights=areas(pos, tri[kept]))
    size = np.bincount(labels)
    order = np.lexsort((np.arange(len(area)), area))[:-1]
    left = len(kept) - np.cumsum(size[order])
    enough = int(np.searchsorted(-left, -target)) + 1  # left falls; the first index where it is <= target
    gone = order[:enough]
    alive[kept[np.isin(labels, gone)]] = False
    return len(gone)
