"""LODs: coarser levels of LOD0 that share its UVs and textures, each with its distance to the sculpt.

A level is collapsed from LOD0 with its UVs as wedges (see :mod:`level`): seams are crossed only where that costs
the shape least. What it does to the texture is measured (see :mod:`drift`), and so are the pixels that its
greatest error covers where the profile switches to it (see :mod:`screen`).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any
from weakref import ref

import numpy as np

from engine_profiles import Profile
from engine_profiles.typed import opt
from toolchain.asset import Lod, Lods, Mesh, Sculpt
from toolchain.recipe import Recipe
from toolchain.stage import Made, Progress
from validators.finding import Finding

if TYPE_CHECKING:
    from toolchain.lowpoly.level import Level

NAME = "lods"
VERSION = 2


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
    screen: tuple[float, ...] = opt((), "screen height at which LOD0, LOD1, ... ends, falling", low=0.0, high=1.0)
    switch_pixels: float = opt(
        4.0, "a level that is farther off than this where it takes over is told of", unit="px", low=0.1, high=1000.0
    )
    lightmap_px: int = opt(0, "side of the lightmap; 0 lays none out", unit="px", low=0, high=4096)
    lightmap_padding: float = opt(4.0, "least gap between its charts", unit="texels", low=0.0, high=32.0)


def params(recipe: Recipe, profile: Profile | None) -> Params:
    """The profile's ratios, switches and lightmap."""
    if profile is None:
        return Params()
    lod, lightmap = profile.lod, profile.lightmap
    return Params(ratios=lod.ratios, screen=lod.screen, lightmap_px=lightmap.px, lightmap_padding=lightmap.padding)


def run(params: Params, progress: Progress, *, unwrap: Mesh, repair: Sculpt) -> Made:
    """LOD0 as it came (with its lightmap set), then one level a ratio, triangles strictly falling."""
    from toolchain.bake.tangents import add_tangents
    from toolchain.lowpoly.closest import tree_of
    from toolchain.lowpoly.distance import Distance, two_sided
    from toolchain.lowpoly.drift import drift
    from toolchain.lowpoly.level import make_base, make_level
    from toolchain.lowpoly.screen import diameter, largest_share, pixels
    from toolchain.lowpoly.unwrap import split
    from toolchain.shared import once

    sculpt = repair.mesh
    share, across = 100 / max(sculpt.diagonal, 1e-12), diameter(sculpt.positions)
    levels: list[Lod] = []
    measures: list[dict[str, Any]] = []
    findings: list[Finding] = []

    def apart_of(mesh: Mesh) -> Distance:
        return two_sided(mesh.positions, mesh.faces, sculpt.positions, sculpt.faces, tree_of(sculpt))

    def level_of(target: int) -> Level:
        return make_level(once(unwrap, "base", lambda: make_base(unwrap)), target)

    def finished(level: Level) -> tuple[Mesh, dict[str, float]]:
        mesh = add_tangents(split(level.mesh, level.wedges, level.uv, params.hard_angle)[0])
        return mesh, drift(mesh, unwrap)

    def add(number: int, mesh: Mesh, figures: dict[str, Any]) -> None:
        apart = once(mesh, ("apart", ref(sculpt)), lambda: apart_of(mesh))
        mesh, light = _lightmap(mesh, number, params, findings)
        far = largest_share(apart.greatest, across)
        levels.append(Lod(number, mesh, round(apart.greatest, 7), round(apart.mean, 7), round(far, 5)))
        figures |= {
            "level": number,
            "triangles": len(mesh.faces),
            "vertices": len(mesh.positions),
            "error_m": round(apart.greatest, 7),
            "error_mean_m": round(apart.mean, 7),
            "error_percent": round(apart.greatest * share, 4),
            "error_mean_percent": round(apart.mean * share, 4),
            "crossed_percent": round(100 * apart.crossed, 4),
            "screen": round(far, 5),
        }
        if light:
            figures["lightmap"] = light
        if number <= len(params.screen):
            at = 1.0 if number == 0 else params.screen[number - 1]
            figures |= {"switch": at, "switch_pixels": round(pixels(apart.greatest, across, at), 3)}
        measures.append(figures)

    add(0, unwrap, {"asked": len(unwrap.faces), "rung": "given", "pruned": 0})
    for number, ratio in enumerate(params.ratios, 1):
        progress(0.1 + 0.9 * (number - 1) / len(params.ratios), f"LOD{number}")
        target = max(4, int(len(unwrap.faces) * ratio))
        if target < params.least:
            findings.append(_short(number, target, params.least))
            break
        level = once(unwrap, ("level", target), partial(level_of, target))
        count, before = len(level.mesh.faces), len(levels[-1].mesh.faces)
        if not 0 < count <= target:
            findings.append(_unreachable(number, count, target))
            break
        if count >= before:  # what the level before gave up to meet its budget took it below this one's
            findings.append(_short(number, count, before))
            break
        mesh, moved = once(level, ("finished", params.hard_angle), partial(finished, level))
        told = {"asked": target, "rung": level.rung, "pruned": level.pruned, "filled": level.filled}
        add(number, mesh, told | {"closed": level.shape.closed, "genus": level.shape.genus} | moved)
        findings += _told(number, level, unwrap.slot_of_faces())
    findings += _switches(measures, params)
    return Made(Lods(tuple(levels)), {"levels": measures}, tuple(findings))


def _lightmap(mesh: Mesh, number: int, params: Params, findings: list[Finding]) -> tuple[Mesh, dict[str, Any]]:
    """(mesh with its lightmap set, measures); as it came where none is asked for."""
    if not params.lightmap_px:
        return mesh, {}
    from toolchain.lowpoly.lightmap import lightmap

    mesh, measured = lightmap(mesh, params.lightmap_px, params.lightmap_padding)
    if measured.get("overlapping", 0):
        findings.append(
            Finding(
                "lod.lightmap",
                "error",
                f"{measured['overlapping']} triangles of LOD{number} share texels of the lightmap.",
                "Raise the profile's lightmap size, or lower its padding.",
                measured=measured["overlapping"],
                limit=0,
            )
        )
    return mesh, measured


def _short(number: int, target: int, least: int) -> Finding:
    how = f"no fewer triangles than that: {target}" if target >= least else f"but {target} triangles"
    return Finding(
        "lod.short",
        "info",
        f"The chain ends at LOD{number - 1}: LOD{number} would have {how}.",
        "Nothing needs doing: so small a mesh costs little.",
        measured=target,
        limit=least,
    )


def _unreachable(number: int, reached: int, target: int) -> Finding:
    return Finding(
        "lod.unreachable",
        "error",
        f"LOD{number} cannot be reduced to {target} triangles.",
        "Ask for fewer levels, or raise the budget of LOD0.",
        measured=reached,
        limit=target,
    )


def _told(number: int, level: Level, slots: np.ndarray) -> list[Finding]:
    """What the level gave up to meet its budget."""
    found = []
    if level.rung == "filled":
        found.append(
            Finding(
                "lod.filled",
                "warning",
                f"LOD{number} has too few triangles for every tunnel: {level.filled} were filled, and the texture is "
                "laid on by nearness.",
                "Look at the level in the report; raise the budget or the ratio if the tunnels matter from afar.",
                measured=level.shape.genus,
            )
        )
    if level.pruned:
        found.append(
            Finding(
                "lod.pruned",
                "info",
                f"{level.pruned} parts too small for LOD{number} were left out whole.",
                "Nothing needs doing, unless they are missed from afar: then raise the ratio.",
                measured=level.pruned,
            )
        )
    gone = np.setdiff1d(slots, level.mesh.slot_of_faces())
    if len(gone):
        found.append(
            Finding(
                "lod.slot",
                "warning",
                f"LOD{number} shows nothing of {len(gone)} of the material slots: their surface is too small for it.",
                "Merge small slots, or raise the ratio.",
                measured=int(gone[0]),
            )
        )
    return found


def _switches(measures: list[dict[str, Any]], params: Params) -> list[Finding]:
    """A warning, not an error, for when to switch is the studio's choice and a profile's to change."""
    return [
        Finding(
            "lod.switch",
            "warning",
            f"LOD{figures['level']} takes over at {figures['switch']:.0%} of the screen's height, where its shape is "
            f"up to {figures['switch_pixels']:.1f} pixels off: the change may be seen.",
            f"Switch at {figures['screen'] * params.switch_pixels:.2f} or below, or raise the ratio.",
            measured=figures["switch_pixels"],
            limit=params.switch_pixels,
        )
        for figures in measures[1:]
        if figures.get("switch_pixels", 0.0) > params.switch_pixels
    ]
