"""Repair: the sculpt becomes a closed, outward, oriented manifold at the origin; what was changed is counted.

The ladder: *kept* (closed already), *merged* (manifold3d joins open edges that nearly meet), *mended*
(pymeshlab takes out non-manifold parts and closes holes), *solid* (a skin from a distance field, which
is always closed). Every rung is judged by the same topology test, and by its distance to what was given.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from engine_profiles import Profile
from engine_profiles.typed import opt
from toolchain.asset import Mesh, Sculpt
from toolchain.recipe import Recipe
from toolchain.stage import Made, Progress, StageError
from validators.finding import Finding

if TYPE_CHECKING:
    from toolchain.repair.clean import Soup

NAME = "repair"
VERSION = 1


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
    hole_edges: int = opt(400, "longest hole that is closed as such", unit="edges", low=3, high=100_000)
    hole_size: float = opt(
        0.3, "a wider hole is an opening, and its rim is made solid instead", unit="of the diagonal", low=0.0, high=1.0
    )
    drift: float = opt(0.02, "farthest that mending may take surface away", unit="of the diagonal", low=0.0, high=1.0)
    thin: float = opt(
        1e-3, "thinner than this on average is a sheet, which is made solid", unit="of the diagonal", low=0.0, high=0.1
    )
    cells: int = opt(200, "most cells along the longest side of the solid rung", low=16, high=400)
    deadline_s: float = opt(120.0, "longest that mending may take", unit="s", low=1.0, high=3600.0)


def params(recipe: Recipe, profile: Profile | None = None) -> Params:
    """Size from the recipe; the rest by default."""
    return Params(size_m=recipe.size_m, size_axis=recipe.size_axis)


def run(params: Params, progress: Progress, *, generate: Sculpt) -> Made:
    """The sculpt, closed. Raises StageError where there is no surface to repair."""
    from toolchain.lowpoly.topology import topology
    from toolchain.repair.carry import carry
    from toolchain.repair.clean import boundary_loops, drop_bad, drop_floaters, weld_near

    given = generate.mesh
    if given.positions.ndim != 2 or given.positions.shape[1] != 3 or given.faces.ndim != 2 or given.faces.shape[1] != 3:
        raise StageError("The generator's mesh is not made of triangles.")
    soup, dropped = drop_bad(given.positions, given.faces)
    if not len(soup.faces):
        raise StageError("The generator made no surface: every triangle is degenerate or has broken numbers.")
    before = asdict(topology(soup.faces)) | {"triangles_given": len(given.faces), "holes": boundary_loops(soup.faces)}
    progress(0.1, "loose parts")
    if not topology(soup.faces).closed:
        soup = weld_near(soup, params.weld * float(np.linalg.norm(np.ptp(soup.positions, axis=0))))
    if not len(soup.faces):
        raise StageError("The generator made no surface: it is smaller than the weld distance.")
    soup, floaters, floater_area = drop_floaters(soup, params.floater_size, params.floater_gap, params.speck_size)
    rung, mended, turned, walls, drift = _climb(params, progress, soup)
    progress(0.8, "colours")
    positions, scale = _place(mended.positions, params)
    colour, evidence = carry(generate, mended, soup, rung)
    mesh = Mesh(positions, mended.faces.astype(np.int32))
    after = topology(mesh.faces)
    if not after.closed:
        raise StageError("The surface could not be closed.", detail=repr(after))
    measures: dict[str, Any] = {
        "rung": rung,
        "before": before,
        "after": asdict(after),
        "dropped": dropped,
        "floaters": floaters,
        "floater_area": round(floater_area, 6),
        "turned_outward": turned,
        "inner_walls": walls,
        "drift_percent": round(100 * drift, 4),
        "scaled_by": round(scale, 6),
        "closed": True,
        "size_m": [round(float(s), 6) for s in mesh.size],
    }
    findings = []
    if rung == "solid":
        findings.append(
            Finding(
                "repair.rebuilt",
                "warning",
                "The surface was too broken to mend, so a closed skin was built round it.",
                "Fine detail may be softer; a cleaner reference gives a cleaner sculpt.",
                measured=round(100 * drift, 3),
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
    value = Sculpt(
        mesh, colour, evidence, generate.generator, generate.rung, generate.reason, generate.size_source, generate.notes
    )
    return Made(value, measures, tuple(findings))


def _climb(params: Params, progress: Progress, soup: Soup) -> tuple[str, Soup, int, int, float]:
    """(rung, closed mesh, parts turned, inner walls dropped, distance to what was given as a share of the diagonal)."""
    from toolchain.lowpoly.closest import build
    from toolchain.lowpoly.distance import one_sided
    from toolchain.lowpoly.topology import areas, topology, volumes
    from toolchain.repair import solid
    from toolchain.repair.clean import Soup, drop_flat, orient
    from toolchain.repair.mend import fill, merge, widest_hole
    from validators import child

    diagonal = float(np.linalg.norm(np.ptp(soup.positions, axis=0)))
    if topology(soup.faces).closed:
        return ("kept", *orient(soup), 0.0)

    def accept(positions: np.ndarray, faces: np.ndarray) -> tuple[Soup, int, int, float] | None:
        if not len(faces) or not np.isfinite(positions).all() or not topology(faces).closed:
            return None
        made, turned, walls = orient(Soup(positions, faces, np.full(len(positions), -1)))
        if not len(made.faces):
            return None
        thick = 2 * float(volumes(made.positions, made.faces)[0]) / float(areas(made.positions, made.faces).sum())
        far = one_sided(soup.positions, soup.faces, build(made.positions, made.faces), 10_000).greatest / diagonal
        return (made, turned, walls, far) if far <= params.drift and thick > params.thin * diagonal else None

    progress(0.2, "joining open edges")
    joined = merge(soup.positions, soup.faces, 10 * params.weld * diagonal)
    if joined is not None and (done := accept(*joined)):
        return ("merged", *done)
    progress(0.3, "closing holes")
    try:
        if widest_hole(soup.positions, soup.faces) <= params.hole_size * diagonal:
            filled = child.call(fill, soup.positions, soup.faces, params.hole_edges, deadline_s=params.deadline_s)
            closed = drop_flat(Soup(filled[0], filled[1], np.arange(len(filled[0]))))[0]
            if done := accept(closed.positions, closed.faces):
                return ("mended", *done)
    except (child.ChildError, ImportError):
        pass  # pymeshlab crashed, hung, or lacks a system library: the next rung needs no native mesh code
    except Exception as error:  # pymeshlab raises bare exceptions of its own
        if "PyMeshLab" not in type(error).__name__:
            raise
    progress(0.5, "building a closed skin")
    for cells in (params.cells, params.cells + 9, params.cells // 2):
        try:
            positions, faces = solid.remesh(soup.positions, soup.faces, cells)
        except ValueError:
            continue
        made, turned, walls = orient(Soup(positions, faces, np.full(len(positions), -1)))
        # What the skin hides is gone on purpose, so that only the skin's own distance tells of an error.
        far = one_sided(made.positions, made.faces, build(soup.positions, soup.faces), 10_000).greatest / diagonal
        return "solid", made, turned, walls, far
    raise StageError("The surface is too broken to be closed.")


def _place(positions: np.ndarray, params: Params) -> tuple[np.ndarray, float]:
    """((V, 3) float32 at the bottom centre and at the size asked, the scale that took)."""
    low, high = positions.min(axis=0), positions.max(axis=0)
    measured = float((high - low)[1] if params.size_axis == "height" else (high - low).max())
    scale = params.size_m / measured if params.size_m > 0 and measured > 0 else 1.0
    if abs(scale - 1) < 1e-5:
        scale = 1.0
    origin = np.array([(low[0] + high[0]) / 2, low[1], (low[2] + high[2]) / 2])
    still = np.abs(origin).max() < 1e-6 * max(measured, 1e-9)
    return ((positions - (0.0 if still else origin)) * scale).astype(np.float32), scale
