"""A file that should be whole refers to others.

Checks
    Textures of a GLB or USDZ that are not inside it; textures of any model whose `[[deliverable]]` wants them
    embedded.
Why it fails in the engine
    The file is moved or uploaded alone, and its textures stay behind. USDZ forbids it; Roblox reads no textures
    from beside a model.
How to fix
    Embed the textures on export.
"""

from __future__ import annotations

from collections.abc import Iterator

from validators.rules.base import Fault, Rule
from validators.rules.case import Case


def _faults(case: Case) -> Iterator[Fault]:
    whole = case.scene.format in ("glb", "usdz")
    wanted = case.deliverable
    if not whole and not (wanted and wanted.format == case.scene.format and wanted.textures == "embedded"):
        return
    for texture in case.scene.textures:
        if not texture.embedded:
            yield Fault(f"The texture {texture.uri or texture.name} is not inside the file.", where=case.on(texture))


RULE = Rule("file.contained", "error", _faults, "Embed the textures on export.")
