"""Paths of the machine that an FBX was made on give way to the relative path beside them, or to the file's name."""

from __future__ import annotations

import re

from validators.fix.fbx import Fbx, string
from validators.readers.fbx_nodes import plain
from validators.readers.files import is_absolute
from validators.rules.case import Case
from validators.rules.words import count


def fix(fbx: Fbx, case: Case) -> list[str]:
    """Importers look by the relative path, and by the name beside the model: both stay."""
    changed = 0
    for record in (*fbx.objects(b"Texture"), *fbx.objects(b"Video")):
        relative = plain(next((r.text(0) for r in record.all(b"RelativeFilename")), b""))
        for child in record.children:
            if child.name not in (b"FileName", b"Filename", b"RelativeFilename"):
                continue
            written = plain(child.text(0))
            if written and is_absolute(written):
                kept = relative if relative and not is_absolute(relative) else re.split(r"[\\/]", written)[-1]
                child.properties[0] = string(kept.encode())
                changed += 1
        for entry in record.entries():
            if entry.text(0) == b"Path" and is_absolute(plain(entry.text(4))):
                entry.properties[4] = string((relative or re.split(r"[\\/]", plain(entry.text(4)))[-1]).encode())
                changed += 1
    return [f"{count(changed, 'path')} of one machine made relative"] if changed else []
