"""The reduction's last rung: a skin with filled tunnels, reduced to a budget that the shape itself cannot meet."""

from __future__ import annotations

from dataclasses import dataclass

from toolchain.lowpoly.simplify import Simplified, simplify
from toolchain.lowpoly.topology import topology
from toolchain.lowpoly.tunnels import RADII, TRIANGLES_OF_A_TUNNEL, Solid


@dataclass(frozen=True, eq=False)
class Filled:
    """A reduced skin that shares no triangle with what it was made from."""

    made: Simplified
    radius: float  # metres: tunnels narrower than twice this are gone
    genus: int  # tunnels left


def fill(solid: Solid, target: int) -> Filled | None:
    """The least filling of the closed surface that meets `target` triangles; None where none does."""
    for radius in RADII:
        try:
            points, skin = solid.filled(radius)
        except ValueError:
            continue
        tunnels = topology(skin).genus
        if TRIANGLES_OF_A_TUNNEL * tunnels > target:
            continue
        made = simplify(points, skin, target)
        if 0 < len(made.faces) <= target and made.rung == "guarded":
            return Filled(made, radius * solid.cell, tunnels)
    return None
