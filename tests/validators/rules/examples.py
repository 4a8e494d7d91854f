"""Failing examples: for each rule at least one clean scene with one thing spoilt, and what the finding must say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from tests.validators.factory import (
    clean,
    cube,
    normal_map,
    plus_node,
    with_material,
    with_mesh,
    with_node,
    with_texture,
)
from validators.scene import Binding, Material, Node, Scene, SceneMesh, Texture


@dataclass(frozen=True)
class Example:
    """A rule's code, the engine, how its clean scene is spoilt, its severity and a piece of its message."""

    code: str
    engine: str
    spoil: Callable[[Scene], Scene]
    severity: str
    says: str

    def scene(self) -> Scene:
        return self.spoil(clean(self.engine))


def keep(mesh: SceneMesh, faces: np.ndarray) -> SceneMesh:
    """A triangle mesh with some of its faces, in the order given."""
    corners = (faces[:, None] * 3 + np.arange(3)).ravel()
    return replace(
        mesh,
        face_sizes=mesh.face_sizes[faces],
        corner_point=mesh.corner_point[corners],
        normals=mesh.normals[corners],
        tangents=mesh.tangents[corners],
        face_material=mesh.face_material[faces],
        uvs=tuple(u[corners] for u in mesh.uvs),
    )


def turned(mesh: SceneMesh, faces: np.ndarray) -> SceneMesh:
    """A triangle mesh with some faces turned over."""
    corners = mesh.corner_point.reshape(-1, 3).copy()
    corners[faces] = corners[faces][:, ::-1]
    return replace(mesh, corner_point=corners.ravel())


def _mesh(change: Callable[[SceneMesh], SceneMesh], index: int = 0) -> Callable[[Scene], Scene]:
    def spoil(scene: Scene) -> Scene:
        meshes = list(scene.meshes)
        meshes[index] = change(meshes[index])
        return replace(scene, meshes=tuple(meshes))

    return spoil


def _points(change: Callable[[np.ndarray], np.ndarray], index: int = 0) -> Callable[[Scene], Scene]:
    return _mesh(lambda m: replace(m, points=change(m.points.copy())), index)


def _broken_point(points: np.ndarray) -> np.ndarray:
    points[3, 1] = np.nan
    return points


def _dense(steps: int, side: float = 1.0, up: str = "+Y") -> Callable[[SceneMesh], SceneMesh]:
    return lambda m: cube(m.name, steps, side, up, m.smoothing)


def _flat_face(mesh: SceneMesh) -> SceneMesh:
    corner = mesh.corner_point.copy()
    corner[1] = corner[0]
    return replace(mesh, corner_point=corner)


def _ngon(mesh: SceneMesh) -> SceneMesh:
    """The first two triangles as one face of six corners."""
    sizes = np.concatenate(([6], mesh.face_sizes[2:])).astype(np.int32)
    return replace(mesh, face_sizes=sizes, face_material=mesh.face_material[1:])


def _dented(mesh: SceneMesh) -> SceneMesh:
    """The hull pulled in at the middle of its top."""
    fine = cube(mesh.name, 2, 100.0, "+Z")
    points = fine.points.copy()
    points[np.linalg.norm(points - (0, 0, 100), axis=1) < 1] -= (0, 0, 30)
    return replace(fine, points=points)


def _tilted(points: np.ndarray) -> np.ndarray:
    """A box pushed over: its sides no longer stand upright."""
    return points + points[:, 2:] * (0.3, 0.0, 0.0)


def _shape(prefix: str, change: Callable[[np.ndarray], np.ndarray] = lambda p: p) -> Callable[[Scene], Scene]:
    """The hull, a cube, under another prefix."""
    return lambda s: with_node(_points(change, 4)(s), 5, name=f"{prefix}_SM_Crate_LOD0_00")


def _mirror() -> np.ndarray:
    return np.diag((-1.0, 1.0, 1.0, 1.0))


def _move(x: float) -> np.ndarray:
    matrix = np.eye(4)
    matrix[0, 3] = x
    return matrix


def _folder(
    files: tuple[str, ...] = (), gone: tuple[str, ...] = (), twins: list[list[str]] | None = None, **changes: object
) -> Callable[[Scene], Scene]:
    """A sound delivered folder with Unity's .meta files; `changes` go to what is known of the material's."""
    known = {"version": "2", "refers": []}
    unity = {
        "Crate.fbx.meta": {**known, "guid": "b" * 32, "refers": ["a" * 32]},
        "M_Crate.mat": {"version": "", "guid": "", "refers": []},
        "M_Crate.mat.meta": {**known, "guid": "a" * 32, **changes},
    }
    listed = {"Crate.fbx", *unity, *files} - set(gone)
    header = {"files": sorted(listed), "unity": unity, "twins": twins or []}
    return lambda scene: Scene("", "folder", header=header)


def _two_materials(scene: Scene) -> Scene:
    scene = replace(scene, materials=(*scene.materials, replace(scene.materials[0], name="M_Crate_lid")))
    material = scene.meshes[0].face_material.copy()
    material[:4] = 1
    return with_mesh(scene, face_material=material)


def _five_slots(scene: Scene) -> Scene:
    material = np.arange(len(scene.meshes[0].face_sizes), dtype=np.int32) % 5
    scene = replace(scene, materials=tuple(replace(scene.materials[0], name=f"M_Crate_{i}") for i in range(5)))
    return with_mesh(scene, face_material=material)


def _hulls(number: int) -> Callable[[Scene], Scene]:
    def spoil(scene: Scene) -> Scene:
        for i in range(1, number):
            name = f"UCX_SM_Crate_LOD0_{i:02d}"
            scene = plus_node(scene, Node(name, "mesh", purpose="collision"), cube(name, 1, 100.0, "+Z"))
        return scene

    return spoil


def _color_space(scene: Scene) -> Scene:
    return with_material(scene, bindings={"normal": Binding(1, color_space="srgb")})


def _lit(change: Callable[[np.ndarray], np.ndarray]) -> Callable[[Scene], Scene]:
    """LOD 0's lightmap UVs, changed."""
    return _mesh(lambda m: replace(m, uvs=(m.uvs[0], change(m.uvs[0].copy()))))


def _square(value: float, size: int = 64, channels: int = 3) -> np.ndarray:
    return np.full((size, size, channels), round(255 * value), np.uint8)


def _painted(role: str, image: np.ndarray) -> Callable[[Scene], Scene]:
    """The texture of `role` as `image`."""

    def spoil(scene: Scene) -> Scene:
        index = scene.materials[0].bindings[role].texture
        return with_texture(scene, index, decode=lambda: image, width=image.shape[1], height=image.shape[0])

    return spoil


def _checkered(mesh_uvs_in_thirds: int = 3) -> np.ndarray:
    """A colour for each of the six charts of the cube, so that no two agree at a seam."""
    image = np.zeros((64, 64 * mesh_uvs_in_thirds // 3, 3), np.uint8)
    for i in range(3):
        for j in range(2):
            image[32 * j : 32 * j + 32, 21 * i : 21 * i + 22] = (80 * i + 40, 120 * j + 60, 200 - 60 * i)
    return image


def _packed(image: np.ndarray) -> Callable[[Scene], Scene]:
    return lambda scene: with_texture(scene, 2, decode=lambda: image, width=64, height=64)


def _twice(mesh: SceneMesh) -> SceneMesh:
    return keep(mesh, np.concatenate((np.arange(192), [5])))


def _flattened(mesh: SceneMesh) -> SceneMesh:
    return replace(mesh, points=mesh.points * (1, 1e-6, 1))


def _flat_uv(mesh: SceneMesh) -> SceneMesh:
    uv = mesh.uvs[0].copy()
    uv[:3] = uv[0]
    return replace(mesh, uvs=(uv, *mesh.uvs[1:]))


def _crowded(mesh: SceneMesh) -> SceneMesh:
    """Charts a texel apart at 512: each cell of the 3 x 2 layout filled to its rim."""
    return replace(mesh, uvs=(_filled(mesh.uvs[0]), *mesh.uvs[1:]))


def _filled(uv: np.ndarray) -> np.ndarray:
    cell = np.floor(uv * (3, 2))
    inner = (uv * (3, 2) - cell - (0.03, 0.02)) / (0.9, 0.9)
    return (cell + 0.5 + (inner - 0.5) * 0.998) / (3, 2)


def _other_material(scene: Scene) -> Scene:
    scene = replace(
        scene, materials=(*scene.materials, replace(scene.materials[0], name="M_Crate_lid", double_sided=True))
    )
    return with_mesh(scene, 1, face_material=np.ones_like(scene.meshes[1].face_material))


def _coarse_lid(scene: Scene) -> Scene:
    """Half of LOD 0 in a material whose texture has a sixteenth of the texels along each side."""
    file = "T_Crate_lid_BaseColor.png"
    small = replace(scene.textures[0], name=file, uri=file, width=32, height=32)
    scene = replace(scene, textures=(*scene.textures, small))
    lid = replace(scene.materials[0], name="M_Crate_lid", bindings={"base_color": Binding(len(scene.textures) - 1)})
    scene = replace(scene, materials=(*scene.materials, lid))
    return with_mesh(scene, face_material=(np.arange(192) >= 96).astype(np.int32))


HULL = Node("UCX_Crate_LOD0_00", "mesh", purpose="collision")
EXAMPLES = [
    Example("file.format", "roblox", lambda s: replace(s, format="usdz"), "info", "expects GLB"),
    Example("file.format", "portable", lambda s: replace(s, format="usda"), "info", "expects GLB and USDZ"),
    Example(
        "file.size", "roblox", lambda s: replace(s, nbytes=20_500_000), "error", "20.5 MB; Roblox Studio takes 20 MB"
    ),
    Example(
        "file.contained",
        "portable",
        lambda s: with_texture(s, embedded=False, uri="a.png"),
        "error",
        "not inside the file",
    ),
    Example("path.length", "unity", lambda s: replace(s, file="a/" * 70 + "b.fbx"), "error", "145 characters"),
    Example("geo.finite", "unity", _points(_broken_point), "error", "1 position that cannot"),
    Example(
        "geo.finite", "unity", lambda s: with_node(s, 1, world=np.full((4, 4), np.nan)), "error", "placed by numbers"
    ),
    Example("geo.degenerate", "unity", _mesh(_flat_face), "error", "1 face without area"),
    Example("geo.degenerate", "unity", _mesh(lambda m: keep(m, np.zeros(0, int))), "error", "no faces at all"),
    Example(
        "geo.triangles", "roblox", _mesh(_dense(42, 3.57)), "error", "21,168 triangles; Roblox Studio takes 20,000"
    ),
    Example(
        "geo.budget",
        "unity",
        _mesh(_dense(21)),
        "error",
        "5,292 triangles; the budget of a prop asset for Unity 6 is 5,000",
    ),
    Example("geo.vertices", "unity", lambda s: with_mesh(s, stored_vertices=65_536), "warning", "65,536 vertices"),
    Example("geo.ngon", "unity", _mesh(_ngon), "warning", "1 face with more than four corners"),
    Example(
        "geo.winding",
        "unity",
        _mesh(lambda m: turned(m, np.arange(192))),
        "error",
        "1 closed part whose faces look inwards",
    ),
    Example("geo.winding", "unity", _mesh(lambda m: turned(m, np.arange(1))), "warning", "3 edges whose two faces"),
    Example(
        "geo.winding", "unity", lambda s: with_node(s, 1, world=_mirror()), "error", "mirrored by a negative scale"
    ),
    Example(
        "geo.watertight", "roblox", _mesh(lambda m: keep(m, np.arange(1, 192))), "error", "3 open edges around holes"
    ),
    Example(
        "geo.watertight", "unity", _mesh(lambda m: keep(m, np.arange(1, 192))), "info", "3 open edges around holes"
    ),
    Example("geo.size", "unity", _points(lambda p: p * 0.001), "warning", "1 mm long; anything under 1 cm"),
    Example("geo.size", "roblox", _points(lambda p: p * 600), "error", "600 m long; anything over 573 m"),
    Example(
        "xf.axes", "unity", lambda s: replace(s, up="+Z"), "error", "+Z is up; the profile for Unity 6 asks for +Y"
    ),
    Example("xf.axes", "unity", lambda s: replace(s, header={**s.header, "FrontAxisSign": -1}), "error", "front -Z"),
    Example("xf.unit", "unreal", lambda s: replace(s, unit_m=1.0), "error", "One unit of the file is 1 m"),
    Example("xf.identity", "unity", lambda s: with_node(s, 1, local=_move(0.5)), "error", "carries a move of its own"),
    Example("xf.pivot", "unity", _points(lambda p: p - (0, 0.5, 0)), "warning", "its floor is 50 cm below the origin"),
    Example(
        "xf.pivot", "unreal", _points(lambda p: p + np.array((20.0, 0, 0))), "warning", "its middle is 20 cm beside it"
    ),
    Example("nrm.present", "unity", lambda s: with_mesh(s, normals=None), "error", "has no normals"),
    Example("nrm.present", "unity", _mesh(lambda m: replace(m, normals=m.normals * 2)), "warning", "not of length one"),
    Example("nrm.smoothing", "unreal", lambda s: with_mesh(s, smoothing=False), "error", "no smoothing information"),
    Example("tan.present", "roblox", lambda s: with_mesh(s, tangents=None), "error", "no tangents"),
    Example("tan.present", "unity", lambda s: with_mesh(s, tangents=None), "info", "no tangents"),
    Example("tan.present", "portable", lambda s: with_mesh(s, tangents=None), "warning", "no tangents"),
    Example("uv.present", "unity", lambda s: with_mesh(s, uvs=()), "error", "has no UVs"),
    Example("uv.present", "unity", _mesh(lambda m: replace(m, uvs=(m.uvs[0] * 0,))), "error", "all one point"),
    Example(
        "uv.range", "roblox", _mesh(lambda m: replace(m, uvs=(m.uvs[0] + 0.5,))), "error", "outside the 0 to 1 square"
    ),
    Example(
        "uv.range", "unity", _mesh(lambda m: replace(m, uvs=(m.uvs[0] + 0.5,))), "info", "outside the 0 to 1 square"
    ),
    Example(
        "uv.sets", "roblox", _mesh(lambda m: replace(m, uvs=m.uvs * 2)), "error", "2 UV sets; Roblox Studio reads 1"
    ),
    Example(
        "uv.overlap",
        "unity",
        _mesh(lambda m: replace(m, uvs=(m.uvs[0] % (1 / 3, 1 / 2),))),
        "info",
        "more than one place",
    ),
    Example(
        "mat.unassigned",
        "unity",
        lambda s: with_mesh(s, face_material=np.full(192, -1, np.int32)),
        "error",
        "has no material",
    ),
    Example("mat.count", "roblox", _two_materials, "error", "2 materials; Roblox Studio takes 1"),
    Example("mat.count", "unity", _five_slots, "warning", "5 materials; the budget of a prop asset"),
    Example("tex.missing", "unity", lambda s: with_texture(s, missing=True, format=""), "error", "is not there"),
    Example("tex.absolute_path", "unity", lambda s: with_texture(s, uri="C:\\art\\a.png"), "error", "one machine only"),
    Example(
        "tex.absolute_path",
        "unity",
        lambda s: replace(s, header={"absolute_paths": ["/home/a.png"]}),
        "info",
        "1 path of the machine",
    ),
    Example(
        "tex.absolute_path", "unity", lambda s: with_texture(s, uri="../a.png"), "error", "out of the delivered folder"
    ),
    Example(
        "tex.format", "unity", lambda s: with_texture(s, format="jpg"), "error", "a JPG; Unity 6 is given PNG and TGA"
    ),
    Example("tex.format", "unity", lambda s: with_texture(s, format="tga"), "warning", "its name ends in .png"),
    Example("tex.size", "roblox", lambda s: with_texture(s, width=8192), "error", "takes 4096 at most"),
    Example(
        "tex.size",
        "unity",
        lambda s: with_texture(s, width=2048),
        "warning",
        "budget of a prop asset for Unity 6 is 1024",
    ),
    Example("tex.pot", "unity", lambda s: with_texture(s, width=500), "error", "500 by 512 pixels"),
    Example("tex.color_space", "portable", _color_space, "error", "as sRGB colour; it should be linear data"),
    Example(
        "tex.normal_sign",
        "unity",
        lambda s: with_texture(s, 1, decode=lambda: normal_map("directx")),
        "error",
        "looks like a DirectX (green down) normal map",
    ),
    Example(
        "tex.normal_sign", "unreal", lambda s: with_texture(s, 1, decode=normal_map), "error", "looks like an OpenGL"
    ),
    Example(
        "lod.sequence", "unity", lambda s: replace(s, nodes=(*s.nodes[:2], *s.nodes[3:])), "error", "level 1 is missing"
    ),
    Example(
        "lod.sequence", "unity", lambda s: with_node(s, 2, name="Box_LOD1"), "error", "different names: Crate and Box"
    ),
    Example(
        "lod.missing",
        "unity",
        lambda s: replace(s, nodes=s.nodes[:2]),
        "warning",
        "has 1 level of detail; Unity 6 asks for 4. LOD 1 would have 96 triangles, LOD 0 has 192",
    ),
    Example(
        "lod.falling",
        "unity",
        lambda s: with_node(s, 2, mesh=0),
        "error",
        "LOD 1 has 192 triangles; LOD 0 before it has as many",
    ),
    Example(
        "lod.forbidden",
        "roblox",
        lambda s: plus_node(s, Node("Crate_LOD1", "mesh", lod=1), cube("m", 2, 3.5)),
        "error",
        "level of detail 1",
    ),
    Example(
        "col.name", "unreal", lambda s: with_node(s, 5, name="UCX_SM_Box_LOD0_00"), "error", "a mesh called SM_Box_LOD0"
    ),
    Example(
        "col.missing", "unreal", lambda s: replace(s, nodes=s.nodes[:5]), "warning", "The file has no collision shape"
    ),
    Example("col.convex", "unreal", _mesh(_dented, 4), "error", "is not convex"),
    Example("col.convex", "unreal", _mesh(lambda m: keep(m, np.arange(1, 12)), 4), "error", "is not closed"),
    Example("col.convex", "unreal", _mesh(_dense(5, 100, "+Z"), 4), "error", "300 triangles; a hull may have 255"),
    Example("col.convex", "unreal", _hulls(9), "error", "9 collision hulls; the limit is 8"),
    Example("col.convex", "unreal", _mesh(_dense(4, 100, "+Z"), 4), "error", "98 corners; a hull may have 64"),
    Example("col.shape", "unreal", _shape("UBX", _tilted), "error", "named for a box, and its mesh is none"),
    Example("col.shape", "unreal", _shape("USP"), "error", "named for a ball, and its mesh is none"),
    Example("col.shape", "unreal", _shape("UCP"), "error", "named for a capsule, and its mesh is none"),
    Example("col.leak", "unity", lambda s: plus_node(s, HULL, cube("h", 1, 1)), "error", "is a collision shape"),
    Example(
        "col.leak", "godot", lambda s: plus_node(s, HULL, cube("h", 1, 1)), "error", "shape by another engine's name"
    ),
    Example("name.allowed", "unity", lambda s: with_node(s, 1, name="Crate LOD0"), "error", "allows: it has ' '"),
    Example("name.allowed", "unity", lambda s: with_material(s, name="9_mat"), "error", "starts with a digit"),
    Example(
        "name.allowed", "unity", lambda s: with_material(s, name="M" * 64), "error", "64 characters; 63 is the most"
    ),
    Example("name.allowed", "unity", lambda s: with_material(s, name=""), "error", "One material has no name"),
    Example("name.reserved", "roblox", lambda s: with_node(s, 0, name="Crate_att"), "error", "ends in _Att"),
    Example("name.reserved", "godot", lambda s: with_node(s, 0, name="Cart_wheel_02"), "error", "ends in _wheel"),
    Example("name.reserved", "unreal", lambda s: with_material(s, name="SOCKET_a"), "error", "starts with SOCKET_"),
    Example(
        "name.duplicate",
        "unity",
        lambda s: with_node(s, 2, name="CRATE_lod0"),
        "error",
        "2 objects are called Crate_LOD0",
    ),
    Example(
        "name.duplicate",
        "unity",
        lambda s: with_texture(s, uri="x/T_Crate_body_normal.tga"),
        "error",
        "2 texture files",
    ),
    Example("name.prefix", "unreal", lambda s: with_material(s, name="Crate"), "warning", "should be called M_Crate"),
    Example("geo.duplicate", "unity", _mesh(_twice), "warning", "1 face exactly on top of another"),
    Example(
        "geo.loose", "unity", _points(lambda p: np.concatenate((p, [[9.0, 9, 9]]))), "warning", "1 point that no face"
    ),
    Example(
        "geo.split_ratio",
        "unreal",
        _mesh(lambda m: replace(cube(m.name, 12, 100.0, "+Z", True), stored_vertices=5184, uvs=m.uvs[:0])),
        "warning",
        "5,184 vertices for 1,728 triangles",
    ),
    Example("geo.thin", "roblox", _mesh(_flattened), "error", "1 closed part without thickness"),
    Example("nrm.away", "unity", _mesh(lambda m: replace(m, normals=-m.normals)), "error", "look the other way"),
    Example(
        "tan.basis",
        "unity",
        _mesh(lambda m: replace(m, tangents=np.concatenate((m.normals, np.ones((len(m.normals), 1))), axis=1))),
        "warning",
        "are not square to their normal",
    ),
    Example("uv.degenerate", "unity", _mesh(_flat_uv), "warning", "1 face without area in the texture"),
    Example("uv.padding", "unity", _mesh(_crowded), "info", "come within"),
    Example("lm.present", "unreal", _mesh(lambda m: replace(m, uvs=m.uvs[:1])), "warning", "no second UV set"),
    Example("lm.range", "unreal", _lit(lambda uv: uv + 0.5), "error", "lie outside the 0 to 1 square"),
    Example("lm.overlap", "unreal", _lit(lambda uv: uv % (1 / 3, 1 / 2)), "error", "more than one place"),
    Example("lm.padding", "unreal", _lit(_filled), "warning", "of each other at 128 pixels"),
    Example("mat.duplicate", "unity", _two_materials, "warning", "are the same"),
    Example("mat.double_sided", "unity", lambda s: with_material(s, double_sided=True), "info", "is double sided"),
    Example("tex.square", "unity", lambda s: with_texture(s, width=1024), "info", "not square"),
    Example("tex.density", "unity", _coarse_lid, "info", "M_Crate_lid has"),
    Example("tex.packing", "unreal", _packed(_square(0.5)), "warning", "all its channels are equal"),
    Example(
        "tex.packing", "unreal", _packed(_square(0.9) * np.array((0, 1, 0), np.uint8)), "warning", "R channel is nearly"
    ),
    Example("tex.albedo", "unity", _painted("base_color", _square(0.0)), "info", "100 % of T_Crate_body_BaseColor.png"),
    Example("tex.not_normal", "unity", _painted("normal", _square(0.2)), "error", "it is no tangent-space normal map"),
    Example("tex.seam", "unity", _painted("base_color", _checkered()), "warning", "across the UV seams"),
    Example("lod.bounds", "unity", _points(lambda p: p + np.array((0.2, 0, 0)), 1), "warning", "beyond LOD 0"),
    Example("lod.materials", "unity", _other_material, "error", "LOD 1 wears M_Crate_lid"),
    Example("col.fit", "unreal", _points(lambda p: p * 0.8, 4), "warning", "falls short of"),
    Example("col.overlap", "unreal", _hulls(2), "info", "in two hulls or more"),
    Example("scene.extras", "unity", lambda s: replace(s, extras={"cameras": 2}), "warning", "holds 2 cameras"),
    Example("scene.extras", "unity", lambda s: plus_node(s, Node("Empty")), "warning", "Empty is an empty object"),
    Example("meta.guid", "unity", _folder(guid="0123"), "error", 'The guid "0123" is not 32 small hex digits'),
    Example("meta.guid", "unity", _folder(guid="0" * 32), "error", "is not 32 small hex digits"),
    Example("meta.guid", "unity", _folder(guid=""), "error", "It states no guid"),
    Example("meta.guid", "unity", _folder(guid="b" * 32), "error", "The guid is the one of Crate.fbx.meta"),
    Example("meta.guid", "unity", _folder(version=""), "error", "does not begin with fileFormatVersion: 2"),
    Example("meta.pair", "unity", _folder(files=("Lid.fbx",)), "warning", "It has no .meta"),
    Example("meta.pair", "unity", _folder(gone=("M_Crate.mat",)), "warning", "this .meta belongs to is not there"),
    Example("meta.reference", "unity", _folder(refers=["d" * 32]), "warning", f"material {'d' * 32}, which no .meta"),
    Example("tex.same_name", "unity", _folder(twins=[["a/T.png", "b/T.png"]]), "warning", "have its name: b/T.png"),
]

#: A loose image of the kind that lies beside a model.
IMAGE = Scene(
    file="T_Crate_body_N.png",
    format="image",
    nbytes=9000,
    textures=(
        Texture(
            "T_Crate_body_N.png", "T_Crate_body_N.png", "png", 512, 512, 3, 8, decode=lambda: normal_map("directx")
        ),
    ),
)
PLAIN_MATERIAL = Material("M_Crate_plain")
