"""Reduce: the repaired sculpt down to the triangle budget, slot borders kept where the budget allows.

The budget is a bound. Rungs: *passed* (already within), *guarded* and *free* edge collapse (see
:mod:`simplify`), *pruned* (small parts left out), *filled* (small tunnels closed, see :mod:`fill`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine_profiles import Profile
from engine_profiles.typed import opt
from toolchain.asset import Mesh, Sculpt, Slots
from toolchain.recipe import Recipe
from toolchain.stage import Made, Progress, StageError
from validators.finding import Finding

NAME = "reduce"
VERSION = 2


@dataclass(frozen=True)
class Params:
    """How small."""

    triangles: int = opt(5000, "most triangles of LOD0", unit="triangles", low=12, high=2_000_000)
    tunnels: str = opt(
        "fill",
        "what may happen to tunnels that the budget cannot show: fill the smallest, or keep all and fail",
        choices=("fill", "keep"),
    )


def params(recipe: Recipe, profile: Profile | None) -> Params:
    """The budget of the recipe's tier."""
    return Params() if profile is None else Params(triangles=profile.tier(recipe.tier).triangles)


def run(params: Params, progress: Progress, *, repair: Sculpt, slots: Slots) -> Made:
    """LOD0 without UVs: welded, closed, at most `triangles` triangles, a slot per face."""
    from toolchain.lowpoly.closest import tree_of
    from toolchain.lowpoly.distance import two_sided
    from toolchain.lowpoly.topology import topology

    sculpt = repair.mesh
    if len(slots.faces) != len(sculpt.faces):
        raise StageError("The slots do not belong to this sculpt.", f"{len(slots.faces)} for {len(sculpt.faces)} faces")
    progress(0.05, "collapsing edges")
    mesh, rung, pruned = _reduce(sculpt, slots.faces, params.triangles, params.tunnels == "fill")
    before, after = topology(sculpt.faces), topology(mesh.faces)
    if not 0 < len(mesh.faces) <= params.triangles or not np.isfinite(mesh.positions).all():
        raise StageError(f"The asset cannot be reduced to {params.triangles} triangles.", f"{rung}: {len(mesh.faces)}")
    if before.closed and not after.closed:
        raise StageError("Reducing opened the surface.", repr(after))
    progress(0.8, "measuring")
    apart = two_sided(mesh.positions, mesh.faces, sculpt.positions, sculpt.faces, tree_of(sculpt))
    share = 100 / max(sculpt.diagonal, 1e-12)
    measures = {
        "asked": params.triangles,
        "triangles": len(mesh.faces),
        "vertices": after.vertices,
        "rung": rung,
        "parts": after.components,
        "pruned": pruned,
        "closed": after.closed,
        "genus": after.genus,
        "genus_before": before.genus,
        "crossed_percent": round(100 * apart.crossed, 4),
        "error_m": round(apart.greatest, 7),
        "error_mean_m": round(apart.mean, 7),
        "error_percent": round(apart.greatest * share, 4),
        "error_mean_percent": round(apart.mean * share, 4),
    }
    findings = []
    if pruned:
        findings.append(
            Finding(
                "reduce.pruned",
                "warning",
                f"{pruned} small parts were left out to meet the triangle budget.",
                "Raise the tier, or draw fewer loose parts.",
                measured=pruned,
            )
        )
    if rung == "filled":
        findings.append(
            Finding(
                "reduce.filled",
                "warning",
                f"{before.genus} tunnels are too many for the budget: {before.genus - after.genus} were filled.",
                "Raise the tier, or draw a simpler shape.",
                measured=after.genus,
                limit=before.genus,
            )
        )
    return Made(mesh, measures, tuple(findings))


def _reduce(sculpt: Mesh, slots: np.ndarray, target: int, fills: bool) -> tuple[Mesh, str, int]:
    """(mesh, rung, parts pruned)."""
    from toolchain.lowpoly.closest import build, closest
    from toolchain.lowpoly.fill import fill
    from toolchain.lowpoly.simplify import simplify
    from toolchain.lowpoly.tunnels import Solid

    if len(sculpt.faces) <= target:
        return Mesh(sculpt.positions, sculpt.faces, slots=slots.astype(np.int32)), "passed", 0
    count = int(slots.max()) + 1
    wedges = sculpt.faces.astype(np.int64) * count + slots[:, None] if count > 1 else None
    made = simplify(sculpt.positions, sculpt.faces, target, wedges)
    labels, rung = slots[made.source], made.rung
    if len(made.faces) > target and fills:
        filled = fill(Solid(sculpt.positions, sculpt.faces), target)
        if filled is not None:
            made, rung = filled.made, "filled"
            middle = made.positions[made.faces].mean(axis=1)
            labels = slots[closest(build(sculpt.positions, sculpt.faces), middle).face]
    mesh = Mesh(made.positions.astype(np.float32), made.faces.astype(np.int32), slots=labels.astype(np.int32))
    return mesh, rung, made.pruned
