"""The packing language of the profiles: `RGB=albedo`, `R=metallic G=ao B=0 A=1-roughness`.

Left of each `=` stand the channels of the written image, right of it a canonical map,
`1-` a canonical map, or a constant from 0 to 1. Channels are written in the order RGBA; the
number of channels named (1, 3 or 4) is the number the image has.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

#: Canonical maps and how many channels each has. Normals are tangent space, Y+, in -1..1. `glow` is the strongest
#: channel of `emissive`: a mask for engines that colour what glows by themselves.
CANONICAL = {
    "albedo": 3,
    "normal": 3,
    "ao": 1,
    "roughness": 1,
    "metallic": 1,
    "emissive": 3,
    "glow": 1,
    "opacity": 1,
    "height": 1,
    "curvature": 1,
    "thickness": 1,
    "evidence": 1,
    "id": 3,
}
_TERM = re.compile(r"^(RGB|[RGBA])=(1-)?([a-z]+|0|1|0?\.\d+)$")


@dataclass(frozen=True)
class Channel:
    """One channel of a packed image: a canonical map's component, or a constant."""

    map: str  # canonical map name, or "" for a constant
    component: int = 0  # which of the map's channels
    invert: bool = False  # 1 - value
    constant: float = 0.0


def parse_pack(text: str) -> tuple[Channel, ...]:
    """Channels in RGBA order; 1, 3 or 4 of them. Raises ValueError with the faulty term."""
    found: dict[str, Channel] = {}
    for term in text.split():
        match = _TERM.match(term)
        if not match:
            raise ValueError(
                f'cannot read "{term}" in pack "{text}"; write terms such as R=ao, RGB=albedo or A=1-roughness'
            )
        names, invert, source = match[1], bool(match[2]), match[3]
        if source[0] in "01.":
            made = [Channel("", constant=float(source)) for _ in names]
        elif source not in CANONICAL:
            raise ValueError(f'"{source}" in pack "{text}" is not a map; known: {", ".join(CANONICAL)}')
        elif len(names) == 3 and CANONICAL[source] not in (1, 3):
            raise ValueError(f'"{term}" in pack "{text}" needs a map of three channels')
        else:
            made = [Channel(source, i if CANONICAL[source] == 3 else 0, invert) for i in range(len(names))]
        for name, channel in zip(names, made, strict=True):
            if name in found:
                raise ValueError(f'channel {name} is given twice in pack "{text}"')
            found[name] = channel
    order = "".join(c for c in "RGBA" if c in found)
    if order not in ("R", "RGB", "RGBA"):
        raise ValueError(f'pack "{text}" must fill R, RGB or RGBA; it fills {order or "nothing"}')
    return tuple(found[c] for c in order)
