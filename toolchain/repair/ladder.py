"""From soup to a closed outside surface. The rungs, the most faithful first:

*kept*     nothing but whole faces left out or turned: every vertex is a given one;
*mended*   holes filled, sheets given a thickness, hidden surface cut out: given vertices, some new faces;
*united*   parts that run into each other joined by an exact boolean union: new vertices where they cross;
*wrapped*  a new skin by an alpha wrap, where the rest fails and it was asked for: sharp, and slow;
*solid*    a new skin from a distance field, where the rest fails: rounds what is finer than its cells.

A rung stands when its mesh is an oriented closed manifold, and when what was seen of the given surface is no
farther from it than `drift`.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from toolchain.lowpoly.closest import build, closest
from toolchain.lowpoly.distance import one_sided
from toolchain.lowpoly.topology import compact, volumes
from toolchain.repair import solid
from toolchain.repair.bury import bury
from toolchain.repair.choose import Chosen, View, choose, look
from toolchain.repair.clean import Soup
from toolchain.repair.halfedges import book, coherent, patches, survey
from toolchain.repair.loops import fill
from toolchain.repair.sight import Scene, face_normals, probes
from toolchain.repair.unite import union
from toolchain.repair.wrap import wrap
from toolchain.stage import Progress, StageError

F64 = NDArray[np.float64]
I32 = NDArray[np.int32]
GLINT = 0.05  # share of rays above which a place counts as seen when it is asked whether it was lost
GAIN = 0.7  # a step that leaves more than this share of the hidden surface was in vain
UNSEEN = 0.02  # a part whose backs are seen at less than this share of places is a solid that lacks its lid


@dataclass(frozen=True)
class Limits:
    """How far repair may go; all lengths in metres."""

    diagonal: float
    hole: float  # a smaller hole is closed
    ragged: float  # and one smaller than this, if its rim is uneven
    thickness: float  # of sheets
    hidden: float  # share of the area that may stay hidden
    drift: float  # farthest that seen surface may be lost
    sheets: int  # more loose sheets than this are a cloud, which gets a skin
    cells: int
    wrap: float = 0.0  # gap that an alpha wrap bridges; 0 asks for none


@dataclass(eq=False)
class Climbed:
    """A closed mesh, the rung it came by and why, and what was done to it."""

    rung: str
    reason: str
    soup: Soup  # origin -1 where a vertex is new
    hidden: tuple[float, float] = (0.0, 0.0)  # share of the area that nobody sees, before and after
    drift: float = 0.0  # share of the diagonal
    counts: dict[str, int] = field(default_factory=dict)


def climb(soup: Soup, limits: Limits, progress: Progress) -> Climbed:
    """The best rung that holds. Raises StageError where none does."""
    progress(0.2, "choosing the outside")
    done = _by_skins(soup, limits, progress)
    if isinstance(done, Climbed):
        return done
    progress(0.6, "building a closed skin")
    why = done
    if limits.wrap:
        try:
            return _skin("wrapped", why, wrap(soup.positions, soup.faces, limits.wrap), soup, limits)
        except ValueError as error:
            why = f"{why} And {error}."
    for cells in (limits.cells, limits.cells + 9, limits.cells // 2):
        with contextlib.suppress(ValueError):
            return _skin("solid", why, solid.remesh(soup.positions, soup.faces, cells), soup, limits)
    raise StageError("The surface is too broken to be closed.")


def _skin(rung: str, why: str, made: tuple[F64, NDArray[np.int64]], soup: Soup, limits: Limits) -> Climbed:
    """A new skin, judged. ValueError where it is not closed."""
    if not survey(np.ascontiguousarray(made[1], np.int32), len(made[0])).closed:
        raise ValueError("the skin did not come out closed")
    now = _without_voids(Soup(made[0], made[1], np.full(len(made[0]), -1)))
    # What the skin hides is gone on purpose, so that only the skin's own distance tells of an error.
    far = one_sided(now.positions, now.faces, build(soup.positions, soup.faces), 10_000).greatest
    return Climbed(rung, why, now, drift=far / limits.diagonal)


def _by_skins(soup: Soup, limits: Limits, progress: Progress) -> Climbed | str:
    """The first three rungs, or why they do not hold."""
    counts: dict[str, int] = {}
    positions, faces = soup.positions, np.ascontiguousarray(soup.faces, np.int32)
    pages = book(faces, len(positions))
    top = survey(faces, len(positions), pages)
    if top.flipped_edges:
        turn = coherent(faces, pages)
        faces = np.where(turn[:, None], faces[:, ::-1], faces)
        pages = book(faces, len(positions))
        counts["faces_turned"] = int(turn.sum())
    given = len(faces)
    if top.boundary_edges:
        faces, counts["holes_filled"] = _filled(positions, faces, limits)
        faces, counts["lids"] = _lidded(positions, faces, limits)
    progress(0.3, "choosing the outside")
    if _loose(positions, faces) > limits.sheets:
        return "The surface is a cloud of loose pieces."
    witness: Witness | None = None
    chosen = choose(positions, faces, limits.thickness, limits.diagonal)
    if chosen is None:
        return "No closed surface could be made of the faces that were given."
    counts["hidden_faces"] = int((~chosen.used[:given]).sum())
    counts["turned_outward"], counts["sheets_thickened"] = chosen.turned, chosen.sheets
    now = _soup(chosen, soup)
    fresh = len(now.faces) > given or bool((now.origin < 0).any()) or len(faces) > given
    rung, reason = ("mended", "Holes were filled or sheets thickened.") if fresh else ("kept", "It was closed already.")
    drift = 0.0
    if fresh or counts["hidden_faces"]:
        witness = Witness(soup)
        drift = witness.lost(now)
    if drift > limits.drift:
        return "Mending would have lost part of the surface."
    part = _parts(now)
    view = look(now.positions, now.faces, part)
    before = view.hidden
    if view.hidden > limits.hidden:
        progress(0.4, "hidden surface")
        witness = witness or Witness(soup)
        now, view, rung, reason = _without_hidden(now, part, view, limits, witness, counts, rung, reason)
        drift = witness.lost(now)
    return Climbed(rung, reason, now, (before, view.hidden), drift / limits.diagonal, counts)


def _filled(positions: F64, faces: I32, limits: Limits) -> tuple[I32, int]:
    return fill(positions, faces, book(faces, len(positions)), limits.hole, limits.ragged)


def _lidded(positions: F64, faces: I32, limits: Limits) -> tuple[I32, int]:
    """Parts that are still open: a lid where nobody sees the back, and the front to the side that sees more."""
    pages = book(faces, len(positions))
    if not (pages.uses == 1).any():
        return faces, 0
    part = patches(faces, pages)
    is_open = np.zeros(int(part.max()) + 1, bool)
    is_open[part[pages.order[pages.first[:-1]][pages.uses == 1] // 3]] = True
    mine = np.flatnonzero(is_open[part])
    names, label = np.unique(part[mine], return_inverse=True)
    points, at = probes(positions, faces[mine], label, 4_000)
    normals = face_normals(positions, faces[mine[at]])
    scene = Scene(positions, faces)
    count = np.bincount(label[at])
    front = np.bincount(label[at], scene.escape(points, normals, 16)) / count
    back = np.bincount(label[at], scene.escape(points, -normals, 16)) / count
    swap = np.zeros(len(is_open), bool)
    swap[names] = back > 1.05 * front + 1e-3
    faces = np.where(swap[part][:, None], faces[:, ::-1], faces)
    lid = np.zeros(len(is_open), bool)
    lid[names] = np.minimum(front, back) < UNSEEN * np.maximum(front, back)
    if not lid.any():
        return faces, 0
    pages = book(faces, len(positions))
    closed, made = fill(positions, faces, pages, 0.0, 0.0, lid[part])
    extra = closed[len(faces) :]
    if len(extra):
        owner = np.zeros(len(positions), np.int64)
        owner[faces.reshape(-1)] = np.repeat(part, 3)
        owner = owner[extra[:, 0]]
        lid[owner[_in_front(positions, faces, part, extra, owner, scene, limits)]] = False
        closed, made = fill(positions, faces, pages, 0.0, 0.0, lid[part])
    return closed, made


def _in_front(
    positions: F64, faces: I32, part: I32, lids: I32, owner: NDArray[np.integer], scene: Scene, limits: Limits
) -> NDArray[np.bool_]:
    """(L,) lids that would hide what is seen: they are visible, and right behind them is another part."""
    points, at = probes(positions, lids, np.arange(len(lids)), 0, 4)
    normals = face_normals(positions, lids[at])
    off = closest(build(positions, faces), points).distance > limits.drift / 2
    bad = np.zeros(len(at), bool)
    for way in (normals, -normals):
        hit = scene.hit(points, -way)
        bad |= (scene.escape(points, way, 16) > GLINT) & off & (hit >= 0) & (part[hit] != owner[at])
    return np.bincount(at, bad, len(lids)) > 0


def _loose(positions: F64, faces: I32) -> int:
    """Parts with an open edge."""
    pages = book(faces, len(positions))
    ends = pages.order[pages.first[:-1]][pages.uses == 1] // 3
    return len(np.unique(patches(faces, pages)[ends]))


def _without_hidden(
    now: Soup,
    part: I32,
    view: View,
    limits: Limits,
    witness: Witness,
    counts: dict[str, int],
    rung: str,
    reason: str,
) -> tuple[Soup, View, str, str]:
    """Union first, for it is exact; then what is still hidden is cut out. A step that does not help is undone."""
    for step in (_united, _emptied, _united):
        if view.hidden <= limits.hidden:
            break
        after = step(now, part, view, limits)
        if after is None or not survey(after.faces, len(after.positions)).closed:
            continue
        after = _without_voids(after)
        mine = _parts(after)
        seen = look(after.positions, after.faces, mine)
        if seen.hidden > GAIN * view.hidden or witness.lost(after) > limits.drift:
            continue
        if step is _united:
            rung, reason = "united", "Parts that ran into each other were joined."
            counts["parts_united"] = counts.get("parts_united", 0) + len(view.parts) - len(seen.parts)
        else:
            rung = "united" if rung == "united" else "mended"
            reason = "Surface inside that nobody sees was cut out."
            counts["emptied"] = counts.get("emptied", 0) + 1
        now, part, view = after, mine, seen
    return now, view, rung, reason


def _united(now: Soup, part: I32, view: View, limits: Limits) -> Soup | None:
    made = union(now.positions, now.faces, part, view.parts > 0) if view.parts.size > 1 else None
    return made and Soup(made[0], made[1], np.where(made[2] >= 0, now.origin[made[2]], -1))


def _emptied(now: Soup, part: I32, view: View, limits: Limits) -> Soup | None:
    cut = bury(now.positions, now.faces)
    chosen = cut and choose(cut[0], cut[1], limits.thickness, limits.diagonal)
    return _soup(chosen, Soup(cut[0], cut[1], now.origin[cut[2]])) if cut and chosen else None


def _soup(chosen: Chosen, given: Soup) -> Soup:
    cut = chosen.cut
    origin = given.origin[np.minimum(chosen.source[cut.origin], len(given.origin) - 1)]
    return Soup(cut.positions, cut.faces, np.where(cut.moved, -1, origin))


def _parts(soup: Soup) -> I32:
    return patches(soup.faces, book(soup.faces, len(soup.positions)))


def _without_voids(soup: Soup) -> Soup:
    """A closed mesh without the walls of closed spaces."""
    part = _parts(soup)
    wall = volumes(soup.positions, soup.faces, part) <= 0
    if not wall.any() or wall.all():
        return soup
    faces, used = compact(soup.faces[~wall[part]], len(soup.positions))
    return Soup(soup.positions[used], faces, soup.origin[used])


class Witness:
    """Places of the given surface that are seen, by which every step is judged."""

    def __init__(self, given: Soup) -> None:
        label = np.zeros(len(given.faces), np.int64)
        points, face = probes(given.positions, given.faces, label, 8_000)
        normals = face_normals(given.positions, given.faces[face])
        scene = Scene(given.positions, given.faces)
        seen = np.maximum(scene.escape(points, normals, 24), scene.escape(points, -normals, 24)) > GLINT
        self.points = points[seen] if seen.any() else points

    def lost(self, now: Soup) -> float:
        """Farthest that a seen place is from a mended surface, metres."""
        return float(closest(build(now.positions, now.faces), self.points).distance.max())
