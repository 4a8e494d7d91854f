"""Slots: which faces are which material, and the first of these that there is: an artist's painted masks, a model's own
materials, regions that its colours tell apart (:mod:`auto`), or one slot for all.

As many as the profile's tier allows, of several profiles the one that allows most; more are merged, and told. An
engine that takes fewer gets them merged further (:mod:`merge`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from engine_profiles import Profile
from engine_profiles.typed import opt
from toolchain.asset import Painted, Reference, Sculpt, Slot, Slots, View, safe_name
from toolchain.recipe import Recipe
from toolchain.stage import Made, Progress
from validators.finding import Finding

if TYPE_CHECKING:
    from toolchain.surface.tiles import Seams

NAME = "slots"
VERSION = 5
#: Slots that the shipped profiles' tiers allow.
TIER_SLOTS = {"hero": 4, "prop": 2, "background": 1}
RINGS = 6  # faces about a painted border within which it may be laid straighter
STRAIGHT = 0.004  # what a painted border costs by its length, against paint that is not followed
FILLED = 0.3  # how much what was filled in counts beside paint


@dataclass(frozen=True)
class Params:
    """Names, colours and limits."""

    names: tuple[str, ...] = opt((), "slots the sidecar names, in order")
    colours: tuple[str, ...] = opt((), "the colour that paints each, #rrggbb or empty")
    max_slots: int = opt(TIER_SLOTS["prop"], "most slots; more are merged", low=1, high=64)
    automatic: bool = opt(True, "where nothing was painted: look for materials by their colours")
    count: int = opt(0, "how many to look for; 0 is as many as are clear", low=0, high=8)
    island: float = opt(0.002, "a smaller region joins its neighbour", unit="of the surface", low=0.0, high=0.5)
    speck: float = opt(
        0.004, "a colour with fewer pixels is a brush's edge", unit="of the painted pixels", low=0.0, high=0.5
    )


@dataclass(frozen=True, eq=False)
class Regions:
    """What one source came to: labels of faces, and for each label a name and how sure we are."""

    source: str
    label: np.ndarray  # (F,)
    names: tuple[str, ...]
    sure: tuple[float, ...]
    measures: dict[str, Any] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()


def params(recipe: Recipe, profile: Profile | None = None) -> Params:
    """The sidecar's slots, and how many the tier allows."""
    return Params(
        names=tuple(recipe.slots),
        colours=tuple(ask.colour.lower() for ask in recipe.slots.values()),
        max_slots=profile.tier(recipe.tier).slots if profile else TIER_SLOTS.get(recipe.tier, TIER_SLOTS["prop"]),
    )


def run(params: Params, progress: Progress, *, repair: Sculpt, intake: Reference) -> Made:
    """A slot for every face of the repaired sculpt."""
    from toolchain.lowpoly.topology import areas
    from toolchain.surface.sheen import guess, sheens

    mesh = repair.mesh
    size = areas(mesh.positions, mesh.faces)
    regions = _painted(params, progress, repair, intake.views, size)
    if regions is None and repair.painted is not None and params.max_slots > 1:
        regions = _of_materials(params, repair, repair.painted, size)
    if regions is None:
        progress(0.2, "telling materials apart")
        regions = _told_apart(params, repair, size)
    progress(0.9, "looking for highlights")
    used, index = np.unique(regions.label, return_inverse=True)
    faces = index.reshape(-1).astype(np.int32)
    guesses = [guess(sheen) for sheen in sheens(repair, faces, len(used))]
    colours = [_mean_colour(repair, size, faces == i) for i in range(len(used))]
    names = _names(params, regions, [int(i) for i in used], colours, guesses)
    slots = tuple(
        Slot(
            name,
            regions.source,
            colour,
            round(float(size[faces == i].sum() / size.sum()), 6),
            regions.sure[used[i]],
            guesses[i],
        )
        for i, (name, colour) in enumerate(zip(names, colours, strict=True))
    )
    measures = {"source": regions.source, "slots": [s.name for s in slots], **regions.measures}
    measures |= {"area": [s.area for s in slots], "sure": [s.sure for s in slots]}
    return Made(Slots(slots, faces), measures, regions.findings + _unfound(params, regions, names))


def _painted(
    params: Params, progress: Progress, sculpt: Sculpt, views: tuple[View, ...], size: np.ndarray
) -> Regions | None:
    """Slots by the masks painted over views; None where there is no paint."""
    from toolchain.lowpoly.topology import cross
    from toolchain.surface.labels import absorb, keep_largest
    from toolchain.surface.palette import label_pixels, read_palette
    from toolchain.surface.project import votes
    from toolchain.surface.tiles import seams
    from toolchain.surface.unpainted import fill

    masks = [(v.slots, v) for v in views if v.slots is not None]
    palette = read_palette([(m, v.rgba[..., 3]) for m, v in masks], params.names, params.colours, params.speck)
    if not palette.names:
        return None
    mesh = sculpt.mesh
    tally = np.zeros((len(mesh.faces), len(palette.names)), np.float32)
    for i, (mask, view) in enumerate(masks):
        progress(0.1 + 0.5 * i / len(masks), view.name)
        tally += votes(mesh, view.name, view.rgba[..., 3], label_pixels(mask, palette), len(palette.names))
    seen = tally.sum(axis=1) > 0
    label = np.zeros(len(mesh.faces), np.int64)
    normals = cross(mesh.positions, mesh.faces) / np.maximum(2 * size, 1e-30)[:, None]
    found = seams(mesh.positions, mesh.faces, normals)
    if seen.any():
        progress(0.7, "unseen faces")
        label = fill(sculpt, np.where(seen, tally.argmax(axis=1), -1), normals, size, found)
    label, islands = absorb(mesh.faces, label, size, params.island)
    label = _straightened(label, tally, size, found)
    label, merged = keep_largest(mesh.faces, label, size, params.max_slots)
    kinds = len(palette.names)
    painted = np.bincount(label, size * seen, kinds) / np.maximum(np.bincount(label, size, kinds), 1e-30)
    findings: tuple[Finding, ...] = ()
    if merged:
        count = len(np.unique(label))
        findings = (
            Finding(
                "slots.merged",
                "warning",
                f"{merged} of the painted slots were merged into their neighbours: this tier allows {count}.",
                "Raise the tier, paint fewer colours, or set max_slots in [stage.slots].",
                measured=count + merged,
                limit=params.max_slots,
            ),
        )
    measures = {
        "seen": round(float(size[seen].sum() / size.sum()), 4),
        "islands_absorbed": islands,
        "merged": merged,
    }
    sure = tuple(round(0.5 + 0.5 * float(p), 3) for p in painted)
    return Regions("mask", label, palette.names, sure, measures, findings)


def _straightened(label: np.ndarray, tally: np.ndarray, size: np.ndarray, found: Seams) -> np.ndarray:
    """Painted borders without the steps of pixels and triangles; what was filled in gives way more easily."""
    from toolchain.surface.borders import price, trim

    total = tally.sum(axis=1, keepdims=True)
    share = np.divide(tally, total, out=np.zeros_like(tally), where=total > 0)
    other = label[:, None] != np.arange(tally.shape[1])
    against = (size / size.sum())[:, None] * np.where(total > 0, 1.0 - share, FILLED * other)
    side = float(np.sqrt(size.sum()))
    return trim(label, against.astype(np.float64), found.pairs, STRAIGHT * price(found, side), RINGS)


def _of_materials(params: Params, sculpt: Sculpt, painted: Painted, size: np.ndarray) -> Regions | None:
    """Slots by the materials of the model itself; None where it shows but one."""
    from toolchain.surface.labels import absorb, keep_largest
    from toolchain.surface.materials import names_of, nearest_paint

    if len(painted.paints) < 2:
        return None
    faces = sculpt.mesh.faces
    label, islands = absorb(faces, nearest_paint(painted, sculpt.mesh), size, params.island)
    label, merged = keep_largest(faces, label, size, params.max_slots)
    count = len(np.unique(label))
    if count < 2:
        return None
    findings: tuple[Finding, ...] = ()
    if merged:
        findings = (
            Finding(
                "slots.materials",
                "info",
                f"{merged} of the model's materials were merged into their neighbours' slots; each keeps its colours.",
                "Raise the tier, or max_slots in [stage.slots].",
                measured=count + merged,
                limit=params.max_slots,
            ),
        )
    names = names_of(painted.paints)
    measures = {"islands_absorbed": islands, "merged": merged}
    return Regions("material", label, names, (1.0,) * len(names), measures, findings)


def _told_apart(params: Params, sculpt: Sculpt, size: np.ndarray) -> Regions:
    """Slots by colour, where they are clear or were asked for; else one."""
    from toolchain.surface.auto import find
    from toolchain.surface.labels import absorb
    from toolchain.surface.naming import names_for

    faces = len(sculpt.mesh.faces)
    asked = params.count or (len(params.names) if len(params.names) > 1 else 0)  # names ask for as many
    one_material = sculpt.painted is not None and sculpt.generator == "file" and not asked
    if not params.automatic or one_material or params.max_slots < 2 or asked == 1:
        return Regions("single", np.zeros(faces, np.int64), ("main",), (1.0,))
    wanted = [safe_name(name) for name in params.names]
    found, names = None, ()  # type: Any, tuple[str, ...]
    for number in dict.fromkeys((0 if not params.count else asked, asked)):
        found = find(sculpt, params.max_slots, min(number, params.max_slots))
        label, islands = absorb(sculpt.mesh.faces, found.label, size, params.island)
        used = [int(i) for i in np.unique(label)]
        colours = [_mean_colour(sculpt, size, label == i) for i in used]
        names = names_for(colours, [False] * len(used))
        if wanted and set(wanted) <= set(names):
            break
    measures = {"islands_absorbed": islands, "groups": found.groups, "doubt": found.doubt}
    told_one = len(used) < 2 or (len(wanted) == 1 and not params.count and wanted[0] not in names)
    if told_one:
        sure = round(1.0 - found.doubt, 3) if len(used) < 2 else 1.0
        return Regions("single", np.zeros(faces, np.int64), ("main",), (sure,), measures)
    return Regions("colour", label, names, found.sure, measures)


def _names(
    params: Params,
    regions: Regions,
    used: list[int],
    colours: list[tuple[float, float, float]],
    guesses: list[tuple[float, float] | None],
) -> tuple[str, ...]:
    """Names of the slots that are left."""
    from toolchain.surface.naming import given, names_for

    asked = tuple(safe_name(name) for name in params.names)
    if regions.source == "single":
        return asked if len(asked) == 1 else regions.names
    if regions.source == "colour":
        metal = [g is not None and g[1] > 0.5 for g in guesses]
        plain = names_for(colours, [False] * len(used))
        return given(plain if set(plain) & set(asked) else names_for(colours, metal), asked)
    return tuple(regions.names[i] for i in used)


def _unfound(params: Params, regions: Regions, names: tuple[str, ...]) -> tuple[Finding, ...]:
    """A warning for each slot that was to be found by paint or by colour, and was not."""
    out = []
    for name, colour in zip(params.names, params.colours, strict=True):
        if safe_name(name) in names or (regions.source == "mask" and not colour):
            continue
        if regions.source == "mask":
            message = f'No part of the asset is painted in the colour of the slot "{name}".'
            fix = "Paint it in the .slots.png in that exact colour, or take the slot out of the sidecar."
        elif regions.source in ("colour", "single") and len(params.names) > 1:
            message = f'No region for the slot "{name}" can be told from the others by its colour.'
            fix = "Paint the slots in a .slots.png beside the picture, or raise the tier where it allows too few."
        else:
            continue
        out.append(Finding("slots.missing", "warning", message, fix))
    return tuple(out)


def _mean_colour(sculpt: Sculpt, size: np.ndarray, mine: np.ndarray) -> tuple[float, float, float]:
    """Area-weighted mean of the linear colour."""
    colour = sculpt.colour.astype(np.float64)[sculpt.mesh.faces[mine]].mean(axis=1)
    red, green, blue = (round(float(c), 6) for c in np.average(colour, axis=0, weights=np.maximum(size[mine], 1e-30)))
    return red, green, blue
