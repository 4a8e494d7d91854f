"""Take out of a triangle soup what no later step may meet, and count it. Pure numpy and scipy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from toolchain.lowpoly.topology import areas, compact, edges, face_components, labels_of, topology, volumes, weld_exact

F64 = NDArray[np.float64]
Ints = NDArray[np.integer]


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
    finite = np.isfinite(positions).all(axis=1) & (np.abs(np.nan_to_num(positions)) < 1e6).all(axis=1)
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
    if not topology(f[~flat]).closed:
        edge = np.linalg.norm(soup.positions[f] - soup.positions[np.roll(f, -1, axis=1)], axis=2).max(axis=1, initial=0)
        flat |= areas(soup.positions, f) <= 1e-10 * edge**2
    f = f[~flat]
    key = np.sort(f, axis=1)
    _, first = np.unique(key, axis=0, return_index=True)
    kept, used = compact(f[np.sort(first)], len(soup.positions))
    return Soup(soup.positions[used], kept, soup.origin[used]), int(flat.sum()), len(f) - len(first)


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
    from what stays, or if it is a shred (open, with under a thousandth of the area). The part with the most area
    always stays, and so does one with 2 % of the area or more.
    """
    labels = face_components(soup.faces)
    count = int(labels.max()) + 1
    if count == 1:
        return soup, 0, 0.0
    area = np.bincount(labels, weights=areas(soup.positions, soup.faces))
    corners = soup.positions[soup.faces].reshape(-1, 3)
    owner = np.repeat(labels, 3)
    low, high = np.full((count, 3), np.inf), np.full((count, 3), -np.inf)
    np.minimum.at(low, owner, corners)
    np.maximum.at(high, owner, corners)
    diagonal = np.linalg.norm(high - low, axis=1)
    # The parts that make up 98 % of the area set the scale: a floater far away must not make the whole seem large.
    order = np.lexsort((np.arange(count), -area))
    bulk = order[: int(np.searchsorted(np.cumsum(area[order]), 0.98 * area.sum())) + 1]
    whole = float(np.linalg.norm(high[bulk].max(axis=0) - low[bulk].min(axis=0)))
    core = area >= 0.02 * area.sum()
    core[order[0]] = True
    small = ~core & (diagonal < size * whole)
    found = edges(soup.faces)
    ragged = np.zeros(count, bool)
    ragged[labels[np.flatnonzero(found.uses[found.of_half] == 1) // 3]] = True
    shred = ragged & (area < 1e-3 * area.sum())
    gone = small & ((diagonal < speck * whole) | shred | _far(corners, owner, small, gap * whole, count))
    if gone[bulk].any() and gone.sum() > 0.5 * count:  # a cloud of loose triangles is not made of floaters
        gone[bulk] = False
    kept = ~gone[labels]
    faces, used = compact(soup.faces[kept], len(soup.positions))
    return Soup(soup.positions[used], faces, soup.origin[used]), int(gone.sum()), float(area[gone].sum() / area.sum())


def _far(corners: F64, owner: Ints, small: NDArray[np.bool_], gap: float, count: int) -> NDArray[np.bool_]:
    """(C,) parts among `small` whose every corner is farther than `gap` from all parts that are not small."""
    from scipy.spatial import cKDTree

    far = np.zeros(count, bool)
    if small.any():
        mine = small[owner]
        distance = cKDTree(corners[~mine]).query(corners[mine])[0]
        nearest = np.full(count, np.inf)
        np.minimum.at(nearest, owner[mine], distance)
        far = small & (nearest > gap)
    return far


def orient(soup: Soup) -> tuple[Soup, int, int]:
    """(soup, parts turned outward, inner walls dropped) of a closed mesh.

    A part with negative volume that lies inside another is the wall of a void, which nobody sees.
    """
    labels = face_components(soup.faces)
    volume = volumes(soup.positions, soup.faces, labels)
    inward = np.flatnonzero(volume < 0)
    if not len(inward):
        return soup, 0, 0
    faces = soup.faces.copy()
    gone = np.zeros(len(volume), bool)
    for part in inward:
        mine = labels == part
        others = faces[(labels != part) & (volume > 0)[labels]]
        point = soup.positions[faces[mine][0, 0]]
        gone[part] = len(others) > 0 and winding(soup.positions, others, point) > 0.5
        if not gone[part]:
            faces[mine] = faces[mine][:, ::-1]
    kept, used = compact(faces[~gone[labels]], len(soup.positions))
    return Soup(soup.positions[used], kept, soup.origin[used]), int(len(inward) - gone.sum()), int(gone.sum())


def winding(positions: F64, faces: Ints, point: F64) -> float:
    """Winding number of a closed surface round `point` (van Oosterom and Strackee 1983, solid angles)."""
    a, b, c = (positions[faces[:, k]] - point for k in range(3))
    la, lb, lc = (np.linalg.norm(v, axis=1) for v in (a, b, c))
    numerator = np.einsum("ij,ij->i", a, np.cross(b, c))
    denominator = (
        la * lb * lc
        + np.einsum("ij,ij->i", a, b) * lc
        + np.einsum("ij,ij->i", b, c) * la
        + np.einsum("ij,ij->i", c, a) * lb
    )
    return float(np.arctan2(numerator, denominator).sum() / (2 * np.pi))


def boundary_loops(faces: Ints) -> int:
    """Holes: groups of boundary edges joined over their vertices."""
    found = edges(faces)
    ends = found.ends[found.uses == 1]
    if not len(ends):
        return 0
    names, index = np.unique(ends, return_inverse=True)
    return int(labels_of(index.reshape(-1, 2), len(names)).max()) + 1
