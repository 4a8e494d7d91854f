"""Merge: the slots as one engine takes them, where its profile allows fewer than were found for all engines.

What is most alike in colour goes together first, and sooner where it shares a border; a slot that the sidecar names
goes only when all others have gone. Where an engine takes few materials a mesh, slots that are meshes of their own
(`split_slots`) are not bound by that.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from engine_profiles import Profile
from engine_profiles.typed import opt
from toolchain.asset import Sculpt, Slot, Slots, safe_name
from toolchain.recipe import Recipe
from toolchain.stage import Made, Progress
from validators.finding import Finding

NAME = "merge"
VERSION = 1
LOOSE = 2.0  # how much further apart two slots count that share no border
LEAST = 1e-6  # so that of slots of one colour the smallest go first


@dataclass(frozen=True)
class Params:
    """How many slots this engine takes, and which of them somebody named."""

    max_slots: int = opt(64, "most slots", low=1, high=64)
    named: tuple[str, ...] = opt((), "slots that the sidecar names: merged last")


def params(recipe: Recipe, profile: Profile | None = None) -> Params:
    """The tier's slots, or what `[stage.slots] max_slots` asks for; never more than the engine takes on a mesh."""
    named = tuple(sorted(safe_name(name) for name in recipe.slots))
    if profile is None:
        return Params(named=named)
    most = int(recipe.overrides.get("slots", {}).get("max_slots", profile.tier(recipe.tier).slots))
    hard = 0 if profile.split_slots else profile.limits.materials_per_mesh
    return Params(min(most, hard) if hard else most, named)


def run(params: Params, progress: Progress, *, repair: Sculpt, slots: Slots) -> Made:
    """At most `max_slots` of the slots; the same ones where that many there are."""
    from toolchain.lowpoly.topology import areas, face_pairs
    from toolchain.surface.sheen import guess, sheens

    if len(slots.slots) <= params.max_slots:
        return Made(slots, {"slots": [s.name for s in slots.slots], "merged": {}})
    mesh = repair.mesh
    pairs = slots.faces[face_pairs(mesh.faces)]
    into = join(slots.slots, pairs, params.max_slots, frozenset(params.named))
    used, index = np.unique(into[slots.faces], return_inverse=True)
    faces = index.reshape(-1).astype(np.int32)
    progress(0.5, "looking for highlights")
    size, shine = areas(mesh.positions, mesh.faces), sheens(repair, faces, len(used))
    kept = []
    for i, k in enumerate(int(u) for u in used):
        parts = [s for s, at in zip(slots.slots, into, strict=True) if at == k]
        if len(parts) == 1:
            kept.append(parts[0])
            continue
        area = np.array([s.area for s in parts]) + 1e-12
        red, green, blue = (round(float(c), 6) for c in np.average([s.colour for s in parts], axis=0, weights=area))
        share = round(float(size[faces == i].sum() / size.sum()), 6)
        sure = min(s.sure for s in parts)
        kept.append(Slot(slots.slots[k].name, parts[0].source, (red, green, blue), share, sure, guess(shine[i])))
    gone = {s.name: slots.slots[at].name for i, (s, at) in enumerate(zip(slots.slots, into, strict=True)) if at != i}
    told = ", ".join(f"{a} into {b}" for a, b in sorted(gone.items()))
    finding = Finding(
        "merge.slots",
        "warning" if set(gone) & set(params.named) else "info",
        f"{len(gone)} of the slots were merged for this engine: {told}.",
        "Raise the tier, budget.TIER.slots of the profile, or max_slots in [stage.slots].",
        measured=len(slots.slots),
        limit=params.max_slots,
    )
    return Made(Slots(tuple(kept), faces), {"slots": [s.name for s in kept], "merged": gone}, (finding,))


def join(slots: tuple[Slot, ...], pairs: NDArray[np.integer], most: int, named: frozenset[str]) -> NDArray[np.int64]:
    """(K,) the slot that each becomes: `most` are left. `pairs` (P, 2) are the slots of faces side by side.

    What two lose by becoming one is the spread of colour that it makes (Ward, "Hierarchical grouping to optimize an
    objective function", 1963). The larger of two gives the name, or the one that is `named`.
    """
    from toolchain.surface.tint import tints

    count = len(slots)
    into = np.arange(count, dtype=np.int64)
    area = np.array([s.area for s in slots], np.float64) + 1e-12
    tint = tints(np.array([s.colour for s in slots], np.float64))
    beside = np.zeros((count, count), bool)
    beside[pairs[:, 0], pairs[:, 1]] = beside[pairs[:, 1], pairs[:, 0]] = True
    own = [s.name in named for s in slots]
    live = list(range(count))

    def loss(pair: tuple[int, int]) -> tuple[bool, float]:
        a, b = pair
        apart = float(((tint[a] - tint[b]) ** 2).sum()) + LEAST
        weight = float(area[a] * area[b] / (area[a] + area[b]))
        return own[a] and own[b], weight * apart * (1.0 if beside[a, b] else LOOSE)

    while len(live) > most:
        a, b = min(combinations(live, 2), key=loss)
        keep, gone = sorted((a, b), key=lambda k: (not own[k], -area[k], k))
        tint[keep] = (area[a] * tint[a] + area[b] * tint[b]) / (area[a] + area[b])
        area[keep] += area[gone]
        beside[keep] |= beside[gone]
        beside[:, keep] |= beside[:, gone]
        into[into == gone] = keep
        live.remove(gone)
    return into
