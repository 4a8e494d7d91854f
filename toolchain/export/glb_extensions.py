"""What a profile may ask of a GLB beyond glTF 2.0's core, by the extension's name.

MSFT_lod links the levels, so that a reader that knows it shows one of them and one that does not shows LOD0.
KHR_mesh_quantization halves the vertices: positions int16 on one grid over the whole model, so that parts and levels
still meet, normals and tangents int8, UVs uint16. The KHR_materials_ extensions say of a preset what metallic and
roughness cannot; a reader without them shows the same albedo, metallic and roughness, opaque.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from toolchain.asset import F32, Look
from toolchain.export.model import Model

LOD, QUANTIZATION = "MSFT_lod", "KHR_mesh_quantization"
_STEPS = 32767
#: By preset. Indices of refraction are handbook values; 1.5, the default, is left out. A clear coat is a glaze.
_BY_PRESET: dict[str, dict[str, dict[str, Any]]] = {
    "glass": {"KHR_materials_transmission": {"transmissionFactor": 1.0}, "KHR_materials_ior": {"ior": 1.52}},
    "plastic": {"KHR_materials_ior": {"ior": 1.46}},
    "skin": {"KHR_materials_ior": {"ior": 1.4}},
    "ceramic": {"KHR_materials_clearcoat": {"clearcoatFactor": 1.0, "clearcoatRoughnessFactor": 0.05}},
    "cloth": {"KHR_materials_sheen": {"sheenColorFactor": [0.04, 0.04, 0.04], "sheenRoughnessFactor": 0.5}},
}


def of_material(look: Look, allowed: Iterable[str]) -> dict[str, Any]:
    """The extensions of a material whose slot was given a preset, among those `allowed`."""
    return {name: dict(body) for name, body in _BY_PRESET.get(look.preset, {}).items() if name in allowed}


@dataclass(frozen=True, eq=False)
class Grid:
    """Where int16 positions lie: file = grid / 32767 * scale + centre. One for a model; its nodes carry the inverse."""

    centre: F32  # (3,) file units
    scale: float  # half the longest side, file units

    @classmethod
    def over(cls, model: Model) -> Grid:
        """The grid round everything in `model`. A step is the longest side / 65,534: 15 micrometres on a metre."""
        items = [*model.meshes, *model.hulls]
        low = np.min([item.mesh.positions.min(axis=0) for item in items], axis=0).astype(np.float64)
        high = np.max([item.mesh.positions.max(axis=0) for item in items], axis=0).astype(np.float64)
        return cls(((low + high) / 2).astype(np.float32), float(np.float32((high - low).max() / 2)))

    def positions(self, points: F32) -> NDArray[np.int16]:
        """(V, 3) on the grid. Two triangles' corners that met still meet."""
        share = (points.astype(np.float64) - self.centre) / self.scale
        return np.rint(np.clip(share, -1.0, 1.0) * _STEPS).astype(np.int16)

    def placed(self) -> dict[str, Any]:
        """The translation and scale of a node that holds such a mesh."""
        return {"translation": [float(c) for c in self.centre], "scale": [self.scale] * 3}


def directions(values: F32) -> NDArray[np.int8]:
    """(V, 3) normals or (V, 4) tangents in bytes: off by at most 0.4 degrees."""
    return np.rint(values * 127.0).astype(np.int8)


def coordinates(uv: F32) -> NDArray[Any]:
    """(V, 2) UVs as uint16 where they lie in 0..1; else as they are."""
    if uv.min() < 0.0 or uv.max() > 1.0:
        return uv
    return np.rint(uv * 65535.0).astype(np.uint16)


def link_levels(model: Model, nodes: list[Any]) -> list[int]:
    """Put MSFT_lod on the node of LOD0; the indices of the nodes that then belong to no parent.

    `nodes`: the document's, one a mesh of `model`, in its order. ValueError where a level is several meshes.
    """
    if any(len(items) > 1 for items in model.levels().values()):
        raise ValueError("MSFT_lod links one mesh a level, and this profile makes one for each slot (split_slots)")
    ranked = sorted(range(len(model.meshes)), key=lambda i: model.meshes[i].level)
    if len(ranked) < 2:
        return []
    first, *others = ranked
    nodes[first].extensions = {LOD: {"ids": others}}
    if model.screen:  # where each level ends, as a share of the screen
        nodes[first].extras = {"MSFT_screencoverage": [round(float(s), 6) for s in model.screen]}
    return others
