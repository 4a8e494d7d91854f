"""What glTF says of materials in extensions that the validators' neutral Scene leaves out.

KHR_materials_pbrSpecularGlossiness, KHR_materials_emissive_strength, KHR_materials_unlit and KHR_texture_transform,
after their texts in the Khronos registry. The document is the one our reader has judged; what is malformed is absent.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from validators.readers.gltf_container import MAGIC, parse_json, split_glb
from validators.readers.gltf_document import Document, extensions, is_whole, number, numbers, table
from validators.readers.notes import Bad, Notes

GLOSS = "KHR_materials_pbrSpecularGlossiness"
_SOURCES = ("EXT_texture_webp", "KHR_texture_basisu")


@dataclass(frozen=True, eq=False)
class Gloss:
    """A specular-glossiness material. Textures are indices into Scene.textures."""

    diffuse: tuple[float, float, float, float]
    specular: tuple[float, float, float]
    glossiness: float
    diffuse_texture: int | None
    gloss_texture: int | None  # specular sRGB in RGB, glossiness in A


@dataclass(frozen=True, eq=False)
class Extras:
    """Of one material."""

    gloss: Gloss | None = None
    emissive_strength: float = 1.0
    unlit: bool = False
    uv: dict[str, NDArray[np.float64]] = field(default_factory=dict)  # role -> (2, 3) matrix on v-down UVs


def read_extras(data: bytes, folder: Path) -> list[Extras]:
    """One Extras a material, in the file's order; [] where the document cannot be read."""
    notes = Notes("")
    try:
        body = split_glb(data, notes)[0] if data.startswith(MAGIC) else data
        document = Document(parse_json(body), None, folder, folder, len(data), notes)
    except Bad:
        return []
    return [_extras(document, entry) for entry in document.items("materials")]


def _extras(document: Document, entry: dict[str, Any]) -> Extras:
    own = extensions(entry)
    pbr = table(entry, "pbrMetallicRoughness")
    gloss = table(own, GLOSS)
    infos = {
        "base_color": table(gloss, "diffuseTexture") if GLOSS in own else table(pbr, "baseColorTexture"),
        "roughness": table(gloss, "specularGlossinessTexture")
        if GLOSS in own
        else table(pbr, "metallicRoughnessTexture"),
        "normal": table(entry, "normalTexture"),
        "occlusion": table(entry, "occlusionTexture"),
        "emissive": table(entry, "emissiveTexture"),
    }
    moved = {role: _matrix(table(extensions(info), "KHR_texture_transform")) for role, info in infos.items()}
    strength = number(table(own, "KHR_materials_emissive_strength"), "emissiveStrength", 1.0)
    return Extras(
        _gloss(document, gloss) if GLOSS in own else None,
        strength if 0.0 <= strength < 1e6 else 1.0,
        "KHR_materials_unlit" in own,
        {role: m for role, m in moved.items() if m is not None},
    )


def _gloss(document: Document, body: dict[str, Any]) -> Gloss:
    diffuse, specular = np.ones(4), np.ones(3)
    try:
        found = numbers(body, "diffuseFactor", 4, "")
        diffuse = diffuse if found is None else found
        found = numbers(body, "specularFactor", 3, "")
        specular = specular if found is None else found
    except Bad:
        pass
    d, s = [float(v) for v in np.clip(diffuse, 0, 1)], [float(v) for v in np.clip(specular, 0, 1)]
    return Gloss(
        (d[0], d[1], d[2], d[3]),
        (s[0], s[1], s[2]),
        min(max(number(body, "glossinessFactor", 1.0), 0.0), 1.0),
        _image(document, table(body, "diffuseTexture")),
        _image(document, table(body, "specularGlossinessTexture")),
    )


def _image(document: Document, info: dict[str, Any]) -> int | None:
    index = info.get("index")
    if index is None or not is_whole(index) or not 0 <= index < document.count("textures"):
        return None
    texture = document.entry("textures", index)
    for holder in (*(table(extensions(texture), name) for name in _SOURCES), texture):
        source = holder.get("source")
        if source is not None and is_whole(source) and 0 <= source < document.count("images"):
            return int(source)
    return None


def _matrix(transform: dict[str, Any]) -> NDArray[np.float64] | None:
    """Offset, rotation, scale as one matrix; None where nothing is moved."""
    if not transform:
        return None
    try:
        offset, scale = numbers(transform, "offset", 2, ""), numbers(transform, "scale", 2, "")
    except Bad:
        return None
    turn = number(transform, "rotation", 0.0)
    c, s = np.cos(turn), np.sin(turn)
    sx, sy = (1.0, 1.0) if scale is None else scale
    tx, ty = (0.0, 0.0) if offset is None else offset
    matrix = np.array([[c * sx, s * sy, tx], [-s * sx, c * sy, ty]])
    if not np.isfinite(matrix).all() or np.allclose(matrix, [[1, 0, 0], [0, 1, 0]]):
        return None
    return matrix
