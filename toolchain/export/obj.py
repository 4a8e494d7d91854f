"""OBJ with its MTL, for the rest of the desk: Wavefront's text format, with the PBR keys that importers agree on.

v, vt, vn, one object a mesh, usemtl a slot. The MTL speaks twice: Kd, Ks, Ns and map_Kd for the oldest readers, Pr, Pm,
map_Pr, map_Pm and norm of the PBR extension for the rest. OBJ states neither axes nor unit: the profile's hold.
"""

from __future__ import annotations

import numpy as np

from toolchain.export.guard import materials_in_use, require_sound, used_slots
from toolchain.export.model import Model, ModelMaterial
from toolchain.srgb import srgb

#: Role -> MTL statement. An occlusion or packed map has none.
_STATEMENTS = {
    "base_color": "map_Kd",
    "roughness": "map_Pr",
    "metallic": "map_Pm",
    "normal": "norm",
    "emissive": "map_Ke",
    "opacity": "map_d",
    "height": "disp",
}


def write_obj(model: Model) -> bytes:
    """The OBJ of `model`'s LOD0. Raises ValueError for an unsound model, or for textures that are to be inside."""
    require_sound(model)
    if model.deliverable.textures != "beside":
        raise ValueError('an OBJ has no room for textures: set textures = "beside"')
    lines = ["# Dropforge", f"mtllib {library(model)}"]
    start = 1
    for item in model.levels()[0]:
        mesh = item.mesh
        lines.append(f"o {item.name}")
        lines += _rows("v", mesh.positions)
        streams = [mesh.uv is not None, mesh.normals is not None]
        if mesh.uv is not None:
            lines += _rows("vt", mesh.uv)
        if mesh.normals is not None:
            lines += _rows("vn", mesh.normals)
        form = {(True, True): "{0}/{0}/{0}", (True, False): "{0}/{0}", (False, True): "{0}//{0}"}
        corner = form.get((streams[0], streams[1]), "{0}")
        slots = mesh.slot_of_faces()
        names = [corner.format(i) for i in range(start, start + len(mesh.positions))]
        for slot in used_slots(mesh):
            lines.append(f"usemtl {model.materials[slot].name}")
            lines += [f"f {names[a]} {names[b]} {names[c]}" for a, b, c in mesh.faces[slots == slot].tolist()]
        start += len(mesh.positions)
    return ("\n".join(lines) + "\n").encode()


def library(model: Model) -> str:
    """File name of the MTL that `write_obj` refers to."""
    return f"{model.object}.mtl"


def write_mtl(model: Model) -> bytes:
    """The materials of `model` that its meshes use."""
    lines = ["# Dropforge"]
    for index in materials_in_use(model):
        lines += _material(model.materials[index], model.texture_folder)
    return ("\n".join(lines) + "\n").encode()


def _material(material: ModelMaterial, folder: str) -> list[str]:
    look = material.look
    bound = {role: texture for role, texture in material.textures.items() if role in _STATEMENTS}
    colour = (1.0, 1.0, 1.0) if "base_color" in bound else tuple(srgb(np.full(3, 0.5)).tolist())
    # Ns from roughness after Blinn-Phong's exponent for GGX: 2 / r^4 - 2 (Walter et al. 2007), as importers invert it.
    shine = min(1000.0, max(0.0, 2.0 / max(look.roughness, 0.05) ** 4 - 2.0))
    lines = [
        f"newmtl {material.name}",
        f"Kd {_numbers(colour)}",
        f"Ks {_numbers((look.metallic,) * 3)}",
        f"Ns {_numbers((shine,))}",
        f"Pr {_numbers((look.roughness,))}",
        f"Pm {_numbers((look.metallic,))}",
        "illum 2",
    ]
    for role, statement in _STATEMENTS.items():
        if role in bound:
            lines.append(f"{statement} {f'{folder}/' if folder else ''}{bound[role].file}")
    return lines


def _rows(word: str, values: np.ndarray) -> list[str]:
    return [f"{word} {_numbers(row)}" for row in values.astype(np.float32).tolist()]


def _numbers(values: tuple[float, ...] | list[float]) -> str:
    return " ".join(f"{v:.7g}" for v in values)
