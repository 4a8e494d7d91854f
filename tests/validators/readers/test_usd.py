from __future__ import annotations

import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest

from tests.validators.readers.glb_maker import png
from validators.read import read
from validators.readers import usdz
from validators.readers.notes import Bad, Notes
from validators.scene import Scene

CRATE = """#usda 1.0
( defaultPrim = "Crate"; metersPerUnit = 0.01; upAxis = "Z" )
def Xform "Crate" (
    variants = { string LOD = "LOD0" }
    prepend variantSets = "LOD"
    customData = { string tier = "prop" }
)
{
    double3 xformOp:translate = (10, 0, 0)
    uniform token[] xformOpOrder = ["xformOp:translate"]
    def Scope "Materials" {
        def Material "M_Body" {
            token outputs:surface.connect = </Crate/Materials/M_Body/Surface.outputs:surface>
            def Shader "Surface" {
                uniform token info:id = "UsdPreviewSurface"
                color3f inputs:diffuseColor.connect = </Crate/Materials/M_Body/Base.outputs:rgb>
                float inputs:roughness.connect = </Crate/Materials/M_Body/Orm.outputs:g>
                float inputs:metallic = 0.25
                token outputs:surface
            }
            def Shader "Base" {
                uniform token info:id = "UsdUVTexture"
                asset inputs:file = @./tex/T_Base.png@
                token inputs:sourceColorSpace = "sRGB"
                float2 inputs:st.connect = </Crate/Materials/M_Body/Uv.outputs:result>
                float3 outputs:rgb
            }
            def Shader "Orm" {
                uniform token info:id = "UsdUVTexture"
                asset inputs:file = @tex/T_Orm.png@
                token inputs:sourceColorSpace = "raw"
                float2 inputs:st.connect = </Crate/Materials/M_Body/Move.outputs:result>
                float outputs:g
            }
            def Shader "Move" {
                uniform token info:id = "UsdTransform2d"
                float2 inputs:in.connect = </Crate/Materials/M_Body/Uv.outputs:result>
                float2 outputs:result
            }
            def Shader "Uv" {
                uniform token info:id = "UsdPrimvarReader_float2"
                string inputs:varname = "st1"
                float2 outputs:result
            }
        }
        def Material "M_Lid" { }
    }
    def Scope "Collision" {
        uniform token purpose = "guide"
        def Mesh "UCX_Crate_LOD0_00" ( prepend apiSchemas = ["PhysicsCollisionAPI"] ) { %(square)s }
        def Mesh "Helper" { %(square)s }
    }
    variantSet "LOD" = {
        "LOD0" { def Mesh "Fine" ( prepend apiSchemas = ["MaterialBindingAPI"] ) {
%(fine)s}
 }
        "LOD1" { def Mesh "Coarse" {
%(square)s}
 }
    }
}
"""
SQUARE = """point3f[] points = [(0, 0, 0), (2, 0, 0), (2, 3, 0), (0, 3, 0)]
            int[] faceVertexCounts = [4]
            int[] faceVertexIndices = [0, 1, 2, 3]
            uniform token subdivisionScheme = "none"
            """
FINE = """point3f[] points = [(0, 0, 0), (2, 0, 0), (2, 3, 0), (0, 3, 0)]
            int[] faceVertexCounts = [3, 3]
            int[] faceVertexIndices = [0, 1, 2, 0, 2, 3]
            uniform bool doubleSided = 1
            normal3f[] normals = [(0, 0, 1), (0, 1, 0)] ( interpolation = "uniform" )
            texCoord2f[] primvars:st = [(0, 0), (1, 0), (1, 1)] ( interpolation = "faceVarying" )
            int[] primvars:st:indices = [0, 1, 2, 0, 2, 1]
            texCoord2f[] primvars:st1 = [(0, 0), (1, 0), (1, 1), (0, 0.5)] ( interpolation = "vertex" )
            color3f[] primvars:displayColor = [(1, 0, 0.5)] ( interpolation = "constant" )
            rel material:binding = </Crate/Materials/M_Body>
            def GeomSubset "lid" ( prepend apiSchemas = ["MaterialBindingAPI"] ) {
                uniform token elementType = "face"
                uniform token familyName = "materialBind"
                int[] indices = [1]
                rel material:binding = </Crate/Materials/M_Lid>
            }
            """


def write_crate(folder: Path, name: str = "a.usda") -> Path:
    (folder / "tex").mkdir(exist_ok=True)
    (folder / "tex" / "T_Base.png").write_bytes(png(4, 8))
    (folder / "tex" / "T_Orm.png").write_bytes(png(2, 2, 2))
    path = folder / name
    text = CRATE % {"square": SQUARE, "fine": FINE}
    path.write_text(text)
    return path


def codes(scene: Scene) -> list[str]:
    return [f.code for f in scene.findings]


def test_numbers_as_written(tmp_path: Path) -> None:
    scene = read(write_crate(tmp_path))
    assert not scene.findings
    assert (scene.format, scene.up, scene.unit_m) == ("usda", "+Z", 0.01)
    nodes = {n.name: n for n in scene.nodes}
    assert [(n.name, n.lod) for n in scene.render_nodes()] == [("Fine", 0), ("Coarse", 1)]
    assert (nodes["UCX_Crate_LOD0_00"].purpose, nodes["Helper"].purpose) == ("collision", "guide")
    assert "Materials" not in nodes and nodes["Crate"].properties == {"customData:tier": "prop"}
    assert nodes["Coarse"].world[0, 3] == 10 and nodes["Coarse"].pointer == "/Crate/Coarse"
    assert [nodes[n].properties["subdivision"] for n in ("Fine", "Coarse")] == ["catmullClark", "none"]
    mesh = scene.meshes[nodes["Fine"].mesh or 0]
    assert mesh.normals is not None and mesh.normals.tolist() == [[0, 0, 1]] * 3 + [[0, 1, 0]] * 3
    assert mesh.uvs[0].tolist() == [[0, 0], [1, 0], [1, 1], [0, 0], [1, 1], [1, 0]]
    assert mesh.uvs[1].tolist() == [[0, 0], [1, 0], [1, 1], [0, 0], [1, 1], [0, 0.5]]
    assert mesh.colours is not None and (mesh.colours == (1, 0, 0.5, 1)).all() and mesh.colours.shape == (6, 4)
    assert [scene.materials[i].name for i in mesh.face_material] == ["M_Body", "M_Lid"]
    material = next(m for m in scene.materials if m.name == "M_Body")
    base, rough = material.bindings["base_color"], material.bindings["roughness"]
    assert (base.uv_set, base.channels, base.color_space) == (1, "rgb", "srgb")
    assert (rough.channels, rough.color_space) == ("g", "linear") and scene.textures[rough.texture].channels == 3
    assert material.double_sided and material.factors["metallic"] == 0.25
    assert material.factors["texture_transform"] == ("roughness",)
    texture = scene.textures[base.texture]
    assert (texture.name, texture.uri, texture.height) == ("T_Base.png", "./tex/T_Base.png", 8)


def test_crate_file_reads_the_same(tmp_path: Path) -> None:
    from pxr import Sdf

    text = write_crate(tmp_path)
    Sdf.Layer.FindOrOpen(str(text)).Export(str(tmp_path / "a.usdc"))
    one, two = read(text), read(tmp_path / "a.usdc")
    assert two.format == "usdc" and [n.name for n in one.nodes] == [n.name for n in two.nodes]
    assert all(np.array_equal(a.points, b.points) for a, b in zip(one.meshes, two.meshes, strict=True))


def test_left_handed_faces_are_turned(tmp_path: Path) -> None:
    path = tmp_path / "a.usda"
    path.write_text(f"""#usda 1.0
def Mesh "A" {{
    {SQUARE}
    uniform token orientation = "leftHanded"
    texCoord2f[] primvars:st = [(0, 0), (1, 0), (1, 1), (0, 1)] ( interpolation = "faceVarying" )
}}
""")
    scene = read(path)
    mesh = scene.meshes[0]
    assert mesh.corner_point.tolist() == [3, 2, 1, 0] and mesh.uvs[0].tolist() == [[0, 1], [1, 1], [1, 0], [0, 0]]
    assert scene.unit_m == 0.01 and scene.up == "+Y" and scene.header["metersPerUnit_authored"] is False


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("faceVertexIndices = [0, 1, 2, 0, 2, 3]", "faceVertexIndices = [0, 1, 2, 0, 2, 99]"),
        ("faceVertexCounts = [3, 3]", "faceVertexCounts = [3, 300]"),
        ("st:indices = [0, 1, 2", "st:indices = [0, -1, 2"),
        ("int[] indices = [1]", "int[] indices = [7]"),
        ('( interpolation = "uniform" )', '( interpolation = "vertex" )'),
    ],
)
def test_faults_are_told(tmp_path: Path, old: str, new: str) -> None:
    path = write_crate(tmp_path)
    assert old in FINE
    path.write_text(path.read_text().replace(old, new))
    scene = read(path)
    assert codes(scene) == ["file.malformed"] and scene.findings[0].where.pointer == "/Crate/Fine"
    assert all((m.corner_point < len(m.points)).all() for m in scene.meshes)


def test_nothing_outside_is_composed_or_read(tmp_path: Path) -> None:
    inside = tmp_path / "in"
    inside.mkdir()
    outside, path = tmp_path / "out.usda", inside / "a.usda"
    outside.write_text(f'#usda 1.0\n( defaultPrim = "S" )\ndef Mesh "S" {{\n{SQUARE}\n}}\n')
    (inside / "part.usda").write_text(
        f'#usda 1.0\n( defaultPrim = "P" )\ndef Xform "P" {{\ndef Mesh "Part" {{\n{SQUARE}\n}}\n}}\n'
    )
    path.write_text(f"""#usda 1.0
( subLayers = [@{outside}@] )
def "A" ( prepend references = @../out.usda@ ) {{ }}
def "B" ( prepend payload = @{outside}@ ) {{ }}
def "C" ( prepend references = @./part.usda@ ) {{ }}
def "D" ( prepend references = @gone.usda@ ) {{ }}
""")
    scene = read(path)
    assert [n.name for n in scene.nodes if n.kind == "mesh"] == ["Part"]
    assert sorted(codes(scene)) == ["file.escape", "file.escape", "file.missing_part"]


def test_package(tmp_path: Path) -> None:
    from pxr import UsdUtils

    write_crate(tmp_path)
    assert UsdUtils.CreateNewUsdzPackage(str(tmp_path / "a.usda"), str(tmp_path / "a.usdz"))
    (tmp_path / "tex" / "T_Base.png").unlink()
    scene = read(tmp_path / "a.usdz")
    assert not scene.findings and scene.format == "usdz"
    assert {(t.name, t.embedded, t.missing, t.width) for t in scene.textures} == {
        ("T_Base.png", True, False, 4),
        ("T_Orm.png", True, False, 2),
    }
    assert all(t.decode is not None and t.decode().shape[1] == t.width for t in scene.textures)


def packed(
    path: Path, how: int = zipfile.ZIP_STORED, names: tuple[str, ...] = ("a.usda",), data: bytes = b"#usda 1.0\n"
) -> Path:
    with zipfile.ZipFile(path, "w", how) as package:
        for name in names:
            package.writestr(zipfile.ZipInfo(name), data, compress_type=how)
    return path


def test_packages_that_are_not_opened(tmp_path: Path) -> None:
    path = tmp_path / "a.usdz"
    assert "compressed" in read(packed(path, zipfile.ZIP_DEFLATED)).findings[0].message
    assert codes(read(packed(path, names=("a.usda", "../../b.png")))) == ["file.alignment", "file.escape"]
    assert codes(read(packed(path, names=("a.png", "b.usda"))))[-1] == "file.malformed"
    assert codes(read(packed(path))) == ["file.alignment"]
    bomb = packed(path, zipfile.ZIP_DEFLATED, data=bytes(50_000_000))
    assert codes(read(bomb)) == ["file.malformed"]


def test_package_look_answers_every_cut_and_flip(tmp_path: Path) -> None:
    path = tmp_path / "a.usdz"
    whole = packed(path, names=("a.usda", "tex/b.png")).read_bytes()
    rng = np.random.default_rng(0)
    for end in range(4, len(whole), 16):
        path.write_bytes(whole[:end])
        with pytest.raises(Bad):
            usdz.look(path, Notes("a.usdz"))
    for _ in range(200):
        bent = bytearray(whole)
        for at in rng.integers(0, len(bent), 4):
            bent[at] = rng.integers(256)
        path.write_bytes(bytes(bent))
        try:
            found = usdz.look(path, Notes("a.usdz"))
        except Bad:
            continue
        assert all(e.offset + e.size <= len(bent) for e in found.values())
    overlap = bytearray(whole)
    second = whole.rindex(b"PK\x01\x02")
    overlap[second + 42 : second + 46] = struct.pack("<I", 0)
    path.write_bytes(bytes(overlap))
    with pytest.raises(Bad):
        usdz.look(path, Notes("a.usdz"))


def test_hostile_files_are_answered(tmp_path: Path) -> None:
    from pxr import Sdf

    path = tmp_path / "b.usdc"
    Sdf.Layer.FindOrOpen(str(write_crate(tmp_path))).Export(str(path))
    whole, rng = path.read_bytes(), np.random.default_rng(2)
    for data in (
        whole[:100],
        whole[: len(whole) // 2],
        whole[:8] + rng.bytes(3000),
        b"#usda 1.0\n" + b"def X { " * 20_000,
    ):
        path.write_bytes(data)
        assert "file.malformed" in codes(read(path))
    for _ in range(4):
        bent = bytearray(whole)
        for at in rng.integers(8, len(bent), 6):
            bent[at] = rng.integers(256)
        path.write_bytes(bytes(bent))
        read(path)
