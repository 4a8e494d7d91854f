"""A texture is larger than the engine takes, or than the asset's tier allows.

Checks
    The longer side of each texture against `textures.max_px`; against `textures.warn_px` and
    `budget.<tier>.texture_px` as warnings.
Why it fails in the engine
    Over the limit the upload fails or the image is scaled down. Below it, memory: a 4096 map takes sixteen times a
    1024.
How to fix
    Export the textures at the size the asset is seen at.
"""

from __future__ import annotations

from collections.abc import Iterator

from validators.rules.base import Fault, Rule
from validators.rules.case import Case


def _faults(case: Case) -> Iterator[Fault]:
    said, title = case.profile.textures, case.profile.title
    budget = case.profile.tier(case.tier).texture_px
    for texture in case.scene.textures:
        side, size = max(texture.width, texture.height), f"{texture.width} by {texture.height}"
        if side > said.max_px:
            yield Fault(
                f"{texture.name} is {size} pixels; {title} takes {said.max_px} at most.",
                where=case.on(texture),
                measured=side,
                limit=said.max_px,
            )
        elif side > said.warn_px and said.warn_px <= budget:
            yield Fault(
                f"{texture.name} is {size} pixels; over {said.warn_px} is seldom worth its memory in {title}.",
                where=case.on(texture),
                measured=side,
                limit=said.warn_px,
                softer="warning",
            )
        elif side > budget:
            yield Fault(
                f"{texture.name} is {size} pixels; the budget of a {case.tier} asset for {title} is {budget}.",
                where=case.on(texture),
                measured=side,
                limit=budget,
                softer="warning",
            )


RULE = Rule("tex.size", "error", _faults, "Scale the image down.", images=True)
