"""Convex hulls within a triangle limit, and what they cover. scipy's Qhull; manifold3d for what they share."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from toolchain.lowpoly.distance import sample
from toolchain.lowpoly.topology import compact, cross

F64 = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Hull:
    """A closed convex mesh, counter-clockwise from outside."""

    positions: F64  # (V, 3) metres
    faces: NDArray[np.integer]  # (F, 3)
    volume: float  # cubic metres


def convex(points: NDArray[np.floating], max_triangles: int) -> Hull | None:
    """The hull of (N, 3) points with at most `max_triangles` triangles; None where they lie in a plane.

    A hull of n vertices has 2 n - 4 triangles. Where that is too many, vertices are taken one by one,
    always the one farthest outside the hull of those taken so far; what they span lies inside the true hull,
    and is grown to its volume.
    """
    from scipy.spatial import ConvexHull, QhullError

    p = np.unique(np.asarray(points, np.float64), axis=0)
    if len(p) < 4:
        return None
    centre, size = p.mean(axis=0), float(np.ptp(p, axis=0).max())
    p = (p - centre) / max(size, 1e-30)
    try:
        full = ConvexHull(p)
        limit = (max_triangles + 4) // 2
        kept = p[full.vertices] if len(full.vertices) <= limit else _most_telling(p[full.vertices], limit)
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
    grown = middle + (kept[used] - middle) * (full.volume / found.volume) ** (1 / 3)
    return Hull(grown * size + centre, local, float(full.volume) * size**3)


def _most_telling(p: F64, limit: int) -> F64:
    """`limit` rows of p: a simplex of extremes, then greedily the point farthest outside."""
    from scipy.spatial import ConvexHull

    first = int(np.argmin(p[:, 0]))
    taken = [first, int(np.argmax(np.linalg.norm(p - p[first], axis=1)))]
    line = p[taken[1]] - p[taken[0]]
    taken.append(int(np.argmax(np.linalg.norm(np.cross(p - p[first], line), axis=1))))
    taken.append(int(np.argmax(np.abs((p - p[first]) @ np.cross(line, p[taken[2]] - p[first])))))
    hull = ConvexHull(p[taken], incremental=True)
    while len(taken) < limit:
        beyond = (p @ hull.equations[:, :3].T + hull.equations[:, 3]).max(axis=1)
        far = int(np.argmax(beyond))
        if beyond[far] <= 1e-9:
            break
        taken.append(far)
        hull.add_points(p[far : far + 1])
    hull.close()
    return p[taken]


def deepest(hull: Hull) -> float:
    """How far any vertex lies above any face's plane, as a share of the hull's extent: 0 is convex."""
    n = cross(hull.positions, hull.faces)
    size = float(np.ptp(hull.positions, axis=0).max())
    solid = np.linalg.norm(n, axis=1) > 1e-8 * size**2
    n = n[solid] / np.linalg.norm(n[solid], axis=1, keepdims=True)
    away = n @ hull.positions.T - np.einsum("ij,ij->i", n, hull.positions[hull.faces[solid, 0]])[:, None]
    return float(away.max()) / size


def overlap(hulls: list[Hull]) -> float:
    """Volume that lies in two hulls, summed over pairs, cubic metres."""
    import manifold3d

    solids = [
        manifold3d.Manifold(
            manifold3d.Mesh(vert_properties=h.positions.astype(np.float32), tri_verts=h.faces.astype(np.uint32))
        )
        for h in hulls
    ]
    total = 0.0
    for i, one in enumerate(solids):
        for other in solids[i + 1 :]:
            total += max(0.0, float((one ^ other).volume()))
    return total


def outside(positions: NDArray[np.floating], faces: NDArray[np.integer], hulls: list[Hull]) -> dict[str, float]:
    """Share of the asset's surface that pokes out of all hulls by over 0.5 % of the diagonal, and the farthest."""
    points, _, _ = sample(positions, faces, 4_000)
    diagonal = float(np.linalg.norm(np.ptp(positions, axis=0)))
    least = np.full(len(points), np.inf)
    for hull in hulls:
        n = cross(hull.positions, hull.faces)
        n /= np.maximum(np.linalg.norm(n, axis=1, keepdims=True), 1e-30)
        at = np.einsum("ij,ij->i", n, hull.positions[hull.faces[:, 0]])
        least = np.minimum(least, (points @ n.T - at).max(axis=1))
    return {
        "uncovered": round(float((least > 0.005 * diagonal).mean()), 4),
        "pokes_out_percent": round(float(max(0.0, least.max()) / diagonal * 100), 3),
    }
