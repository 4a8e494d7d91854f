"""`import_<asset>.py`: an Unreal script that imports the delivery with the right settings.

Its body is the module :mod:`toolchain.export.unreal_import`, read as text and never imported here; what
belongs to the asset is written into its SETTINGS.
"""

from __future__ import annotations

from pathlib import Path
from pprint import pformat

from toolchain.asset import DeliveredFile, PackedTexture
from toolchain.export.guard import materials_in_use
from toolchain.export.model import Model

_SLOT = "SETTINGS: dict[str, Any] = {}\n"


def unreal_script(
    asset: str, models: dict[str, Model], textures: dict[str, PackedTexture]
) -> tuple[DeliveredFile, ...]:
    """The script for the first FBX among `models` (path -> Model); `textures` are the loose ones by path.

    Raises ValueError when the profile delivers no FBX.
    """
    path = next((p for p in models if p.lower().endswith(".fbx")), None)
    if path is None:
        raise ValueError("sidecars.unreal_script needs an FBX among the deliverables")
    model, meshes = models[path], [item.mesh for item in models[path].meshes]
    settings = {
        "destination": f"/Game/Dropforge/{asset}",
        "fbx": path,
        "mesh": path.rpartition("/")[2].rpartition(".")[0],
        "lods": len(model.levels()),
        # Ours say where a level ends, Unreal's where it begins: level n begins where n - 1 ends.
        "screen": [1.0, *(float(s) for s in model.screen[:-1])] if model.screen else [],
        "collision": bool(model.hulls),
        "lightmap": all(m.uv_light is not None for m in meshes),
        "tangents": all(m.tangents is not None for m in meshes),
        "textures": [
            {
                "file": file,
                "name": _stem(t),
                "role": t.role,
                "srgb": t.color_space == "srgb",
                "flip_green": t.normal == "opengl",
            }
            for file, t in sorted(textures.items())
        ],
        "materials": [
            {
                "name": m.name,
                "textures": {role: _stem(t) for role, t in sorted(m.textures.items()) if t.loose},
                "roughness": float(m.look.roughness),
                "metallic": float(m.look.metallic),
            }
            for m in (model.materials[i] for i in materials_in_use(model))
        ],
    }
    body = Path(__file__).with_name("unreal_import.py").read_text(encoding="utf-8")
    if body.count(_SLOT) != 1:
        raise RuntimeError("unreal_import.py has lost its SETTINGS line")
    text = body.replace(_SLOT, f"SETTINGS: dict[str, Any] = {pformat(settings, width=118, sort_dicts=True)}\n")
    return (DeliveredFile(f"import_{asset}.py", text.encode()),)


def _stem(texture: PackedTexture) -> str:
    return texture.file.rpartition(".")[0]
