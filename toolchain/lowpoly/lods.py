"""LODs: coarser levels of LOD0 that share its UVs and textures.

Each level is collapsed from LOD0 with its UVs as wedges (see :mod:`collapse`): seams are crossed only where
that costs the shape least. What it does to the texture is measured (see :mod:`drift`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from engine_profiles import Profile
from engine_profiles.typed import opt
from toolchain.asset import Lod, Lods, Mesh, Sculpt
from toolchain.recipe import Recipe
from toolchain.stage import Made, Progress
from validators.finding import Finding

if TYPE_CHECKING:
    from toolchain.lowpoly.closest import Tree

NAME = "lods"
VERSION = 1


@dataclass(frozen=True)
class Params:
    """The levels below LOD0."""

    ratios: tuple[float, ...] = opt((), "triangles of LOD1, LOD2, ... as a share of LOD0's", low=0.001, high=0.99)
    least: int = opt(
        48,
        "no level is made under this many triangles: there is nothing left to save",
        unit="triangles",
        low=4,
        high=100_000,
    )
    hard_angle: float = opt(
        60.0, "edges sharper than this are hard where charts are split", unit="degrees", low=0.0, high=180.0
    )


def params(recipe: Recipe, profile: Profile | None) -> Params:
    """The profile's ratios."""
    return Params() if profile is None else Params(ratios=profile.lod.ratios)


def run(params: Params, progress: Progress, *, unwrap: Mesh, repair: Sculpt) -> Made:
    """LOD0 as it came, then one level a ratio, triangles strictly falling."""
    from toolchain.bake.tangents import add_tangents
    from toolchain.lowpoly.closest import build
    from toolchain.lowpoly.drift import drift
    from toolchain.lowpoly.topology import topology, weld_exact
    from toolchain.lowpoly.unwrap import split

    sculpt = repair.mesh
    tree = build(sculpt.positions, sculpt.faces)
    share = 100 / max(sculpt.diagonal, 1e-12)
    first, weld = weld_exact(unwrap.positions)
    welded = Mesh(unwrap.positions[first], weld[unwrap.faces].astype(np.int32), slots=unwrap.slot_of_faces())
    wedges, uv = _wedges(unwrap)
    levels = [_level(0, unwrap, sculpt, tree)]
    measures: list[dict[str, Any]] = [_figures(levels[0], share, len(unwrap.faces), "given", 0)]
    findings: list[Finding] = []
    for number, ratio in enumerate(params.ratios, 1):
        progress(0.1 + 0.9 * (number - 1) / len(params.ratios), f"LOD{number}")
        target = max(4, int(len(unwrap.faces) * ratio))
        if target < params.least:
            findings.append(
                Finding(
                    "lod.short",
                    "info",
                    f"The chain ends at LOD{number - 1}: LOD{number} would have but {target} triangles.",
                    "Nothing needs doing: so small a mesh costs little.",
                    measured=target,
                    limit=params.least,
                )
            )
            break
        mesh, texture, rung, pruned = _reduce(welded, wedges, uv, target)
        if not 0 < len(mesh.faces) <= target or len(mesh.faces) >= len(levels[-1].mesh.faces):
            findings.append(
                Finding(
                    "lod.unreachable",
                    "error",
                    f"LOD{number} cannot be reduced to {target} triangles.",
                    "Ask for fewer levels, or raise the budget of LOD0.",
                    measured=len(mesh.faces),
                    limit=target,
                )
            )
            break
        closed = topology(mesh.faces).closed
        level = add_tangents(split(mesh, *texture, params.hard_angle)[0])
        levels.append(_level(number, level, sculpt, tree))
        measures.append(_figures(levels[-1], share, target, rung, pruned) | {"closed": closed} | drift(level, unwrap))
    return Made(Lods(tuple(levels)), {"levels": measures}, tuple(findings))


def _wedges(mesh: Mesh) -> tuple[np.ndarray, np.ndarray]:
    """(wedges (F, 3), uv): vertices that agree in slot, place and UV are one wedge, whatever their normals."""
    assert mesh.uv is not None
    slot = np.zeros(len(mesh.positions))
    slot[mesh.faces] = mesh.slot_of_faces()[:, None]
    rows = np.concatenate((mesh.positions.astype(np.float64), mesh.uv, slot[:, None]), axis=1)
    _, first, index = np.unique(rows, axis=0, return_index=True, return_inverse=True)
    return index.reshape(-1)[mesh.faces].astype(np.int64), mesh.uv[first].astype(np.float64)


def _reduce(
    welded: Mesh,
    wedges: np.ndarray,
    uv: np.ndarray,
    target: int,
) -> tuple[Mesh, tuple[np.ndarray, np.ndarray], str, int]:
    """(welded level, its wedges and their UVs, rung, parts left out)."""
    from toolchain.lowpoly.simplify import simplify

    made = simplify(welded.positions, welded.faces, target, wedges, uv)
    slots = welded.slot_of_faces()[made.source]
    mesh = Mesh(made.positions.astype(np.float32), made.faces.astype(np.int32), slots=slots)
    return mesh, (made.wedges, made.uv), made.rung, made.pruned


def _level(number: int, mesh: Mesh, sculpt: Mesh, tree: Tree) -> Lod:
    from toolchain.lowpoly.distance import two_sided

    apart = two_sided(mesh.positions, mesh.faces, sculpt.positions, sculpt.faces, tree)
    return Lod(number, mesh, round(apart.greatest, 7), round(apart.mean, 7))


def _figures(lod: Lod, share: float, asked: int, rung: str, pruned: int) -> dict[str, Any]:
    return {
        "level": lod.level,
        "asked": asked,
        "triangles": len(lod.mesh.faces),
        "vertices": len(lod.mesh.positions),
        "rung": rung,
        "pruned": pruned,
        "error_m": lod.error,
        "error_mean_m": lod.error_mean,
        "error_percent": round(lod.error * share, 4),
        "error_mean_percent": round(lod.error_mean * share, 4),
    }
