"""A texture that is bound as a normal map is none.

Checks
    Its texels: at least half must be unit vectors that look out of the surface.
Why it fails in the engine
    A height map, a colour map or a world-space map in this place lights the surface as noise.
How to fix
    Bind the tangent-space normal map; convert a height map first.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from validators.columns import lengths
from validators.rules.base import Fault, Rule
from validators.rules.case import Case
from validators.rules.words import share

LEAST = 0.5


def _faults(case: Case) -> Iterator[Fault]:
    for i, texture in enumerate(case.scene.textures):
        if "normal" not in case.roles[i] or (image := case.pixels(i)) is None:
            continue
        if image.ndim != 3 or image.shape[2] < 3 or not np.issubdtype(image.dtype, np.integer):
            continue
        n = image.reshape(-1, image.shape[2])[::7, :3] / (np.iinfo(image.dtype).max / 2) - 1
        good = float(((np.abs(lengths(n) - 1) < 0.25) & (n[:, 2] > 0)).mean())
        if good < LEAST:
            yield Fault(
                f"Only {share(good)} of {texture.name} can be normals; it is no tangent-space normal map.",
                where=case.on(texture),
                measured=round(good, 3),
                limit=LEAST,
            )


RULE = Rule("tex.not_normal", "error", _faults, "Bind a tangent-space normal map.", images=True)
