"""The meshes that the prior is learned from: read, turned so that they are even left and right, made solid.

Format of the data: `index.json` and `props-*.npz` as their README says; CC0 and MIT-0 models alone.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from toolchain.asset import F32
from toolchain.generate.score import solid
from toolchain.srgb import srgb_to_linear

SOLID = 64  # cells of a model's solid along its cube
MOST_FACES = 8000


@dataclass(frozen=True, eq=False)
class Model:
    """One model: longest side 1, middle of its box at the origin, even left and right where it is even at all."""

    name: str
    positions: F32  # (V, 3)
    faces: NDArray[np.int32]  # (F, 3)
    colours: F32  # (F, 3) linear
    bits: NDArray[np.uint8]  # packed (SOLID,)*3 occupancy of the cube -1/2..1/2

    def solid(self) -> NDArray[np.bool_]:
        """(SOLID,)*3 what is matter, indexed x, y, z."""
        return np.unpackbits(self.bits)[: SOLID**3].reshape(SOLID, SOLID, SOLID).astype(bool)


def model_of(name: str, positions: F32, faces: NDArray[np.int32], colours: F32) -> Model:
    """A model from triangles in any box."""
    low, high = positions.min(0), positions.max(0)
    positions = ((positions - (low + high) / 2) / max(float((high - low).max()), 1e-9)).astype(np.float32)
    filled = solid(positions.astype(np.float64), faces, SOLID)
    return Model(name, positions, np.ascontiguousarray(faces, np.int32), colours, np.packbits(filled))


def read(root: Path, split: str) -> Iterator[Model]:
    """Models of one split ("train" or "val"), those that are props or creatures first."""
    index = [m for m in json.loads((root / "index.json").read_text()) if m["split"] == split]
    index = [m for m in index if not m["licence"].startswith("CC-BY") and m["triangles"] <= MOST_FACES]
    index = [m for m in index if m["prop_like"] or (m["class"] in ("part", "building") and split == "train")]
    shard, rows = "", {}
    for entry in sorted(index, key=lambda m: (m["shard"], m["row"])):
        if entry["shard"] != shard:
            shard = entry["shard"]
            with np.load(root / shard) as held:
                rows = {key: held[key] for key in held.files}
        i = entry["row"]
        v, t = rows["vert_offset"][i : i + 2], rows["tri_offset"][i : i + 2]
        positions = rows["positions"][v[0] : v[1]].astype(np.float32) / 65534
        faces = rows["triangles"][t[0] : t[1]].astype(np.int32)
        yield evened(model_of(entry["id"], positions, faces, srgb_to_linear(rows["colours"][t[0] : t[1]])))


def evened(model: Model) -> Model:
    """`model`, turned a quarter about the upright where that makes it clearly more even left and right."""
    filled = model.solid()

    def even(axis: int) -> float:
        other = np.flip(filled, axis)
        return float((filled & other).sum() / max((filled | other).sum(), 1))

    if even(2) < max(0.8, even(0) + 0.1):
        return model
    turned = model.positions[:, [2, 1, 0]] * np.array([1, 1, -1], np.float32)
    return model_of(model.name, turned, model.faces, model.colours)
