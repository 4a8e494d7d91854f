"""Light: the picture's own light is taken off the sculpt's colours, so that the asset can be lit anew.

Each picture's light is read by a small network from the picture and the sculpt under it (:mod:`learned`), and fitted
against the sculpt's normals and shadows (:mod:`shading`, :mod:`lamps`); what both say together is divided out.
What both got wrong is evened out by half (:mod:`paints`), and what no picture shows is filled from what they do
(:mod:`infill`). A light that may be paint is not believed in, in whole or in part (:mod:`reading`). Highlights go as
far as the network sees them; to fill more of them (:mod:`highlight`) has to be asked for, since windows, eyes and keys
look alike. Textures that a model came with are albedo already and stay.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from engine_profiles import Profile
from engine_profiles.typed import opt
from toolchain.asset import F32, Reference, Sculpt, Slots
from toolchain.recipe import Recipe
from toolchain.stage import Made, Progress

NAME = "light"
VERSION = 4


@dataclass(frozen=True)
class Params:
    """How much of the light is taken off."""

    off: bool = opt(False, "leave the pictures' light in the colours")
    strength: float = opt(1.0, "share of the fitted light that is taken off", low=0.0, high=1.0)
    darkest: float = opt(0.3, "least shading that is divided by, of its mean", low=0.1, high=1.0)
    brightest: float = opt(2.2, "greatest shading that is divided by, of its mean", low=1.0, high=5.0)
    evening: float = opt(
        0.5, "share of the misfit that is taken off where one paint is still unevenly bright", low=0.0, high=1.0
    )
    highlights: bool = opt(False, "fill small highlights from the paint about them, and small pale ornament with them")


def params(recipe: Recipe, profile: Profile | None = None) -> Params:
    """Nothing here is a matter of the recipe or the engine."""
    return Params()


def run(params: Params, progress: Progress, *, repair: Sculpt, slots: Slots, intake: Reference) -> Made:
    """`repair` with its colour and its pictures made albedo; geometry, evidence and textures stay."""
    why = _why_not(params, repair)
    if why:
        return Made(repair, {"done": False, "reason": why})
    from toolchain.bake.field import smooth_normals
    from toolchain.surface.albedo import Bounds, encode, unlit
    from toolchain.surface.infill import recolour
    from toolchain.surface.lamps import Stagecraft
    from toolchain.surface.sight import look

    mesh = repair.mesh
    normals = smooth_normals(mesh.positions, mesh.faces)
    craft = Stagecraft(mesh)
    progress(0.05, "looking through the pictures")
    sights = [look(mesh, normals, shot) for shot in repair.shots]
    sky = np.ones(len(mesh.positions), np.float32)
    shown = np.flatnonzero(np.any([sight.seen for sight in sights], axis=0))
    sky[shown] = craft.openness(mesh.positions[shown], normals[shown])
    bounds = Bounds(params.strength, params.darkest, params.brightest, params.highlights, params.evening)
    found = []
    for i, (shot, sight) in enumerate(zip(repair.shots, sights, strict=True)):
        progress(0.2 + 0.6 * i / len(sights), f"the light of the {shot.view} picture")
        found.append(unlit(shot, sight, mesh, normals, craft, sky, bounds))
    told: dict[str, Any] = {
        "done": any(one.told["belief"] > 0 for one in found),
        "reason": "",
        "pictures": [one.told for one in found],
    }
    if not told["done"]:
        told["reason"] = "The colours do not follow the shape as they would in a light, so they were left alone."
        return Made(repair, told)
    progress(0.85, "vertex colours")
    colour, unreached = recolour(
        repair.colour,
        repair.evidence,
        sights,
        [one.picture for one in found],
        [one.albedo for one in found],
        mesh.faces,
        mesh.positions,
        normals,
    )
    told["unreached"] = round(float(unreached.mean()), 4)
    told["slots"] = _by_slot(slots, mesh.faces, sights, [one.highlight for one in found], repair.colour, colour)
    shots = tuple(
        replace(shot, rgba=encode(one.albedo, shot)) if one.told["belief"] > 0 else shot
        for shot, one in zip(repair.shots, found, strict=True)
    )
    progress(1.0, "")
    return Made(replace(repair, colour=colour, shots=shots), told)


def _why_not(params: Params, sculpt: Sculpt) -> str:
    if params.off or params.strength == 0:
        return "It was switched off."
    if sculpt.painted is not None:
        return "The model came with textures of its own, which hold no light."
    if not sculpt.shots:
        return "It is not known from where its pictures were taken."
    return ""


def _by_slot(
    slots: Slots, faces: np.ndarray, sights: list[Any], highlights: list[F32], before: F32, after: F32
) -> dict[str, Any]:
    """Slot -> share of its seen pixels that are highlight, and the mean change of its colour."""
    out = {}
    for i, slot in enumerate(slots.slots):
        lit, seen = 0.0, 0
        for sight, highlight in zip(sights, highlights, strict=True):
            of = (sight.face >= 0) & (slots.faces[np.maximum(sight.face, 0)] == i)
            lit, seen = lit + float(highlight[of].sum(dtype=np.float64)), seen + int(of.sum())
        corners = np.unique(faces[slots.faces == i])
        change = np.abs(after[corners] - before[corners]).mean() if len(corners) else 0.0
        out[slot.name] = {"highlights": round(lit / max(seen, 1), 5), "change": round(float(change), 4)}
    return out
