"""The table of faults that stands in the measures, before and after."""

from __future__ import annotations

from dataclasses import asdict

import numpy as np
from numpy.typing import NDArray

from toolchain.lowpoly.topology import areas, volumes
from toolchain.repair.clean import given_twice
from toolchain.repair.halfedges import book, patches, survey
from toolchain.repair.loops import loops

Ints = NDArray[np.integer]


def tally(positions: NDArray[np.floating], faces: Ints, hidden: float) -> dict[str, int | float]:
    """Counts of every fault of (F, 3) faces, finite and in range; `hidden` is the share of area that nobody sees.

    `euler` is V - E + F of the whole. `genus` counts handles, all parts together, and stands only where the mesh
    is closed. `inverted_parts` counts closed parts with negative volume: turned inside out, or walls of a void.
    """
    twofold = (faces[:, 0] == faces[:, 1]) | (faces[:, 1] == faces[:, 2]) | (faces[:, 2] == faces[:, 0])
    fair = faces[~twofold]
    pages = book(fair, len(positions))
    top = survey(fair, len(positions), pages)
    part = patches(fair, pages)
    leaky = np.zeros(top.components, bool)
    leaky[part[pages.order[np.repeat(pages.uses != 2, pages.uses)] // 3]] = True
    euler = top.vertices - len(pages.uses) + top.triangles
    table = asdict(top) | {
        "triangles": len(faces),
        "holes": len(loops(positions.astype(np.float64), fair, pages)),
        "duplicate_faces": int(given_twice(fair, len(positions)).sum()),
        "degenerate_faces": int(twofold.sum() + (areas(positions, fair) <= 0).sum()),
        "inverted_parts": int(((volumes(positions, fair, part) < 0) & ~leaky).sum()) if len(fair) else 0,
        "hidden_percent": round(100 * hidden, 3),
        "euler": euler,
    }
    return table | ({"genus": top.components - euler // 2} if top.closed else {})
