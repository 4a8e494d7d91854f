"""A closed part has no thickness.

Checks
    Each closed shell of LOD 0: twice its volume over its area, its mean thickness, against a thousandth of its size.
Why it fails in the engine
    Both sides lie in one plane: they flicker through each other, shadows leak, and Roblox's collision loses the part.
How to fix
    Give the sheet a thickness, or make it a single sheet with a double-sided material.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from validators.rules.base import Fault, Rule
from validators.rules.case import Case, called
from validators.rules.shape import flatness, shell_volumes
from validators.rules.words import count

LEAST = 1e-3  # of the shell's diagonal


def _faults(case: Case) -> Iterator[Fault]:
    for node, mesh in case.finest():
        shape = case.shape(node)
        if not shape.closed.any() or not np.isfinite(mesh.points).all():
            continue
        volume, low, high = shell_volumes(mesh.points, mesh.triangle_points, shape)
        area2, _ = flatness(mesh.points, mesh.triangle_points[shape.triangles])
        area = np.bincount(shape.shell, area2 / 2, shape.shells)
        with np.errstate(all="ignore"):
            thick = 2 * np.abs(volume) / area / np.linalg.norm(high - low, axis=1)
        thin = shape.closed & (thick < LEAST)
        if thin.any():
            yield Fault(
                f"{called(node)} has {count(int(thin.sum()), 'closed part')} without thickness.",
                where=case.at(node),
                measured=round(float(thick[thin].min()), 6),
                limit=LEAST,
            )


RULE = Rule("geo.thin", "warning", _faults, "Give the sheet a thickness.", by_engine={"roblox": "error"})
