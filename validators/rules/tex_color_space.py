"""A texture is read in the wrong colour space.

Checks
    Where the file states it (USD does): base colour and emission are sRGB, all data maps (normal, roughness,
    metallic, occlusion) are linear.
Why it fails in the engine
    A data map read as sRGB makes the surface too smooth, the metal too dark and normals crooked; a base colour read
    as linear looks washed out.
How to fix
    Set the colour space of the texture to sRGB for colour, to raw or non-colour for data.
"""

from __future__ import annotations

from collections.abc import Iterator

from validators.finding import Where
from validators.rules.base import Fault, Rule
from validators.rules.case import Case

COLOUR = ("base_color", "emissive")
DATA = ("normal", "occlusion", "roughness", "metallic", "opacity", "orm", "mask", "height")


def _faults(case: Case) -> Iterator[Fault]:
    for material in case.scene.materials:
        for role, binding in sorted(material.bindings.items()):
            wanted = "srgb" if role in COLOUR else "linear" if role in DATA else ""
            # One channel taken as opacity out of a colour image is never turned by its colour space.
            if not wanted or not binding.color_space or binding.channels == "a" or binding.color_space == wanted:
                continue
            textures = case.scene.textures
            name = textures[binding.texture].name if 0 <= binding.texture < len(textures) else ""
            yield Fault(
                f"{material.name} reads its {role.replace('_', ' ')} map {name} as "
                f"{_SPELT.get(binding.color_space, binding.color_space)}; "
                f"it should be {_SPELT[wanted]}.",
                where=Where(material=material.name, texture=name),
                measured=binding.color_space,
                limit=wanted,
            )


_SPELT = {"srgb": "sRGB colour", "linear": "linear data"}

RULE = Rule(
    "tex.color_space", "error", _faults, "Set the texture's colour space: sRGB for colour, raw or non-colour for data."
)
