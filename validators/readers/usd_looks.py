"""UsdPreviewSurface networks: which texture and channel drives which role (UsdPreviewSurface specification 2.6).

`read_material` runs in the child that holds pxr; `textures_and_materials` turns its answer into Scene objects.
"""

from __future__ import annotations

import posixpath
from pathlib import Path
from typing import Any

import numpy as np

from validators.readers.files import inside, is_absolute
from validators.readers.image import absent_texture, file_texture
from validators.readers.notes import Bad, Notes
from validators.readers.usdz import Entry
from validators.scene import Binding, Material, Texture

_ROLES = {
    "diffuseColor": "base_color",
    "normal": "normal",
    "occlusion": "occlusion",
    "roughness": "roughness",
    "metallic": "metallic",
    "emissiveColor": "emissive",
    "opacity": "opacity",
}
_SPACES = {"sRGB": "srgb", "raw": "linear"}
_DEFAULTS: dict[str, Any] = {
    "diffuseColor": (0.18, 0.18, 0.18),
    "roughness": 0.5,
    "metallic": 0.0,
    "opacity": 1.0,
    "emissiveColor": (0.0, 0.0, 0.0),
    "opacityThreshold": 0.0,
}


def read_material(material: Any) -> dict[str, Any]:
    """Name, constant inputs and textured inputs of a UsdShade.Material with a UsdPreviewSurface."""
    out: dict[str, Any] = {
        "name": str(material.GetPrim().GetName()),
        "path": str(material.GetPath()),
        "values": dict(_DEFAULTS),
        "bound": [],
        "surface": "",
    }
    surface = material.ComputeSurfaceSource()[0]
    if not surface:
        return out
    out["surface"] = str(surface.GetIdAttr().Get() or "")
    for entry in surface.GetInputs():
        name = str(entry.GetBaseName())
        source = _source(entry)
        if source is None:
            value = entry.Get()
            if isinstance(value, (int, float, str)):
                out["values"][name] = value
            elif value is not None and hasattr(value, "__len__") and len(value) <= 4:
                out["values"][name] = tuple(float(v) for v in value)
        elif (found := _texture(*source)) is not None:
            out["bound"].append((name, found))
    return out


def _source(entry: Any) -> tuple[Any, str] | None:
    """(shader, output name) that drives an input, through interfaces; None where nothing does."""
    from pxr import UsdShade

    attributes = UsdShade.Utils.GetValueProducingAttributes(entry)
    for attribute in attributes:
        name = str(attribute.GetName())
        if name.startswith("outputs:"):
            return UsdShade.Shader(attribute.GetPrim()), name.removeprefix("outputs:")
    return None


def _texture(shader: Any, output: str) -> dict[str, Any] | None:
    """What a UsdUVTexture reads, or None for another node."""
    if not shader or str(shader.GetIdAttr().Get() or "") != "UsdUVTexture":
        return None
    entry = shader.GetInput("file")
    attribute = entry.GetAttr() if entry else None
    value = attribute.Get() if attribute else None
    stack = attribute.GetPropertyStack() if attribute else []
    out = {
        "asset": str(value.path) if value is not None and hasattr(value, "path") else "",
        "path": str(shader.GetPath()),
        "layer": str(stack[0].layer.realPath) if stack else "",
        "output": output,
        "varname": "",
        "moved": False,
    }
    space = shader.GetInput("sourceColorSpace")
    out["space"] = str(space.Get() or "") if space else ""
    at = shader.GetInput("st")
    for _ in range(8):  # through UsdTransform2d to the primvar reader
        source = _source(at) if at else None
        if source is None:
            break
        kind = str(source[0].GetIdAttr().Get() or "")
        if kind.startswith("UsdPrimvarReader"):
            name = source[0].GetInput("varname")
            out["varname"] = str(name.Get() or "") if name else ""
            break
        out["moved"] = out["moved"] or kind == "UsdTransform2d"
        at = source[0].GetInput("in")
    return out


def textures_and_materials(
    raw: dict[str, Any],
    path: Path,
    root: Path,
    package: dict[str, Entry],
    absolute: list[str],
    notes: Notes,
) -> tuple[list[Texture], list[Material]]:
    """Scene textures, each file once, and materials. Paths that hold on one machine only are added to `absolute`."""
    textures: list[Texture] = []
    known: dict[tuple[str, str], int] = {}
    sets = {name: i for mesh in reversed(raw["meshes"]) for i, name in enumerate(mesh["uv_names"])}
    sided = {int(m) for mesh in raw["meshes"] if mesh["double_sided"] for m in np.unique(mesh["face_material"])}
    materials = []
    for index, entry in enumerate(raw["materials"]):
        bindings: dict[str, Binding] = {}
        moved = []
        for name, found in entry["bound"]:
            key = (found["layer"], found["asset"])
            if key not in known:
                known[key] = len(textures)
                textures.append(_file(found, path, root, package, absolute, notes))
            role = _ROLES.get(name, f"other:{name}")
            channels = found["output"] if found["output"] in ("rgb", "r", "g", "b", "a") else "rgb"
            bindings[role] = Binding(
                known[key], sets.get(found["varname"], 0), channels, _SPACES.get(found["space"], "")
            )
            if found["moved"]:
                moved.append(role)
        materials.append(_material(entry, bindings, moved, index in sided))
    return textures, materials


def _material(entry: dict[str, Any], bindings: dict[str, Binding], moved: list[str], double_sided: bool) -> Material:
    values = {
        k: v if isinstance(v, (type(_DEFAULTS.get(k, v)), int, float)) else _DEFAULTS[k]
        for k, v in entry["values"].items()
    }
    colour, threshold, opacity = values["diffuseColor"], values["opacityThreshold"], values["opacity"]
    factors = {
        "base_color": (*colour, opacity) if isinstance(colour, tuple) else (colour,) * 3 + (opacity,),
        "roughness": values["roughness"],
        "metallic": values["metallic"],
        "emissive": values["emissiveColor"],
        "surface": entry["surface"],
    }
    if moved:
        factors["texture_transform"] = tuple(moved)
    clear = "opacity" in bindings or opacity < 1.0
    return Material(
        name=entry["name"],
        bindings=bindings,
        factors=factors,
        double_sided=double_sided,
        alpha="mask" if clear and threshold > 0 else "blend" if clear else "opaque",
    )


def _file(
    found: dict[str, Any], path: Path, root: Path, package: dict[str, Entry], absolute: list[str], notes: Notes
) -> Texture:
    asset = found["asset"].replace("<UDIM>", "1001")
    name = asset.replace("\\", "/").rpartition("/")[2]
    try:
        if not asset:
            raise Bad("file.missing_part", "A texture node names no file.")
        if is_absolute(asset):
            absolute.append(asset)
        outer, _, inner = found["layer"].partition("[")
        if package:
            key = posixpath.normpath(posixpath.join(posixpath.dirname(inner.rstrip("]")), asset))
            if key not in package:
                raise Bad(
                    "file.escape" if key.startswith("..") or is_absolute(asset) else "file.missing_part",
                    f'"{asset[:200]}" is not in the package.',
                )
            return file_texture(name, asset, path, package[key].offset, package[key].size)
        return file_texture(name, asset, inside(asset, Path(outer).parent if outer else path.parent, root))
    except Bad as error:
        notes.bad(error, found["path"])
        return absent_texture(name, asset)
