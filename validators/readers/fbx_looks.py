"""FBX materials and textures as ufbx reports them, to Scene materials and textures by role."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from validators.readers.files import inside, is_absolute
from validators.readers.image import absent_texture, embedded_texture, file_texture
from validators.readers.notes import Bad, Notes
from validators.scene import Binding, Material, Texture

_PBR = {
    "base_color": "base_color",
    "roughness": "roughness",
    "metalness": "metallic",
    "normal_map": "normal",
    "emission_color": "emissive",
    "opacity": "opacity",
    "ambient_occlusion": "occlusion",
}
#: Channels of a Phong material that ufbx does not name; Unity and Unreal take a lone Bump for the normal map.
_CHANNELS = {
    "DiffuseColor": "base_color",
    "NormalMap": "normal",
    "EmissiveColor": "emissive",
    "ReflectionFactor": "metallic",
    "TransparentColor": "opacity",
    "TransparencyFactor": "opacity",
    "Bump": "normal",
}
_ROLES = frozenset((*_PBR.values(),))
_PLAIN = re.compile(r"[\\/]")


def read_textures(raw: dict[str, Any], base: Path, root: Path, absolute: list[str], notes: Notes) -> list[Texture]:
    """One Texture for each FBX texture, in order: embedded, by its relative name, or by name beside the file.

    Paths that hold on one machine only are added to `absolute`.
    """
    return [_texture(entry, base, root, absolute, notes) for entry in raw["textures"]]


def _texture(entry: dict[str, Any], base: Path, root: Path, absolute: list[str], notes: Notes) -> Texture:
    absolute += sorted({p for p in (entry["absolute"], entry["relative"]) if is_absolute(p)} - set(absolute))
    uri = entry["relative"] or entry["file"] or entry["absolute"]
    name = _PLAIN.split(uri)[-1] or entry["name"]
    if entry["content"]:
        return embedded_texture(name, entry["content"], uri)
    fault: Bad | None = None
    for reference in filter(None, (uri, name)):
        try:
            return file_texture(name, uri, inside(reference, base, root))
        except Bad as error:
            fault = fault or error
    if fault is None:
        fault = Bad("file.missing_part", f'The texture "{entry["name"]}" names no file.')
    notes.bad(fault, f"/Texture/{entry['name']}")
    return absent_texture(name, uri)


def read_materials(raw: dict[str, Any]) -> list[Material]:
    """One Material for each FBX material, in order."""
    sets = {name: i for mesh in reversed(raw["meshes"]) for i, name in enumerate(mesh.get("uv_names", ()))}
    return [_material(entry, raw["textures"], sets) for entry in raw["materials"]]


def _material(entry: dict[str, Any], textures: list[dict[str, Any]], sets: dict[str, int]) -> Material:
    bound = {_PBR.get(name, f"other:{name}"): texture for name, texture in entry["pbr"].items()}
    named = frozenset(bound.values())
    for channel, texture in sorted(
        entry["links"], key=lambda link: link[0] == "Bump"
    ):  # Bump only where no NormalMap is
        role = _CHANNELS.get(channel, channel if channel in _ROLES else f"other:{channel}")
        if role in bound or (role.startswith("other:") and texture in named):
            continue
        bound[role] = texture
    bindings = {}
    for role, texture in sorted(bound.items()):
        alpha = role == "opacity" and texture == bound.get("base_color")
        bindings[role] = Binding(texture, sets.get(textures[texture]["uv_set"], 0), "a" if alpha else "rgb")
    values = entry["values"]
    colour, glow = values.get("base_color", [1.0] * 4), values.get("emission_color", [0.0] * 4)
    weight, shine = values.get("base_factor", [1.0])[0], values.get("emission_factor", [1.0])[0]
    opacity = values.get("opacity", [1.0])[0]
    return Material(
        name=entry["name"],
        bindings=bindings,
        double_sided=entry["double_sided"],
        alpha="blend" if "opacity" in bindings or opacity < 1.0 else "opaque",
        factors={
            "base_color": (*(c * weight for c in colour[:3]), opacity),
            "emissive": tuple(c * shine for c in glow[:3]),
            "roughness": values.get("roughness", [None])[0],
            "metallic": values.get("metalness", [None])[0],
            "shader": entry["shader"],
            **{k: v for k, v in entry["properties"].items() if isinstance(v, str)},
        },
    )
