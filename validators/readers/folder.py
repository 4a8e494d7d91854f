"""A delivered folder as a Scene of its own: which files lie in it, and what Unity's `.meta` and `.mat` files say.

`header["files"]`: paths of files and folders, sorted. `header["unity"]`: of each `.meta` and `.mat` the `version`
(fileFormatVersion as written), the `guid` as written, and `refers`, the guids of textures and materials that it names.
`header["twins"]`: groups of images of one name, letter case aside, that are not the same byte for byte.
"""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path, PurePosixPath
from typing import Any

from validators.finding import Where
from validators.readers.files import read_bytes
from validators.readers.image import SUFFIXES
from validators.readers.notes import Bad, Notes
from validators.scene import Scene

MOST_ENTRIES = 20_000
_IMAGES = {suffix for suffixes in SUFFIXES.values() for suffix in suffixes}
MOST_BYTES = 4 << 20  # of a .meta or .mat
MOST_COMPARED = 1 << 30  # bytes of images over all
MOST_REFERENCES = 1000  # of one file
_VERSION = re.compile(r"^fileFormatVersion:[ \t]*([^\r\n]{0,40})", re.MULTILINE)
_GUID = re.compile(r"^guid:[ \t]*([^\r\n]{0,100})", re.MULTILINE)
#: A reference to a texture (2800000) or a material (2100000): what a delivery brings itself.
_REFERS = re.compile(r"\{fileID: (?:2800000|2100000), guid: ([0-9A-Za-z]{1,64}), type: \d\}")


def read_folder(root: Path) -> Scene:
    """The scene of a folder: no nodes, only its header. Hidden files and links are passed over. Never raises."""
    notes = Notes("")
    files: list[str] = []
    unity: dict[str, dict[str, Any]] = {}
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(f for f in folders if not f.startswith(".") and not Path(folder, f).is_symlink())
        here = Path(folder)
        for name in (*folders, *sorted(names)):
            path = here / name
            if name.startswith(".") or path.is_symlink():
                continue
            files.append(path.relative_to(root).as_posix())
            if path.suffix.lower() in (".meta", ".mat") and name in names:
                unity[files[-1]] = _unity(path, files[-1], notes)
        if len(files) > MOST_ENTRIES:
            notes.add(
                "file.too_many", "The folder has more files than are looked at.", severity="warning", limit=MOST_ENTRIES
            )
            break
    header = {"files": sorted(files), "unity": unity, "twins": _twins(root, files)}
    return Scene(file="", format="folder", header=header, findings=notes.findings())


def _unity(path: Path, name: str, notes: Notes) -> dict[str, Any]:
    try:
        text = read_bytes(path, MOST_BYTES).decode("utf-8", "replace")
    except Bad as error:
        notes.add(error.finding.code, error.finding.message, where=Where(file=name))
        return {"version": "", "guid": "", "refers": []}
    version, guid = _VERSION.search(text), _GUID.search(text)
    refers = {found[1] for found, _ in zip(_REFERS.finditer(text), range(MOST_REFERENCES), strict=False)}
    return {
        "version": version[1].strip() if version else "",
        "guid": guid[1].strip() if guid else "",
        "refers": sorted(refers),
    }


def _twins(root: Path, files: list[str]) -> list[list[str]]:
    by_name: dict[str, list[str]] = {}
    for file in files:
        path = PurePosixPath(file)
        if path.suffix.lower().lstrip(".") in _IMAGES:
            by_name.setdefault(path.name.casefold(), []).append(file)
    left, out = MOST_COMPARED, []
    for group in (sorted(g) for _, g in sorted(by_name.items()) if len(g) > 1):
        digests = set()
        for file in group:
            try:
                data = read_bytes(root / file, left)
            except Bad:
                continue  # its own reader tells, or it is beyond what is compared
            left -= len(data)
            digests.add(hashlib.sha256(data).digest())
        if len(digests) > 1:
            out.append(group)
    return out
