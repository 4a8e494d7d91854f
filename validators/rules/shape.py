"""Edges, shells and areas of triangle soups: what the geometry rules measure. Arrays in, arrays out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from validators.columns import box, cross, finite, lengths, span
from validators.rules.join import components
from validators.scene import F64, I32, SceneMesh


@dataclass(frozen=True, eq=False)
class Topology:
    """How triangles join. S shells: triangles joined by edges. Triangles with a repeated point are left out."""

    triangles: I32  # (T,) which of the given triangles were kept
    shell: I32  # (T,) shell of each kept triangle
    shells: int
    open_edges: int  # edges with one triangle: the rim of a hole
    fan_edges: int  # edges with more than two triangles
    turned_edges: int  # edges whose two triangles disagree about the outside
    closed: np.ndarray  # (S,) bool: no open, fan or turned edge
    open_triangles: I32  # given triangles that have an open edge


def topology(triangles: I32) -> Topology:
    """Join (T, 3) triangles of welded point indices by their edges."""
    a, b, c = triangles.T if len(triangles) else (np.zeros(0, np.int32),) * 3
    kept = np.flatnonzero((a != b) & (b != c) & (c != a)).astype(np.int32)
    tri = triangles[kept].astype(np.int64).reshape(-1, 3)
    start, end = tri.ravel(), tri[:, [1, 2, 0]].ravel()
    owner = np.repeat(np.arange(len(tri)), 3)
    key = np.minimum(start, end) * (int(tri.max(initial=0)) + 1) + np.maximum(start, end)
    order = np.argsort(key)
    key, owner, forward = key[order], owner[order], (start < end)[order]
    first = np.flatnonzero(np.diff(key, prepend=-1)) if len(key) else np.zeros(0, np.int64)
    uses = np.diff(np.append(first, len(key)))
    balance = np.add.reduceat(np.where(forward, 1, -1), first) if len(first) else np.zeros(0, np.int64)
    group = np.repeat(np.arange(len(first)), uses)
    joined = np.flatnonzero(group[1:] == group[:-1])
    shells, shell = components(len(tri), owner[joined], owner[joined + 1])
    bad = (uses != 2) | (balance != 0)
    closed = np.ones(shells, bool)
    closed[shell[owner[bad[group]]]] = False
    return Topology(
        kept,
        shell,
        shells,
        int((uses == 1).sum()),
        int((uses > 2).sum()),
        int(((uses == 2) & (balance != 0)).sum()),
        closed,
        kept[np.unique(owner[(uses == 1)[group]])],
    )


def shell_volumes(points: F64, triangles: I32, shape: Topology) -> tuple[F64, F64, F64]:
    """Signed volume (S,), least corner (S, 3) and greatest corner (S, 3) of each shell of triangles (T, 3).

    The volume is the sum of the tetrahedra from the cloud's middle (divergence theorem); positive when faces look out.
    """
    corners = points[triangles[shape.triangles]] if len(shape.triangles) else np.zeros((0, 3, 3))
    low, high = np.full((shape.shells, 3), np.inf), np.full((shape.shells, 3), -np.inf)
    if not len(corners):
        return np.zeros(shape.shells), low, high
    with np.errstate(all="ignore"):
        order = np.argsort(shape.shell, kind="stable")
        first = np.flatnonzero(np.diff(shape.shell[order], prepend=-1))  # every shell has a triangle
        least, most = span(corners)
        low, high = np.minimum.reduceat(least[order], first), np.maximum.reduceat(most[order], first)
        rel = corners - [column.mean() for column in corners.reshape(-1, 3).T]
        six = np.einsum("ij,ij->i", rel[:, 0], cross(rel[:, 1], rel[:, 2]))
    return np.bincount(shape.shell, six, shape.shells) / 6.0, low, high


def flatness(points: F64, triangles: I32) -> tuple[F64, F64]:
    """Doubled area (T,) and longest edge (T,) of triangles (T, 3); NaN where a point is not finite."""
    a, b, c = (points[triangles[:, i]] for i in range(3))
    with np.errstate(all="ignore"):
        area2 = lengths(cross(b - a, c - a))
        longest = np.maximum.reduce([lengths(p - q) for p, q in ((a, b), (b, c), (c, a))])
    return area2, longest


def diagonal(points: F64) -> float:
    """Diagonal of the box of the finite points; 0 without any."""
    good = points[finite(points)]
    if not len(good):
        return 0.0
    low, high = box(good)
    return float(np.linalg.norm(high - low))


def face_of_triangle(mesh: SceneMesh) -> I32:
    """(T,) the face that each of `mesh.triangles` was fanned from."""
    parts = [
        np.repeat(np.flatnonzero(mesh.face_sizes == size), size - 2)
        for size in np.unique(mesh.face_sizes[mesh.face_sizes >= 3])
    ]
    return np.concatenate(parts).astype(np.int32) if parts else np.zeros(0, np.int32)


def bulge(points: F64, triangles: I32, work: int = 8_000_000) -> float:
    """How far the cloud stands out over its own faces' planes, as a share of its diagonal: 0 for a convex solid.

    Every face against every point; of a mesh too big for that, faces at even steps, so that a bulge found is real.
    """
    size = diagonal(points)
    used = points[np.unique(triangles)] if len(triangles) else points[:0]
    if size == 0.0 or not len(used) or not np.isfinite(used).all():
        return 0.0
    step = max(1, len(triangles) * len(used) // work)
    a, b, c = (points[triangles[::step, i]] for i in range(3))
    normal = np.cross(b - a, c - a)
    long = np.linalg.norm(normal, axis=1)
    good = long > 1e-9 * size * size
    normal, a = normal[good] / long[good, None], a[good]
    worst = 0.0
    for at in range(0, len(normal), 2048):  # slabs, so that memory stays bounded
        n = normal[at : at + 2048]
        worst = max(worst, float((n @ used.T - np.einsum("ij,ij->i", n, a[at : at + 2048])[:, None]).max()))
    return worst / size
