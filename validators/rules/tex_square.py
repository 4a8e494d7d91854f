"""A texture is not square.

Checks
    Width against height of each texture that a material binds.
Why it fails in the engine
    UVs packed for a square get other texel densities along u and v, and atlases of a project cannot take it in.
How to fix
    Export the texture square, and unwrap for a square.
"""

from __future__ import annotations

from collections.abc import Iterator

from validators.rules.base import Fault, Rule
from validators.rules.case import Case


def _faults(case: Case) -> Iterator[Fault]:
    bound = {b.texture for m in case.scene.materials for b in m.bindings.values()}
    for i, texture in enumerate(case.scene.textures):
        if i in bound and texture.width and texture.height and texture.width != texture.height:
            yield Fault(
                f"{texture.name} is {texture.width} by {texture.height} pixels, not square.",
                where=case.on(texture),
                measured=f"{texture.width}x{texture.height}",
                limit="square",
            )


RULE = Rule("tex.square", "info", _faults, "Export the texture square.")
