"""What an engine wants, as frozen data: the schema that every profile TOML is read into.

Everything an exporter or a rule needs to know about an engine stands here, so that a technical
director changes TOML and never our source. Lengths are metres, textures pixels, areas square.
"""

from __future__ import annotations

import re
import string
from dataclasses import dataclass

from engine_profiles.packing import parse_pack
from engine_profiles.typed import opt

AXES = ("+X", "-X", "+Y", "-Y", "+Z", "-Z")
TIERS = ("hero", "prop", "background")
FORMATS = ("fbx", "glb", "usdc", "usda", "usdz", "obj", "stl", "3mf")
SEVERITIES = ("error", "warning", "info", "off")
#: What glTF may carry beyond its core. Compression (meshopt, Draco, KTX2) is left to tools made for it.
EXTENSIONS = (
    "MSFT_lod",
    "KHR_mesh_quantization",
    "KHR_materials_clearcoat",
    "KHR_materials_ior",
    "KHR_materials_sheen",
    "KHR_materials_transmission",
)


@dataclass(frozen=True)
class World:
    """The engine's own space: what a file ends up in, for reports and for the reader of the profile."""

    up: str = opt("+Y", "the engine's up axis", choices=AXES)
    front: str = opt("+Z", "the axis an asset faces in the engine", choices=AXES)
    handed: str = opt("right", "handedness of the engine's space", choices=("left", "right"))
    unit_m: float = opt(1.0, "metres in one engine unit", unit="m", low=1e-6, high=1e4)


@dataclass(frozen=True)
class Deliverable:
    """One model file that is written, in right-handed file coordinates."""

    format: str = opt(help="file format", choices=FORMATS)
    file: str = opt(help="file name; a template of {asset}")
    up: str = opt("+Y", "up axis of the data in the file", choices=AXES)
    front: str = opt("+Z", "axis the asset faces in the file", choices=AXES)
    unit_m: float = opt(1.0, "metres in one unit of the file", unit="m", low=1e-6, high=1e4)
    lods: str = opt(
        "none",
        "how LODs are carried: an FBX LODGroup, nodes by name, USD variants, or LOD0 alone",
        choices=("group", "names", "variants", "none"),
    )
    collision: bool = opt(False, "write the collision hulls into this file")
    textures: str = opt("beside", "textures as files beside the model, or inside it", choices=("beside", "embedded"))
    extensions: tuple[str, ...] = opt(
        (),
        "glTF extensions that the engine reads: LODs linked, vertices quantised, looks of presets",
        choices=EXTENSIONS,
    )

    def __post_init__(self) -> None:
        if self.up[1] == self.front[1]:
            raise ValueError(f"up {self.up} and front {self.front} lie on one axis")
        if self.extensions and self.format != "glb":
            raise ValueError(f"extensions are glTF's, and {self.format} has none")
        if "MSFT_lod" in self.extensions and self.lods != "names":
            raise ValueError('MSFT_lod links LOD nodes: it needs lods = "names"')
        if self.lods == "group" and self.format != "fbx":
            raise ValueError('lods = "group" is an FBX LODGroup; use "names", "variants" or "none" for ' + self.format)
        if self.lods == "variants" and not self.format.startswith("usd"):
            raise ValueError('lods = "variants" are USD variants; use "group" or "names" for ' + self.format)
        if self.format in ("obj", "stl", "3mf") and (self.lods != "none" or self.collision):
            raise ValueError(f"{self.format} carries neither LODs nor collision: one model, nothing else")
        template_fields(self.file, ("asset",))


@dataclass(frozen=True)
class Names:
    """Templates of the names an engine sees, and what it allows. {asset} and {slot} are safe names already."""

    object: str = opt("{asset}", "the asset's root object: a template of {asset}")
    mesh: str = opt("{asset}_LOD{lod}", "render mesh node: {asset}, {lod}")
    mesh_slot: str = opt("{mesh}_{slot}", "render mesh node where each slot is a mesh of its own: {mesh}, {slot}")
    material: str = opt("M_{asset}_{slot}", "material: {asset}, {slot}")
    texture: str = opt("T_{asset}_{slot}_{suffix}", "texture file stem: {asset}, {slot}, {suffix}")
    collision: str = opt("UCX_{mesh}_{index:02d}", "collision node: {mesh} is LOD0's name, {index} counts from 0")
    collision_box: str = opt("", "the same for a box that the engine takes as one; empty: as a hull")
    collision_sphere: str = opt("", "the same for a sphere")
    collision_capsule: str = opt("", "the same for a capsule")
    allowed: str = opt("[A-Za-z][A-Za-z0-9_]*", "regular expression that every name must match whole")
    max_length: int = opt(63, "longest name", unit="characters", low=8, high=255)
    reserved_prefixes: tuple[str, ...] = opt((), "a render mesh or material must not start so")
    reserved_suffixes: tuple[str, ...] = opt((), "no name may end so, in any letter case")
    suffixes_before_digits: bool = opt(
        False, "the engine reads a suffix through digits, spaces and _ behind it, as in Cart_wheel_02"
    )

    def __post_init__(self) -> None:
        template_fields(self.object, ("asset",))
        template_fields(self.mesh, ("asset", "lod"))
        template_fields(self.mesh_slot, ("mesh", "slot"))
        template_fields(self.material, ("asset", "slot"))
        template_fields(self.texture, ("asset", "slot", "suffix"))
        for template in (self.collision, self.collision_box, self.collision_sphere, self.collision_capsule):
            template_fields(template, ("mesh", "index"))
        try:
            re.compile(self.allowed)
        except re.error as error:
            raise ValueError(f'names.allowed "{self.allowed}" is not a regular expression: {error}') from None


@dataclass(frozen=True)
class Budget:
    """What one tier may cost."""

    triangles: int = opt(5000, "most triangles of LOD0", low=12, high=2_000_000)
    texture_px: int = opt(1024, "side of each texture", unit="px", low=16, high=16384)
    slots: int = opt(2, "most material slots", low=1, high=64)


@dataclass(frozen=True)
class Budgets:
    """A budget for each tier."""

    hero: Budget = opt(factory=lambda: Budget(20000, 2048, 4), help="seen close: carried, inspected")
    prop: Budget = opt(factory=Budget, help="the usual prop")
    background: Budget = opt(factory=lambda: Budget(800, 512, 1), help="seen far away")


@dataclass(frozen=True)
class LodChain:
    """LOD levels beyond LOD0, which the budget rules."""

    ratios: tuple[float, ...] = opt((), "triangles of LOD1, LOD2, ... as a share of LOD0's", low=0.001, high=0.99)
    screen: tuple[float, ...] = opt((), "screen height at which LOD0, LOD1, ... ends, falling", low=0.0, high=1.0)

    def __post_init__(self) -> None:
        if any(b >= a for a, b in zip((1.0, *self.ratios), self.ratios, strict=False)):
            raise ValueError("lod.ratios must fall strictly")
        if self.screen and len(self.screen) != len(self.ratios) + 1:
            raise ValueError(f"lod.screen needs {len(self.ratios) + 1} entries, one a level, got {len(self.screen)}")
        if any(b >= a for a, b in zip(self.screen, self.screen[1:], strict=False)):
            raise ValueError("lod.screen must fall strictly")


@dataclass(frozen=True)
class Map:
    """One texture file written for each slot."""

    suffix: str = opt(help="end of the file name: BaseColor, N, ORM")
    pack: str = opt(help="channels: RGB=albedo, R=ao G=roughness B=metallic, A=1-roughness")
    role: str = opt(
        help="what materials bind it as",
        choices=(
            "base_color",
            "normal",
            "orm",
            "mask",
            "occlusion",
            "roughness",
            "metallic",
            "emissive",
            "opacity",
            "height",
            "id",
        ),
    )
    color_space: str = opt("linear", "how the engine must read it", choices=("srgb", "linear"))
    bits: int = opt(8, "bits a channel, 8 or 16; height wants 16", low=8, high=16)
    optional: bool = opt(False, "written only for slots where it holds something: a glow, an opening")

    def __post_init__(self) -> None:
        parse_pack(self.pack)
        if self.bits not in (8, 16):
            raise ValueError(f"bits = {self.bits} must be 8 or 16")


@dataclass(frozen=True)
class Textures:
    """Texture conventions."""

    normal: str = opt("opengl", "green of the normal map: opengl is Y+, directx Y-", choices=("opengl", "directx"))
    folder: str = opt("", "folder of the texture files, beside the model")
    max_px: int = opt(4096, "largest side the engine takes", unit="px", low=16, high=16384)
    warn_px: int = opt(4096, "a larger side draws a warning", unit="px", low=16, high=16384)
    power_of_two: bool = opt(True, "sides must be powers of two")
    formats: tuple[str, ...] = opt(("png",), "file suffixes the engine takes")
    texels_per_m: float = opt(
        0.0, "texel density that is asked for; 0 asks for none", unit="texels per metre", low=0.0, high=1e6
    )


@dataclass(frozen=True)
class Lightmap:
    """The second UV set, in which no two triangles share a texel."""

    px: int = opt(0, "side of the lightmap that UV1 is laid out for; 0 writes no such set", unit="px", low=0, high=4096)
    padding: float = opt(4.0, "least gap between charts", unit="texels", low=0.0, high=32.0)


@dataclass(frozen=True)
class Collision:
    """Collision shapes written by us."""

    style: str = opt(
        "none",
        "none, or convex hulls by node name: Unreal's prefixes (ucx) or Godot's suffixes (suffix)",
        choices=("none", "ucx", "suffix"),
    )
    max_hulls: int = opt(1, "most hulls an asset", low=1, high=64)
    max_triangles: int = opt(255, "most triangles a hull", low=4, high=4096)
    max_vertices: int = opt(255, "most vertices a hull", low=4, high=4096)
    shapes: tuple[str, ...] = opt((), "simple shapes tried before hulls", choices=("box", "sphere", "capsule"))


@dataclass(frozen=True)
class Limits:
    """Hard limits of the engine, for the validators. 0 means no limit."""

    triangles_per_mesh: int = opt(0, "most triangles a mesh", low=0)
    vertices_per_mesh: int = opt(65535, "most vertices after splits", low=0)
    materials_per_mesh: int = opt(0, "most materials a mesh", low=0)
    uv_sets: int = opt(2, "most UV sets", low=0, high=8)
    uv_in_unit: bool = opt(False, "UV0 must lie in 0..1")
    watertight: bool = opt(False, "the mesh must be closed")
    size_m: tuple[float, float] = opt((0.01, 100.0), "smallest and largest longest side of the asset", unit="m")
    file_mb: float = opt(0.0, "largest file", unit="MB", low=0.0)
    path_length: int = opt(0, "longest path inside the delivery", unit="characters", low=0)


@dataclass(frozen=True)
class Sidecars:
    """Files written beside the models so that the import is one click."""

    unity_meta: bool = opt(False, "Unity .meta files with stable guids")
    unity_materials: str = opt(
        "none",
        "with unity_meta: a .mat for each slot, for the Lit shader of this render pipeline; none: Unity's own",
        choices=("none", "urp", "hdrp"),
    )
    unreal_script: bool = opt(False, "an Unreal Python import script")
    roblox_readme: bool = opt(False, "Roblox importer settings as text")
    roblox_project: bool = opt(False, "a Rojo project, and the requests of dropforge upload roblox")
    godot_import: bool = opt(False, "Godot .import files with stable uids")


@dataclass(frozen=True, kw_only=True)
class Profile:
    """One engine, whole."""

    schema: int = opt(help="version of this schema: 1", low=1, high=1)
    name: str = opt(help="name of the profile, and of its folder in the outbox")
    title: str = opt(help="the engine and version in words")
    extends: str = opt("", "a profile by name or path whose values hold where this one is silent")
    world: World = opt(factory=World, help="the engine's space")
    generator: str = opt("", "who makes the 3D where neither sidecar nor command line says")
    deliverable: tuple[Deliverable, ...] = opt(help="the model files, in order; the first is the one to import")
    names: Names = opt(factory=Names, help="names and what is allowed in them")
    budget: Budgets = opt(factory=Budgets, help="budgets by tier")
    lod: LodChain = opt(factory=LodChain, help="the LOD chain")
    textures: Textures = opt(factory=Textures, help="texture conventions")
    map: tuple[Map, ...] = opt(help="texture files written for each slot; [] for formats without textures")
    split_slots: bool = opt(False, "one mesh a slot, for engines that take one material a mesh")
    lightmap: Lightmap = opt(factory=Lightmap, help="lightmap UVs")
    collision: Collision = opt(factory=Collision, help="collision")
    limits: Limits = opt(factory=Limits, help="limits of the engine")
    sidecars: Sidecars = opt(factory=Sidecars, help="files beside the models")
    rules: dict[str, str] = opt(factory=dict, help="severity by rule code", choices=SEVERITIES)
    rule_files: tuple[str, ...] = opt((), "Python files, beside this one, that each hold a RULE of the studio's own")
    own_rules: dict[str, str] = opt(factory=dict, help="text of each of the rule_files; filled in as they are read")

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[a-z][a-z0-9_-]*", self.name):
            raise ValueError(f'name "{self.name}" must be small letters, digits, - and _')
        if not self.deliverable:
            raise ValueError("a profile needs at least one [[deliverable]]")
        if not self.map and any(d.format not in ("stl", "3mf") for d in self.deliverable):
            raise ValueError("a profile whose files carry textures needs at least one [[map]]")
        suffixes = [m.suffix.lower() for m in self.map]
        if len(set(suffixes)) < len(suffixes):
            raise ValueError("two [[map]] entries share a suffix")
        for tier in TIERS:
            if getattr(self.budget, tier).texture_px > self.textures.max_px:
                raise ValueError(f"budget.{tier}.texture_px is over textures.max_px = {self.textures.max_px}")

    def tier(self, name: str) -> Budget:
        """The budget of tier `name` (hero, prop, background)."""
        return getattr(self.budget, name)


def template_fields(template: str, allowed: tuple[str, ...]) -> None:
    """Raise ValueError unless `template` uses fields of `allowed` alone."""
    try:
        fields = {name for _, name, _, _ in string.Formatter().parse(template) if name is not None}
    except ValueError as error:
        raise ValueError(f'template "{template}": {error}') from None
    if strange := sorted(fields - set(allowed)):
        raise ValueError(
            f'template "{template}" uses {{{strange[0]}}}; known: {", ".join("{" + a + "}" for a in allowed)}'
        )
