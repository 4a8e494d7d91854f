"""Pack: canonical maps to the texture files of one engine, and the looks that they show."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from engine_profiles.packing import parse_pack
from engine_profiles.schema import Map, Profile
from engine_profiles.typed import opt
from toolchain.asset import Look, PackedTexture, PackedTextures, Slots, TextureSet, TextureSets, safe_name
from toolchain.recipe import PRESETS, Recipe, SlotAsk
from toolchain.stage import Made, Progress, StageError
from validators.finding import Finding

NAME = "pack"
VERSION = 6

#: What glTF 2.0 and UsdPreviewSurface bind, where a profile's own maps do not serve them.
OPEN_MAPS = (
    Map("BaseColor", "RGB=albedo", "base_color", "srgb"),
    Map("NormalGL", "RGB=normal", "normal"),
    Map("ORM", "R=ao G=roughness B=metallic", "orm"),
    Map("Emissive", "RGB=emissive", "emissive", "srgb", optional=True),
)
#: Values of maps that few assets have: nothing glows, nothing is seen through.
_NEUTRAL = {"emissive": 0.0, "opacity": 1.0}
#: Maps that are made of another.
_MADE_OF = {"glow": "emissive"}
#: A map that nowhere differs more than this from its neutral value holds nothing.
HOLDS = 1 / 255


@dataclass(frozen=True)
class Params:
    """The engine's texture files and what the slots are made of."""

    asset: str = opt(help="safe name of the asset")
    maps: tuple[Map, ...] = opt(help="the files of each slot")
    template: str = opt("T_{asset}_{slot}_{suffix}", "stem of a texture file: {asset}, {slot}, {suffix}")
    normal: str = opt("opengl", "green of the normal map", choices=("opengl", "directx"))
    open_maps: str = opt(
        "none",
        "maps for glTF and USD beside the profile's own: none, embedded or loose",
        choices=("none", "embedded", "loose"),
    )
    slots: dict[str, SlotAsk] = opt(factory=dict, help="what was asked of the slots, by safe name")
    dither: bool = opt(True, "dither 8-bit normal maps, so that smooth slopes show no steps")


def params(recipe: Recipe, profile: Profile | None) -> Params:
    """The profile's maps and names; of the recipe the asset's name and its slots."""
    if profile is None:
        raise ValueError("pack runs for an engine")
    if "png" not in profile.textures.formats:
        raise ValueError(f"{profile.name} takes no PNG textures, and no other kind is written")
    open_files = [d for d in profile.deliverable if d.format.startswith(("gl", "usd"))]
    loose = any(d.textures == "beside" for d in open_files)
    # The colour finds the region in a mask; it says nothing of the look, and must not pack anything anew.
    asks = {safe_name(name): replace(ask, colour="") for name, ask in sorted(recipe.slots.items())}
    return Params(
        asset=recipe.asset,
        maps=profile.map,
        template=profile.names.texture,
        normal=profile.textures.normal,
        open_maps="none" if not open_files else "loose" if loose else "embedded",
        slots=asks,
    )


def run(params: Params, progress: Progress, *, bake: TextureSets, slots: Slots) -> Made:
    """PackedTextures: for each slot the profile's maps in order, then those the open formats lack."""
    from toolchain.bake.threads import in_order

    bake = TextureSets(
        tuple(_glowing(textures, params.slots.get(slots.slots[textures.slot].name)) for textures in bake.sets)
    )
    sets = {textures.slot: textures for textures in bake.sets}
    looks = tuple(
        look_of(slot.name, params.slots.get(slot.name), slot.guess, sets.get(i)) for i, slot in enumerate(slots.slots)
    )
    wanted = _named(params, slots, bake)
    jobs = [(textures, *rest) for textures in bake.sets for rest in wanted[textures.slot]]

    def encode(job: tuple[TextureSet, Map, str, bool, str]) -> PackedTexture:
        textures, wanted_map, file, loose, sign = job
        look = looks[textures.slot]
        return _texture(textures, wanted_map, file, loose, sign, look, params.slots.get(look.slot), params.dither)

    progress(0.0, "packing textures")
    packed = in_order(encode, jobs, lambda done: progress(done, "packing textures"))
    findings = [
        Finding(
            "pack.unknown_slot",
            "warning",
            f'The sidecar describes the slot "{name}", which this asset has not.',
            f"The slots are: {', '.join(slot.name for slot in slots.slots)}. Rename the entry or paint the region.",
        )
        for name in sorted(set(params.slots) - {slot.name for slot in slots.slots})
    ]
    measures = {
        "files": len(packed),
        "bytes": sum(len(t.data) for t in packed),
        "looks": {
            look.slot: {
                "roughness": look.roughness,
                "metallic": look.metallic,
                "source": look.source,
                "preset": look.preset,
            }
            for look in looks
        },
    }
    return Made(PackedTextures(tuple(packed), looks), measures, tuple(findings))


def look_of(
    name: str,
    ask: SlotAsk | None = None,
    guess: tuple[float, float] | None = None,
    textures: TextureSet | None = None,
) -> Look:
    """What was asked: a stated value over the preset's; else what was measured, as the mean of the map's texels; else
    what the slot's pictures hint at; else the default.
    """
    ask = ask or SlotAsk()
    default = Look(name)
    values, sources = {}, []
    hints = dict(zip(("roughness", "metallic"), guess or (), strict=False))
    preset = dict(zip(("roughness", "metallic"), PRESETS.get(ask.preset, ()), strict=False))
    for key in ("roughness", "metallic"):
        stated = getattr(ask, key)
        if stated >= 0:
            values[key], source = stated, "sidecar"
        elif ask.preset:
            values[key], source = preset[key], "preset"
        elif textures is not None and key in textures.maps and textures.coverage.any():
            values[key], source = round(float(textures.maps[key][textures.coverage].mean()), 4), "measured"
        elif key in hints:
            values[key], source = hints[key], "guess"
        else:
            values[key], source = getattr(default, key), "default"
        sources.append(source)
    first = next(s for s in ("sidecar", "preset", "measured", "guess", "default") if s in sources)
    return Look(name, ask.preset, values["roughness"], values["metallic"], first)


def _glowing(textures: TextureSet, ask: SlotAsk | None) -> TextureSet:
    """A slot that was said to be emissive glows in its own colour, where no map of its glow was measured."""
    if ask is None or ask.preset != "emissive" or "emissive" in textures.maps:
        return textures
    return replace(textures, maps=textures.maps | {"emissive": textures.maps["albedo"]})


def _named(params: Params, slots: Slots, bake: TextureSets) -> list[list[tuple[Map, str, bool, str]]]:
    """For each slot (map, file, loose, normal sign); no two files share a name in any letter case."""
    sets = {textures.slot: textures for textures in bake.sets}
    taken: set[str] = set()

    def name(slot: str, suffix: str, free: bool) -> str:
        tries = [suffix] + [f"{suffix}_{n}" for n in range(2, 100) if free]
        for attempt in tries:
            file = params.template.format(asset=params.asset, slot=slot, suffix=attempt) + ".png"
            if file.lower() not in taken:
                taken.add(file.lower())
                return file
        raise StageError(f'Two textures would be called "{file}".', "names.texture must hold {slot} and {suffix}")

    def sign(wanted: Map, own: str) -> str:
        return own if wanted.role == "normal" else ""

    out: list[list[tuple[Map, str, bool, str]]] = []
    for i, slot in enumerate(slots.slots):
        maps = [m for m in params.maps if not m.optional or _holds(m, sets[i])]
        out.append([(m, name(slot.name, m.suffix, False), True, sign(m, params.normal)) for m in maps])
    for i, (slot, files) in enumerate(zip(slots.slots, out, strict=True)):
        if params.open_maps != "none":
            files += [
                (m, name(slot.name, m.suffix, True), params.open_maps == "loose", sign(m, "opengl"))
                for m in OPEN_MAPS
                if not _served(m, params) and (not m.optional or _holds(m, sets[i]))
            ]
    return out


def _holds(wanted: Map, textures: TextureSet) -> bool:
    """Does any map that `wanted` packs differ from what every asset has?"""
    names = {_MADE_OF.get(c.map, c.map) for c in parse_pack(wanted.pack)} & set(textures.maps)
    return any(n not in _NEUTRAL or np.abs(textures.maps[n] - _NEUTRAL[n]).max() > HOLDS for n in names)


def _served(wanted: Map, params: Params) -> bool:
    """Do the profile's own maps hold this one, channel for channel?"""
    return any(
        m.role == wanted.role
        and parse_pack(m.pack) == parse_pack(wanted.pack)
        and m.color_space == wanted.color_space
        and (wanted.role != "normal" or params.normal == "opengl")
        for m in params.maps
    )


def _texture(
    textures: TextureSet,
    wanted: Map,
    file: str,
    loose: bool,
    sign: str,
    look: Look,
    ask: SlotAsk | None,
    dither: bool,
) -> PackedTexture:
    from toolchain.export.channels import assemble, quantise, slot_colour
    from toolchain.export.png import encode
    from toolchain.shared import once
    from toolchain.srgb import srgb

    asked = tuple(n for n in ("roughness", "metallic") if ask is not None and (ask.preset or getattr(ask, n) >= 0))
    channels, curved = parse_pack(wanted.pack), wanted.color_space == "srgb"
    dithered = dither and wanted.role == "normal" and wanted.bits == 8

    def make() -> bytes:
        maps: dict[str, Any] = {"roughness": look.roughness, "metallic": look.metallic} | _NEUTRAL | textures.maps
        maps["id"] = slot_colour(textures.slot)
        maps["glow"] = np.max(maps["emissive"], axis=-1) if np.ndim(maps["emissive"]) else maps["emissive"]
        for name in asked:  # what was asked for holds against what was measured
            maps[name] = getattr(look, name)
        image = assemble(channels, maps, textures.coverage.shape[0], sign == "directx")
        if curved:
            image[..., :3] = srgb(image[..., :3])  # alpha is never curved
        return encode(quantise(image, wanted.bits, dithered), curved)

    key = ("png", channels, curved, wanted.bits, dithered, sign == "directx", asked, look.roughness, look.metallic)
    data = once(textures, key, make)
    return PackedTexture(textures.slot, wanted.role, file, wanted.color_space, data, loose, sign)
