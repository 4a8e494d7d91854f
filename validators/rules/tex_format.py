"""A texture is of a format that the engine does not take, or not of the format its name says.

Checks
    The format found in the image itself: in GLB and USDZ against what those containers allow, else against
    `textures.formats`; and against the suffix of the file's name (a warning).
Why it fails in the engine
    The image is not imported. A wrong suffix makes importers fail that go by the name.
How to fix
    Save the image as PNG.
"""

from __future__ import annotations

from collections.abc import Iterator

from validators.rules.base import Fault, Rule
from validators.rules.case import Case
from validators.rules.words import some

#: What a container may hold by its own specification (glTF 2.0 section 3.8.2; USDZ specification, file types).
CONTAINER = {"glb": ("png", "jpg"), "gltf": ("png", "jpg"), "usdz": ("png", "jpg", "exr")}
_SAME = {"jpeg": "jpg", "tif": "tiff"}


def _faults(case: Case) -> Iterator[Fault]:
    allowed = CONTAINER.get(case.scene.format, case.profile.textures.formats)
    for texture in case.scene.textures:
        kind = _SAME.get(texture.format, texture.format)
        if not kind or texture.missing:
            continue
        if kind not in {_SAME.get(f, f) for f in allowed}:
            inside = case.scene.format in CONTAINER
            who = f"a {case.scene.format.upper()} holds" if inside else f"{case.profile.title} is given"
            yield Fault(
                f"{texture.name} is {_a(kind)}; {who} {some([f.upper() for f in allowed])}.",
                where=case.on(texture),
                measured=kind,
                limit=" ".join(allowed),
            )
            continue
        name = (texture.uri or texture.name).replace("\\", "/").rpartition("/")[2]
        suffix = name.rpartition(".")[2].lower() if "." in name and not texture.uri.startswith("data:") else kind
        suffix = _SAME.get(suffix, suffix)
        if suffix != kind and suffix in ("png", "jpg", "tga", "exr", "bmp", "tiff", "webp", "ktx2", "dds", "hdr"):
            yield Fault(
                f"{texture.name} is {_a(kind)} although its name ends in .{suffix}.",
                "Rename the image, or save it in the format of its name.",
                case.on(texture),
                kind,
                suffix,
                softer="warning",
            )


def _a(kind: str) -> str:
    return f"{'an' if kind[0] in 'e' else 'a'} {kind.upper()}"


RULE = Rule("tex.format", "error", _faults, "Save the image as PNG.", images=True)
