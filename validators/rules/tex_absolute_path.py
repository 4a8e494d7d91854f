"""A texture is named by a path that exists on one machine only.

Checks
    Texture references: absolute paths, drive letters, network shares, web addresses, and ways out of the asset's
    folder.
Why it fails in the engine
    On any other machine the texture is not found; some importers then search the project and take a wrong one.
How to fix
    Use relative paths (Blender: Path Mode Relative or Strip Path), or embed the textures.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from validators.rules.base import Fault, Rule
from validators.rules.case import Case

_ABSOLUTE = re.compile(r"^([A-Za-z]:|[/\\]|[a-z][a-z0-9+.-]+:)")


def _faults(case: Case) -> Iterator[Fault]:
    for texture in case.scene.textures:
        uri = texture.uri
        if uri.startswith("data:"):
            continue
        if _ABSOLUTE.match(uri):
            yield Fault(f"The texture path {uri} holds on one machine only.", where=case.on(texture), measured=uri)
        elif ".." in re.split(r"[/\\]", uri):
            yield Fault(f"The texture path {uri} leads out of the asset's folder.", where=case.on(texture),
                        measured=uri)


RULE = Rule("tex.absolute_path", "error", _faults, "Use paths relative to the model, or embed the textures.")
