"""Blender's Cycles as a baker: sculpt to low poly through a cage, in the interpreter that DROPFORGE_BPY names.

Only the bake operator is timed, in processor seconds of all its threads: not Blender's start, nor the copying.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Job:
    """One map: kind NORMAL, AO or EMIT (the sculpt's vertex colours)."""

    kind: str
    samples: int
    margin: int = 0


def bake(
    high: tuple[np.ndarray, np.ndarray, np.ndarray],
    low: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray],
    jobs: tuple[Job, ...],
    size: int,
    cage: float,
    reach: float,
    deadline_s: float = 1800,
) -> list[tuple[np.ndarray, float]]:
    """For each job (image (S, S, 3) float32 with row 0 at v = 1, processor seconds).

    `high`: positions, faces, linear colours a vertex; `low`: positions, faces, normals, UVs a vertex. `cage` and
    AO's `reach` in the same unit as the positions. Normals come as 0..1.
    """
    with tempfile.TemporaryDirectory() as folder:
        given, made = Path(folder) / "in.npz", Path(folder) / "out.npz"
        keys = ("P", "F", "C", "p", "f", "n", "u")
        np.savez(
            given,
            **dict(zip(keys, (*high, *low), strict=True)),  # type: ignore[arg-type]
            size=size,
            cage=cage,
            reach=reach,
            kinds=[j.kind for j in jobs],
            samples=[j.samples for j in jobs],
            margins=[j.margin for j in jobs],
        )
        command = [os.environ["DROPFORGE_BPY"], str(Path(__file__).resolve()), str(given), str(made)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=deadline_s, check=False)
        if done.returncode:
            raise AssertionError(f"Blender could not bake:\n{done.stderr[-2000:]}")
        with np.load(made) as out:
            return [(out[f"image{i}"], float(out["seconds"][i])) for i in range(len(jobs))]


def _mesh(bpy: Any, name: str, points: np.ndarray, faces: np.ndarray) -> Any:
    mesh = bpy.data.meshes.new(name)
    mesh.vertices.add(len(points))
    mesh.vertices.foreach_set("co", points.astype(np.float32).ravel())
    mesh.loops.add(faces.size)
    mesh.loops.foreach_set("vertex_index", faces.astype(np.int32).ravel())
    mesh.polygons.add(len(faces))
    mesh.polygons.foreach_set("loop_start", np.arange(0, faces.size, 3, dtype=np.int32))
    mesh.update(calc_edges=True)
    mesh.shade_smooth()
    return mesh


def _main(given: str, made: str) -> None:
    import time

    import bpy

    bpy.ops.wm.read_factory_settings(use_empty=True)
    with np.load(given) as held:
        d = {name: held[name] for name in held.files}
    scene = bpy.context.scene
    high = bpy.data.objects.new("high", _mesh(bpy, "high", d["P"], d["F"]))
    colour = high.data.color_attributes.new("colour", "FLOAT_COLOR", "POINT")
    colour.data.foreach_set("color", np.c_[d["C"], np.ones(len(d["C"]))].astype(np.float32).ravel())
    places, index = np.unique(d["p"].astype(np.float32), axis=0, return_inverse=True)  # one cage without gaps
    low = bpy.data.objects.new("low", _mesh(bpy, "low", places, index.reshape(-1)[d["f"]]))
    corners = d["f"].reshape(-1)
    low.data.uv_layers.new(name="UVMap").data.foreach_set("uv", d["u"][corners].astype(np.float32).ravel())
    low.data.normals_split_custom_set(d["n"][corners].astype(np.float32))
    for item in (high, low):
        scene.collection.objects.link(item)
        item.data.materials.append(bpy.data.materials.new(item.name))
    tree = high.data.materials[0].node_tree
    glow, vertex = tree.nodes.new("ShaderNodeEmission"), tree.nodes.new("ShaderNodeVertexColor")
    vertex.layer_name = "colour"
    tree.links.new(vertex.outputs["Color"], glow.inputs["Color"])
    ends = [n for n in tree.nodes if n.type == "OUTPUT_MATERIAL"] or [tree.nodes.new("ShaderNodeOutputMaterial")]
    tree.links.new(glow.outputs[0], ends[0].inputs["Surface"])
    scene.world = bpy.data.worlds.new("world")
    scene.world.light_settings.distance = float(d["reach"])
    scene.render.engine = "CYCLES"
    scene.cycles.device, scene.cycles.use_adaptive_sampling, scene.cycles.seed = "CPU", False, 0
    size, out, seconds = int(d["size"]), {}, []
    nodes = low.data.materials[0].node_tree.nodes
    for i, (kind, samples, margin) in enumerate(zip(d["kinds"], d["samples"], d["margins"], strict=True)):
        scene.cycles.samples = int(samples)
        image = bpy.data.images.new(f"map{i}", size, size, float_buffer=True)
        image.colorspace_settings.name = "Non-Color"
        node = nodes.new("ShaderNodeTexImage")
        node.image, nodes.active = image, node
        for item in (high, low):
            item.select_set(True)
        bpy.context.view_layer.objects.active = low
        start = time.process_time()
        bpy.ops.object.bake(
            type=str(kind),
            use_selected_to_active=True,
            use_cage=True,
            cage_extrusion=float(d["cage"]),
            margin=int(margin),
            margin_type="EXTEND",
            use_clear=True,
        )
        seconds.append(time.process_time() - start)
        pixels = np.zeros(size * size * 4, np.float32)
        image.pixels.foreach_get(pixels)
        out[f"image{i}"] = pixels.reshape(size, size, 4)[::-1, :, :3]
    np.savez(made, seconds=seconds, **out)


if __name__ == "__main__":
    _main(sys.argv[1], sys.argv[2])
