"""Wavefront MTL, the text that an OBJ names: materials with numbers and file names of textures.

After the MTL description that Alias|Wavefront published with OBJ 3.0, with the keys that later tools added for
physically based materials (Pr, Pm, Ke, map_Pr, map_Pm, norm).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

MOST_MATERIALS = 4096
#: Options of a texture statement and how many words follow each, at most.
_OPTIONS = {
    "-blendu": 1,
    "-blendv": 1,
    "-boost": 1,
    "-mm": 2,
    "-o": 3,
    "-s": 3,
    "-t": 3,
    "-texres": 1,
    "-clamp": 1,
    "-bm": 1,
    "-imfchan": 1,
    "-type": 1,
    "-cc": 1,
    "-colorspace": 1,
}
#: Statement -> the map it gives. A bump map is a height, or what many exporters write for a normal map.
MAPS = {
    "map_kd": "albedo",
    "map_pr": "roughness",
    "map_pm": "metallic",
    "map_ke": "emissive",
    "map_d": "opacity",
    "map_ao": "ao",
    "norm": "normal",
    "map_kn": "normal",
    "map_bump": "bump",
    "bump": "bump",
}


@dataclass
class Material:
    """One `newmtl`."""

    name: str
    numbers: dict[str, tuple[float, ...]] = field(default_factory=dict)  # kd, ke, ns, pr, pm, d ...
    files: dict[str, str] = field(default_factory=dict)  # value of MAPS -> file as written


def parse(text: str) -> list[Material]:
    """The materials, in order. A statement that cannot be read is passed over, as every reader of MTL does."""
    out: list[Material] = []
    for line in text.splitlines():
        words = line.split(None, 1)
        if len(words) < 2 or words[0].startswith("#"):
            continue
        key, rest = words[0].lower(), words[1].strip()
        if key == "newmtl":
            if len(out) == MOST_MATERIALS:
                break
            out.append(Material(rest))
        elif out and (key in MAPS or key.startswith(("map_", "refl", "disp", "decal"))):
            if file := file_of(rest):
                out[-1].files.setdefault(MAPS.get(key, key), file)
        elif out:
            numbers = _numbers(rest)
            if key == "tr" and numbers:
                key, numbers = "d", (1.0 - numbers[0],)
            if numbers:
                out[-1].numbers.setdefault(key, numbers)
    return out


def file_of(statement: str) -> str:
    """The file name of a texture statement behind its options; names may hold spaces. "" where there is none."""
    rest = statement.strip()
    while rest.startswith("-"):
        option, _, after = rest.partition(" ")
        left = _OPTIONS.get(option.lower())
        if left is None:
            break
        rest = after.strip()
        wordy = option.lower() not in ("-o", "-s", "-t", "-mm", "-boost", "-bm", "-texres")
        while left and rest:
            word, _, after = rest.partition(" ")
            if not wordy and not _numbers(word):
                break  # -s, -o and -t take one to three numbers
            rest, left = after.strip(), left - 1
    return rest.strip('"')


def _numbers(text: str) -> tuple[float, ...]:
    out = []
    for word in text.split()[:4]:
        try:
            value = float(word)
        except ValueError:
            break
        if not math.isfinite(value):
            break
        out.append(value)
    return tuple(out)
