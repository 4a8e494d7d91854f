"""What Roblox's Open Cloud and Rojo want to know of a delivery: `upload.json`, and a Rojo project.

Asset ids exist only after an upload. `upload.json` lists what is to be uploaded and which map goes where; the Rojo
model in the delivery has every MeshPart and SurfaceAppearance without ids, and `dropforge upload roblox` writes the
same files with them. A MeshPart's mesh cannot be synced (Rojo documentation, "Sync details"): the uploaded model
brings the meshes in, and the project lays the appearance over parts of the same names.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from toolchain.asset import DeliveredFile, PackedTexture
from toolchain.export.model import Model

SCHEMA = 1
REQUEST = "upload.json"
PROJECT = "default.project.json"
STUD_M = 0.28  # Roblox creator documentation, physics/units
#: SurfaceAppearance's property by role.
PROPERTIES = {
    "base_color": "ColorMap",
    "normal": "NormalMap",
    "roughness": "RoughnessMap",
    "metallic": "MetalnessMap",
    "emissive": "EmissiveMaskContent",
}
#: Properties of the newer type Content, which Rojo (of 2025 and later) wants spelled out (rbx_types/content.rs).
CONTENTS = ("EmissiveMaskContent",)
#: Content types that Open Cloud takes, by the file's suffix (creator documentation, cloud/guides/usage-assets).
MODELS = {".fbx": "model/fbx", ".glb": "model/gltf-binary", ".gltf": "model/gltf+json"}
IMAGES = {".png": "image/png", ".jpg": "image/jpeg", ".tga": "image/tga", ".bmp": "image/bmp"}
_LONGEST_NAME = 50  # of an asset's displayName


def roblox_project(
    asset: str, display: str, models: dict[str, Model], textures: dict[str, PackedTexture]
) -> tuple[DeliveredFile, ...]:
    """upload.json and the Rojo project for the first of `models`; `textures` are the loose ones by path.

    Raises ValueError when that model is of a format that Open Cloud does not take.
    """
    path, model = next(iter(models.items()))
    kind = MODELS.get(_suffix(path))
    if kind is None:
        raise ValueError(f"Roblox's Open Cloud takes FBX and glTF models, and not {path}")
    files = [{"path": path, "assetType": "Model", "contentType": kind, "displayName": display[:_LONGEST_NAME]}]
    parts = [_part(item.name, item.mesh.positions * (model.deliverable.unit_m / STUD_M)) for item in model.meshes]
    for item, part in zip(model.meshes, parts, strict=True):
        slots = set(item.mesh.slot_of_faces().tolist())
        part["maps"] = {
            PROPERTIES[t.role]: at for at, t in sorted(textures.items()) if t.slot in slots and t.role in PROPERTIES
        }
    used = {at for part in parts for at in part["maps"].values()}
    for at in sorted(used):
        name = at.rpartition("/")[2].rpartition(".")[0][:_LONGEST_NAME]
        files.append({"path": at, "assetType": "Image", "contentType": IMAGES[_suffix(at)], "displayName": name})
    request = {"schema": SCHEMA, "asset": asset, "files": files, "parts": parts}
    made = {REQUEST: _json(request)} | rojo_files(request, {})
    return tuple(DeliveredFile(at, data) for at, data in sorted(made.items()))


def rojo_files(request: dict[str, Any], ids: dict[str, str]) -> dict[str, bytes]:
    """The project and its model by file name. `request`: upload.json's content; `ids`: asset id by path.

    A property whose id is not known is left out, so that a sync leaves it as it is.
    """
    asset = request["asset"]
    children = [
        {
            "Name": part["name"],
            "ClassName": "MeshPart",
            "Properties": {"Size": part["size_studs"]},
            "Children": [
                {
                    "Name": "SurfaceAppearance",
                    "ClassName": "SurfaceAppearance",
                    "Properties": {k: _content(k, ids[at]) for k, at in part["maps"].items() if at in ids},
                }
            ],
        }
        for part in request["parts"]
    ]
    file = f"{asset}.model.json"
    project = {"name": asset, "tree": {"$path": file}}
    return {PROJECT: _json(project), file: _json({"ClassName": "Model", "Children": children})}


def _content(name: str, asset: str) -> Any:
    address = f"rbxassetid://{asset}"
    return {"Content": {"Uri": address}} if name in CONTENTS else address


def _part(name: str, studs: Any) -> dict[str, Any]:
    return {"name": name, "size_studs": [round(float(s), 5) for s in np.ptp(studs, axis=0)]}


def _suffix(path: str) -> str:
    return f".{path.rpartition('.')[2].lower()}"


def _json(tree: dict[str, Any]) -> bytes:
    return (json.dumps(tree, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n").encode()
