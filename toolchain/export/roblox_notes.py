"""`IMPORT.txt`: what to set in Roblox Studio's 3D Importer, and which picture is which SurfaceAppearance map."""

from __future__ import annotations

import math

from toolchain.asset import DeliveredFile, PackedTexture
from toolchain.export.model import Model

#: Scale Unit of the importer by metres a file unit (Roblox creator documentation, studio/importer; a stud is 28 cm).
_UNITS = ((0.28, "Studs"), (1.0, "Meter"), (0.01, "CM"), (0.001, "MM"), (0.3048, "Foot"), (0.0254, "Inch"))
_SIDES = {"-Z": "Front", "+Z": "Back", "+X": "Right", "-X": "Left", "+Y": "Top", "-Y": "Bottom"}
_MAPS = (
    ("base_color", "ColorMap"),
    ("normal", "NormalMap"),
    ("roughness", "RoughnessMap"),
    ("metallic", "MetalnessMap"),
    ("emissive", "EmissiveMaskContent"),
)


def roblox_notes(models: dict[str, Model], textures: dict[str, PackedTexture]) -> tuple[DeliveredFile, ...]:
    """IMPORT.txt for the first of `models` (path -> Model); `textures` are the loose ones by path.

    Raises ValueError when the file's unit is none that the importer offers.
    """
    path, model = next(iter(models.items()))
    asked = model.deliverable
    unit = next((name for metres, name in _UNITS if math.isclose(metres, asked.unit_m, rel_tol=1e-6)), None)
    if unit is None:
        raise ValueError(f"the Roblox importer has no Scale Unit of {asked.unit_m:g} m")
    lines = [
        f"Import {path} with Studio's 3D Importer and these settings:",
        "",
        f"  Scale Unit                 {unit}",
        f"  World Forward              {_SIDES[asked.front]}",
        f"  World Up                   {_SIDES[asked.up]}",
        "  Set Pivot to Scene Origin  on",
        "  Merge Meshes               off",
        "  Invert Negative Faces      off",
        "  Make Double Sided          off",
    ]
    slots = sorted({t.slot for t in textures.values()})
    if slots:
        carried = "The file carries its textures. To set them by hand, give" if asked.textures == "embedded" else "Give"
        lines += ["", f"{carried} each MeshPart a SurfaceAppearance:"]
    for slot in slots:
        lines += ["", f"  {_part(model, slot)}"]
        mine = {t.role: p for p, t in textures.items() if t.slot == slot}
        lines += [f"    {name:<20}{mine[role]}" for role, name in _MAPS if role in mine]
    return (DeliveredFile("IMPORT.txt", ("\r\n".join(lines) + "\r\n").encode()),)


def _part(model: Model, slot: int) -> str:
    """Names of the meshes that use `slot`."""
    names = [item.name for item in model.meshes if slot in item.mesh.slot_of_faces()]
    return ", ".join(names) or "(no mesh)"
