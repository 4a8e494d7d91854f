"""A texture is named by a path that exists on one machine only.

Checks
    Texture references: absolute paths, drive letters, network shares, web addresses, and ways out of the delivered
    folder. A second, absolute path that an FBX keeps beside a relative one is information.
Why it fails in the engine
    On any other machine the texture is not found; some importers then search the project and take a wrong one.
How to fix
    Use relative paths (Blender: Path Mode Relative or Strip Path), or embed the textures.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from validators.rules.base import Fault, Rule
from validators.rules.case import Case
from validators.rules.words import count

_ABSOLUTE = re.compile(r"^([A-Za-z]:|[/\\]|[a-z][a-z0-9+.-]+:)")


def strays(file: str, uri: str) -> bool:
    """Whether the texture reference `uri` of the model `file` is absolute, remote, or leads out of the delivery."""
    if uri.startswith("data:"):
        return False
    reached = os.path.normpath(str(PurePosixPath(file).parent / uri.replace("\\", "/")))
    return bool(_ABSOLUTE.match(uri)) or PurePosixPath(reached.replace(os.sep, "/")).parts[:1] == ("..",)


def _faults(case: Case) -> Iterator[Fault]:
    told = set()
    for texture in case.scene.textures:
        uri = texture.uri
        if strays(case.scene.file, uri):
            told.add(uri)
            what = "holds on one machine only" if _ABSOLUTE.match(uri) else "leads out of the delivered folder"
            yield Fault(f"The texture path {uri} {what}.", where=case.on(texture), measured=uri)
    paths = [p for p in case.scene.header.get("absolute_paths", ()) if p not in told]
    if paths:
        yield Fault(
            f"The file also carries {count(len(paths), 'path')} of the machine it was made on, such as {paths[0]}.",
            "Strip the paths on export (Blender: Path Mode Strip Path).",
            measured=len(paths),
            limit=0,
            softer="info",
        )


RULE = Rule("tex.absolute_path", "error", _faults, "Use paths relative to the model, or embed the textures.")
