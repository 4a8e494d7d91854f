"""Numbers and lists in words, so that every rule speaks alike."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def count(number: int, thing: str, things: str = "") -> str:
    """`6,210 triangles`, `1 mesh`."""
    return f"{number:,} {thing if number == 1 else things or thing + 's'}"


def verb(number: int, one: str, many: str) -> str:
    """`one` where `number` is 1, else `many`."""
    return one if number == 1 else many


def length(metres: float) -> str:
    """`1.24 m`, `3.5 cm`, `0.8 mm`, `2.1 km`."""
    for unit, size in (("km", 1000.0), ("m", 1.0), ("cm", 0.01)):
        if abs(metres) >= size:
            return f"{metres / size:.3g} {unit}"
    return f"{metres / 0.001:.3g} mm"


def share(part: float) -> str:
    """`12 %`, `0.3 %`, `less than 0.1 %` of a share in 0..1."""
    percent = 100.0 * part
    if 0.0 < percent < 0.1:
        return "less than 0.1 %"
    return f"{percent:.0f} %" if percent >= 10 or percent == 0 else f"{percent:.1f} %"


def some(names: Sequence[str], most: int = 3) -> str:
    """`a, b and c`, `a, b, c and 4 more`."""
    if len(names) > most:
        return f"{', '.join(names[:most])} and {len(names) - most:,} more"
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else "".join(names)


def first(indices: np.ndarray, most: int = 8) -> tuple[int, ...]:
    """The first few of an index array as plain integers, for Where.faces."""
    return tuple(int(i) for i in indices[:most])
