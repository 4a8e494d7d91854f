"""`read`: any delivered file as one neutral Scene. The bytes tell the kind; the suffix is only compared with it."""

from __future__ import annotations

import re
from pathlib import Path

from validators.readers.files import MOST_BYTES, read_bytes
from validators.readers.image import SUFFIXES, header, read_image
from validators.readers.notes import Bad, Notes
from validators.scene import Scene

_SUFFIXES = {
    "glb": ("glb",),
    "gltf": ("gltf",),
    "fbx": ("fbx",),
    "usda": ("usda", "usd"),
    "usdc": ("usdc", "usd"),
    "usdz": ("usdz",),
    "stl": ("stl",),
    "3mf": ("3mf",),
    "obj": ("obj",),
    "ply": ("ply",),
    **SUFFIXES,
}
_IMAGES = frozenset(SUFFIXES)


def read(path: Path, root: Path | None = None) -> Scene:
    """The scene of a GLB, glTF, FBX, USD, OBJ, PLY, STL, 3MF or image file.

    `root` is the delivered folder: parts of the file may lie in it and nowhere else; without it, the file's own folder.
    Never raises for what the file holds or lacks: faults are Findings of the scene.
    """
    path = Path(path)
    top = path.parent if root is None else Path(root)
    file = _shown(path, top)
    notes = Notes(file)
    try:
        nbytes = path.stat().st_size
        if not path.is_file():
            raise Bad("file.unreadable", f"{path.name} is not a file.")
        if nbytes > MOST_BYTES:
            raise Bad(
                "file.too_big",
                f"{path.name} has {nbytes / 1e6:.0f} MB; more than {MOST_BYTES / 1e6:.0f} MB is not read.",
                measured=nbytes,
                limit=MOST_BYTES,
            )
        form = kind(read_bytes(path, most=65536), path.name)
    except Bad as error:
        notes.bad(error)
        return Scene(file=file, format="", findings=notes.findings())
    except OSError as error:
        notes.add("file.unreadable", f"{path.name} cannot be read: {error.strerror}.")
        return Scene(file=file, format="", findings=notes.findings())
    if not nbytes:
        notes.add("file.truncated", f"{path.name} is empty.", measured=0)
    elif not form:
        notes.add(
            "file.unsupported",
            f"{path.name} is none of GLB, glTF, FBX, USD, OBJ, PLY, 3MF, STL or an image, by its first bytes.",
            fix="Deliver one of the formats that the profile names.",
        )
    if not form:
        return Scene(file=file, format="", nbytes=nbytes, findings=notes.findings())
    suffix = path.suffix.lower().lstrip(".")
    if suffix not in _SUFFIXES.get(form, (form,)):
        notes.add(
            "file.suffix",
            f"{path.name} is {form} by its content, not {suffix or 'a file without a suffix'}.",
            fix=f"Rename it to end in .{form}; importers choose by the suffix.",
            measured=suffix,
            limit=form,
        )
    return _read(form, path, file, top, notes)


def _read(form: str, path: Path, file: str, top: Path, notes: Notes) -> Scene:
    if form in _IMAGES:
        return read_image(path, file, notes)
    if form in ("glb", "gltf"):
        from validators.readers.glb import read_glb

        return read_glb(path, file, top, notes)
    if form == "fbx":
        from validators.readers.fbx import read_fbx

        return read_fbx(path, file, top, notes)
    if form in ("stl", "3mf", "obj", "ply"):
        return _plain(form, path, file, top, notes)
    from validators.readers.usd import read_usd

    return read_usd(path, file, top, form, notes)


def _plain(form: str, path: Path, file: str, top: Path, notes: Notes) -> Scene:
    try:
        if form == "stl":
            from validators.readers.stl import read_stl

            return read_stl(path, file, notes)
        if form == "3mf":
            from validators.readers.threemf import read_3mf

            return read_3mf(path, file, notes)
        data = read_bytes(path, MOST_BYTES)
        if form == "obj":
            from validators.readers.obj import read_obj

            return read_obj(data, file, path.parent, top, notes)
        from validators.readers.ply import read_ply

        return read_ply(data, file, path.parent, top, notes)
    except Bad as error:
        notes.bad(error)
        return Scene(file=file, format=form, findings=notes.findings())


def kind(head: bytes, name: str = "") -> str:
    """The format by the first bytes: glb, gltf, fbx, usda, usdc, usdz, 3mf, stl, obj, ply, an image's, or ""."""
    if head.startswith(b"glTF"):
        return "glb"
    if head.startswith(b"Kaydara FBX Binary"):
        return "fbx"
    if head.startswith(b"PXR-USDC"):
        return "usdc"
    if head.startswith(b"#usda"):
        return "usda"
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return "3mf" if b"[Content_Types].xml" in head[:4096] or b"3D/3dmodel.model" in head else "usdz"
    if form := header(head, name)[0]:
        return form
    plain = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if plain.startswith(b"; FBX") or b"FBXHeaderExtension" in plain[:4096]:
        return "fbx"
    if plain.startswith(b"{"):
        return "gltf"
    if name.lower().endswith(".stl") or (plain.startswith(b"solid") and b"facet" in plain[:4096]):
        return "stl"  # a binary one has no magic
    if head.startswith((b"ply\n", b"ply\r")):
        return "ply"
    if name.lower().endswith(".obj") or _OBJ.match(plain):
        return "obj"  # text without a magic
    # A header cut short still tells an image by its first bytes, so that it is called broken, not unknown.
    return next((form for magic, form in _CUT if head.startswith(magic)), "")


#: An OBJ without its suffix: comments, then the first statement of one.
_OBJ = re.compile(
    rb"(?:#[^\n]*+\n|\s)*+(?:mtllib|v|o|g)[ \t]+[^\n]+\n(?:#[^\n]*+\n|\s)*+(?:mtllib|usemtl|v|vn|vt|o|g|s)[ \t]"
)
_CUT = (
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"\xff\xd8\xff", "jpg"),
    (b"v/1\x01", "exr"),
    (b"\xabKTX 20\xbb", "ktx2"),
    (b"RIFF", "webp"),
    (b"BM", "bmp"),
)


def _shown(path: Path, top: Path) -> str:
    """The file relative to the delivery, `/` between folders; its name where it lies elsewhere."""
    try:
        return path.relative_to(top).as_posix()
    except ValueError:
        return path.name
