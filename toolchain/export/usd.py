"""USD: one component with its meshes, materials, LOD variants and collision, as usdc, usda or usdz.

Points are welded by place and everything that breaks at an edge (normals, UVs) is faceVarying, so that the
topology in the file is closed where the surface is. No schema of USD holds tangents: they stand in the
primvars `tangents` and `bitangents`, as exporters have it by custom, for readers that do not derive MikkTSpace.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from toolchain.asset import Mesh
from toolchain.export.guard import materials_in_use, require_sound, used_slots
from toolchain.export.model import Model, ModelMesh
from toolchain.export.usd_material import add_material
from toolchain.export.usdz import pack_usdz

MATERIALS, COLLISION, VARIANTS = "Materials", "Collision", "LOD"
#: Where a usdz keeps its images.
INSIDE = "textures"


def write_usd(model: Model) -> bytes:
    """The file of `model` in its deliverable's format; the same model gives the same bytes.

    A usdc or usda refers to its textures as `./folder/file`; a usdz carries them. Raises ValueError where
    the profile asks for what USD cannot say.
    """
    require_sound(model)
    asked = model.deliverable
    if asked.up not in ("+Y", "+Z"):
        raise ValueError(f"a USD stage's upAxis is Y or Z; the profile asks for {asked.up}")
    if (asked.format == "usdz") != (asked.textures == "embedded"):
        raise ValueError('textures = "embedded" goes with usdz, "beside" with usdc and usda')
    stage = _stage(model, INSIDE if asked.format == "usdz" else _beside(model))  # its layer lives as long as it does
    if asked.format == "usda":
        return stage.GetRootLayer().ExportToString().encode()
    layer = _crate(stage)
    if asked.format == "usdc":
        return layer
    images = bound_textures(model)
    return pack_usdz({f"{model.object}.usdc": layer} | {f"{INSIDE}/{name}": images[name] for name in sorted(images)})


def bound_textures(model: Model) -> dict[str, bytes]:
    """The image files that the materials in use refer to, by name. Raises ValueError for two of one name."""
    out: dict[str, bytes] = {}
    for texture in (t for i in materials_in_use(model) for t in model.materials[i].textures.values()):
        if out.setdefault(texture.file, texture.data) != texture.data:
            raise ValueError(f"two textures are called {texture.file}")
    return out


def _beside(model: Model) -> str:
    return f"./{model.texture_folder}" if model.texture_folder else "."


def _crate(stage: Any) -> bytes:
    """The stage's root layer as usdc. pxr writes crates to files alone; neither name nor time goes into one."""
    with tempfile.TemporaryDirectory(prefix="dropforge-usd-") as folder:
        path = Path(folder) / "layer.usdc"
        if not stage.GetRootLayer().Export(str(path)):
            raise ValueError("pxr could not write the layer")
        return path.read_bytes()


def _stage(model: Model, folder: str) -> Any:
    from pxr import Kind, Tf, Usd, UsdGeom

    names = [model.object, *(m.name for m in (*model.meshes, *model.hulls)), *(m.name for m in model.materials)]
    for name in names:
        if not Tf.IsValidIdentifier(name):
            raise ValueError(f"{name!r} is no name that USD takes: letters, digits and _ alone, no digit first")
    if clash := sorted({MATERIALS, COLLISION} & {m.name for m in model.meshes}):
        raise ValueError(f"a mesh is called {clash[0]}, which is the name of a scope of ours")
    stage = Usd.Stage.CreateInMemory()
    UsdGeom.SetStageUpAxis(stage, model.deliverable.up[1])
    UsdGeom.SetStageMetersPerUnit(stage, model.deliverable.unit_m)
    root = UsdGeom.Xform.Define(stage, f"/{model.object}").GetPrim()
    stage.SetDefaultPrim(root)
    Usd.ModelAPI(root).SetKind(Kind.Tokens.component)
    root.SetDisplayName(model.display)
    root.SetAssetInfoByKey("name", model.object)
    if model.extras:
        root.SetCustomDataByKey("dropforge", _plain(model.extras))
    shades = {}
    if used := materials_in_use(model):
        scope = UsdGeom.Scope.Define(stage, root.GetPath().AppendChild(MATERIALS))
        shades = {i: add_material(stage, scope.GetPath(), model.materials[i], folder) for i in used}
    levels = model.levels()
    if model.deliverable.lods == "variants" and len(levels) > 1:
        variants = root.GetVariantSets().AddVariantSet(VARIANTS)
        for level, items in sorted(levels.items()):
            variants.AddVariant(f"LOD{level}")
            variants.SetVariantSelection(f"LOD{level}")
            with variants.GetVariantEditContext():
                for item in items:
                    _render_mesh(stage, root.GetPath(), item, shades)
        variants.SetVariantSelection(f"LOD{min(levels)}")
    else:
        for item in model.meshes:
            _render_mesh(stage, root.GetPath(), item, shades)
    if model.hulls:
        scope = UsdGeom.Scope.Define(stage, root.GetPath().AppendChild(COLLISION))
        scope.CreatePurposeAttr(UsdGeom.Tokens.guide)
        for item in model.hulls:
            _hull(stage, scope.GetPath(), item)
    if model.screen:
        root.SetCustomDataByKey("dropforge:screen", _plain(list(model.screen)))
    return stage


def _mesh(stage: Any, parent: Any, name: str, mesh: Mesh) -> Any:
    """Define a triangle mesh with what every one has; its schema object."""
    from pxr import UsdGeom, Vt

    points, index = weld(mesh)
    made = UsdGeom.Mesh.Define(stage, parent.AppendChild(name))
    made.CreatePointsAttr(Vt.Vec3fArray.FromNumpy(points))
    made.CreateFaceVertexCountsAttr(Vt.IntArray.FromNumpy(np.full(len(mesh.faces), 3, np.int32)))
    made.CreateFaceVertexIndicesAttr(Vt.IntArray.FromNumpy(index[mesh.faces].reshape(-1).astype(np.int32)))
    made.CreateExtentAttr(Vt.Vec3fArray.FromNumpy(np.stack((points.min(axis=0), points.max(axis=0)))))
    made.CreateSubdivisionSchemeAttr(UsdGeom.Tokens.none)
    made.CreateOrientationAttr(UsdGeom.Tokens.rightHanded)
    made.CreateDoubleSidedAttr(False)
    return made


def weld(mesh: Mesh) -> tuple[np.ndarray, np.ndarray]:
    """Points (P, 3) float32 in order of first use, and the point of each vertex (V,); same place, same point."""
    _, first, index = np.unique(mesh.positions + np.float32(0.0), axis=0, return_index=True, return_inverse=True)
    order = np.argsort(first)
    rank = np.zeros(len(order), np.int64)
    rank[order] = np.arange(len(order))
    return np.ascontiguousarray(mesh.positions[first[order]], np.float32), rank[index.reshape(-1)]


def _render_mesh(stage: Any, parent: Any, item: ModelMesh, shades: dict[int, Any]) -> None:
    from pxr import Sdf, UsdGeom, UsdShade, Vt

    types = Sdf.ValueTypeNames
    mesh, corners = item.mesh, item.mesh.faces.reshape(-1)
    made = _mesh(stage, parent, item.name, mesh)
    if mesh.normals is not None:
        made.CreateNormalsAttr(Vt.Vec3fArray.FromNumpy(np.ascontiguousarray(mesh.normals[corners], np.float32)))
        made.SetNormalsInterpolation(UsdGeom.Tokens.faceVarying)
    for name, uv in (("st", mesh.uv), ("st1", mesh.uv_light)):
        if uv is not None:
            _indexed(made, name, types.TexCoord2fArray, Vt.Vec2fArray, uv, corners)
    if mesh.tangents is not None and mesh.normals is not None:
        along = mesh.tangents[:, :3]
        across = np.cross(mesh.normals, along) * mesh.tangents[:, 3:]
        for name, vectors in (("tangents", along), ("bitangents", across)):
            _indexed(made, name, types.Vector3fArray, Vt.Vec3fArray, vectors, corners)
    slots = used_slots(mesh)
    if len(slots) == 1:
        UsdShade.MaterialBindingAPI.Apply(made.GetPrim()).Bind(shades[slots[0]])
        return
    binding, of_face = UsdShade.MaterialBindingAPI.Apply(made.GetPrim()), mesh.slot_of_faces()
    for slot in slots:
        faces = Vt.IntArray.FromNumpy(np.flatnonzero(of_face == slot).astype(np.int32))
        subset = binding.CreateMaterialBindSubset(shades[slot].GetPrim().GetName(), faces)
        UsdShade.MaterialBindingAPI.Apply(subset.GetPrim()).Bind(shades[slot])
    binding.SetMaterialBindSubsetsFamilyType(UsdGeom.Tokens.partition)


def _indexed(made: Any, name: str, kind: Any, array: Any, of_vertex: np.ndarray, corners: np.ndarray) -> None:
    """A faceVarying primvar, each value held once."""
    from pxr import UsdGeom, Vt

    values, index = np.unique(of_vertex.astype(np.float32) + np.float32(0.0), axis=0, return_inverse=True)
    primvar = UsdGeom.PrimvarsAPI(made).CreatePrimvar(name, kind, UsdGeom.Tokens.faceVarying)
    primvar.Set(array.FromNumpy(np.ascontiguousarray(values)))
    primvar.SetIndices(Vt.IntArray.FromNumpy(index.reshape(-1)[corners].astype(np.int32)))


def _hull(stage: Any, parent: Any, item: ModelMesh) -> None:
    """A collider: hidden by its purpose, taken by physics as the hull, box or ball round its points.

    UsdPhysics has no token for a capsule round a mesh, so that one is a hull. Its normals are flat: whoever has
    the guides shown sees the shape as it collides.
    """
    from pxr import UsdGeom, UsdPhysics, Vt

    tokens = UsdPhysics.Tokens
    taken = {"box": tokens.boundingCube, "sphere": tokens.boundingSphere}.get(item.kind, tokens.convexHull)

    made = _mesh(stage, parent, item.name, item.mesh)
    made.CreateNormalsAttr(Vt.Vec3fArray.FromNumpy(flat_normals(item.mesh)))
    made.SetNormalsInterpolation(UsdGeom.Tokens.uniform)
    UsdPhysics.CollisionAPI.Apply(made.GetPrim())
    UsdPhysics.MeshCollisionAPI.Apply(made.GetPrim()).CreateApproximationAttr(taken)


def flat_normals(mesh: Mesh) -> np.ndarray:
    """The unit normal of each face (F, 3) float32, by the right hand; +Z for a face without an area."""
    a, b, c = np.moveaxis(mesh.positions.astype(np.float64)[mesh.faces], 1, 0)
    across = np.cross(b - a, c - a)
    length = np.linalg.norm(across, axis=1, keepdims=True)
    up = np.array((0.0, 0.0, 1.0))
    return np.where(length > 0, across / np.where(length > 0, length, 1.0), up).astype(np.float32)


def _plain(value: Any) -> Any:
    """JSON-able data as customData: dictionaries stay, lists become arrays, None is left out."""
    from pxr import Vt

    if isinstance(value, dict):
        return {str(k): _plain(v) for k, v in sorted(value.items()) if v is not None}
    if isinstance(value, (list, tuple)):
        if all(isinstance(v, (int, float)) for v in value):
            return Vt.DoubleArray([float(v) for v in value])
        return Vt.StringArray([str(v) for v in value])
    return value
