"""Blender's sight of deliveries: what it imports of each file, and pictures of it all from one camera.

:func:`look` hands this very file to the interpreter that DROPFORGE_BPY names. There each model file is imported,
told, turned into one common frame by what the profile says of the file, and rendered twice by Cycles without light:
its base colour, and its normal map as Blender's own tangents (MikkTSpace of the first UV set) turn it. The same
camera for every file, a sample at each pixel's centre: the pictures of two formats may differ by nothing but rounding.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from tests.oracles.agree import Seen
    from tests.oracles.meant import Meant

PIXELS = 192
#: Where the camera stands, canonical: right of the front and above, so that no axis is alike another.
TOWARDS = (1.0, 0.7, 1.6)


@dataclass(frozen=True, eq=False)
class Picture:
    """(PIXELS, PIXELS): where the asset is; (PIXELS, PIXELS, 3) uint8: its base colour, and its normals."""

    covered: np.ndarray
    colour: np.ndarray
    normals: np.ndarray


def look(meant: list[Meant], deadline_s: float = 600.0) -> list[tuple[Seen, Picture]]:
    """What one Blender makes of the files, in their order. AssertionError where it fails."""
    from PIL import Image

    with tempfile.TemporaryDirectory() as folder:
        asked = {
            "files": [
                {
                    "path": str(m.path),
                    "turn": _turn(m).tolist(),
                    "drawn": [n for n, (k, _) in m.parts.items() if k == 0],
                    **_camera(m),
                    "directx": any(t["normal"].normal == "directx" for t in m.textures.values() if "normal" in t),
                }
                for m in meant
            ],
        }
        (Path(folder) / "asked.json").write_text(json.dumps(asked))
        command = [os.environ["DROPFORGE_BPY"], str(Path(__file__).resolve()), folder]
        done = subprocess.run(command, capture_output=True, text=True, timeout=deadline_s, check=False)
        told = Path(folder) / "told.json"
        assert told.is_file(), f"Blender failed:\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
        out = []
        for i, (m, said) in enumerate(zip(meant, json.loads(told.read_text()), strict=True)):
            colour, normals = (
                np.asarray(Image.open(Path(folder) / f"{i}_{k}.png").convert("RGBA")) for k in ("colour", "normals")
            )
            with np.load(Path(folder) / f"{i}.npz") as points:
                seen = _seen(m, said, points)
            out.append((seen, Picture(colour[..., 3] > 127, colour[..., :3], normals[..., :3])))
        return out


def _camera(meant: Meant) -> dict[str, Any]:
    """Where the asset's middle is, and how much the camera sees: the same for all files of one asset."""
    points = meant.lods.levels[0].mesh.positions
    low, high = points.min(axis=0), points.max(axis=0)
    return {"centre": ((low + high) / 2).tolist(), "wide": float(np.linalg.norm(high - low) * 1.05)}


def overlap(a: Picture, b: Picture) -> float:
    """Intersection over union of two silhouettes."""
    return float((a.covered & b.covered).sum() / max(1, (a.covered | b.covered).sum()))


def difference(a: Picture, b: Picture, what: str) -> float:
    """Mean absolute difference of `colour` or `normals` where both show the asset, in levels of 255."""
    both = a.covered & b.covered
    one, other = getattr(a, what)[both].astype(int), getattr(b, what)[both].astype(int)
    return float(np.abs(one - other).mean()) if len(one) else 255.0


def _turn(meant: Meant) -> np.ndarray:
    """(4, 4): Blender's space as the importer leaves a file, to the asset standing as Blender would have it."""
    stand = np.array([[1, 0, 0], [0, 0, -1], [0, 1, 0]], float)  # +Y up to +Z up, front to -Y
    importer = stand if meant.deliverable.up == "+Y" else np.eye(3)
    scale = (
        meant.deliverable.unit_m if meant.deliverable.format == "glb" else 1.0
    )  # glTF is metres by its specification
    out = np.eye(4)
    out[:3, :3] = stand @ np.linalg.inv(importer @ meant.axes.T) * scale
    return out


def _seen(meant: Meant, said: dict[str, Any], points: Any) -> Seen:
    from tests.oracles.agree import Part, Seen

    shapes: dict[str, Part] = {}
    seen = Seen("Blender", shapes=shapes, textures={}, roles=("base_color", "normal"))
    for i, row in enumerate(said["meshes"]):
        place = points[str(i)].astype(np.float64)
        canonical = np.stack((place[:, 0], place[:, 2], -place[:, 1]), axis=1)
        part = Part(canonical, row["triangles"], set(row["materials"]), row["uv_sets"])
        (shapes if row["name"] in meant.shapes else seen.parts)[row["name"]] = part
    seen.textures = {name: roles for name, roles in said["materials"].items() if roles}
    if meant.deliverable.format.startswith("usd"):  # guides stay outside unless they are asked for
        seen.complaints = [f"{name} is imported, and guides are not to be seen" for name in sorted(shapes)]
        seen.shapes = None
    if meant.deliverable.lods == "variants":  # Blender imports the variant that the file has chosen
        seen.parts |= {
            name: Part(mesh.positions[np.unique(mesh.faces)].astype(np.float64))
            for name, (level, mesh) in meant.parts.items()
            if level
        }
    return seen


def main(folder: str) -> None:
    """The Blender side."""
    from blender import load_file

    sys.path.pop(0)  # this folder: a module of ours may share the name of one of Blender's
    import bpy
    from mathutils import Matrix

    asked = json.loads((Path(folder) / "asked.json").read_text())
    told = []
    for i, file in enumerate(asked["files"]):
        load_file(file["path"])
        bpy.context.view_layer.update()
        turn = Matrix(file["turn"])
        for item in bpy.data.objects:
            if item.parent is None:
                item.matrix_world = turn @ item.matrix_world
        bpy.context.view_layer.update()
        meshes = sorted((o for o in bpy.context.scene.objects if o.type == "MESH"), key=lambda o: o.name)
        np.savez(Path(folder) / f"{i}.npz", **{str(k): _points(o) for k, o in enumerate(meshes)})
        told.append(
            {
                "meshes": [_mesh(o) for o in meshes],
                "materials": {m.name: _pictures(m) for m in bpy.data.materials},
            }
        )
        for item in meshes:
            item.hide_render = item.name not in file["drawn"]
        _stage(file)
        for kind, socket in (("colour", "Base Color"), ("normals", "Normal")):
            for material in bpy.data.materials:
                _shine(material, socket, file["directx"])
            bpy.context.scene.render.filepath = str(Path(folder) / f"{i}_{kind}.png")
            bpy.ops.render.render(write_still=True)
    (Path(folder) / "told.json").write_text(json.dumps(told))


def _points(item: Any) -> np.ndarray:
    flat = np.zeros(3 * len(item.data.vertices), np.float32)
    item.data.vertices.foreach_get("co", flat)
    world = np.array(item.matrix_world)
    return flat.reshape(-1, 3) @ world[:3, :3].T + world[:3, 3]


def _mesh(item: Any) -> dict[str, Any]:
    mesh = item.data
    mesh.calc_loop_triangles()
    used = {p.material_index for p in mesh.polygons} if mesh.materials else set()
    return {
        "name": item.name,
        "triangles": len(mesh.loop_triangles),
        "materials": sorted({item.material_slots[k].material.name for k in used}),
        "uv_sets": len(mesh.uv_layers),
    }


def _source(material: Any, socket: str) -> Any:
    """The socket that feeds `socket` of the material's shader; None."""
    if not material.node_tree:
        return None
    shader = next((n for n in material.node_tree.nodes if n.type == "BSDF_PRINCIPLED"), None)
    links = shader.inputs[socket].links if shader else ()
    return links[0].from_socket if links else None


def _pictures(material: Any) -> dict[str, str]:
    found = {"base_color": _image(_source(material, "Base Color")), "normal": _image(_source(material, "Normal"))}
    return {role: _digest(image) for role, image in found.items() if image}


def _image(socket: Any) -> Any:
    """The first image on the way into a socket."""
    if socket is None:
        return None
    if socket.node.type == "TEX_IMAGE":
        return socket.node.image
    ways = (_image(link.from_socket) for entry in socket.node.inputs for link in entry.links)
    return next((found for found in ways if found), None)


def _digest(image: Any) -> str:
    """As `meant.same_pixels` knows it: this interpreter has none of our packages."""
    import hashlib

    wide, high = image.size
    flat = np.zeros(4 * wide * high, np.float32)
    image.pixels.foreach_get(flat)
    rows = np.round(flat.reshape(high, wide, 4)[::-1] * 255).astype(np.uint8)
    return hashlib.sha256(f"{rows.shape}".encode() + np.ascontiguousarray(rows).tobytes()).hexdigest()[:16]


def _shine(material: Any, socket: str, directx: bool) -> None:
    """Let the material show what feeds `socket`, unlit; a direction as 0.5 + 0.5 n; magenta where nothing does.

    Blender's normals are OpenGL's: of a DirectX map the green is turned first.
    """
    source = _source(material, socket)
    if not material.node_tree:
        return
    tree = material.node_tree
    glow = tree.nodes.new("ShaderNodeEmission")
    glow.inputs["Color"].default_value = (1, 0, 1, 1)
    if source is not None and socket == "Normal":
        if directx:
            _turn_green(tree, source.node.inputs["Color"])
        half = tree.nodes.new("ShaderNodeVectorMath")
        half.operation = "MULTIPLY_ADD"
        half.inputs[1].default_value = half.inputs[2].default_value = (0.5, 0.5, 0.5)
        tree.links.new(source, half.inputs[0])
        source = half.outputs[0]
    if source is not None:
        tree.links.new(source, glow.inputs["Color"])
    ending = next(n for n in tree.nodes if n.type == "OUTPUT_MATERIAL")
    tree.links.new(glow.outputs[0], ending.inputs["Surface"])


def _turn_green(tree: Any, entry: Any) -> None:
    """Put 1 - green between `entry` and what feeds it."""
    turn = tree.nodes.new("ShaderNodeVectorMath")
    turn.operation = "MULTIPLY_ADD"
    turn.inputs[1].default_value, turn.inputs[2].default_value = (1, -1, 1), (0, 1, 0)
    tree.links.new(entry.links[0].from_socket, turn.inputs[0])
    tree.links.new(turn.outputs[0], entry)


def _stage(asked: dict[str, Any]) -> None:
    """The camera, and a renderer that adds nothing of its own."""
    import bpy
    from mathutils import Vector

    scene = bpy.context.scene
    x, y, z = TOWARDS
    towards = Vector((x, -z, y)).normalized()
    x, y, z = asked["centre"]
    lens = bpy.data.cameras.new("eye")
    lens.type, lens.ortho_scale = "ORTHO", asked["wide"]
    lens.clip_start, lens.clip_end = 0.0001, 10 * asked["wide"]
    eye = bpy.data.objects.new("eye", lens)
    eye.location = Vector((x, -z, y)) + towards * 2 * asked["wide"]
    eye.rotation_euler = towards.to_track_quat("Z", "Y").to_euler()
    scene.collection.objects.link(eye)
    scene.camera = eye
    scene.render.engine = "CYCLES"
    scene.cycles.samples, scene.cycles.seed = 1, 0
    scene.cycles.use_denoising = scene.cycles.use_adaptive_sampling = False
    scene.cycles.pixel_filter_type, scene.cycles.filter_width = "BLACKMAN_HARRIS", 0.01
    scene.cycles.max_bounces = 0
    scene.render.film_transparent = True
    scene.render.resolution_x = scene.render.resolution_y = PIXELS
    scene.render.image_settings.file_format, scene.render.image_settings.color_mode = "PNG", "RGBA"
    scene.view_settings.view_transform = "Raw"
    scene.render.dither_intensity = 0.0
    scene.render.threads_mode, scene.render.threads = "FIXED", 2


if __name__ == "__main__":
    main(sys.argv[1])
