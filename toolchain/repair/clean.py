"""Take out of a triangle soup what no later step may meet, and count it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from toolchain.lowpoly.closest import build, closest
from toolchain.lowpoly.topology import areas, compact, labels_of, weld_exact
from toolchain.repair.halfedges import book, patches, survey
from toolchain.repair.loops import boxes

F64 = NDArray[np.float64]
Ints = NDArray[np.integer]
MOST_FLOATING = 0.05  # of the area: what would leave more than this behind is no clearing away
FARTHEST = 1e15  # metres: squares of it stay exact enough, and no honest coordinate comes near


@dataclass(frozen=True, eq=False)
class Soup:
    """A mesh on its way through repair. `origin` is the input vertex that each vertex was, for its colour."""

    positions: F64  # (V, 3) metres
    faces: Ints  # (F, 3)
    origin: Ints  # (V,)


def drop_bad(positions: NDArray[np.floating], faces: Ints) -> tuple[Soup, dict[str, int]]:
    """Welds equal positions; drops faces that are out of range, not finite, without area or given twice."""
    faces = np.asarray(faces, np.int64)
    in_range = ((faces >= 0) & (faces < len(positions))).all(axis=1)
    faces = faces[in_range]
    finite = np.isfinite(positions).all(axis=1) & (np.abs(np.nan_to_num(positions)) < FARTHEST).all(axis=1)
    whole = finite[faces].all(axis=1)
    faces = faces[whole]
    counts = {"out_of_range": int((~in_range).sum()), "not_finite": int((~whole).sum())}
    faces, used = compact(faces, len(positions))
    first, index = weld_exact(positions[used])
    soup = Soup(positions[used][first].astype(np.float64), index[faces], used[first])
    soup, counts["zero_area"], counts["duplicate"] = drop_flat(soup)
    return soup, counts


def drop_flat(soup: Soup) -> tuple[Soup, int, int]:
    """(soup, faces without area, faces given twice). Needles of a closed mesh stay: dropping them opens it."""
    f = soup.faces
    flat = (f[:, 0] == f[:, 1]) | (f[:, 1] == f[:, 2]) | (f[:, 2] == f[:, 0])
    if not survey(f[~flat], len(soup.positions)).closed:
        edge = np.linalg.norm(soup.positions[f] - soup.positions[np.roll(f, -1, axis=1)], axis=2).max(axis=1, initial=0)
        flat |= areas(soup.positions, f) <= 1e-10 * edge**2
    f = f[~flat]
    twice = given_twice(f, len(soup.positions))
    if not flat.any() and not twice.any() and len(f):
        return soup, 0, 0
    kept, used = compact(f[~twice], len(soup.positions))
    return Soup(soup.positions[used], kept, soup.origin[used]), int(flat.sum()), int(twice.sum())


def given_twice(faces: Ints, count: int) -> NDArray[np.bool_]:
    """(F,) faces whose three vertices, in any order, an earlier face has."""
    key = np.sort(faces, axis=1).astype(np.int64)
    if count < 2_000_000:  # three indices fit one number
        _, first = np.unique((key[:, 0] * count + key[:, 1]) * count + key[:, 2], return_index=True)
    else:
        _, first = np.unique(key, axis=0, return_index=True)
    twice = np.ones(len(faces), bool)
    twice[first] = False
    return twice


def weld_near(soup: Soup, distance: float) -> Soup:
    """Vertices within `distance` metres of another become one (chains too); faces that collapse are dropped."""
    from scipy.spatial import cKDTree

    pairs = cKDTree(soup.positions).query_pairs(distance, output_type="ndarray")
    if not len(pairs):
        return soup
    group = labels_of(pairs, len(soup.positions))
    _, first = np.unique(group, return_index=True)
    return drop_flat(Soup(soup.positions[first], group[soup.faces], soup.origin[first]))[0]


def drop_floaters(soup: Soup, size: float, gap: float, speck: float) -> tuple[Soup, int, float]:
    """(soup, parts dropped, their share of the area).

    Shares of the whole's diagonal: a part under `speck` goes; one under `size` goes if it is farther than `gap`
    from what stays, or if it is a shred (open, under four times `speck`, under 0.02 % of the area). The part
    with the most area always stays, and so does one with 2 % of the area or more.
    """
    pages = book(soup.faces, len(soup.positions))
    labels = patches(soup.faces, pages)
    count = int(labels.max()) + 1
    if count == 1:
        return soup, 0, 0.0
    area = np.bincount(labels, weights=areas(soup.positions, soup.faces))
    low, high = boxes(soup.positions, soup.faces, labels)
    diagonal = np.linalg.norm(high - low, axis=1)
    # The parts that make up 98 % of the area set the scale: a floater far away must not make the whole seem large.
    order = np.lexsort((np.arange(count), -area))
    bulk = order[: int(np.searchsorted(np.cumsum(area[order]), 0.98 * area.sum())) + 1]
    whole = float(np.linalg.norm(high[bulk].max(axis=0) - low[bulk].min(axis=0)))
    core = area >= 0.02 * area.sum()
    core[order[0]] = True
    small = ~core & (diagonal < size * whole)
    ragged = np.zeros(count, bool)
    ragged[labels[pages.order[pages.first[:-1]][pages.uses == 1] // 3]] = True
    shred = ragged & (area < 2e-4 * area.sum()) & (diagonal < 4 * speck * whole)
    gone = small & ((diagonal < speck * whole) | shred)
    gone |= _far(soup, labels, small & ~gone, small, gap * whole)
    if gone[bulk].any() and gone.sum() > 0.5 * count:  # a cloud of loose triangles is not made of floaters
        gone[bulk] = False
    if area[gone].sum() > MOST_FLOATING * area.sum():  # a lattice of loose bars is not either
        gone[:] = False
    kept = ~gone[labels]
    faces, used = compact(soup.faces[kept], len(soup.positions))
    return Soup(soup.positions[used], faces, soup.origin[used]), int(gone.sum()), float(area[gone].sum() / area.sum())


def _far(soup: Soup, labels: Ints, asked: NDArray[np.bool_], small: NDArray[np.bool_], gap: float) -> NDArray[np.bool_]:
    """(C,) parts among `asked` whose every corner is farther than `gap` from all faces of parts that are not small."""
    far = np.zeros(len(asked), bool)
    if asked.any():
        mine = np.flatnonzero(asked[labels])
        tree = build(soup.positions, soup.faces[~small[labels]])
        corners = soup.positions[soup.faces[mine]].reshape(-1, 3)
        nearest = np.full(len(asked), np.inf)
        np.minimum.at(nearest, np.repeat(labels[mine], 3), closest(tree, corners).distance)
        far = asked & (nearest > gap)
    return far
