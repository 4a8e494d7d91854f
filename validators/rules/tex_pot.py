"""A texture's sides are not powers of two.

Checks
    Width and height of each texture, where `textures.power_of_two` is set.
Why it fails in the engine
    Unity rescales it, Unreal makes no mip levels and cannot stream it: it flickers at a distance.
How to fix
    Resize to 256, 512, 1024, 2048 ...
"""

from __future__ import annotations

from collections.abc import Iterator

from validators.rules.base import Fault, Rule
from validators.rules.case import Case


def _faults(case: Case) -> Iterator[Fault]:
    if not case.profile.textures.power_of_two:
        return
    for texture in case.scene.textures:
        w, h = texture.width, texture.height
        if w > 0 and h > 0 and (w & (w - 1) or h & (h - 1)):
            yield Fault(
                f"{texture.name} is {w} by {h} pixels; the sides should be powers of two.",
                where=case.on(texture),
                measured=f"{w}x{h}",
                limit="powers of two",
            )


RULE = Rule(
    "tex.pot",
    "warning",
    _faults,
    "Resize the image so that each side is 256, 512, 1024, 2048 ...",
    images=True,
    by_engine={"unity": "error", "unreal": "error"},
)
