"""Which skins of a soup are its outside, and how thick its sheets become."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from toolchain.repair.halfedges import Book, book, mates, patches, survey
from toolchain.repair.loops import boxes, least, loops
from toolchain.repair.sight import Scene, face_normals, probes
from toolchain.repair.skin import Cut, Skins, emit, skins

F64 = NDArray[np.float64]
I32 = NDArray[np.int32]
Ints = NDArray[np.integer]
Bools = NDArray[np.bool_]
PROBES = 6_000
GLIMPSE = 0.003  # a skin of which less than this is seen is seen through a crack
FLAT = 5e-6  # of the diagonal: a closed skin thinner than this holds no space
PART = 0.1  # a sheet gets no thicker than this share of its own size


@dataclass(frozen=True, eq=False)
class Chosen:
    """A closed mesh of the outside sides, and what was chosen."""

    cut: Cut
    used: Bools  # (F,) given faces of which a side was kept
    sheets: int  # parts that were given a thickness
    turned: int  # parts whose faces all looked inward
    source: I32  # given vertex of each of `cut.origin`'s numbers; edges may have been cut in two on the way


@dataclass(frozen=True, eq=False)
class View:
    """What is seen of a closed mesh."""

    hidden: float  # share of the area that nobody sees
    parts: F64  # (C,) the same for each part


def look(positions: F64, faces: Ints, part: Ints) -> View:
    """How much of a closed outward mesh no ray from outside reaches, in all and by part."""
    points, face = probes(positions, faces, part, PROBES, 8)
    normals = face_normals(positions, faces[face])
    hidden = ~Scene(positions, faces).seen(points, normals)
    count = int(part.max()) + 1
    share = np.bincount(part[face], weights=hidden, minlength=count) / np.bincount(part[face], minlength=count)
    area = np.bincount(part, weights=_areas(positions, faces), minlength=count)
    return View(float((share * area).sum() / max(area.sum(), 1e-300)), share)


def choose(positions: F64, faces: I32, thickness: float, diagonal: float) -> Chosen | None:
    """The outside of (F, 3) faces as a closed mesh, sheets `thickness` metres thick; None where none comes out.

    Where a skin meets itself in an edge, that edge is cut in two, so that its halves can part in the middle.
    """
    given = np.arange(len(positions), dtype=np.int32)
    source: Ints = np.arange(len(faces))
    for _ in range(4):
        pages = book(faces, len(positions))
        mate = mates(positions, faces, pages, source)
        found = skins(positions, faces, mate)
        keep = _outside(positions, faces, found, diagonal)
        patch = patches(faces, pages)
        thick, sheet = _thickness(positions, faces, patch, found, keep, thickness, diagonal)
        scene = Scene(positions, faces) if sheet.any() else None
        cut = emit(positions, faces, mate, keep, thick, diagonal, scene.distance if scene else None)
        if not len(cut.faces):
            return None
        made = book(cut.faces, len(cut.positions))
        if (made.uses == 1).any():
            cut = _capped(cut, made)
            made = book(cut.faces, len(cut.positions))
        crowded = np.flatnonzero(made.uses > 2)
        if not len(crowded):
            if not survey(cut.faces, len(cut.positions), made).closed:
                return None
            used = np.zeros(int(source.max()) + 1, bool)
            used[source[keep.reshape(-1, 2).any(axis=1)]] = True
            front, back = keep[0::2], keep[1::2]
            only_back = np.bincount(patch, weights=back & ~front) > np.bincount(patch, weights=front)
            sheets = len(np.unique(patch[sheet]))
            return Chosen(cut, used, sheets, int(only_back.sum()), given)
        half = made.order[made.first[crowded]]
        after = np.roll(cut.faces, -1, axis=1).reshape(-1)
        ends = cut.origin[np.stack((cut.faces.reshape(-1)[half], after[half]), axis=1)]
        positions, faces, given, source = _halve(positions, faces, given, source, ends)
    return None


def _capped(cut: Cut, pages: Book) -> Cut:
    """Where three sheets or more end at one vertex, the walls along their edges leave a small hole: close it."""
    found = loops(cut.positions, cut.faces, pages)
    caps = [least(cut.positions[ring])[:, ::-1] for ring in found]
    patch = [ring[cap] for ring, cap in zip(found, caps, strict=True)]
    return replace(cut, faces=np.concatenate((cut.faces, *patch)).astype(np.int32))


def _areas(positions: F64, faces: Ints) -> F64:
    p = positions[faces]
    return np.linalg.norm(np.cross(p[:, 1] - p[:, 0], p[:, 2] - p[:, 0]), axis=1) / 2


def _outside(positions: F64, faces: I32, found: Skins, diagonal: float) -> Bools:
    """(2F,) sides of the skins that are seen from outside. The wall of a closed space is never one."""
    gauge = found.area * diagonal
    flat = ~found.open & (2 * np.abs(found.volume) <= FLAT * gauge)
    first = np.zeros(len(found.area), np.int64)
    first[found.label[::-1]] = np.arange(len(found.label))[::-1]
    front = first % 2 == 0
    hope = found.open | np.where(
        flat, np.where(np.abs(found.volume) <= 1e-12 * gauge, front, found.volume > 0), found.volume > 0
    )
    if hope.sum() > 1:
        side = np.flatnonzero(hope[found.label])
        _, mine = np.unique(found.label[side], return_inverse=True)
        points, at = probes(positions, faces[side // 2], mine, PROBES)
        normals = face_normals(positions, faces[side[at] // 2]) * np.where(side[at] % 2, -1.0, 1.0)[:, None]
        seen = Scene(positions, faces).seen(points, normals)
        share = np.bincount(mine[at], weights=seen) / np.bincount(mine[at])
        hidden = np.flatnonzero(hope)[share <= GLIMPSE]
        if len(hidden) < hope.sum():
            hope[hidden] = False
        else:
            hope[:] = False
            hope[int(np.argmax(np.where(np.isin(np.arange(len(hope)), hidden), found.area, -1)))] = True
    return hope[found.label]


def _thickness(
    positions: F64, faces: I32, patch: I32, found: Skins, keep: Bools, thickness: float, diagonal: float
) -> tuple[F64, Bools]:
    """((2F,) metres that each side stands off, (F,) faces that are sheets)."""
    both = keep[0::2] & keep[1::2]
    flat = (~found.open & (2 * np.abs(found.volume) <= FLAT * found.area * diagonal))[found.label] & keep
    sheet = both | flat[0::2] | flat[1::2]
    thick = np.zeros(2 * len(faces))
    if sheet.any():
        low, high = boxes(positions, faces, patch)
        most = np.minimum(thickness, PART * np.linalg.norm(high - low, axis=1))[patch]
        thick[1::2][both] = most[both]
        thick = np.where(flat, np.repeat(most, 2) / 2, thick)
    return thick, sheet


def _halve(
    positions: F64, faces: I32, given: I32, source: NDArray[np.integer], ends: I32
) -> tuple[F64, I32, I32, NDArray[np.integer]]:
    """Cut edges, named by their (N, 2) vertices, in the middle; of a face one edge at a time, till none is left."""
    ends = np.unique(np.sort(ends.astype(np.int64), axis=1), axis=0)
    a, b = ends.T
    middle = len(positions) + np.arange(len(ends), dtype=np.int32)
    span = len(positions) + len(ends)
    keys = a * span + b
    while True:
        after = np.roll(faces, -1, axis=1).astype(np.int64)
        key = np.minimum(faces, after) * span + np.maximum(faces, after)
        at = np.minimum(np.searchsorted(keys, key), len(keys) - 1)
        hit = keys[at] == key
        whole, split = np.flatnonzero(~hit.any(axis=1)), np.flatnonzero(hit.any(axis=1))
        if not len(split):
            break
        k = np.argmax(hit[split], axis=1)
        u, v, w = (faces[split, (k + i) % 3] for i in range(3))
        m = middle[at[split, k]]
        faces = np.concatenate((faces[whole], np.stack((u, m, w), 1), np.stack((m, v, w), 1))).astype(np.int32)
        source = np.concatenate((source[whole], source[split], source[split]))
    return (
        np.concatenate((positions, (positions[a] + positions[b]) / 2)),
        faces,
        np.concatenate((given, given[a])),
        source,
    )
