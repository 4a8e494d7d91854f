"""One material as a UsdPreviewSurface network (UsdPreviewSurface specification 2.6)."""

from __future__ import annotations

from typing import Any

from toolchain.export.model import ModelMaterial


def add_material(stage: Any, parent: Any, material: ModelMaterial, folder: str) -> Any:
    """Define `material` under Sdf path `parent`; its UsdShade.Material. Textures are `folder`/file.

    The ORM image is read through its r, g and b outputs; the normal image is OpenGL and unpacked by scale and
    bias, as the specification and ARKit's checker ask.
    """
    from pxr import Gf, Sdf, UsdShade

    types = Sdf.ValueTypeNames
    made = UsdShade.Material.Define(stage, parent.AppendChild(material.name))
    path = made.GetPath()
    surface = _shader(stage, path.AppendChild("Surface"), "UsdPreviewSurface")
    surface.CreateInput("useSpecularWorkflow", types.Int).Set(0)
    made.CreateSurfaceOutput().ConnectToSource(surface.CreateOutput("surface", types.Token))
    reader: Any = None
    if material.textures:
        reader = _shader(stage, path.AppendChild("Uv"), "UsdPrimvarReader_float2")
        reader.CreateInput("varname", types.String).Set("st")
        reader.CreateOutput("result", types.Float2)

    def image(name: str, role: str, space: str) -> Any:
        node = _shader(stage, path.AppendChild(name), "UsdUVTexture")
        node.CreateInput("file", types.Asset).Set(Sdf.AssetPath(f"{folder}/{material.textures[role].file}"))
        node.CreateInput("sourceColorSpace", types.Token).Set(space)
        node.CreateInput("wrapS", types.Token).Set("repeat")
        node.CreateInput("wrapT", types.Token).Set("repeat")
        node.CreateInput("st", types.Float2).ConnectToSource(reader.ConnectableAPI(), "result")
        return node

    def wire(name: str, kind: Any, node: Any, output: str) -> None:
        source = node.CreateOutput(output, types.Float3 if output == "rgb" else types.Float)
        surface.CreateInput(name, kind).ConnectToSource(source)

    if "base_color" in material.textures:
        wire("diffuseColor", types.Color3f, image("BaseColor", "base_color", "sRGB"), "rgb")
    if "emissive" in material.textures:
        wire("emissiveColor", types.Color3f, image("Emissive", "emissive", "sRGB"), "rgb")
    if "normal" in material.textures:
        node = image("Normal", "normal", "raw")
        node.CreateInput("scale", types.Float4).Set(Gf.Vec4f(2, 2, 2, 1))
        node.CreateInput("bias", types.Float4).Set(Gf.Vec4f(-1, -1, -1, 0))
        wire("normal", types.Normal3f, node, "rgb")
    if "orm" in material.textures:
        node = image("Orm", "orm", "raw")
        for name, output in (("occlusion", "r"), ("roughness", "g"), ("metallic", "b")):
            wire(name, types.Float, node, output)
    else:
        surface.CreateInput("roughness", types.Float).Set(float(material.look.roughness))
        surface.CreateInput("metallic", types.Float).Set(float(material.look.metallic))
    return made


def _shader(stage: Any, path: Any, kind: str) -> Any:
    from pxr import UsdShade

    shader = UsdShade.Shader.Define(stage, path)
    shader.CreateIdAttr(kind)
    return shader
