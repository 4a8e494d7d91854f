"""A colour map is darker or brighter than any material.

Checks
    Base colour textures: the share of texels under 10 or over 250 of 255 in every channel. Reported from 60 % on.
Why it fails in the engine
    Light reflected or swallowed whole breaks physically based lighting: the asset glows or is a black hole, and no
    light of the scene helps.
How to fix
    Keep colours between about 30 and 240 (sRGB); take painted shadows and highlights out.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from validators.rules.base import Fault, Rule
from validators.rules.case import Case
from validators.rules.words import share

LOW, HIGH = 10 / 255, 250 / 255
MOST = 0.6


def _faults(case: Case) -> Iterator[Fault]:
    for i, texture in enumerate(case.scene.textures):
        if "base_color" not in case.roles[i] or (image := case.pixels(i)) is None:
            continue
        if image.ndim != 3 or not np.issubdtype(image.dtype, np.integer):
            continue
        flat = image.reshape(-1, image.shape[2])[::7, :3] / np.iinfo(image.dtype).max
        for part, word in (
            (float((flat < LOW).all(axis=1).mean()), "black"),
            (float((flat > HIGH).all(axis=1).mean()), "white"),
        ):
            if part >= MOST:
                yield Fault(
                    f"{share(part)} of {texture.name} is {word}.",
                    where=case.on(texture),
                    measured=round(part, 3),
                    limit=MOST,
                )


RULE = Rule("tex.albedo", "info", _faults, "Keep colours between about 30 and 240 of 255.")
