"""Blender's Smart UV Project and Pack Islands as a peer: run in the interpreter that DROPFORGE_BPY names.

Only the two operators are timed: not Blender's start, and not the copying of arrays.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np


def smart_project(positions: np.ndarray, faces: np.ndarray, padding: float) -> tuple[np.ndarray, float]:
    """(UV of each corner (F, 3, 2) in 0..1, seconds) with `padding` between islands as a share of the side."""
    with tempfile.TemporaryDirectory() as folder:
        given, made = Path(folder) / "in.npz", Path(folder) / "out.npz"
        np.savez(given, positions=positions, faces=faces)
        command = [os.environ["DROPFORGE_BPY"], str(Path(__file__).resolve()), str(given), str(made), str(padding)]
        subprocess.run(command, check=True, capture_output=True, timeout=600)
        with np.load(made) as out:
            return out["uv"], float(out["seconds"])


def _main(given: str, made: str, padding: float) -> None:
    import math
    import time

    import bpy

    with np.load(given) as held:
        positions, faces = held["positions"].astype(np.float32), held["faces"].astype(np.int32)
    mesh = bpy.data.meshes.new("low")
    mesh.vertices.add(len(positions))
    mesh.vertices.foreach_set("co", positions.ravel())
    mesh.loops.add(faces.size)
    mesh.loops.foreach_set("vertex_index", faces.ravel())
    mesh.polygons.add(len(faces))
    mesh.polygons.foreach_set("loop_start", np.arange(0, faces.size, 3, dtype=np.int32))
    mesh.update(calc_edges=True)
    item = bpy.data.objects.new("low", mesh)
    bpy.context.scene.collection.objects.link(item)
    bpy.context.view_layer.objects.active = item
    item.select_set(True)
    mesh.uv_layers.new(name="UVMap")
    bpy.ops.object.mode_set(mode="EDIT")
    bpy.ops.mesh.select_all(action="SELECT")
    start = time.perf_counter()
    bpy.ops.uv.smart_project(angle_limit=math.radians(66), island_margin=0.0)
    bpy.ops.uv.select_all(action="SELECT")
    bpy.ops.uv.pack_islands(margin_method="ADD", margin=padding, rotate=True, shape_method="CONCAVE")
    seconds = time.perf_counter() - start
    bpy.ops.object.mode_set(mode="OBJECT")
    uv = np.zeros(2 * faces.size, np.float32)
    mesh.uv_layers["UVMap"].data.foreach_get("uv", uv)
    np.savez(made, uv=uv.reshape(-1, 3, 2), seconds=seconds)


if __name__ == "__main__":
    _main(sys.argv[1], sys.argv[2], float(sys.argv[3]))
