"""USD: judged by UsdValidation, by pxr's own reading, and by Blender."""

from __future__ import annotations

import io
import struct
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.letter_f import FOOT, MIDDLE_ARM_TIP, SIZE, TOP_ARM_TIP, letter_f
from tests.letter_model import letter_model
from tests.oracles import blender
from toolchain.asset import Mesh
from toolchain.export.model import Model
from toolchain.export.usd import bound_textures, flat_normals, weld, write_usd
from toolchain.export.usdz import pack_usdz

#: What `letter_model` needs for each format; Unreal's usdz has variants and collision, portable's has neither.
CASES: dict[str, dict[str, Any]] = {
    "usdz": {"profile": "unreal", "format": "usdz"},
    "plain": {"profile": "portable", "format": "usdz"},
    "usdc": {"profile": "unreal", "format": "usdz", "textures": "beside"},
    "usda": {"profile": "unreal", "format": "usdz", "textures": "beside"},
}


def case(name: str, **more: Any) -> Model:
    """The letter F; Unreal's DirectX normal map is given as the OpenGL one that packing makes for a USD."""
    model = letter_model(**(CASES[name] | more))
    kind = "usdz" if name == "plain" else name
    materials = tuple(replace(m, textures=dict(m.textures)) for m in model.materials)
    twin = letter_model("portable", "glb").materials
    for ours, other in zip(materials, twin, strict=True):
        ours.textures.update(other.textures)
    asked = replace(model.deliverable, format=kind)
    return replace(model, deliverable=asked, materials=materials, texture_folder="Maps")


def on_disk(folder: Path, name: str, **more: Any) -> Path:
    """The written file with its textures where it looks for them."""
    model = case(name, **more)
    path = folder / f"{name}.{model.deliverable.format}"
    path.write_bytes(write_usd(model))
    if model.deliverable.textures == "beside":
        (folder / "Maps").mkdir(exist_ok=True)
        for file, data in bound_textures(model).items():
            (folder / "Maps" / file).write_bytes(data)
    return path


@pytest.mark.parametrize("name", CASES)
def test_usd_validation_finds_nothing(tmp_path: Path, name: str) -> None:
    from pxr import Usd, UsdValidation

    path = on_disk(tmp_path, name)
    stage = Usd.Stage.Open(str(path))
    validators = UsdValidation.ValidationRegistry().GetOrLoadAllValidators()
    assert len(validators) > 20
    context = UsdValidation.ValidationContext(validators)
    variants = stage.GetDefaultPrim().GetVariantSet("LOD")
    for level in variants.GetVariantNames() or [""]:
        if level:
            variants.SetVariantSelection(level)
        errors = [(e.GetName(), e.GetMessage()) for e in context.Validate(stage)]
        assert errors == [], level


def test_validation_can_fail(tmp_path: Path) -> None:
    """The oracle of the test above is awake: without its textures the same layer is refused."""
    from pxr import Usd, UsdValidation

    path = tmp_path / "f.usdc"
    path.write_bytes(write_usd(case("usdc")))
    context = UsdValidation.ValidationContext(UsdValidation.ValidationRegistry().GetOrLoadAllValidators())
    assert any(
        "MissingReference" in e.GetIdentifier() or "nresolv" in e.GetMessage()
        for e in context.Validate(Usd.Stage.Open(str(path)))
    )


def test_stage(tmp_path: Path) -> None:
    from pxr import Kind, Usd, UsdGeom

    model = case("usdz")
    stage = Usd.Stage.Open(str(on_disk(tmp_path, "usdz")))
    root = stage.GetDefaultPrim()
    assert (root.GetName(), root.GetTypeName()) == ("SM_Letter", "Xform")
    assert Usd.ModelAPI(root).GetKind() == Kind.Tokens.component
    assert (UsdGeom.GetStageUpAxis(stage), UsdGeom.GetStageMetersPerUnit(stage)) == ("Y", 1.0)
    assert stage.HasAuthoredMetadata("metersPerUnit") and stage.HasAuthoredMetadata("upAxis")
    variants = root.GetVariantSet("LOD")
    assert variants.GetVariantNames() == ["LOD0", "LOD1"] and variants.GetVariantSelection() == "LOD0"
    told = root.GetCustomDataByKey("dropforge")
    assert (told["generator"], told["triangles"], told["height_m"]) == ("test", 48, 1.0)
    assert list(told["screen"]) == list(model.screen) and len(model.screen) == 2
    counts = {}
    for level in ("LOD0", "LOD1"):
        variants.SetVariantSelection(level)
        meshes = [
            p for p in stage.Traverse() if p.IsA(UsdGeom.Mesh) and UsdGeom.Imageable(p).ComputePurpose() == "default"
        ]
        assert [m.GetName() for m in meshes] == [f"SM_Letter_{level}"]
        counts[level] = len(UsdGeom.Mesh(meshes[0]).GetFaceVertexCountsAttr().Get())
    assert counts == {"LOD0": 192, "LOD1": 48}


def test_mesh(tmp_path: Path) -> None:
    from pxr import Usd, UsdGeom, UsdShade

    model = case("plain", levels=1)
    mesh = model.meshes[0].mesh
    stage = Usd.Stage.Open(str(on_disk(tmp_path, "plain", levels=1)))
    made = UsdGeom.Mesh(stage.GetPrimAtPath("/Letter/Letter_LOD0"))
    points = np.array(made.GetPointsAttr().Get())
    index = np.array(made.GetFaceVertexIndicesAttr().Get()).reshape(-1, 3)
    assert np.array_equal(points[index], mesh.positions[mesh.faces])
    assert len(np.unique(points, axis=0)) == len(points) == 26, "the points are welded"
    assert np.allclose(np.ptp(np.array(made.GetExtentAttr().Get()), axis=0), SIZE)
    assert made.GetNormalsInterpolation() == "faceVarying"
    assert np.array_equal(np.array(made.GetNormalsAttr().Get()), mesh.normals[mesh.faces.ravel()])
    for name, uv in (("st", mesh.uv), ("st1", mesh.uv_light)):
        primvar = UsdGeom.PrimvarsAPI(made).GetPrimvar(name)
        assert primvar.GetInterpolation() == "faceVarying" and str(primvar.GetTypeName()) == "texCoord2f[]"
        assert np.array_equal(np.array(primvar.ComputeFlattened()), uv[mesh.faces.ravel()])
    primvars = UsdGeom.PrimvarsAPI(made)
    along, up = (np.array(primvars.GetPrimvar(n).ComputeFlattened()) for n in ("tangents", "bitangents"))
    normals = mesh.normals[mesh.faces.ravel()]
    assert np.array_equal(along, mesh.tangents[mesh.faces.ravel(), :3])
    assert np.allclose(np.sum(np.cross(normals, along) * up, axis=1), mesh.tangents[mesh.faces.ravel(), 3])
    assert made.GetSubdivisionSchemeAttr().Get() == "none" and made.GetDoubleSidedAttr().Get() is False
    subsets = UsdShade.MaterialBindingAPI(made).GetMaterialBindSubsets()
    for slot, subset in enumerate(subsets):
        assert np.array_equal(np.array(subset.GetIndicesAttr().Get()), np.flatnonzero(mesh.slots == slot))
        bound = UsdShade.MaterialBindingAPI(subset).ComputeBoundMaterial()[0]
        assert bound.GetPrim().GetName() == model.materials[slot].name


def test_material(tmp_path: Path) -> None:
    from pxr import Usd, UsdShade

    stage = Usd.Stage.Open(str(on_disk(tmp_path, "usda")))
    material = UsdShade.Material(stage.GetPrimAtPath("/SM_Letter/Materials/M_Letter_paint"))
    surface = material.ComputeSurfaceSource()[0]
    found = {}
    for name in ("diffuseColor", "normal", "occlusion", "roughness", "metallic"):
        source = surface.GetInput(name).GetConnectedSources()[0][0]
        node = UsdShade.Shader(source.source.GetPrim())
        found[name] = (node.GetInput("file").Get().path, source.sourceName, node.GetInput("sourceColorSpace").Get())
    assert found == {
        "diffuseColor": ("./Maps/T_Letter_paint_BaseColor.png", "rgb", "sRGB"),
        "normal": ("./Maps/T_Letter_paint_Normal.png", "rgb", "raw"),
        "occlusion": ("./Maps/T_Letter_paint_ORM.png", "r", "raw"),
        "roughness": ("./Maps/T_Letter_paint_ORM.png", "g", "raw"),
        "metallic": ("./Maps/T_Letter_paint_ORM.png", "b", "raw"),
    }
    normal = UsdShade.Shader(stage.GetPrimAtPath("/SM_Letter/Materials/M_Letter_paint/Normal"))
    assert tuple(normal.GetInput("scale").Get()) == (2, 2, 2, 1)
    assert tuple(normal.GetInput("bias").Get()) == (-1, -1, -1, 0)


def test_plain_values_without_textures(tmp_path: Path) -> None:
    from pxr import Usd, UsdShade

    model = case("plain")
    bare = replace(model, materials=tuple(replace(m, textures={}) for m in model.materials))
    (tmp_path / "f.usdz").write_bytes(write_usd(bare))
    stage = Usd.Stage.Open(str(tmp_path / "f.usdz"))
    surface = UsdShade.Shader(stage.GetPrimAtPath("/Letter/Materials/M_Letter_steel/Surface"))
    assert surface.GetInput("roughness").Get() == pytest.approx(0.35) and surface.GetInput("metallic").Get() == 1.0


def test_collision_is_a_guide(tmp_path: Path) -> None:
    from pxr import Usd, UsdGeom, UsdPhysics

    stage = Usd.Stage.Open(str(on_disk(tmp_path, "usdz")))
    hulls = stage.GetPrimAtPath("/SM_Letter/Collision").GetChildren()
    assert [h.GetName() for h in hulls] == ["UCX_SM_Letter_LOD0_00", "UCX_SM_Letter_LOD0_01"]
    for hull in hulls:
        shape = UsdGeom.Mesh(hull)
        corners = np.array(shape.GetPointsAttr().Get())[np.array(shape.GetFaceVertexIndicesAttr().Get()).reshape(-1, 3)]
        away, normals = corners.mean(axis=1) - corners.mean(axis=(0, 1)), np.array(shape.GetNormalsAttr().Get())
        assert shape.GetNormalsInterpolation() == "uniform" and (np.sum(away * normals, axis=1) > 0).all()
        np.testing.assert_allclose(np.linalg.norm(normals, axis=1), 1, atol=1e-6)
        assert UsdGeom.Imageable(hull).ComputePurpose() == "guide" and hull.HasAPI(UsdPhysics.CollisionAPI)
        assert UsdPhysics.MeshCollisionAPI(hull).GetApproximationAttr().Get() == "convexHull"
    assert not Usd.Stage.Open(str(on_disk(tmp_path, "plain"))).GetPrimAtPath("/Letter/Collision")


def test_a_face_without_an_area_has_a_normal_all_the_same() -> None:
    points = np.array(((0, 0, 0), (1, 0, 0), (2, 0, 0), (0, 0, 1)), np.float32)
    flat = flat_normals(Mesh(points, np.array(((0, 1, 2), (0, 1, 3)), np.int32)))
    assert flat.tolist() == [[0, 0, 1], [0, -1, 0]]


def test_names_put_every_level_side_by_side(tmp_path: Path) -> None:
    from pxr import Usd

    stage = Usd.Stage.Open(str(on_disk(tmp_path, "plain", lods="names")))
    assert {p.GetName() for p in stage.GetDefaultPrim().GetChildren()} == {"Materials", "Letter_LOD0", "Letter_LOD1"}


def test_z_up_centimetres(tmp_path: Path) -> None:
    from pxr import Usd, UsdGeom

    stage = Usd.Stage.Open(str(on_disk(tmp_path, "plain", levels=1, up="+Z", front="+X", unit_m=0.01)))
    assert (UsdGeom.GetStageUpAxis(stage), UsdGeom.GetStageMetersPerUnit(stage)) == ("Z", 0.01)
    points = np.array(UsdGeom.Mesh(stage.GetPrimAtPath("/Letter/Letter_LOD0")).GetPointsAttr().Get())
    for x, y, z in (TOP_ARM_TIP, MIDDLE_ARM_TIP, FOOT):
        assert np.abs(points - np.array((z, x, y)) * 100).max(axis=1).min() < 1e-4


def test_package() -> None:
    data = write_usd(case("usdz"))
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        entries = package.infolist()
        assert package.testzip() is None
    inside = sorted(f"textures/{n}" for n in bound_textures(case("usdz")))
    assert [e.filename for e in entries] == ["SM_Letter.usdc", *inside]
    for entry in entries:
        name, extra = struct.unpack_from("<HH", data, entry.header_offset + 26)
        assert (entry.header_offset + 30 + name + extra) % 64 == 0
        assert entry.compress_type == zipfile.ZIP_STORED and entry.date_time == (1980, 1, 1, 0, 0, 0)
    with pytest.raises(ValueError, match="begins with its USD layer"):
        pack_usdz({"a.png": b""})


@pytest.mark.parametrize("size", [0, 1, 27, 63, 64, 65])
def test_package_alignment_holds_for_any_size(size: int) -> None:
    data = pack_usdz({"a.usdc": bytes(size), "t/" + "n" * size + ".png": b"x"})
    for entry in zipfile.ZipFile(io.BytesIO(data)).infolist():
        name, extra = struct.unpack_from("<HH", data, entry.header_offset + 26)
        assert (entry.header_offset + 30 + name + extra) % 64 == 0


@pytest.mark.parametrize("name", CASES)
def test_same_bytes_in_another_process(name: str, tmp_path: Path) -> None:
    first = write_usd(case(name))
    assert first == write_usd(case(name))
    code = (
        "import sys; from tests.toolchain.export.test_usd import case; from toolchain.export.usd import write_usd\n"
        f"open(sys.argv[1], 'wb').write(write_usd(case({name!r})))"
    )
    root = Path(__file__).resolve().parents[3]
    subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "again")],
        check=True,
        cwd=root,
        env={"PYTHONHASHSEED": "7", "TMPDIR": str(tmp_path), "PATH": ""},
    )
    assert (tmp_path / "again").read_bytes() == first


@pytest.mark.parametrize("name", CASES)
def test_no_path_of_this_machine_leaks(name: str) -> None:
    data = write_usd(case(name))
    for word in (b"dropforge-usd-", str(Path.home()).encode() + b"/", b"/tmp", b"anon:"):
        assert word not in data


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        (lambda m: replace(m, deliverable=replace(m.deliverable, up="-Y")), "upAxis"),
        (lambda m: replace(m, deliverable=replace(m.deliverable, textures="beside")), "usdz"),
        (lambda m: replace(m, object="3d"), "no name that USD takes"),
        (lambda m: replace(m, meshes=(replace(m.meshes[0], name="Materials"),)), "scope of ours"),
        (lambda m: replace(m, meshes=()), "no mesh"),
        (
            lambda m: replace(
                m,
                materials=tuple(
                    replace(x, textures={"base_color": replace(x.textures["base_color"], file="same.png")})
                    for x in m.materials
                ),
            ),
            "two textures are called same.png",
        ),
    ],
)
def test_faults_are_told(fault: Any, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        write_usd(fault(case("plain")))


def test_weld_keeps_every_place() -> None:
    mesh = letter_f()
    points, index = weld(mesh)
    assert np.array_equal(points[index], mesh.positions)
    edges = np.sort(index[mesh.faces][:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2), axis=1)
    assert (np.unique(edges, axis=0, return_counts=True)[1] == 2).all(), "the F is closed once welded"


@pytest.mark.skipif(blender.why_not() is not None, reason=str(blender.why_not()))
def test_blender_reads_it(tmp_path: Path) -> None:
    found = blender.read(on_disk(tmp_path, "plain", levels=1))
    item = next(o for o in found["objects"].values() if o["type"] == "MESH")
    assert item["triangles"] == 48 and item["materials"] == ["M_Letter_paint", "M_Letter_steel"]
    points = np.array(item["points"])
    for x, y, z in (TOP_ARM_TIP, MIDDLE_ARM_TIP, FOOT):
        assert np.abs(points - (x, -z, y)).max(axis=1).min() < 1e-6
    mesh = letter_f()
    assert np.allclose(item["uv"]["st"]["low"], mesh.uv.min(axis=0), atol=1e-6)
    assert np.allclose(item["uv"]["st"]["high"], mesh.uv.max(axis=0), atol=1e-6)
    images = found["materials"]["M_Letter_paint"]["images"]
    assert "BaseColor" in images["Base Color"] and "ORM" in images["Roughness"] and "Normal" in images["Normal"]
