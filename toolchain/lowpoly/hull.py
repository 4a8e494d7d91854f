"""Convex hulls within a triangle and a vertex limit, by scipy's Qhull."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from toolchain.lowpoly.topology import compact, cross

F64 = NDArray[np.float64]
#: A vertex that stands out by less is left out: this share of the hull's longest side.
FINE = 0.002


@dataclass(frozen=True, eq=False)
class Hull:
    """A closed convex mesh, counter-clockwise from outside."""

    positions: F64  # (V, 3) metres
    faces: NDArray[np.integer]  # (F, 3)
    volume: float  # cubic metres


def convex(
    points: NDArray[np.floating], max_triangles: int, max_vertices: int = 4096, fine: float = FINE
) -> Hull | None:
    """The hull of (N, 3) points within both limits; None where they lie in a plane.

    A hull of n vertices has at most 2 n - 4 triangles. Vertices are taken one by one, always the one farthest
    outside the hull of those taken so far, until none stands out by `fine` of the hull's longest side or a limit
    is met. What they span lies inside the true hull; where a limit cut it short it is grown to the true volume.
    """
    from scipy.spatial import ConvexHull, QhullError

    p = np.unique(np.asarray(points, np.float64), axis=0)
    if len(p) < 4:
        return None
    centre, size = p.mean(axis=0), float(np.ptp(p, axis=0).max())
    p = (p - centre) / max(size, 1e-30)
    try:
        full = ConvexHull(p)
        limit = max(4, min((max_triangles + 4) // 2, max_vertices))
        kept, short = _most_telling(p[full.vertices], limit, fine)
        found = ConvexHull(kept)
    except QhullError:
        return None
    if found.volume < 1e-9:
        return None
    faces = found.simplices.astype(np.int64)
    inward = np.einsum("ij,ij->i", cross(kept, faces), found.equations[:, :3]) < 0
    faces[inward] = faces[inward][:, ::-1]
    order = np.lexsort(np.sort(faces, axis=1).T[::-1])
    local, used = compact(faces[order], len(kept))
    middle = kept[used].mean(axis=0)
    grow = (full.volume / found.volume) ** (1 / 3) if short else 1.0
    made = (middle + (kept[used] - middle) * grow) * size + centre
    return Hull(made, local, float(found.volume * grow**3) * size**3)


def _most_telling(p: F64, limit: int, fine: float) -> tuple[F64, bool]:
    """(rows of p, whether the limit left any out that stands out): a simplex, then greedily the farthest outside."""
    from scipy.spatial import ConvexHull

    first = int(np.argmin(p[:, 0]))
    taken = [first, int(np.argmax(np.linalg.norm(p - p[first], axis=1)))]
    line = p[taken[1]] - p[taken[0]]
    taken.append(int(np.argmax(np.linalg.norm(np.cross(p - p[first], line), axis=1))))
    taken.append(int(np.argmax(np.abs((p - p[first]) @ np.cross(line, p[taken[2]] - p[first])))))
    hull = ConvexHull(p[taken], incremental=True)
    try:
        while True:
            beyond = (p @ hull.equations[:, :3].T + hull.equations[:, 3]).max(axis=1)
            far = int(np.argmax(beyond))
            if beyond[far] <= max(fine, 1e-9):  # below that it is rounding, and would never end
                return p[taken], False
            if len(taken) >= limit:
                return p[taken], True
            taken.append(far)
            hull.add_points(p[far : far + 1])
    finally:
        hull.close()


def deepest(hull: Hull) -> float:
    """How far any vertex lies above any face's plane, as a share of the hull's extent: 0 is convex."""
    n, at = planes(hull)
    return float((hull.positions @ n.T - at).max()) / float(np.ptp(hull.positions, axis=0).max())


def planes(hull: Hull) -> tuple[F64, F64]:
    """Outward unit normals (P, 3) and offsets (P,) of the hull's faces; slivers, whose normals are noise, left out."""
    n = cross(hull.positions, hull.faces)
    size = float(np.ptp(hull.positions, axis=0).max())
    solid = np.linalg.norm(n, axis=1) > 1e-8 * size**2
    n = n[solid] / np.linalg.norm(n[solid], axis=1, keepdims=True)
    return n, np.einsum("ij,ij->i", n, hull.positions[hull.faces[solid, 0]])
