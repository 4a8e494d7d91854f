"""Collision: closed convex shapes, few and small, that an engine takes as they are.

The best box, sphere or capsule where the engine knows it by name and it holds little air; else one hull; else
convex parts (:mod:`cuts`, :mod:`joins`). Everything is measured on what is delivered.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from engine_profiles import Profile
from engine_profiles.typed import opt
from toolchain.asset import Hulls, Mesh
from toolchain.recipe import Recipe
from toolchain.stage import Made, Progress, StageError
from validators.finding import Finding

if TYPE_CHECKING:
    from toolchain.lowpoly.hull import Hull
    from toolchain.lowpoly.simple import Simple

NAME = "collision"
VERSION = 2
#: Triangles that cuts are tried on: hulls need no detail, as long as what is left stands for the asset.
SEARCHED = (800, 2400)
LOST = 0.03  # most that it may differ in volume, and a third of it in extent
THIN = 0.01  # least thickness of the box round a flat asset, as a share of its diagonal


@dataclass(frozen=True)
class Params:
    """What the engine takes, and how much air is too much. Air is volume outside the asset, over the asset's own."""

    style: str = opt("none", "none, or convex hulls by node name", choices=("none", "ucx", "suffix"))
    max_hulls: int = opt(1, "most hulls", low=1, high=64)
    max_triangles: int = opt(255, "most triangles a hull", low=4, high=4096)
    max_vertices: int = opt(255, "most vertices a hull", low=4, high=4096)
    shapes: tuple[str, ...] = opt((), "simple shapes tried before hulls", choices=("box", "sphere", "capsule"))
    simple_air: float = opt(0.15, "a simple shape will do up to this", low=0.0, high=100.0)
    hull_air: float = opt(0.15, "one hull will do up to this", low=0.0, high=1000.0)
    warn_air: float = opt(1.0, "more than this draws a warning", low=0.0, high=1000.0)
    warn_uncovered: float = opt(0.02, "a larger share of the surface outside draws a warning", low=0.0, high=1.0)


def params(recipe: Recipe, profile: Profile | None) -> Params:
    """The profile's collision."""
    if profile is None:
        return Params()
    said = profile.collision
    return Params(
        style=said.style,
        max_hulls=said.max_hulls,
        max_triangles=said.max_triangles,
        max_vertices=said.max_vertices,
        shapes=said.shapes,
    )


@dataclass(frozen=True, eq=False)
class _Choice:
    """What will be delivered: shapes as written, as the engine makes them, their kinds, and how we got there."""

    rung: str  # flat, box, sphere, capsule, hull, parts, fallback
    drawn: list[Hull]
    true: list[Hull]
    kinds: list[str]


def run(params: Params, progress: Progress, *, reduce: Mesh) -> Made:
    """Collision for LOD0, or none where the engine wants none. Raises StageError for a hull that is not convex."""
    from toolchain.lowpoly import cover
    from toolchain.lowpoly.hull import convex
    from toolchain.lowpoly.solids import solid

    if params.style == "none":
        return Made(Hulls(()), {"style": "none", "hulls": 0})
    points, faces = reduce.positions.astype(np.float64), reduce.faces
    measures: dict[str, Any] = {"style": params.style, "overshoot": None, "overlap": 0.0}
    whole = convex(points, params.max_triangles, params.max_vertices)
    if whole is None:
        choice = _flat(params, points, reduce.diagonal)
    else:
        try:
            asset = solid(points, faces)
        except ValueError:
            choice = _Choice("fallback", [whole], [whole], ["convex"])
        else:
            choice = _choose(params, progress, points, faces, asset, whole)
            progress(0.8, "measuring")
            measures["overshoot_of_one"] = cover.volumes_of(asset, [whole])["overshoot"]
            measures |= cover.volumes_of(asset, choice.true)
        measures |= cover.openings(points, faces, whole, choice.true)
    _require_sound(params, choice)
    measures |= {
        "rung": choice.rung,
        "kinds": choice.kinds,
        "hulls": len(choice.drawn),
        "triangles": [len(h.faces) for h in choice.drawn],
        "vertices": [len(h.positions) for h in choice.drawn],
        **cover.uncovered(points, faces, choice.true),
    }
    meshes = tuple(Mesh(h.positions.astype(np.float32), h.faces.astype(np.int32)) for h in choice.drawn)
    return Made(Hulls(meshes, tuple(choice.kinds)), measures, tuple(_findings(params, measures)))


def _flat(params: Params, points: Any, diagonal: float) -> _Choice:
    """A thin box round what has no thickness."""
    from toolchain.lowpoly.simple import box

    made = box(points, THIN * diagonal)
    return _Choice("flat", [made.drawn], [made.true], ["box" if "box" in params.shapes else "convex"])


def _choose(params: Params, progress: Progress, points: Any, faces: Any, asset: Any, whole: Hull) -> _Choice:
    volume = float(asset.volume())
    air = whole.volume / volume - 1
    if params.shapes and air <= params.simple_air:  # nothing convex round the asset holds less than its hull
        progress(0.1, "fitting simple shapes")
        best = _simple(params, points)
        if best.true.volume / volume - 1 <= params.simple_air:
            return _Choice(best.kind, [best.drawn], [best.true], [best.kind])
    if air > params.hull_air and params.max_hulls > 1:
        progress(0.3, "splitting into convex parts")
        parts = _parts(params, points, faces, asset)
        if len(parts) > 1:
            return _Choice("parts", parts, parts, ["convex"] * len(parts))
    return _Choice("hull", [whole], [whole], ["convex"])


def _simple(params: Params, points: Any) -> Simple:
    """The simple shape with the least volume among those the engine takes."""
    from scipy.spatial import ConvexHull

    from toolchain.lowpoly.simple import fit

    rim = points[ConvexHull(points).vertices]
    fits = [fit(kind, rim) for kind in params.shapes]
    return min(fits, key=lambda s: s.true.volume)


def _parts(params: Params, points: Any, faces: Any, asset: Any) -> list[Hull]:
    from toolchain.lowpoly.cuts import cut
    from toolchain.lowpoly.hull import convex
    from toolchain.lowpoly.joins import join

    parts = cut(_fewer(points, faces, asset), max(16, 2 * params.max_hulls))
    joined = join([part.points for part in parts], params.max_hulls)
    hulls = [convex(p, params.max_triangles, params.max_vertices) for p in joined]
    return [h for h in hulls if h is not None]


def _fewer(points: Any, faces: Any, asset: Any) -> Any:
    """A solid of fewer triangles that stands for the asset; the asset itself where none does."""
    from toolchain.lowpoly.simplify import simplify
    from toolchain.lowpoly.solids import solid

    volume, bounds = float(asset.volume()), np.array(asset.bounding_box())
    near = LOST / 3 * float(np.linalg.norm(bounds[3:] - bounds[:3]))
    for count in SEARCHED:
        if count < len(faces):
            small = simplify(points, faces, count)
            try:
                made = solid(small.positions, small.faces)
            except ValueError:
                continue
            if abs(made.volume() / volume - 1) < LOST and np.abs(np.array(made.bounding_box()) - bounds).max() < near:
                return made
    return asset


def _require_sound(params: Params, choice: _Choice) -> None:
    from toolchain.lowpoly.hull import deepest
    from toolchain.lowpoly.topology import topology, volumes

    for hull, kind in zip(choice.drawn, choice.kinds, strict=True):
        within = kind != "convex" or (
            len(hull.faces) <= params.max_triangles and len(hull.positions) <= params.max_vertices
        )
        outward = float(volumes(hull.positions, hull.faces)[0]) > 0
        if not (within and outward and topology(hull.faces).closed and deepest(hull) <= 1e-4):
            raise StageError(
                "A collision hull did not come out closed and convex within the engine's limits.",
                f"{kind}: {len(hull.faces)} triangles, {len(hull.positions)} vertices",
                internal=True,
            )
    if len(choice.drawn) > params.max_hulls:
        raise StageError("There are more collision hulls than the engine takes.", str(len(choice.drawn)), internal=True)


def _findings(params: Params, measures: dict[str, Any]) -> list[Finding]:
    said = []
    if measures["rung"] == "flat":
        said.append(
            Finding(
                "collision.flat",
                "warning",
                "The asset is flat, so its collision is a thin box.",
                "Give the asset thickness, or set its collision up in the engine.",
            )
        )
    if measures["rung"] == "fallback":
        said.append(
            Finding(
                "collision.fallback",
                "warning",
                "The shape is no solid that can be split into convex parts, so one hull covers it.",
                "Check the collision in the engine; a simpler shape splits better.",
            )
        )
    air = measures["overshoot"]
    if air is not None and air > params.warn_air:
        said.append(
            Finding(
                "collision.overshoot",
                "warning",
                f"The collision holds {air:.1f} times the asset's own volume in air: things will bump into nothing.",
                "Allow more hulls in the profile (collision.max_hulls), or use the render mesh as collision there.",
                measured=air,
                limit=params.warn_air,
            )
        )
    if measures["uncovered"] > params.warn_uncovered:
        said.append(
            Finding(
                "collision.uncovered",
                "warning",
                f"{100 * measures['uncovered']:.0f} % of the surface lies outside the collision.",
                "Allow more triangles or vertices a hull in the profile (collision.max_triangles, max_vertices).",
                measured=measures["uncovered"],
                limit=params.warn_uncovered,
            )
        )
    return said
