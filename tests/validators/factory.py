"""Clean scenes, one an engine, and small ways to spoil them. No file and no reader is involved."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from engine_profiles import Profile, load
from validators.scene import Binding, Material, Node, Scene, SceneMesh, Texture

ENGINES = ("unity", "unreal", "roblox", "godot", "portable")
STEPS = (4, 3, 2, 1)  # quads along an edge of the cube, by LOD
_PROFILES: dict[str, Profile] = {}


def profile(engine: str, **changes: Any) -> Profile:
    """A built-in profile, with top-level fields replaced."""
    if engine not in _PROFILES:
        _PROFILES[engine] = load(engine)
    return replace(_PROFILES[engine], **changes)


def clean(engine: str) -> Scene:
    """A cube of one metre as the engine wants it: LODs, hull, textures and names by its profile. No rule objects."""
    said = profile(engine)
    way = said.deliverable[0]
    levels = 4 if way.lods != "none" else 1
    name = said.names.object.format(asset="Crate")
    names = [said.names.mesh.format(asset="Crate", lod=i) for i in range(levels)]
    fbx = way.format == "fbx"
    meshes = [cube(names[i], STEPS[i], 1 / way.unit_m, way.up, smoothing=True if fbx else None) for i in range(levels)]
    nodes = [Node(name, "root" if levels == 1 else "lodgroup")]
    nodes += [Node(n, "mesh", 0, i, lod=i if levels > 1 else None) for i, n in enumerate(names)]
    if levels == 1:  # one mesh: it is the root
        nodes = [replace(nodes[1], parent=None)]
    if way.collision:
        hull = said.names.collision.format(mesh=names[0], index=0)
        nodes.append(Node(hull, "mesh", None, len(meshes), purpose="collision"))
        meshes.append(cube(hull, 1, 1 / way.unit_m, way.up))
    if said.lightmap.px:
        meshes = [replace(m, uvs=(m.uvs[0], m.uvs[0])) for m in meshes]
    maps = [m for m in said.map if not m.optional]
    textures = tuple(_texture(said, m.suffix, m.role, way.textures == "embedded") for m in maps)
    roles = {"orm": ("occlusion", "roughness", "metallic"), "mask": ()}
    bindings = {role: Binding(i) for i, m in enumerate(maps) for role in roles.get(m.role, (m.role,))}
    header = {"FrontAxis": 2, "FrontAxisSign": 1, "CoordAxis": 0, "CoordAxisSign": 1}
    if way.up == "+Z":
        header |= {"FrontAxis": 1, "FrontAxisSign": -1}
    return Scene(
        file=way.file.format(asset="Crate"),
        format=way.format,
        nodes=tuple(nodes),
        meshes=tuple(meshes),
        materials=(Material(said.names.material.format(asset="Crate", slot="body"), bindings),),
        textures=textures,
        up=way.up,
        unit_m=1.0 if way.format == "glb" else way.unit_m,
        header=header if fbx else {},
        extras={"cameras": 0, "lights": 0, "animations": 0},
        nbytes=50_000,
    )


def _texture(said: Profile, suffix: str, role: str, embedded: bool) -> Texture:
    stem = said.names.texture.format(asset="Crate", slot="body", suffix=suffix)
    uri = "" if embedded else "/".join(filter(None, (said.textures.folder, f"{stem}.png")))
    green = said.textures.normal if not embedded else "opengl"
    return Texture(
        f"{stem}.png",
        uri,
        "png",
        512,
        512,
        3,
        8,
        embedded=embedded,
        nbytes=9000,
        decode=(lambda: normal_map(green)) if role == "normal" else None,
    )


def cube(name: str, steps: int, side: float, up: str = "+Y", smoothing: bool | None = None) -> SceneMesh:
    """A closed cube on the origin's floor, each side a grid of `steps` quads and a chart of its own; faces outwards."""
    grid = np.linspace(-0.5, 0.5, steps + 1)
    s, t = (g.ravel() for g in np.meshgrid(grid, grid))
    points, normals, tangents, uvs, faces = [], [], [], [], []
    corner = np.arange(steps)[None] + (steps + 1) * np.arange(steps)[:, None]
    a, b, c, d = (corner.ravel() + k for k in (0, 1, steps + 2, steps + 1))
    for i in range(6):
        axis, sign = i % 3, 1.0 if i < 3 else -1.0
        n, u = np.eye(3)[axis] * sign, np.eye(3)[(axis + 1) % 3]
        v = np.cross(n, u)
        faces.append(np.concatenate((np.stack((a, b, c), 1), np.stack((a, c, d), 1))) + len(s) * i)
        points.append(n / 2 + s[:, None] * u + t[:, None] * v)
        normals.append(np.broadcast_to(n, (len(s), 3)))
        tangents.append(np.broadcast_to((*u, 1.0), (len(s), 4)))
        uvs.append(np.stack((s + 0.5, t + 0.5), 1) * (0.3, 0.45) + ((i % 3) / 3 + 0.01, (i // 3) / 2 + 0.01))
    tri = np.concatenate(faces).astype(np.int32)
    cloud = np.concatenate(points) * side
    cloud[:, "XYZ".index(up[1])] += side / 2
    flat = tri.ravel()
    return SceneMesh(
        name,
        cloud,
        np.full(len(tri), 3, np.int32),
        flat,
        np.zeros(len(tri), np.int32),
        normals=np.concatenate(normals)[flat],
        tangents=np.concatenate(tangents)[flat],
        uvs=(np.concatenate(uvs)[flat],),
        smoothing=smoothing,
    )


def normal_map(green: str = "opengl", size: int = 256, noise: float = 0.0) -> np.ndarray:
    """(size, size, 3) uint8: the normals of a bumpy height field, row 0 at the top, green up or down the image."""
    rng = np.random.default_rng(7)
    y, x = np.mgrid[0:size, 0:size] / size
    height = np.zeros((size, size))
    for _ in range(40):
        kx, ky, phase = *rng.integers(-12, 13, 2), rng.uniform(0, 6.28)
        height += np.sin(2 * np.pi * (kx * x + ky * y) + phase) / 40
    height += noise * rng.standard_normal((size, size))
    down, right = np.gradient(height * 8)
    n = np.stack((-right, down, np.ones_like(right)), axis=2)  # image rows go down, so -dh/dy is +dh/drow
    n /= np.linalg.norm(n, axis=2, keepdims=True)
    if green == "directx":
        n[..., 1] *= -1
    return np.round((n + 1) * 127.5).astype(np.uint8)


def with_mesh(scene: Scene, index: int = 0, **changes: Any) -> Scene:
    """The scene with fields of one mesh replaced."""
    meshes = list(scene.meshes)
    meshes[index] = replace(meshes[index], **changes)
    return replace(scene, meshes=tuple(meshes))


def with_node(scene: Scene, index: int, **changes: Any) -> Scene:
    """The scene with fields of one node replaced."""
    nodes = list(scene.nodes)
    nodes[index] = replace(nodes[index], **changes)
    return replace(scene, nodes=tuple(nodes))


def with_texture(scene: Scene, index: int = 0, **changes: Any) -> Scene:
    """The scene with fields of one texture replaced."""
    textures = list(scene.textures)
    textures[index] = replace(textures[index], **changes)
    return replace(scene, textures=tuple(textures))


def with_material(scene: Scene, **changes: Any) -> Scene:
    """The scene with fields of its first material replaced."""
    return replace(scene, materials=(replace(scene.materials[0], **changes), *scene.materials[1:]))


def plus_node(scene: Scene, node: Node, mesh: SceneMesh | None = None) -> Scene:
    """The scene with a node more, and its mesh."""
    if mesh is not None:
        scene, node = replace(scene, meshes=(*scene.meshes, mesh)), replace(node, mesh=len(scene.meshes))
    return replace(scene, nodes=(*scene.nodes, node))
