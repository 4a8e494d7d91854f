"""Bake: the sculpt's normals, colour, openness and evidence, laid into LOD0's textures, slot by slot."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from engine_profiles.packing import parse_pack
from engine_profiles.schema import Profile
from engine_profiles.typed import opt
from toolchain.asset import EVIDENCE, GUESSED, Mesh, Sculpt, Slots, TextureSet, TextureSets
from toolchain.recipe import Recipe
from toolchain.stage import Made, Progress, StageError
from validators.finding import Finding

NAME = "bake"
VERSION = 4
#: Maps made only where a profile names them, and what they hold where nothing is known: on the surface, flat, thick.
NEUTRAL = {"curvature": 0.5, "height": 0.5, "thickness": 1.0}


@dataclass(frozen=True)
class Params:
    """Settings of the bake. Nothing here differs between engines but the sizes and the maps they ask for."""

    size_px: int = opt(1024, "greatest side of a slot's texture", unit="px", low=16, high=8192)
    texels_per_m: float = opt(
        0.0,
        "texel density asked for; 0: the slot that needs most gets size_px, the others what makes them as dense",
        unit="texels per metre",
        low=0.0,
        high=1e6,
    )
    maps: tuple[str, ...] = opt((), "further maps: height, curvature, thickness", choices=tuple(sorted(NEUTRAL)))
    ao_rays: int = opt(16, "rays of a texel for ambient occlusion", low=1, high=1024)
    ao_interleave: bool = opt(False, "the texels of a 2 x 2 block share the rays: four times as fast, half as smooth")
    ao_distance: float = opt(0.25, "what is further off does not darken; a share of the diagonal", low=0.001, high=2.0)
    cage_least: float = opt(0.002, "least reach of the search, as a share of the diagonal", low=1e-5, high=0.5)
    cage_most: float = opt(0.03, "greatest reach of the search, as a share of the diagonal", low=1e-5, high=0.5)
    paint_reach: float = opt(
        0.02,
        "how far a model's own painted surface may lie off, as a share of the diagonal; beyond it the vertex colour "
        "stands in",
        low=0.0,
        high=0.5,
    )
    height_reach: float = opt(
        0.0, "height that 0 and 1 stand for, a share of the diagonal; 0: the search's reach", low=0.0, high=0.5
    )
    curvature_radius: float = opt(0.01, "radius that is white or black, a share of the diagonal", low=1e-4, high=0.5)
    thickness_reach: float = opt(0.1, "thickness that is white, a share of the diagonal", low=1e-4, high=1.0)
    miss_share: float = opt(0.02, "share of texels that rays may miss before a warning is given", low=0.0, high=1.0)

    def __post_init__(self) -> None:
        if self.cage_least > self.cage_most:
            raise ValueError("cage_least is over cage_most")


def params(recipe: Recipe, profile: Profile | None) -> Params:
    """The texture size of the asset's tier, and the maps that the profile names; the rest stands as it is."""
    if profile is None:
        return Params()
    named = {channel.map for wanted in profile.map for channel in parse_pack(wanted.pack)}
    return Params(
        size_px=profile.tier(recipe.tier).texture_px,
        texels_per_m=profile.textures.texels_per_m,
        maps=tuple(sorted(named & NEUTRAL.keys())),
    )


def run(
    params: Params, progress: Progress, *, repair: Sculpt, slots: Slots, unwrap: Mesh, light: Sculpt | None = None
) -> Made:
    """One :class:`TextureSet` a slot, from `repair` onto `unwrap` (LOD0 with UVs, normals and tangents).

    Colour and pictures are those of `light`, the same sculpt without its light; of `repair` where that is not given.
    """
    from toolchain.bake.extra import Extra
    from toolchain.bake.painted import make_coat
    from toolchain.bake.rays import cage_distance, make_target
    from toolchain.bake.seams import seam_difference
    from toolchain.bake.shots import make_films
    from toolchain.bake.sizes import sharpness, slot_sizes
    from toolchain.bake.slot import bake_slot, make_surface

    coloured = repair if light is None else light
    _check(coloured, slots, unwrap)
    progress(0.0, "preparing the sculpt")
    try:
        target = make_target(repair.mesh)
        surface = make_surface(target, unwrap)
        films = make_films(coloured.shots, target)
        coat = None if repair.painted is None else make_coat(repair.painted)
    except ValueError as error:
        raise StageError(f"Baking is not possible: {error}.") from None
    cage, apart = cage_distance(target, surface.points, unwrap.faces, params.cage_least, params.cage_most)

    sharp = sharpness(unwrap, len(slots.slots))
    sizes = slot_sizes(sharp, params.size_px, params.texels_per_m)
    extra = Extra(params.maps, params.height_reach or cage, params.curvature_radius, params.thickness_reach)

    sets: list[TextureSet] = []
    counts: list[dict[str, Any]] = []
    findings: list[Finding] = []
    share = 0.9 / len(slots.slots)
    for i, slot in enumerate(slots.slots):
        start = 0.05 + i * share
        made = bake_slot(
            target,
            surface,
            coloured,
            unwrap.slot_of_faces() == i,
            i,
            cage,
            lambda done, what, start=start: progress(start + share * done, what),  # type: ignore[misc]
            size_px=sizes[i],
            ao_rays=params.ao_rays,
            ao_distance=params.ao_distance,
            ao_interleave=params.ao_interleave,
            coat=coat,
            coat_reach=params.paint_reach,
            films=films,
            extra=extra,
        )
        if made is None:
            sets.append(_blank(i, slot.colour, sizes[i], params.maps))
            counts.append({"slot": slot.name, "texels": 0})
            findings.append(
                Finding(
                    "bake.empty_slot",
                    "warning",
                    f'No part of the reduced model is left in the slot "{slot.name}".',
                    "Raise the triangle budget, paint a larger region, or leave the slot out.",
                )
            )
        else:
            sets.append(made[0])
            counts.append({"slot": slot.name} | made[1])
    progress(0.95, "measuring the seams")
    measures = _summary(counts, sizes) | {
        "size_px": max(sizes),
        "sizes_px": {slot.name: size for slot, size in zip(slots.slots, sizes, strict=True)},
        "texels_per_m": {
            slot.name: round(s * size, 2) for slot, s, size in zip(slots.slots, sharp, sizes, strict=True)
        },
        "cage": round(cage, 6),
        "distance": round(apart, 6),
        "seams": seam_difference(unwrap, tuple(sets)),
    }
    if params.maps:
        metres = {name: round(getattr(extra, name) / target.scale, 9) for name in params.maps}
        measures["maps_span_m"] = metres  # what 0 and 1 of height, 1 of thickness and curvature stand for
    if coat is not None:
        far = sum(c.get("unpainted", 0) for c in counts) / max(measures["texels"], 1)
        measures["painted"] = {"far": round(far, 6), "maps": {c["slot"]: c.get("own_maps", []) for c in counts}}
        spare = sorted({name for c in counts for name in c.get("own_maps", ())} & {"emissive", "opacity"})
        if spare:
            findings.append(
                Finding(
                    "bake.spare_map",
                    "info",
                    f"The model came with {' and '.join(spare)}; an engine gets that where its profile names a map "
                    "for it.",
                    "Add a [[map]] of it to the studio's profile.",
                    measured=", ".join(spare),
                )
            )
        if far > params.miss_share:
            findings.append(
                Finding(
                    "bake.unpainted",
                    "warning",
                    f"{far:.1%} of the texels lie away from the model's own painted surface; vertex colours stand in.",
                    "Close the model's holes before it is dropped, or raise paint_reach in [stage.bake].",
                    measured=round(far, 6),
                    limit=params.miss_share,
                )
            )
    if measures["misses"] > params.miss_share:
        findings.append(
            Finding(
                "bake.misses",
                "warning",
                f"{measures['misses']:.1%} of the texels met nothing along their normal; the nearest point stands in.",
                "Raise the triangle budget, or cage_most in [stage.bake].",
                measured=measures["misses"],
                limit=params.miss_share,
            )
        )
    progress(1.0, "baked")
    return Made(TextureSets(tuple(sets)), measures, tuple(findings))


def _check(sculpt: Sculpt, slots: Slots, low: Mesh) -> None:
    if low.uv is None or low.normals is None or low.tangents is None:
        raise StageError("The reduced model has no UVs, normals or tangents, so nothing can be baked onto it.")
    if not len(low.faces):
        raise StageError("The reduced model has no triangles, so nothing can be baked onto it.")
    count = len(sculpt.mesh.positions)
    if sculpt.colour.shape != (count, 3) or sculpt.evidence.shape != (count,):
        raise StageError(
            "The sculpt's colour or evidence does not fit its vertices.",
            f"{count} vertices, colour {sculpt.colour.shape}, evidence {sculpt.evidence.shape}",
        )
    streams = {"position": low.positions, "UV": low.uv, "normal": low.normals, "tangent": low.tangents}
    for name, values in streams.items():
        if not np.isfinite(values).all():
            raise StageError(f"The reduced model has a {name} that is not a number.")
    if not np.isfinite(sculpt.colour).all():
        raise StageError("The sculpt has a colour that is not a number.")
    if low.slot_of_faces().max() >= len(slots.slots):
        raise StageError("A triangle of the reduced model lies in a slot that is not there.")


def _blank(slot: int, colour: tuple[float, float, float], size: int, extra: tuple[str, ...]) -> TextureSet:
    """The set of a slot that owns no texel: its mean colour, flat, open, guessed."""
    square = (size, size)
    maps = {
        "albedo": np.tile(np.array(colour, np.float32), (*square, 1)),
        "normal": np.tile(np.array((0, 0, 1), np.float32), (*square, 1)),
        "ao": np.ones(square, np.float32),
        "evidence": np.full(square, GUESSED / 3, np.float32),
    } | {name: np.full(square, NEUTRAL[name], np.float32) for name in extra}
    return TextureSet(slot, maps, np.zeros(square, np.bool_))


def _summary(counts: list[dict[str, Any]], sizes: list[int]) -> dict[str, Any]:
    """Shares over all slots, by texel, and the coverage of each slot."""
    total = sum(c["texels"] for c in counts)
    filled = [c for c in counts if c["texels"]]

    def share(key: str) -> float:
        return round(sum(c[key] for c in filled) / max(total, 1), 6)

    return {
        "texels": total,
        "coverage": {c["slot"]: round(c["texels"] / size**2, 4) for c, size in zip(counts, sizes, strict=True)},
        "faces_without_texel": sum(c["faces_without_texel"] for c in filled),
        "misses": share("missed"),
        "normals_raised": share("raised"),
        "from_pictures": share("exposed"),
        "ao_mean": round(sum(c["open"] for c in filled) / max(total, 1), 4),
        "evidence": {
            name: round(sum(c["evidence"][i] for c in filled) / max(total, 1), 4) for i, name in enumerate(EVIDENCE)
        },
    }
