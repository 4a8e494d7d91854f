"""What the FBX tests of several readers share: the letter in Unity's and in Unreal's file space."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tests.letter_f import FOOT, MIDDLE_ARM_TIP, TOP_ARM_TIP
from tests.letter_model import letter_model
from toolchain.export.fbx import write_fbx

TIPS = np.array((TOP_ARM_TIP, MIDDLE_ARM_TIP, FOOT))
#: Which canonical axes (x left, y up, z front) the file's x, y, z are, and file units in a metre.
SPACE = {"unity": ([0, 1, 2], 1.0), "unreal": ([2, 0, 1], 100.0)}
#: Suffixes of the base colour, the normal map and the packed map, and the packed map's role.
MAPS = {"unity": ("BaseColor", "Normal", "MaskMap", "mask"), "unreal": ("D", "N", "ORM", "orm")}


def write_letters(folder: Path) -> dict[str, Path]:
    """The letter's FBX of each profile, with its textures beside it."""
    out = {}
    for profile in SPACE:
        model = letter_model(profile)
        out[profile] = folder / f"{profile}.fbx"
        out[profile].write_bytes(write_fbx(model))
        for material in model.materials:
            for texture in material.textures.values():
                (folder / texture.file).write_bytes(texture.data)
    return out


def holds(points: np.ndarray, wanted: np.ndarray, tolerance: float) -> bool:
    """Whether each wanted point is among `points`."""
    return bool((np.linalg.norm(points[:, None] - wanted[None], axis=2).min(axis=0) < tolerance).all())
