"""`import_<asset>.py`: an Unreal script that imports the delivery with the right settings.

Its body is the module :mod:`toolchain.export.unreal_import`, read as text and never imported here; what
belongs to the asset is written into its SETTINGS.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from pprint import pformat
from typing import Any

from engine_profiles.packing import parse_pack
from toolchain.asset import DeliveredFile, PackedTexture
from toolchain.export.guard import materials_in_use
from toolchain.export.model import Model, ModelMaterial

#: Outputs of a material by what a texture holds (unreal.MaterialProperty).
_COLOURS = {"albedo": "MP_BASE_COLOR", "normal": "MP_NORMAL", "emissive": "MP_EMISSIVE_COLOR"}
_NUMBERS = {"ao": "MP_AMBIENT_OCCLUSION", "roughness": "MP_ROUGHNESS", "metallic": "MP_METALLIC"}
_SLOT = "SETTINGS: dict[str, Any] = {}\n"


def unreal_script(
    asset: str, models: dict[str, Model], textures: dict[str, PackedTexture], packs: dict[str, str]
) -> tuple[DeliveredFile, ...]:
    """The script for the first FBX among `models` (path -> Model); `textures` are the loose ones by path, and `packs`
    says by role what their channels hold.

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
        "materials": [_material(model.materials[i], packs) for i in materials_in_use(model)],
    }
    body = Path(__file__).with_name("unreal_import.py").read_text(encoding="utf-8")
    if body.count(_SLOT) != 1:
        raise RuntimeError("unreal_import.py has lost its SETTINGS line")
    text = body.replace(_SLOT, f"SETTINGS: dict[str, Any] = {pformat(settings, width=118, sort_dicts=True)}\n")
    return (DeliveredFile(f"import_{asset}.py", text.encode()),)


def _material(material: ModelMaterial, packs: dict[str, str]) -> dict[str, Any]:
    """Which channel of which texture goes to which output, and numbers for outputs that no texture serves."""
    wires: list[dict[str, Any]] = []
    served: set[str] = set()
    for role, texture in sorted(material.textures.items()):
        pins = [(pin, to, turned) for pin, to, turned in _pins(packs.get(role, "")) if to not in served]
        if pins and texture.loose:
            served |= {to for _, to, _ in pins}
            kind = "NORMAL" if role == "normal" else "COLOR" if texture.color_space == "srgb" else "MASKS"
            wires.append({"texture": _stem(texture), "sampler": f"SAMPLERTYPE_{kind}", "pins": pins})
    plain = {"MP_ROUGHNESS": float(material.look.roughness), "MP_METALLIC": float(material.look.metallic)}
    return {"name": material.name, "wires": wires, "values": {k: v for k, v in plain.items() if k not in served}}


def _pins(pack: str) -> Iterator[tuple[str, str, bool]]:
    """(pin of a texture sample, material output, whether it is turned round) of what `pack` holds."""
    channels = parse_pack(pack) if pack else ()
    colour = channels[0].map if len(channels) >= 3 else ""
    if colour in _COLOURS and [(c.map, c.component) for c in channels[:3]] == [(colour, k) for k in range(3)]:
        yield "RGB", _COLOURS[colour], channels[0].invert
    for pin, channel in zip("RGBA", channels, strict=False):
        if channel.map in _NUMBERS:
            yield pin, _NUMBERS[channel.map], channel.invert


def _stem(texture: PackedTexture) -> str:
    return texture.file.rpartition(".")[0]
