"""The texture is too coarse for the surface it covers.

Checks
    Texels per metre of each material of LOD 0, by the area its faces have in space and in the texture, against
    `textures.texels_per_m` where that is set; else, as information, a material that is over three times as coarse as
    another of the same asset.
Why it fails in the engine
    The asset looks blurred beside its neighbours, or one part of it beside the other.
How to fix
    Use a larger texture, fill more of the square, or give the material less surface.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from validators.columns import cross, lengths
from validators.finding import Where
from validators.rules.base import Fault, Rule
from validators.rules.case import Case
from validators.rules.shape import face_of_triangle

APART = 3.0
CLOSE = 0.98


def _faults(case: Case) -> Iterator[Fault]:
    wanted = case.profile.textures.texels_per_m
    found = densities(case)
    for name, density in found.items():
        if wanted and density < wanted * CLOSE:
            yield Fault(
                f"{name} has {density:.0f} texels per metre; {wanted:.0f} are asked for.",
                where=Where(material=name),
                measured=round(density, 1),
                limit=wanted,
            )
        elif not wanted and density * APART < max(found.values()):
            yield Fault(
                f"{name} has {density:.0f} texels per metre, another material of the asset {max(found.values()):.0f}.",
                where=Where(material=name),
                measured=round(density, 1),
                limit=round(max(found.values()) / APART, 1),
                softer="info",
            )


def densities(case: Case) -> dict[str, float]:
    """Texels per metre by name of material, for LOD 0 and materials with a texture."""
    space: dict[int, float] = {}
    square: dict[int, float] = {}
    for node, mesh in case.finest():
        if not mesh.uvs or not len(mesh.triangles) or not np.isfinite(mesh.uvs[0]).all():
            continue
        points = case.scene.world_points(node)[mesh.triangle_points] * case.unit_m
        uv = mesh.uvs[0][mesh.triangles]
        area = lengths(cross(points[:, 1] - points[:, 0], points[:, 2] - points[:, 0])) / 2
        a, b = uv[:, 1] - uv[:, 0], uv[:, 2] - uv[:, 0]
        flat = np.abs(a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]) / 2
        material = mesh.face_material[face_of_triangle(mesh)]
        for i in np.unique(material[(material >= 0) & (material < len(case.scene.materials))]):
            space[int(i)] = space.get(int(i), 0.0) + float(area[material == i].sum())
            square[int(i)] = square.get(int(i), 0.0) + float(flat[material == i].sum())
    out = {}
    for i in sorted(space):
        bound = {b.texture for b in case.scene.materials[i].bindings.values()}
        textures = [t for number, t in enumerate(case.scene.textures) if number in bound]
        texels = max((t.width * t.height for t in textures), default=0)
        if texels and space[i] > 0 and square[i] > 0:
            out[case.scene.materials[i].name or f"material {i}"] = float(np.sqrt(square[i] * texels / space[i]))
    return out


RULE = Rule("tex.density", "warning", _faults, "Use a larger texture, or fill more of the square.")
