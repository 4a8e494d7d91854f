"""Plain names for slots nobody named: `dark_red`, `grey_metal`. The same colour always gives the same name."""

from __future__ import annotations

import numpy as np

from toolchain.srgb import lab

#: Hue angle in Lab up to which each word holds, degrees.
_HUES = ((18, "pink"), (50, "red"), (72, "orange"), (105, "yellow"), (165, "green"), (215, "teal"), (310, "blue"))
_REST = ((338, "purple"), (361, "pink"))
GREY = 9.0  # chroma below which a colour has no hue
DULL = 30.0  # chroma below which a warm colour is brown or beige


def colour_word(colour: tuple[float, float, float]) -> str:
    """One or two words for a linear colour, joined by `_`."""
    light, a, b = (float(v) for v in lab(np.array([colour]))[0])
    chroma, hue = float(np.hypot(a, b)), float(np.degrees(np.arctan2(b, a)) % 360)
    if chroma < GREY or light < 8:
        return "black" if light < 20 else "dark_grey" if light < 40 else "grey" if light < 70 else "white"
    word = next(name for limit, name in (*_HUES, *_REST) if hue < limit)
    if 35 <= hue < 105 and (chroma < DULL or light < 50):
        if hue < 50 and chroma >= DULL and light >= 30:
            return "red"
        word = "brown" if light < 62 else "beige"
        return "dark_brown" if word == "brown" and light < 30 else word
    if word == "pink" and light < 55:
        word = "red"
    return f"dark_{word}" if light < 32 else f"light_{word}" if light > 78 and word != "yellow" else word


def names_for(colours: list[tuple[float, float, float]], metal: list[bool]) -> tuple[str, ...]:
    """A name for each linear colour, largest slot first; the second of a name is numbered."""
    out: list[str] = []
    for colour, is_metal in zip(colours, metal, strict=True):
        base = f"{colour_word(colour)}_metal" if is_metal else colour_word(colour)
        out.append(next(n for n in (base, *(f"{base}_{i}" for i in range(2, 99))) if n not in out))
    return tuple(out)


def given(found: tuple[str, ...], asked: tuple[str, ...]) -> tuple[str, ...]:
    """`found` names, largest slot first, with those `asked` for: one that was found stays where it was found, the
    others go to the largest slots that are left, in order."""
    spare = [name for name in asked if name not in found]
    out = []
    for name in found:
        out.append(name if name in asked or not spare else spare.pop(0))
    return tuple(out)
