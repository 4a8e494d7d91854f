"""The origin is not at the bottom centre of the asset.

Checks
    The box of LOD 0 in the file: its floor and its middle against the origin, within 1 % of its longest side.
Why it fails in the engine
    The origin becomes the pivot: the asset floats or sinks when it is dropped on the ground, and swings when it is
    turned.
How to fix
    Move the asset so that it stands on the origin, and apply the move.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from validators.rules.base import Fault, Rule
from validators.rules.case import Case
from validators.rules.words import length, share

CLOSE = 0.01  # of the longest side


def _faults(case: Case) -> Iterator[Fault]:
    if case.box_m is None:
        return
    low, high = case.box_m
    side = float((high - low).max())
    up = "XYZ".index(case.up[1])
    floor = float(low[up] if case.up[0] == "+" else -high[up])
    aside = np.delete((low + high) / 2, up)
    off, parts = max(abs(floor), float(np.abs(aside).max())), []
    if side <= 0 or off <= CLOSE * side:
        return
    if abs(floor) > CLOSE * side:
        parts.append(f"its floor is {length(abs(floor))} {'above' if floor > 0 else 'below'} the origin")
    if np.abs(aside).max() > CLOSE * side:
        parts.append(f"its middle is {length(float(np.linalg.norm(aside)))} beside it")
    yield Fault(
        f"The asset does not stand on the origin: {' and '.join(parts)}.",
        measured=share(off / side),
        limit=share(CLOSE),
    )


RULE = Rule("xf.pivot", "warning", _faults, "Put the bottom centre of the asset on the origin and apply the move.")
