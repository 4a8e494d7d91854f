"""Which files beside a dropped model belong to it: what it refers to, inside its own folder. Standard library alone.

A scan of the hot folder asks this of every model it sees, so that each file is looked at only as far as needed: the
head of an OBJ, the records of an FBX without their arrays, the JSON of a glTF.
"""

from __future__ import annotations

import json
import mmap
import re
import struct
import urllib.parse
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

from validators.readers import fbx_nodes, mtl
from validators.readers.files import inside
from validators.readers.notes import Bad

MOST = 512  # files that one model may bring with it
MOST_TEXT = 4 << 20  # bytes of an OBJ's head and of each MTL
MOST_JSON = 32 << 20
MOST_PLY_HEAD = 1 << 16
_MTLLIB = re.compile(rb"^[ \t]*mtllib[ \t]+([^\r\n]+)", re.MULTILINE)
_TEXTURE_FILE = re.compile(rb"(?i)^comment[ \t]+texturefile[ \t]+([^\r\n]+)", re.MULTILINE)
_IMAGES = (".png", ".jpg", ".jpeg", ".tga", ".bmp", ".webp")
_BUFFERS = (".bin", ".glbin")


def companions(path: Path) -> tuple[Path, ...]:
    """Existing files below `path`'s folder that the OBJ, FBX or glTF there names: .mtl, .bin, textures; sorted.

    Never a file outside the folder, never the model itself, at most MOST. A model that cannot be read names none:
    the reader will say what is wrong with it.
    """
    finders = {".obj": _obj, ".fbx": _fbx, ".gltf": _gltf, ".glb": _glb, ".ply": _ply}
    finder, found = finders.get(path.suffix.lower()), set[Path]()
    if finder is None:
        return ()
    try:
        for file in finder(path):
            found.add(file)
            if len(found) >= MOST:
                break
    except (OSError, ValueError, RecursionError, struct.error, Bad):
        pass
    return tuple(sorted(found - {path}))


def beside(reference: str, folder: Path, suffixes: tuple[str, ...], root: Path | None = None) -> Path | None:
    """The file that `reference` names from `folder`, inside `root`: by its path, else by its name alone."""
    top = folder if root is None else root
    for name in (reference, re.split(r"[\\/]", reference)[-1]):
        if not name.lower().endswith(suffixes):
            return None
        try:
            found = inside(name, folder, top)
            return top / found.relative_to(top.resolve())
        except (Bad, ValueError):
            continue
    return None


def libraries(head: bytes) -> list[str]:
    """MTL files that an OBJ names: one statement may name several, or one with spaces."""
    out: list[str] = []
    for statement in _MTLLIB.findall(head):
        text = statement.decode("utf-8", "replace").strip()
        words = text.split()
        out += [text] if len(words) > 1 and text.lower().count(".mtl") == 1 else words
    return out[:64]


def _obj(path: Path) -> Iterator[Path]:
    with path.open("rb") as file:
        head = file.read(MOST_TEXT)
    for name in libraries(head):
        library = beside(name, path.parent, (".mtl",))
        if library is None:
            continue
        yield library
        with library.open("rb") as file:
            text = file.read(MOST_TEXT).decode("utf-8", "replace")
        for material in mtl.parse(text):
            for reference in material.files.values():
                if texture := beside(reference, path.parent, _IMAGES):
                    yield texture


def _ply(path: Path) -> Iterator[Path]:
    with path.open("rb") as file:
        head = file.read(MOST_PLY_HEAD)
    for name in _TEXTURE_FILE.findall(head.partition(b"end_header")[0]):
        if texture := beside(name.decode("utf-8", "replace").strip(), path.parent, _IMAGES):
            yield texture


def _fbx(path: Path) -> Iterator[Path]:
    if not path.stat().st_size:
        return
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        if data[:18] != fbx_nodes.MAGIC[:18]:
            return
        tree = fbx_nodes.walk(cast(bytes, data))
    objects = tree.first("Objects")
    for node in objects.children if objects else ():
        if node.name not in ("Texture", "Video"):
            continue
        for key in ("RelativeFilename", "FileName", "Filename"):
            for entry in node.all(key):
                name = entry.properties[0] if entry.properties else b""
                found = beside(fbx_nodes.plain(name), path.parent, _IMAGES) if isinstance(name, bytes) else None
                if found is not None:
                    yield found


def _gltf(path: Path) -> Iterator[Path]:
    with path.open("rb") as file:
        return _uris(file.read(MOST_JSON), path.parent)


def _glb(path: Path) -> Iterator[Path]:
    with path.open("rb") as file:
        head = file.read(20)
        size = struct.unpack_from("<I", head, 12)[0]
        return _uris(file.read(min(size, MOST_JSON)), path.parent)


def _uris(text: bytes, folder: Path) -> Iterator[Path]:
    document: Any = json.loads(text)
    for kind, suffixes in (("buffers", _BUFFERS), ("images", _IMAGES)):
        entries = document.get(kind, []) if isinstance(document, dict) else []
        for entry in entries if isinstance(entries, list) else []:
            uri = entry.get("uri") if isinstance(entry, dict) else None
            if not isinstance(uri, str) or uri.startswith("data:"):
                continue
            if found := beside(urllib.parse.unquote(uri), folder, suffixes):
                yield found
