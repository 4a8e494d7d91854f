"""Unity `.meta` files: a stable guid and the import settings of every file and folder of a delivery.

Keys are those of ModelImporter 22200 (Unity 6) and TextureImporter 13; Unity gives a missing key its
default. The delivery's own folder gets its `.meta` from Unity: nothing refers to it.
"""

from __future__ import annotations

import hashlib
from pathlib import PurePosixPath
from typing import Any

from toolchain.asset import DeliveredFile, PackedTexture
from toolchain.export.model import Model
from toolchain.export.png_header import read_png_header
from toolchain.export.unity_materials import MATERIAL_ID, remapped, unity_materials

_TAIL = {"userData": "", "assetBundleName": "", "assetBundleVariant": ""}
_NATIVE = {"NativeFormatImporter": {"externalObjects": {}, "mainObjectFileID": MATERIAL_ID} | _TAIL}
#: maxTextureSize of a new texture in Unity; the largest that it knows is 16384.
DEFAULT_SIZE = 2048


def unity_metas(
    scope: str, models: dict[str, Model], textures: dict[str, PackedTexture], pipeline: str = "none"
) -> tuple[DeliveredFile, ...]:
    """A `.meta` for each path of `models` and `textures` and for each folder they lie in, sorted by path; with
    `pipeline` urp or hdrp also the materials that the models are bound to.

    `scope` (profile and asset) and the path make the guid, so that a re-export keeps every reference.
    """
    maps = {texture.file: guid(scope, path) for path, texture in textures.items()}
    materials = unity_materials(pipeline, models, maps)
    owned = {path: guid(scope, path) for path in materials}
    bodies: dict[str, dict[str, Any]] = {path: _model(path, model, owned) for path, model in models.items()}
    bodies |= dict.fromkeys(materials, _NATIVE)
    bodies |= {path: _texture(texture) for path, texture in textures.items()}
    folders = {str(f) for path in bodies for f in PurePosixPath(path).parents if str(f) != "."}
    bodies |= {folder: {"folderAsset": "yes", "DefaultImporter": {"externalObjects": {}} | _TAIL} for folder in folders}
    heads = {path: {"fileFormatVersion": 2, "guid": guid(scope, path)} for path in bodies}
    made = materials | {f"{path}.meta": _yaml(heads[path] | body).encode() for path, body in bodies.items()}
    return tuple(DeliveredFile(path, made[path]) for path in sorted(made))


def guid(scope: str, path: str) -> str:
    """32 small hex digits that hang on nothing but their arguments."""
    return hashlib.md5(f"dropforge/{scope}/{path}".encode(), usedforsecurity=False).hexdigest()


def _model(path: str, model: Model, materials: dict[str, str]) -> dict[str, Any]:
    if not path.lower().endswith(".fbx"):  # glTF and USD have importers of their own, in packages
        return {"DefaultImporter": {"externalObjects": {}} | _TAIL}
    meshes = [item.mesh for item in model.meshes]
    return {
        "ModelImporter": {
            "serializedVersion": 22200,
            "internalIDToNameTable": [],
            "externalObjects": remapped(model, materials) or {},
            "materials": {"materialImportMode": 2, "materialName": 0, "materialSearch": 1, "materialLocation": 1},
            "meshes": {
                "lODScreenPercentages": [float(s) for s in model.screen],
                "globalScale": 1,
                "meshCompression": 0,
                "addColliders": 0,
                "importVisibility": 1,
                "importBlendShapes": 0,
                "importCameras": 0,
                "importLights": 0,
                "swapUVChannels": 0,
                # A lightmap set of ours is kept; where there is none Unity makes one.
                "generateSecondaryUV": int(any(m.uv_light is None for m in meshes)),
                "useFileUnits": 1,
                "keepQuads": 0,
                "weldVertices": 1,
                # Y-up data needs no turn and gets identity nodes; Z-up data is turned in the vertices, not on the root.
                "bakeAxisConversion": int(model.deliverable.up != "+Y"),
                "preserveHierarchy": 0,
                "indexFormat": 0,
                "useFileScale": 1,
            },
            "tangentSpace": {
                "normalImportMode": 0,
                # The map was baked against the tangents in the file: 0 imports them, 3 has Unity run MikkTSpace.
                "tangentImportMode": 0 if all(m.tangents is not None for m in meshes) else 3,
            },
            "importAnimation": 0,
            "animationType": 0,
        }
        | _TAIL
    }


def _texture(texture: PackedTexture) -> dict[str, Any]:
    header = read_png_header(texture.data, texture.file)
    size = DEFAULT_SIZE
    while size < max(header.width, header.height):
        size *= 2
    return {
        "TextureImporter": {
            "internalIDToNameTable": [],
            "externalObjects": {},
            "serializedVersion": 13,
            "mipmaps": {"mipMapMode": 0, "enableMipMap": 1, "sRGBTexture": int(texture.color_space == "srgb")},
            "bumpmap": {"convertToNormalMap": 0, "flipGreenChannel": int(texture.normal == "directx")},
            "isReadable": 0,
            "maxTextureSize": size,
            "textureSettings": {
                "serializedVersion": 2,
                "filterMode": 1,
                "aniso": 1,
                "mipBias": 0,
                "wrapU": 0,
                "wrapV": 0,
                "wrapW": 0,
            },
            "nPOTScale": 1,
            "alphaUsage": 1,
            "alphaIsTransparency": 0,
            "textureType": 1 if texture.role == "normal" else 0,
            "textureShape": 1,
            "platformSettings": [
                {
                    "serializedVersion": 4,
                    "buildTarget": "DefaultTexturePlatform",
                    "maxTextureSize": size,
                    "resizeAlgorithm": 0,
                    "textureFormat": -1,
                    "textureCompression": 1,
                    "compressionQuality": 50,
                    "crunchedCompression": 0,
                    "allowsAlphaSplitting": 0,
                    "overridden": 0,
                }
            ],
        }
        | _TAIL
    }


def _yaml(tree: dict[str, Any], indent: str = "") -> str:
    """Block YAML as Unity writes it: two spaces a level, lists level with their key."""
    lines = []
    for key, value in tree.items():
        if isinstance(value, dict) and value:
            lines.append(f"{indent}{key}:\n{_yaml(value, indent + '  ')}")
        elif isinstance(value, list) and value:
            lines.append(f"{indent}{key}:\n" + "".join(_item(entry, indent) for entry in value))
        else:
            lines.append(f"{indent}{key}: {_scalar(value)}\n")
    return "".join(lines)


def _item(entry: Any, indent: str) -> str:
    if isinstance(entry, dict):
        return f"{indent}- {_yaml(entry, indent + '  ').lstrip()}"
    return f"{indent}- {_scalar(entry)}\n"


def _scalar(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:g}"
    return "{}" if isinstance(value, dict) else "[]" if isinstance(value, list) else str(value)
