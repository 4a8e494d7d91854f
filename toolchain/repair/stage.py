"""Repair: the sculpt becomes a closed, outward, oriented manifold at the origin; what was changed is counted.

Broken numbers, doubled faces and floaters are taken out (:mod:`clean`), then the ladder of :mod:`ladder` is climbed:
*kept*, *mended*, *united*, *solid*. The rung, the reason for it, and every fault before and after are measures.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from engine_profiles import Profile
from engine_profiles.typed import opt
from toolchain.asset import Mesh, Sculpt
from toolchain.recipe import Recipe
from toolchain.stage import Made, Progress, StageError
from validators.finding import Finding

NAME = "repair"
VERSION = 3


@dataclass(frozen=True)
class Params:
    """How far repair may go."""

    size_m: float = opt(0.0, "size the repaired asset is scaled to; 0 leaves it", unit="m", low=0.0, high=1000.0)
    size_axis: str = opt("longest", "what size_m measures", choices=("longest", "height"))
    floater_size: float = opt(0.04, "a loose part smaller than this may go", unit="of the diagonal", low=0.0, high=0.5)
    floater_gap: float = opt(
        0.01, "if it is farther than this from the rest", unit="of the diagonal", low=0.0, high=1.0
    )
    speck_size: float = opt(
        0.006, "a loose part smaller than this always goes", unit="of the diagonal", low=0.0, high=0.5
    )
    weld: float = opt(1e-5, "vertices nearer than this become one", unit="of the diagonal", low=0.0, high=0.01)
    hole: float = opt(0.1, "a hole smaller than this is closed", unit="of the diagonal", low=0.0, high=1.0)
    ragged_hole: float = opt(
        0.3,
        "so is one smaller than this with an uneven rim; a wider one, or one cut flat, is an opening and stays",
        unit="of the diagonal",
        low=0.0,
        high=1.0,
    )
    thickness: float = opt(
        0.005, "thickness that sheets are given, inwards", unit="of the diagonal", low=1e-4, high=0.1
    )
    hidden: float = opt(
        0.02, "more surface than this that nobody sees is taken out", unit="of the area", low=0.0, high=1.0
    )
    sheets: int = opt(1000, "more loose sheets than this are a cloud, which gets a new skin", low=0, high=1_000_000)
    drift: float = opt(0.02, "farthest that mending may take surface away", unit="of the diagonal", low=0.0, high=1.0)
    skin: str = opt(
        "solid",
        "what closes a surface that nothing else can: a grid, or pymeshlab's alpha wrap, sharper and far slower",
        choices=("solid", "wrap"),
    )
    gap: float = opt(0.01, "narrower gaps are bridged by an alpha wrap", unit="of the diagonal", low=0.001, high=0.2)
    cells: int = opt(200, "most cells along the longest side of the solid rung", low=16, high=400)


def params(recipe: Recipe, profile: Profile | None = None) -> Params:
    """Size from the recipe; the rest by default."""
    return Params(size_m=recipe.size_m, size_axis=recipe.size_axis)


def run(params: Params, progress: Progress, *, generate: Sculpt) -> Made:
    """The sculpt, closed. Raises StageError where there is no surface to repair."""
    from toolchain.repair import carry
    from toolchain.repair.clean import drop_bad, drop_floaters, weld_near
    from toolchain.repair.halfedges import survey
    from toolchain.repair.ladder import Limits, climb
    from toolchain.repair.tally import tally
    from toolchain.repair.zipper import zip_up

    given = generate.mesh
    if given.positions.ndim != 2 or given.positions.shape[1] != 3 or given.faces.ndim != 2 or given.faces.shape[1] != 3:
        raise StageError("The generator's mesh is not made of triangles.")
    whole, dropped = drop_bad(given.positions, given.faces)
    if not len(whole.faces):
        raise StageError("The generator made no surface: every triangle is degenerate or has broken numbers.")
    progress(0.1, "loose parts")
    soup = whole
    zipped = 0
    if not survey(soup.faces, len(soup.positions)).closed:
        near = params.weld * float(np.linalg.norm(np.ptp(soup.positions, axis=0)))
        soup, zipped = zip_up(weld_near(soup, near), 3 * near)
    if not len(soup.faces):
        raise StageError("The generator made no surface: it is smaller than the weld distance.")
    soup, floaters, floater_area = drop_floaters(soup, params.floater_size, params.floater_gap, params.speck_size)
    diagonal = float(np.linalg.norm(np.ptp(soup.positions, axis=0)))
    limits = Limits(
        diagonal=diagonal,
        hole=params.hole * diagonal,
        ragged=params.ragged_hole * diagonal,
        thickness=params.thickness * diagonal,
        hidden=params.hidden,
        drift=params.drift * diagonal,
        sheets=params.sheets,
        cells=params.cells,
        wrap=params.gap * diagonal if params.skin == "wrap" else 0.0,
    )
    done = climb(soup, limits, progress)
    mended = done.soup
    if zipped and done.rung == "kept":
        done = replace(done, rung="mended", reason="Cracks were zipped up.")
    progress(0.8, "colours")
    positions, origin, scale = _place(mended.positions, params)
    colour, evidence = carry.carry(generate, mended, soup)
    mesh = Mesh(positions, mended.faces.astype(np.int32))
    if not survey(mesh.faces, len(positions)).closed or not np.isfinite(positions).all():
        raise StageError("The surface could not be closed.", internal=True)
    before = tally(whole.positions, whole.faces, done.hidden[0]) | {
        "triangles": len(given.faces),
        "duplicate_faces": dropped["duplicate"],
        "degenerate_faces": dropped["zero_area"],
    }
    measures: dict[str, Any] = {
        "rung": done.rung,
        "reason": done.reason,
        "before": before,
        "after": tally(mesh.positions, mesh.faces, done.hidden[1]),
        "dropped": dropped,
        "floaters": floaters,
        "floater_area": round(floater_area, 6),
        "changed": done.counts | {"edges_zipped": zipped},
        "drift_percent": round(100 * done.drift, 4),
        "scaled_by": round(scale, 6),
        "closed": True,
        "size_m": [round(float(s), 6) for s in mesh.size],
    }
    findings = []
    if done.rung in ("solid", "wrapped"):
        findings.append(
            Finding(
                "repair.rebuilt",
                "warning",
                "The surface was too broken to mend, so a closed skin was built round it.",
                "Fine detail may be softer; a cleaner reference gives a cleaner sculpt.",
                measured=round(100 * done.drift, 3),
            )
        )
    if floater_area > 0.005:
        findings.append(
            Finding(
                "repair.floaters",
                "info",
                f"{floaters} loose parts that touch nothing were left out.",
                "If they belong to the asset, join them to it in the picture.",
                measured=round(100 * floater_area, 3),
            )
        )
    value = replace(
        generate,
        mesh=mesh,
        colour=colour,
        evidence=evidence,
        painted=carry.place(generate.painted, origin, scale),
        shots=tuple(shot.moved(origin, scale) for shot in generate.shots),
    )
    return Made(value, measures, tuple(findings))


def _place(positions: np.ndarray, params: Params) -> tuple[np.ndarray, np.ndarray, float]:
    """((V, 3) float32 at the bottom centre and at the size asked, what was the origin, the scale that took)."""
    low, high = positions.min(axis=0), positions.max(axis=0)
    measured = float((high - low)[1] if params.size_axis == "height" else (high - low).max())
    scale = params.size_m / measured if params.size_m > 0 and measured > 0 else 1.0
    if abs(scale - 1) < 1e-5:
        scale = 1.0
    origin = np.array([(low[0] + high[0]) / 2, low[1], (low[2] + high[2]) / 2])
    if np.abs(origin).max() < 1e-6 * max(measured, 1e-9):
        origin = np.zeros(3)
    return ((positions - origin) * scale).astype(np.float32), origin, scale
