"""glTF materials and images (spec sections 3.8 and 3.9): bindings by role, with the channels the format reads."""

from __future__ import annotations

from typing import Any

from validators.finding import Where
from validators.readers.files import is_absolute
from validators.readers.gltf_document import Document, extensions, number, numbers, table, text
from validators.readers.image import absent_texture, embedded_texture, file_texture
from validators.readers.notes import Bad
from validators.scene import Binding, Material, Texture

#: (where the texture reference stands, roles with the channels and the colour space they read).
_CORE: tuple[tuple[str, tuple[tuple[str, str, str], ...]], ...] = (
    ("pbrMetallicRoughness/baseColorTexture", (("base_color", "rgb", "srgb"),)),
    ("pbrMetallicRoughness/metallicRoughnessTexture", (("roughness", "g", "linear"), ("metallic", "b", "linear"))),
    ("normalTexture", (("normal", "rgb", "linear"),)),
    ("occlusionTexture", (("occlusion", "r", "linear"),)),
    ("emissiveTexture", (("emissive", "rgb", "srgb"),)),
)
#: Extensions that give a texture another image, the newest first.
_SOURCES = ("KHR_texture_basisu", "EXT_texture_webp", "EXT_texture_avif", "MSFT_texture_dds")


def read_textures(document: Document) -> list[Texture]:
    """One Texture for each glTF image, in order."""
    out: list[Texture] = []
    for i, entry in enumerate(document.items("images")):
        pointer, uri = f"/images/{i}", text(entry, "uri")
        shown = "" if uri.startswith("data:") else uri
        name = shown.replace("\\", "/").rpartition("/")[2] or text(entry, "name")
        try:
            texture = _image(document, entry, name, uri, shown, pointer)
        except Bad as error:
            document.notes.bad(error, pointer)
            texture = absent_texture(name, shown)
        if texture.missing and texture.nbytes:
            document.notes.add(
                "file.malformed", "A texture is not an image we can read.", where=Where(texture=name, pointer=pointer)
            )
        out.append(texture)
    return out


def _image(document: Document, entry: dict[str, Any], name: str, uri: str, shown: str, pointer: str) -> Texture:
    view = document.index(entry, "bufferView", "bufferViews", pointer)
    if view is not None:
        return embedded_texture(name, document.view_bytes(view))
    if not uri:
        raise Bad("file.malformed", "An image has neither a uri nor a bufferView.", pointer=pointer)
    held, path = document.uri_bytes(uri, f"{pointer}/uri")
    if path is None:
        return embedded_texture(name, held or b"")
    return file_texture(name, shown, path)


def read_materials(document: Document) -> list[Material]:
    """One Material for each glTF material, in order; what cannot be read of it is noted and left out."""
    return [_material(document, entry, f"/materials/{i}") for i, entry in enumerate(document.items("materials"))]


def _material(document: Document, entry: dict[str, Any], pointer: str) -> Material:
    bindings: dict[str, Binding] = {}
    moved: list[str] = []
    alpha = text(entry, "alphaMode").lower() or "opaque"
    if alpha not in ("opaque", "mask", "blend"):
        document.notes.add(
            "file.malformed", "alphaMode is none of OPAQUE, MASK, BLEND.", where=Where(pointer=f"{pointer}/alphaMode")
        )
        alpha = "opaque"
    for path, roles in _CORE:
        holder, at = entry, f"{pointer}/{path}"
        *parents, key = path.split("/")
        for parent in parents:
            holder = table(holder, parent)
        _bind(document, holder, key, roles, at, bindings, moved)
    if alpha != "opaque" and "base_color" in bindings:
        base = bindings["base_color"]
        bindings["opacity"] = Binding(base.texture, base.uv_set, "a", base.color_space)
    for extension, body in sorted(extensions(entry).items()):
        for key, value in sorted(body.items()) if isinstance(body, dict) else ():
            if isinstance(value, dict) and "index" in value:
                role = (f"other:{key}", "rgb", "")
                _bind(document, body, key, (role,), f"{pointer}/extensions/{extension}/{key}", bindings, moved)
    return Material(
        name=text(entry, "name"),
        bindings=bindings,
        factors=_factors(document, entry, pointer, moved),
        double_sided=entry.get("doubleSided") is True,
        alpha=alpha,
    )


def _bind(
    document: Document,
    holder: dict[str, Any],
    key: str,
    roles: tuple[tuple[str, str, str], ...],
    pointer: str,
    bindings: dict[str, Binding],
    moved: list[str],
) -> None:
    if key not in holder:
        return
    info = table(holder, key)
    try:
        index = document.index(info, "index", "textures", pointer)
        if index is None:
            raise Bad("file.malformed", "A texture reference has no index.", pointer=pointer)
        texture = document.entry("textures", index)
        holders = [table(extensions(texture), name) for name in _SOURCES] + [texture]
        image = next(
            (
                found
                for h in holders
                if (found := document.index(h, "source", "images", f"/textures/{index}")) is not None
            ),
            None,
        )
        if image is None:
            raise Bad("file.malformed", "A texture names no image.", pointer=f"/textures/{index}")
        transform = table(extensions(info), "KHR_texture_transform")
        uv_set = int(number(transform, "texCoord", number(info, "texCoord", 0)))
    except Bad as error:
        document.notes.bad(error)
        return
    if "KHR_texture_transform" in extensions(info):
        moved.append(roles[0][0])
    for role, channels, space in roles:
        bindings[role] = Binding(image, uv_set, channels, space)


def _factors(document: Document, entry: dict[str, Any], pointer: str, moved: list[str]) -> dict[str, Any]:
    pbr = table(entry, "pbrMetallicRoughness")
    factors: dict[str, Any] = {
        "base_color": (1.0, 1.0, 1.0, 1.0),
        "emissive": (0.0, 0.0, 0.0),
        "metallic": number(pbr, "metallicFactor", 1.0),
        "roughness": number(pbr, "roughnessFactor", 1.0),
        "normal_scale": number(table(entry, "normalTexture"), "scale", 1.0),
        "occlusion_strength": number(table(entry, "occlusionTexture"), "strength", 1.0),
        "alpha_cutoff": number(entry, "alphaCutoff", 0.5),
    }
    for holder, key, role, width, at in (
        (pbr, "baseColorFactor", "base_color", 4, f"{pointer}/pbrMetallicRoughness"),
        (entry, "emissiveFactor", "emissive", 3, pointer),
    ):
        try:
            found = numbers(holder, key, width, at)
            factors[role] = factors[role] if found is None else tuple(float(v) for v in found)
        except Bad as error:
            document.notes.bad(error)
    if moved:
        factors["texture_transform"] = tuple(moved)  # roles whose UVs KHR_texture_transform moves
    if extensions(entry):
        factors["extensions"] = tuple(sorted(extensions(entry)))
    return factors


def absolute_uris(document: Document) -> list[str]:
    """URIs of images and buffers that name one machine's path."""
    uris = [text(entry, "uri") for key in ("images", "buffers") for entry in document.items(key)]
    return [uri for uri in uris if uri and is_absolute(uri)]
