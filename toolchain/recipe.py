"""What was asked of one asset: sidecar over defaults, frozen. Profiles join it stage by stage.

The sidecar's schema is :class:`Sidecar`; `[stage.NAME]` sets any field of that stage's Params, so that
no option is stated twice.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from engine_profiles.schema import TIERS, Profile
from engine_profiles.typed import Source, build, opt, read_toml
from toolchain.asset import Concept

#: Longest side in metres of an asset whose size nobody stated.
DEFAULT_SIZE_M = 1.0
#: roughness, metallic. From Roblox's "Material References" (create.roblox.com/docs/art/modeling/material-reference):
#: the middle of a range where it gives one, worn rather than polished; what it lacks is marked ours.
PRESETS = {
    "steel": (0.35, 1.0),
    "iron": (0.6, 1.0),  # ours: cast or forged, not polished
    "gold": (0.25, 1.0),
    "silver": (0.25, 1.0),
    "brass": (0.25, 1.0),
    "bronze": (0.3, 1.0),
    "copper": (0.35, 1.0),
    "aluminium": (0.35, 1.0),
    "painted_metal": (0.3, 0.0),
    "leather": (0.6, 0.0),
    "rubber": (0.6, 0.0),
    "plastic": (0.4, 0.0),
    "glossy_plastic": (0.1, 0.0),
    "glass": (0.05, 0.0),  # ours: a mirror's 0 has no highlight in real-time light
    "wood": (0.7, 0.0),
    "varnished_wood": (0.25, 0.0),
    "cloth": (0.85, 0.0),
    "silk": (0.5, 0.0),
    "fur": (0.7, 0.0),
    "stone": (0.85, 0.0),  # ours: rough, not polished
    "marble": (0.375, 0.0),
    "skin": (0.65, 0.0),
    "bone": (0.5, 0.0),
    "wax": (0.38, 0.0),
    "ceramic": (0.2, 0.0),  # ours: glazed
    "paper": (0.9, 0.0),  # ours
    "emissive": (0.5, 0.0),  # ours; glows in its own colour where the model has no emissive map
}


@dataclass(frozen=True)
class SlotAsk:
    """`[slots.NAME]` of a sidecar."""

    colour: str = opt("", "the colour that paints this slot in the .slots.png, as #rrggbb")
    preset: str = opt("", "what it is made of", choices=("", *PRESETS))
    roughness: float = opt(-1.0, "0 mirror to 1 matt; -1 leaves it to the preset", low=-1.0, high=1.0)
    metallic: float = opt(-1.0, "0 or 1; -1 leaves it to the preset", low=-1.0, high=1.0)

    def __post_init__(self) -> None:
        digits = self.colour.removeprefix("#")
        if self.colour and (len(digits) != 6 or any(c not in "0123456789abcdefABCDEF" for c in digits)):
            raise ValueError(f'colour "{self.colour}" must be written as #rrggbb')


@dataclass(frozen=True)
class Sidecar:
    """The optional `NAME.toml` beside the pictures. The artist's own: read, never written."""

    name: str = opt("", "display name; the file's name when empty")
    size_m: float = opt(0.0, "longest side of the asset; 0 means not known", unit="m", low=0.0, high=1000.0)
    height_m: float = opt(0.0, "height, instead of size_m", unit="m", low=0.0, high=1000.0)
    tier: str = opt("prop", "which budget applies", choices=TIERS)
    engines: tuple[str, ...] = opt((), "profiles to deliver for; the command line's when empty")
    generator: str = opt("", "who makes the 3D; `dropforge generators` lists them")
    slots: dict[str, SlotAsk] = opt(factory=dict, help="material slots by name")
    stage: dict[str, dict[str, Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.size_m and self.height_m:
            raise ValueError("give size_m or height_m, not both")


@dataclass(frozen=True)
class Recipe:
    """Everything asked of one asset."""

    name: str  # display name
    asset: str  # safe name
    size_m: float = DEFAULT_SIZE_M
    size_axis: str = "longest"  # longest, height
    size_source: str = "default"  # default, sidecar, file (then size_m is 0: the file says)
    tier: str = "prop"
    engines: tuple[str, ...] = ("unity", "unreal", "roblox")
    generator: str = "embedded"  # as asked, or as `settle_generator` chose
    slots: dict[str, SlotAsk] = field(default_factory=dict)
    overrides: dict[str, dict[str, Any]] = field(default_factory=dict)  # stage -> Params fields
    source: Source = field(default_factory=lambda: Source("defaults", {}))  # for faults in overrides


def read_recipe(
    concept: Concept, engines: tuple[str, ...], settings: dict[str, dict[str, Any]] | None = None
) -> Recipe:
    """The recipe of `concept`: its sidecar over the defaults, `settings` (command line) over both.

    Raises SettingsError in one sentence with file and line for a fault in the sidecar.
    """
    recipe = Recipe(concept.name, concept.id, engines=engines, generator="")
    if concept.sidecar is not None:
        table, source = read_toml(concept.sidecar)
        stages = table.pop("stage", {})
        if not isinstance(stages, dict) or not all(isinstance(v, dict) for v in stages.values()):
            raise source.fault("stage", "[stage.NAME] must be a table of that stage's settings")
        sidecar = build(Sidecar, table, source)
        size = sidecar.size_m or sidecar.height_m
        recipe = replace(
            recipe,
            name=sidecar.name or concept.name,
            size_m=size or DEFAULT_SIZE_M,
            size_axis="height" if sidecar.height_m else "longest",
            size_source="sidecar" if size else "default",
            tier=sidecar.tier,
            engines=sidecar.engines or engines,
            generator=sidecar.generator,
            slots=sidecar.slots,
            overrides=stages,
            source=source,
        )
    merged = {k: dict(v) for k, v in recipe.overrides.items()}
    for stage, fields in (settings or {}).items():
        merged.setdefault(stage, {}).update(fields)
    return replace(recipe, overrides=merged)


def settle_generator(recipe: Recipe, concept: Concept, profiles: Iterable[Profile]) -> Recipe:
    """`recipe` with its generator: as asked, else the first profile's that names one, else by what was dropped.

    `--set generate.generator=NAME` and `[stage.generate] generator` count as asked. A dropped model keeps its own
    size where the sidecar states none.
    """
    overrides = {k: dict(v) for k, v in recipe.overrides.items()}
    asked = overrides.get("generate", {}).pop("generator", "") or recipe.generator
    chosen = asked or next((p.generator for p in profiles if p.generator), "")
    settled = replace(recipe, generator=chosen or ("file" if concept.model else "embedded"), overrides=overrides)
    if settled.generator == "file" and settled.size_source == "default":  # a model has a size of its own
        return replace(settled, size_m=0.0, size_source="file")
    return settled
