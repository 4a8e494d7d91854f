"""Slots: which faces are which material, from painted masks, else from a model's own materials, else one for all.

Faces that a painted view sees take its colour by vote; the rest take the nearest labelled face's over the
surface; small islands go to their neighbours.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine_profiles import Profile
from engine_profiles.typed import opt
from toolchain.asset import Painted, Reference, Sculpt, Slot, Slots, safe_name
from toolchain.recipe import Recipe
from toolchain.stage import Made, Progress
from validators.finding import Finding

NAME = "slots"
VERSION = 2
#: Most slots of any shipped profile's tiers; a tier with fewer is the profile's rule to report.
MOST_SLOTS = 4
#: Slots that the shipped profiles' tiers allow: a model's own materials are merged down to them, unasked.
TIER_SLOTS = {"hero": 4, "prop": 2, "background": 1}


@dataclass(frozen=True)
class Params:
    """Names, colours and limits."""

    names: tuple[str, ...] = opt((), "slots the sidecar names, in order")
    colours: tuple[str, ...] = opt((), "the colour that paints each, #rrggbb or empty")
    max_slots: int = opt(MOST_SLOTS, "most slots; the smallest are merged", low=1, high=64)
    materials: int = opt(TIER_SLOTS["prop"], "most slots made of a model's own materials", low=1, high=64)
    island: float = opt(0.002, "a smaller region joins its neighbour", unit="of the surface", low=0.0, high=0.5)
    speck: float = opt(
        0.004, "a colour with fewer pixels is a brush's edge", unit="of the painted pixels", low=0.0, high=0.5
    )


def params(recipe: Recipe, profile: Profile | None = None) -> Params:
    """The sidecar's slots, and how many the tier allows."""
    return Params(
        names=tuple(recipe.slots),
        colours=tuple(ask.colour.lower() for ask in recipe.slots.values()),
        materials=TIER_SLOTS.get(recipe.tier, MOST_SLOTS),
    )


def run(params: Params, progress: Progress, *, repair: Sculpt, intake: Reference) -> Made:
    """A slot for every face of the repaired sculpt."""
    from toolchain.surface.labels import absorb, keep_largest, spread
    from toolchain.surface.palette import label_pixels, read_palette
    from toolchain.surface.project import votes

    mesh = repair.mesh
    areas = _areas(mesh.positions, mesh.faces)
    painted = [v for v in intake.views if v.slots is not None]
    masks = [v.slots for v in painted if v.slots is not None]
    palette = read_palette(
        [(m, v.rgba[..., 3]) for m, v in zip(masks, painted, strict=True)], params.names, params.colours, params.speck
    )
    if (len(palette.names) < 1 or not painted) and repair.painted is not None and params.materials > 1:
        made = _of_materials(params, repair, repair.painted, areas)
        if made is not None:
            return made
    if len(palette.names) < 1 or not painted:
        name = safe_name(params.names[0]) if len(params.names) == 1 else "main"
        whole = np.zeros(len(mesh.faces), np.int32)
        slots = _slots((name,), "single", repair, whole, areas)
        return Made(Slots(slots, whole), {"source": "single", "slots": [name]})
    tally = np.zeros((len(mesh.faces), len(palette.names)), np.float32)
    for i, (view, mask) in enumerate(zip(painted, masks, strict=True)):
        progress(0.1 + 0.5 * i / len(painted), view.name)
        tally += votes(mesh, view.name, view.rgba[..., 3], label_pixels(mask, palette), len(palette.names))
    seen = tally.sum(axis=1) > 0
    if not seen.any():
        label = np.zeros(len(mesh.faces), np.int64)
    else:
        progress(0.7, "unseen faces")
        label = spread(mesh.positions, mesh.faces, np.where(seen, tally.argmax(axis=1), -1))
    label, islands = absorb(mesh.faces, label, areas, params.island)
    label, merged = keep_largest(mesh.faces, label, areas, params.max_slots)
    used, index = np.unique(label, return_inverse=True)
    faces = index.reshape(-1).astype(np.int32)
    slots = _slots(tuple(palette.names[i] for i in used), "mask", repair, faces, areas)
    findings = [
        Finding(
            "slots.missing",
            "warning",
            f'No part of the asset is painted in the colour of the slot "{name}".',
            "Paint it in the .slots.png in that exact colour, or take the slot out of the sidecar.",
        )
        for name, colour in zip(params.names, params.colours, strict=True)
        if colour and safe_name(name) not in {s.name for s in slots}
    ]
    if merged:
        findings.append(
            Finding(
                "slots.merged",
                "warning",
                f"{merged} of the painted slots were merged into their neighbours.",
                "Paint fewer colours.",
                measured=len(slots) + merged,
                limit=params.max_slots,
            )
        )
    return Made(
        Slots(slots, faces),
        {
            "source": "mask",
            "slots": [s.name for s in slots],
            "seen": round(float(areas[seen].sum() / areas.sum()), 4),
            "area": [s.area for s in slots],
            "islands_absorbed": islands,
            "merged": merged,
        },
        tuple(findings),
    )


def _of_materials(params: Params, repair: Sculpt, painted: Painted, areas: np.ndarray) -> Made | None:
    """Slots by the materials of the model itself; None where it shows but one."""
    from toolchain.surface.labels import absorb, keep_largest
    from toolchain.surface.materials import names_of, nearest_paint

    faces = repair.mesh.faces
    label, islands = absorb(faces, nearest_paint(painted, repair.mesh), areas, params.island)
    label, merged = keep_largest(faces, label, areas, params.materials)
    used, index = np.unique(label, return_inverse=True)
    if len(used) < 2:
        return None
    names = names_of(painted.paints)
    slots = _slots(tuple(names[i] for i in used), "material", repair, index.reshape(-1).astype(np.int32), areas)
    findings = []
    if merged:
        findings.append(
            Finding(
                "slots.materials",
                "info",
                f"{merged} of the model's materials were merged into their neighbours' slots; each keeps its colours.",
                "Raise the tier, or materials in [stage.slots].",
                measured=len(slots) + merged,
                limit=params.materials,
            )
        )
    measures = {
        "source": "material",
        "slots": [s.name for s in slots],
        "area": [s.area for s in slots],
        "islands_absorbed": islands,
        "merged": merged,
    }
    return Made(Slots(slots, index.reshape(-1).astype(np.int32)), measures, tuple(findings))


def _areas(positions: np.ndarray, faces: np.ndarray) -> np.ndarray:
    p = positions.astype(np.float64)[faces]
    return np.linalg.norm(np.cross(p[:, 1] - p[:, 0], p[:, 2] - p[:, 0]), axis=1) / 2


def _slots(
    names: tuple[str, ...],
    source: str,
    sculpt: Sculpt,
    faces: np.ndarray,
    areas: np.ndarray,
) -> tuple[Slot, ...]:
    """Slots with their area-weighted mean colour and share of the surface."""
    colour = sculpt.colour.astype(np.float64)[sculpt.mesh.faces].mean(axis=1)
    out = []
    for i, name in enumerate(names):
        weight = np.where(faces == i, areas, 0.0)
        mean = (colour * weight[:, None]).sum(axis=0) / max(weight.sum(), 1e-30)
        red, green, blue = (round(float(c), 6) for c in mean)
        out.append(Slot(name, source, (red, green, blue), round(float(weight.sum() / areas.sum()), 6)))
    return tuple(out)
