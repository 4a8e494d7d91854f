"""The reduction ladder: :mod:`coarsen` while there is much to go, then :mod:`collapse` in its modes: guarded, crossing
(walls may poke through each other), free; then whole small parts are left out. So are, on any rung, loose parts
that the collapse has crushed: what the budget cannot show is dropped whole, and counted.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from toolchain.lowpoly import collapse
from toolchain.lowpoly.coarsen import coarsen
from toolchain.lowpoly.crossing import Grid, make_grid
from toolchain.lowpoly.quadric import quadrics
from toolchain.lowpoly.thickness import room
from toolchain.lowpoly.topology import areas, edges, face_components, over_edges, volumes

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
RUNGS = ("guarded", "crossing", "free", "pruned")
ROUGH = 0.15  # of the triangles, and at least MANY: what the quick part goes to before it minds thin walls
MANY = 30_000
CRUSHED = 0.3  # share of its volume below which a loose part is crushed
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
        found = edges(tri)
        partner = found.partners()
        quadric = quadrics(pos, tri, wedge, partner)
        part = over_edges(found, len(tri))
        volume = volumes(pos, tri, part) if part.any() and not (partner < 0).any() else np.zeros(0)
        space = np.full(len(pos), np.inf)
        for share in (ROUGH, 0.0):  # the first part moves too little to reach another wall; then there is less to ask
            goal = max(CAREFUL * target, int(share * live), MANY if share else 0)
            if uv is None and live > goal:
                tri, wedge, chosen = coarsen(goal, pos, tri, wedge, partner, quadric, space, collapse.SHAPE)
                source = source[chosen]
                partner, live = edges(tri).partners(), len(tri)
            if share:
                space = room(pos, tri)
        alive = np.ones(live, bool)
        head, after = collapse.link(tri, len(pos))
        grid = make_grid(pos, tri, alive, space, target)
        for mode in (collapse.GUARDED, collapse.CROSSING, collapse.FREE):
            rung = RUNGS[mode]
            live = _until_stuck(mode, target, pos, tri, wedge, texture, quadric, alive, head, after, live, space, grid)
            if live <= target:
                break
        if len(volume):
            pruned = drop_crushed(pos, tri, alive, part[source], volume)
        if live > target and (more := prune(pos, tri, alive, target)):
            pruned, rung = pruned + more, RUNGS[3]
    kept = np.flatnonzero(alive)
    used, index = np.unique(tri[kept], return_inverse=True)
    return Simplified(
        pos[used] * scale + middle, index.reshape(-1, 3), wedge[kept], texture, source[kept], rung, pruned
    )


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
    space: F64,
    grid: Grid,
) -> int:
    """Run a mode again while it gains 2 %: what was refused may have become possible."""
    while True:
        left = collapse.run(mode, target, pos, tri, wedge, uv, quadric, alive, head, after, space, grid)
        if left <= target or left > 0.98 * live:
            return left
        live = left


def drop_crushed(pos: F64, tri: I64, alive: NDArray[np.bool_], part: I64, volume: F64) -> int:
    """Take parts out of `alive` that have kept too little of their volume (P,), never the largest; how many went."""
    kept = np.flatnonzero(alive)
    now = np.zeros(len(volume))
    held = volumes(pos, tri[kept], part[kept])
    now[: len(held)] = held
    lost = (now < CRUSHED * volume) & (volume > 0)
    lost[np.argmax(np.abs(volume))] = False
    lost &= np.bincount(part[kept], minlength=len(volume)) > 0
    alive[kept[lost[part[kept]]]] = False
    return int(lost.sum())


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
