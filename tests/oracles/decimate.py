"""Blender's Decimate modifier as a peer: run in the interpreter that DROPFORGE_BPY names, like :mod:`blender`.

Only the modifier is timed: not Blender's start, and not the copying of arrays.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np


def decimate(positions: np.ndarray, faces: np.ndarray, triangles: int) -> tuple[np.ndarray, np.ndarray, float]:
    """(positions (V, 3), faces (F, 3), seconds) of a collapse to about `triangles`."""
    with tempfile.TemporaryDirectory() as folder:
        given, made = Path(folder) / "in.npz", Path(folder) / "out.npz"
        np.savez(given, positions=positions, faces=faces)
        command = [os.environ["DROPFORGE_BPY"], str(Path(__file__).resolve()), str(given), str(made), str(triangles)]
        subprocess.run(command, check=True, capture_output=True, timeout=600)
        with np.load(made) as out:
            return out["positions"], out["faces"], float(out["seconds"])


def _main(given: str, made: str, triangles: int) -> None:
    import time

    import bpy

    with np.load(given) as held:
        positions, faces = held["positions"].astype(np.float32), held["faces"].astype(np.int32)
    mesh = bpy.data.meshes.new("dense")
    mesh.vertices.add(len(positions))
    mesh.vertices.foreach_set("co", positions.ravel())
    mesh.loops.add(faces.size)
    mesh.loops.foreach_set("vertex_index", faces.ravel())
    mesh.polygons.add(len(faces))
    mesh.polygons.foreach_set("loop_start", np.arange(0, faces.size, 3, dtype=np.int32))
    mesh.update(calc_edges=True)
    item = bpy.data.objects.new("dense", mesh)
    bpy.context.scene.collection.objects.link(item)
    modifier = item.modifiers.new("reduce", "DECIMATE")
    modifier.ratio = (triangles + 0.5) / len(faces)
    start = time.perf_counter()
    done = item.evaluated_get(bpy.context.evaluated_depsgraph_get())
    low = done.to_mesh()
    seconds = time.perf_counter() - start
    low.calc_loop_triangles()
    corners = np.zeros(3 * len(low.loop_triangles), np.int32)
    low.loop_triangles.foreach_get("vertices", corners)
    points = np.zeros(3 * len(low.vertices), np.float32)
    low.vertices.foreach_get("co", points)
    np.savez(made, positions=points.reshape(-1, 3), faces=corners.reshape(-1, 3), seconds=seconds)


if __name__ == "__main__":
    _main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
