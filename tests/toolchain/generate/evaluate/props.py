"""A small set with ground truth, written in the layout that `dropforge eval` reads."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from PIL import Image

from tests.toolchain.generate.pictures import Inside, box, view

CAMERAS = {
    "front": [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 3], [0, 0, 0, 1]],
    "left": [[0, 0, 1, 3], [0, 1, 0, 0], [-1, 0, 0, 0], [0, 0, 0, 1]],
}


def brick(folder: Path, sides: tuple[float, float, float], colour: tuple[int, int, int] = (200, 40, 40)) -> Path:
    """A box of `sides` (longest 1) of one colour under `folder`: its mesh, front, left and their cameras."""
    folder.mkdir(parents=True)
    x, y, z = sides
    pictures: dict[str, Inside] = {"front": box(-x, -y, x, y), "left": box(-z, -y, z, y)}
    for name, inside in pictures.items():
        Image.fromarray(view(name, inside, colour).rgba).save(folder / f"{name}.png")
    cameras = {
        name: {"type": "orthographic", "ortho_width": 1 / 0.9, "camera_to_world": to_world}
        for name, to_world in CAMERAS.items()
    }
    (folder / "meta.json").write_text(json.dumps({"views": cameras}))
    (folder / "gt.ply").write_bytes(ply(corners(sides), QUADS, colour))
    return folder


def corners(sides: tuple[float, float, float]) -> np.ndarray:
    return np.array([[i, j, k] for i in (-0.5, 0.5) for j in (-0.5, 0.5) for k in (-0.5, 0.5)]) * sides


QUADS = [[0, 1, 3, 2], [4, 6, 7, 5], [0, 4, 5, 1], [2, 3, 7, 6], [0, 2, 6, 4], [1, 5, 7, 3]]
FACES = np.array([[q[a], q[b], q[c]] for q in QUADS for a, b, c in ((0, 1, 2), (0, 2, 3))], np.int32)


def ply(points: np.ndarray, polygons: list[list[int]], colour: tuple[int, int, int]) -> bytes:
    head = ["ply", "format ascii 1.0", f"element vertex {len(points)}"]
    head += [f"property float {axis}" for axis in "xyz"] + [f"property uchar {c}" for c in ("red", "green", "blue")]
    head += [f"element face {len(polygons)}", "property list uchar int vertex_indices", "end_header"]
    rows = [" ".join(map(str, [*p, *colour])) for p in points.tolist()]
    rows += [" ".join(map(str, [len(p), *p])) for p in polygons]
    return ("\n".join([*head, *rows]) + "\n").encode()
