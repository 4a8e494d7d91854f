"""Whether what a stranger saw in a file is what was meant: sizes, axes, levels, slots, UV sets, hulls, textures.

A reader gives a :class:`Seen`; :func:`faults` names every difference in a sentence. What a reader cannot tell
stays None and is not asked.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from tests.oracles.meant import Meant, decoded, same_bytes, same_pixels
from toolchain.asset import Mesh

#: Of the longest side: what a size or a point may be off by.
TOLERANCE = 1e-3


@dataclass(eq=False)
class Part:
    """One mesh node, in canonical metres."""

    points: np.ndarray  # (N, 3), those that a triangle uses; of a box, its low and its high corner
    triangles: int | None = None
    materials: set[str] | None = None
    uv_sets: int | None = None
    box: bool = False  # `points` are corners of a bounding box alone


@dataclass(eq=False)
class Seen:
    """One file as one reader saw it."""

    reader: str
    parts: dict[str, Part] = field(default_factory=dict)  # by node name
    shapes: dict[str, Part] | None = None  # collision
    textures: dict[str, dict[str, str]] | None = None  # material -> role -> same_bytes or same_pixels
    roles: tuple[str, ...] = ()  # those of which the reader speaks
    levels: int | None = None  # where the reader knows levels of detail as such
    complaints: list[str] = field(default_factory=list)  # the reader's own errors and warnings
    unnamed: bool = False  # the format or reader keeps no node names: all parts are one


def faults(meant: Meant, seen: Seen) -> list[str]:
    """What `seen` says that was not meant, a sentence each; [] when they agree."""
    out = list(seen.complaints)
    parts = meant.parts
    if seen.unnamed:
        out += _one(meant, seen)
    else:
        out += [f"{name} is missing" for name in sorted(parts.keys() - seen.parts.keys())]
        out += [f"{name} was never meant" for name in sorted(seen.parts.keys() - parts.keys())]
        for name in sorted(parts.keys() & seen.parts.keys()):
            out += _part(name, meant, parts[name][1], seen.parts[name])
    levels = len({level for level, _ in parts.values()})
    if seen.levels is not None and seen.levels != levels:
        out.append(f"{seen.levels} levels of detail, {levels} meant")
    if seen.shapes is not None:
        out += _shapes(meant, seen.shapes)
    if seen.textures is not None:
        out += _textures(meant, seen)
    return out


def _one(meant: Meant, seen: Seen) -> list[str]:
    if not seen.parts:
        return [] if seen.complaints else ["nothing is there"]
    meshes = [mesh for _, mesh in meant.parts.values()]
    if seen.shapes is None:  # to which a collision shape is geometry like any other
        meshes += meant.shapes.values()
    points, parts = np.concatenate([_used(m) for m in meshes]), seen.parts.values()
    out = _place("the model", points, Part(np.concatenate([p.points for p in parts]), box=any(p.box for p in parts)))
    counted = [p.triangles for p in seen.parts.values()]
    total = sum(len(m.faces) for m in meshes)
    if None not in counted and sum(c for c in counted if c is not None) != total:
        out.append(f"{sum(c for c in counted if c is not None)} triangles, {total} meant")
    return out


def _part(name: str, meant: Meant, mesh: Mesh, part: Part) -> list[str]:
    out = _place(name, _used(mesh), part)
    if part.triangles is not None and part.triangles != len(mesh.faces):
        out.append(f"{name}: {part.triangles} triangles, {len(mesh.faces)} meant")
    if part.materials is not None and part.materials != meant.materials(mesh):
        out.append(f"{name}: materials {sorted(part.materials)}, {sorted(meant.materials(mesh))} meant")
    if part.uv_sets is not None and part.uv_sets != meant.uv_sets:
        out.append(f"{name}: {part.uv_sets} UV sets, {meant.uv_sets} meant")
    return out


def _shapes(meant: Meant, shapes: dict[str, Part]) -> list[str]:
    wanted = meant.shapes
    if shapes.keys() != wanted.keys():
        return [f"collision {sorted(shapes)}, {sorted(wanted)} meant"]
    return [fault for name in sorted(wanted) for fault in _place(name, wanted[name].positions, shapes[name])]


def _place(name: str, meant: np.ndarray, part: Part) -> list[str]:
    """Size and place to a thousandth; and, where the reader gives points, that each lies where one was meant."""
    from scipy.spatial import cKDTree

    if not len(part.points) or not np.isfinite(part.points).all():
        return [f"{name} has no points"]
    side = np.ptp(meant, axis=0).max()
    low, high = part.points.min(axis=0), part.points.max(axis=0)
    off = max(np.abs(low - meant.min(axis=0)).max(), np.abs(high - meant.max(axis=0)).max()) / side
    if off <= TOLERANCE and not part.box:
        there = cKDTree(meant).query(part.points)[0].max()
        back = cKDTree(part.points).query(meant)[0].max()
        off = max(there, back) / side
    return [f"{name}: {100 * off:.3g} % of its size off its place"] if off > TOLERANCE else []


def _textures(meant: Meant, seen: Seen) -> list[str]:
    out = []
    assert seen.textures is not None
    if strange := sorted(seen.textures.keys() - meant.textures.keys()):
        out.append(f"textures on materials {strange}, which were to have none")
    for material, roles in sorted(meant.textures.items()):
        got = seen.textures.get(material, {})
        for role in seen.roles:
            texture = roles.get(role)
            known = {"", None} if texture is None else {same_bytes(texture.data)}
            if texture is not None and got.get(role) not in known:
                known.add(same_pixels(decoded(texture.data)))
            if got.get(role) not in known:
                out.append(f"{material}: its {role} is not the texture that was meant")
    return out


def _used(mesh: Mesh) -> np.ndarray:
    """Points that a triangle uses, canonical metres."""
    return mesh.positions[np.unique(mesh.faces)].astype(np.float64)
