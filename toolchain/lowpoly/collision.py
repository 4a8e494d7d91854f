"""Collision: closed convex hulls, few and small, that an engine takes as they are.

One hull where it follows the shape well enough; else a convex decomposition by flat cuts (see :mod:`cuts`).
A hull with too many triangles is rebuilt on the vertices that matter most.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from engine_profiles import Profile
from engine_profiles.typed import opt
from toolchain.asset import Hulls, Mesh
from toolchain.recipe import Recipe
from toolchain.stage import Made, Progress, StageError
from validators.finding import Finding

if TYPE_CHECKING:
    from toolchain.lowpoly.hull import Hull

NAME = "collision"
VERSION = 1
SEARCHED = 800  # triangles that cuts are tried on


@dataclass(frozen=True)
class Params:
    """What the engine takes."""

    style: str = opt("none", "none, or convex hulls by node name", choices=("none", "ucx"))
    max_hulls: int = opt(1, "most hulls", low=1, high=64)
    max_triangles: int = opt(255, "most triangles a hull", low=4, high=4096)
    overshoot: float = opt(
        1.35, "one hull will do up to this volume", unit="of the asset's volume", low=1.0, high=1000.0
    )


def params(recipe: Recipe, profile: Profile | None) -> Params:
    """The profile's collision."""
    if profile is None:
        return Params()
    limits = profile.collision
    return Params(style=limits.style, max_hulls=limits.max_hulls, max_triangles=limits.max_triangles)


def run(params: Params, progress: Progress, *, reduce: Mesh) -> Made:
    """Hulls round LOD0, or none where the engine wants none."""
    from toolchain.lowpoly.hull import convex, deepest, outside, overlap
    from toolchain.lowpoly.topology import topology, volumes

    if params.style == "none":
        return Made(Hulls(()), {"style": "none", "hulls": 0})
    whole = convex(reduce.positions, params.max_triangles)
    if whole is None:
        raise StageError("The asset is flat, so no collision hull can be made.")
    volume = abs(float(volumes(reduce.positions, reduce.faces)[0]))
    ratio = whole.volume / volume if volume > 1e-12 * reduce.diagonal**3 else np.inf
    hulls, rung = [whole], "hull"
    if ratio > params.overshoot and params.max_hulls > 1:
        progress(0.1, "splitting into convex parts")
        hulls, rung = _split(params, reduce, whole)
    findings: list[Finding] = []
    if rung == "fallback":
        findings.append(
            Finding(
                "collision.fallback",
                "warning",
                "The shape is no solid that can be split into convex parts, so one hull covers it.",
                "Check the collision in the engine; a simpler shape splits better.",
                measured=round(ratio, 3),
            )
        )
    for hull in hulls:
        if not topology(hull.faces).closed or deepest(hull) > 1e-4 or len(hull.faces) > params.max_triangles:
            raise StageError("A collision hull did not come out convex.", f"{len(hull.faces)} triangles")
    total = sum(h.volume for h in hulls)
    shared = overlap(hulls)
    meshes = tuple(Mesh(h.positions.astype(np.float32), h.faces.astype(np.int32)) for h in hulls)
    return Made(
        Hulls(meshes),
        {
            "style": params.style,
            "rung": rung,
            "hulls": len(hulls),
            "triangles": [len(h.faces) for h in hulls],
            "overshoot": round((total - shared) / volume, 4) if np.isfinite(ratio) else None,
            "overshoot_of_one": round(float(ratio), 4) if np.isfinite(ratio) else None,
            "overlap": round(shared / total, 5),
            **outside(reduce.positions, reduce.faces, hulls),
        },
        tuple(findings),
    )


def _split(params: Params, mesh: Mesh, whole: Hull) -> tuple[list[Hull], str]:
    """(hulls, rung). The search gets a small closed mesh: hulls need no detail."""
    from toolchain.lowpoly.cuts import decompose
    from toolchain.lowpoly.hull import convex
    from toolchain.lowpoly.simplify import simplify

    small = simplify(mesh.positions, mesh.faces, SEARCHED)
    try:
        parts = decompose(small.positions, small.faces, params.max_hulls)
    except ValueError:
        return [whole], "fallback"
    hulls = [h for h in (convex(p, params.max_triangles) for p in parts) if h is not None]
    return (hulls, "decomposed") if 1 < len(hulls) <= params.max_hulls else ([whole], "hull")
