"""What the readers in Python see of a delivered file, brought back into canonical metres: ufbx, assimp, trimesh,
pygltflib and pxr, each as a :class:`tests.oracles.agree.Seen`. Some are native, so :func:`told` has them all run in
a child process.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable
from typing import Any

import numpy as np

from tests.oracles import strangers
from tests.oracles.agree import Part, Seen, faults
from tests.oracles.meant import Meant, same_bytes, same_pixels
from validators.child import ChildError, call

#: Roles by the property of an FBX material that every reader takes for them.
FBX_ROLES = {"DiffuseColor": "base_color", "NormalMap": "normal", "EmissiveColor": "emissive"}


def told(meant: list[Meant], readers: tuple[str, ...] = (), deadline_s: float = 300.0) -> list[dict[str, list[str]]]:
    """For each file what each reader of its format has against it, by reader; [] where it sees what was meant.

    () asks all readers. One child process for all; if one reader takes it down, one for each.
    """
    readers = readers or tuple(SIGHTS)
    try:
        return call(_told, meant, readers, deadline_s=deadline_s)
    except ChildError:
        return [{r: v for r in readers for v in _alone(m, r).values()} for m in meant]


def _alone(meant: Meant, reader: str) -> dict[str, list[str]]:
    try:
        return call(_told, [meant], (reader,), deadline_s=60.0)[0]
    except ChildError as error:
        return {reader: [f"not read: {error}"]}


def _told(meant: list[Meant], readers: tuple[str, ...]) -> list[dict[str, list[str]]]:
    out = []
    for m in meant:
        fit = [r for r in readers if m.deliverable.format in SIGHTS[r][1]]
        out.append({reader: faults(m, SIGHTS[reader][0](m)) for reader in fit})
    return out


def by_ufbx(meant: Meant) -> Seen:
    """An FBX. Its header must say the profile's unit and up axis: lengths are read by what it says."""
    read = strangers.read_ufbx(str(meant.path))
    seen = Seen("ufbx", shapes={}, textures={}, roles=tuple(FBX_ROLES.values()))
    seen.complaints = [f"ufbx warns: {text}" for text in read["warnings"]]
    up = f"{'+' if read['up'].startswith('POSITIVE') else '-'}{read['up'][-1]}"
    if up != meant.deliverable.up:
        seen.complaints.append(f"up is {up}, {meant.deliverable.up} meant")
    seen.complaints += _unit(meant, read["unit_m"])
    for name, mesh in read["meshes"].items():
        world = read["nodes"][name]["world"]
        points = mesh["points"] @ world[:3, :3].T + world[:3, 3]
        part = Part(
            meant.canonical(points, read["unit_m"]),
            int((mesh["sizes"] - 2).sum()),
            set(read["nodes"][name]["materials"]),
            len(mesh["uv_sets"]),
        )
        _sort(meant, seen, name, part)
    for name, material in read["materials"].items():
        found = {role: material["textures"].get(channel) for channel, role in FBX_ROLES.items()}
        seen.textures[name] = {  # type: ignore[index]
            role: same_bytes((meant.path.parent / t["relative"].replace("\\", "/")).read_bytes())
            for role, t in found.items()
            if t
        }
    groups = read["lod_groups"]
    seen.levels = len(groups[0]["levels"]) if groups else 1
    return seen


def by_assimp(meant: Meant) -> Seen:
    """Any file but USD. assimp 5 leaves an FBX's unit to its caller, so lengths are read by the profile's."""
    read = strangers.read_assimp(str(meant.path))
    bare = meant.deliverable.format in ("stl", "3mf")
    seen = Seen("assimp", shapes=None if bare else {}, unnamed=bare)
    gathered: dict[str, list[dict[str, Any]]] = {}

    def walk(node: dict[str, Any], above: np.ndarray) -> None:
        world = above @ node["matrix"]
        for index in node["meshes"]:
            mesh = read["meshes"][index]
            points = mesh["points"][np.unique(mesh["faces"])] @ world[:3, :3].T + world[:3, 3]
            gathered.setdefault(node["name"], []).append(mesh | {"points": points})
        for child in node["children"]:
            walk(child, world)

    root = read["root"]
    walk(root | {"matrix": np.eye(4)}, np.eye(4))
    # Its own space is +Y up: the root node turns a file that is not, and what is below stays in the file's axes.
    if not np.allclose(root["matrix"][:3, :3] @ _up(meant), (0, 1, 0), atol=1e-6):
        seen.complaints.append("the root is not turned as the file's up axis asks")
    for name, meshes in gathered.items():
        points = meant.canonical(np.concatenate([m["points"] for m in meshes]), meant.deliverable.unit_m)
        materials = None if bare else {str(_material_name(read["materials"][m["material"]])) for m in meshes}
        sets = None if bare else min(len(m["uvs"]) for m in meshes)
        _sort(meant, seen, name, Part(points, sum(len(m["faces"]) for m in meshes), materials, sets))
    return seen


def by_trimesh(meant: Meant) -> Seen:
    """GLB, STL and 3MF."""
    import trimesh

    form = meant.deliverable.format
    scene = trimesh.exchange.load.load_scene(io.BytesIO(meant.path.read_bytes()), file_type=form)
    bare = form != "glb"
    seen = Seen("trimesh", shapes=None if bare else {}, textures=None if bare else {}, unnamed=bare)
    unit = trimesh.units.unit_conversion(scene.units, "meters") if form == "3mf" else meant.deliverable.unit_m
    gathered: dict[str, list[tuple[Any, np.ndarray]]] = {}
    for node in scene.graph.nodes_geometry:
        world, key = scene.graph[node]
        mesh = scene.geometry[key]
        gathered.setdefault(_known(meant, node), []).append((mesh, trimesh.transform_points(mesh.vertices, world)))
        material = getattr(mesh.visual, "material", None)
        # Of a collision shape it makes a material of its own, without a picture.
        if seen.textures is not None and material is not None and material.baseColorTexture is not None:
            pictures = {"base_color": material.baseColorTexture, "normal": material.normalTexture}
            seen.textures[material.name] = {
                role: same_pixels(np.asarray(picture.convert("RGBA"))) for role, picture in pictures.items() if picture
            }
    seen.roles = () if bare else ("base_color", "normal")
    for name, pieces in gathered.items():
        points = np.concatenate([p for _, p in pieces])
        materials = None if bare else {m.visual.material.name for m, _ in pieces if m.visual.kind == "texture"}
        _sort(meant, seen, name, Part(meant.canonical(points, unit), sum(len(m.faces) for m, _ in pieces), materials))
    return seen


def by_pygltflib(meant: Meant) -> Seen:
    """A GLB by a plain reading of its JSON and its one buffer."""
    from pygltflib import GLTF2

    tree = GLTF2().load(str(meant.path))
    blob = tree.binary_blob()
    seen = Seen("pygltflib", shapes={}, textures={}, roles=("base_color", "normal", "orm", "emissive"))

    def view(index: int) -> bytes:
        found = tree.bufferViews[index]
        return blob[found.byteOffset or 0 : (found.byteOffset or 0) + found.byteLength]

    def vectors(index: int) -> np.ndarray:
        accessor = tree.accessors[index]
        assert (accessor.componentType, accessor.type) == (5126, "VEC3")
        start = accessor.byteOffset or 0
        return np.frombuffer(view(accessor.bufferView)[start : start + 12 * accessor.count], "<f4").reshape(-1, 3)

    for node in tree.nodes:
        if node.mesh is None:
            continue
        if node.matrix or node.translation or node.rotation or node.scale:
            seen.complaints.append(f"{node.name} is not at identity")
        primitives = tree.meshes[node.mesh].primitives
        points = np.concatenate([vectors(p.attributes.POSITION) for p in primitives])
        part = Part(
            meant.canonical(points, meant.deliverable.unit_m),
            sum(tree.accessors[p.indices].count // 3 for p in primitives),
            {tree.materials[p.material].name for p in primitives if p.material is not None},
            min(sum(getattr(p.attributes, f"TEXCOORD_{k}") is not None for k in (0, 1)) for p in primitives),
        )
        _sort(meant, seen, node.name, part)
    for material in tree.materials:
        pbr = material.pbrMetallicRoughness
        held = {
            "base_color": pbr.baseColorTexture,
            "orm": pbr.metallicRoughnessTexture,
            "normal": material.normalTexture,
            "emissive": material.emissiveTexture,
        }
        if found := {role: info.index for role, info in held.items() if info}:
            seen.textures[material.name] = {  # type: ignore[index]
                role: same_bytes(view(tree.images[tree.textures[index].source].bufferView))
                for role, index in found.items()
            }
    return seen


def by_pxr(meant: Meant) -> Seen:
    """A USD file by its own library, every variant in turn, and what UsdValidation says of it."""
    from pxr import Usd, UsdGeom, UsdValidation

    stage = Usd.Stage.Open(str(meant.path))
    unit, up = UsdGeom.GetStageMetersPerUnit(stage), f"+{UsdGeom.GetStageUpAxis(stage)}"
    seen = Seen("pxr", shapes={}, textures={}, roles=("base_color", "normal", "orm", "emissive"), levels=1)
    if up != meant.deliverable.up:
        seen.complaints.append(f"up is {up}, {meant.deliverable.up} meant")
    seen.complaints += _unit(meant, unit)
    context = UsdValidation.ValidationContext(UsdValidation.ValidationRegistry().GetOrLoadAllValidators())
    root = stage.GetDefaultPrim()
    variants = root.GetVariantSets()
    for name in variants.GetNames():
        seen.levels = len(variants.GetVariantSet(name).GetVariantNames())
    for chosen in [v for n in variants.GetNames() for v in variants.GetVariantSet(n).GetVariantNames()] or [""]:
        for name in variants.GetNames():
            variants.GetVariantSet(name).SetVariantSelection(chosen)
        for error in context.Validate(stage):
            seen.complaints.append(f"UsdValidation: {error.GetMessage()}")
        for prim in stage.Traverse():
            if prim.IsA(UsdGeom.Mesh):
                _sort(meant, seen, prim.GetName(), _usd_part(meant, UsdGeom.Mesh(prim), unit))
    with zipfile.ZipFile(meant.path) as package:
        for prim in stage.Traverse():
            if prim.GetTypeName() == "Material":
                seen.textures[prim.GetName()] = dict(_usd_textures(prim, package))  # type: ignore[index]
    return seen


def _usd_part(meant: Meant, mesh: Any, unit_m: float) -> Part:
    from pxr import UsdGeom, UsdShade

    world = np.array(UsdGeom.XformCache().GetLocalToWorldTransform(mesh.GetPrim()))
    points = np.asarray(mesh.GetPointsAttr().Get(), np.float64) @ world[:3, :3] + world[3, :3]
    prims = [mesh.GetPrim(), *(s.GetPrim() for s in UsdGeom.Subset.GetAllGeomSubsets(mesh))]
    bound = {UsdShade.MaterialBindingAPI(p).ComputeBoundMaterial()[0].GetPrim() for p in prims[1:] or prims}
    coordinates = [p for p in UsdGeom.PrimvarsAPI(mesh).GetPrimvars() if p.GetTypeName().role == "TextureCoordinate"]
    return Part(
        meant.canonical(points, unit_m),
        sum(n - 2 for n in mesh.GetFaceVertexCountsAttr().Get()),
        {p.GetName() for p in bound if p},
        len(coordinates),
    )


def _usd_textures(material: Any, package: zipfile.ZipFile) -> Iterable[tuple[str, str]]:
    from pxr import UsdShade

    surface = UsdShade.Material(material).ComputeSurfaceSource()[0]
    wanted = {"diffuseColor": "base_color", "normal": "normal", "roughness": "orm", "emissiveColor": "emissive"}
    for name, role in wanted.items():
        entry = surface.GetInput(name)
        if entry and entry.HasConnectedSource():
            source = UsdShade.Shader(entry.GetConnectedSources()[0][0].source.GetPrim())
            path = source.GetInput("file").Get().path
            yield role, same_bytes(package.read(path.removeprefix("./")))


def _sort(meant: Meant, seen: Seen, name: str, part: Part) -> None:
    """Put a node where it belongs: a shape by its name, else a part that is drawn."""
    if seen.shapes is not None and name in meant.shapes:
        seen.shapes[name] = part
    else:
        seen.parts[name] = part


def _known(meant: Meant, name: str) -> str:
    """trimesh counts the pieces of a mesh of several materials behind its name."""
    known = [n for n in (*meant.parts, *meant.shapes) if name == n or name.startswith(f"{n}_")]
    return max(known, key=len) if known and name not in meant.parts else name


def _unit(meant: Meant, unit_m: float) -> list[str]:
    wanted = meant.deliverable.unit_m
    return [] if np.isclose(unit_m, wanted) else [f"a unit is {unit_m:g} m, {wanted:g} meant"]


def _up(meant: Meant) -> np.ndarray:
    """Where the file's up ends in assimp's space; only an FBX says its up axis."""
    return meant.axes[1] if meant.deliverable.format == "fbx" else np.array((0.0, 1.0, 0.0))


def _material_name(material: dict[Any, Any]) -> Any:
    return next((v for k, v in material.items() if "name" in str(k).lower()), "")


#: Readers, and the formats that each is asked.
SIGHTS = {
    "ufbx": (by_ufbx, ("fbx",)),
    "assimp": (by_assimp, ("fbx", "glb", "stl", "3mf")),
    "trimesh": (by_trimesh, ("glb", "stl", "3mf")),
    "pygltflib": (by_pygltflib, ("glb",)),
    "pxr": (by_pxr, ("usdz",)),
}
