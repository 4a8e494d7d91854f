"""Materials, textures and videos of an FBX, and which texture a reader may take for what.

An FBX material is a Phong one; what its channels mean to readers of physically based materials
differs, so a texture is bound where every reader agrees and carried, unbound, where one would misread:

* base_color -> DiffuseColor, normal -> NormalMap, emissive -> EmissiveColor: Unity's
  FBXMaterialDescriptionPreprocessor, Unreal's FbxMaterialImport, ufbx (Godot) and Blender agree.
* metallic -> ReflectionFactor: Blender's add-on takes it as metallic; Unity, Unreal and ufbx do not read it.
* roughness stays unbound: Blender and ufbx read ShininessExponent as roughness, Unreal wires the same
  channel to Metallic (and SpecularFactor to Roughness), so that any choice is wrong in some engine.
* orm, mask: no channel of a Phong material is packed. occlusion: AmbientColor would add light.
  opacity: readers part on TransparentColor's sign. height and id have no channel.

An unbound texture is connected to a user property of the material that is named for its role and
says its file, so that a script, or an importer that keeps every texture of the file, still finds it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from toolchain.asset import PackedTexture
from toolchain.export.fbx_geometry import UV_NAME
from toolchain.export.fbx_nodes import Int64, Node, node
from toolchain.export.fbx_properties import full_name, object_id, prop, properties
from toolchain.export.guard import materials_in_use
from toolchain.export.model import Model, ModelMaterial

CHANNELS = {
    "base_color": "DiffuseColor",
    "normal": "NormalMap",
    "emissive": "EmissiveColor",
    "metallic": "ReflectionFactor",
}


@dataclass
class Parts:
    """Objects by kind, and connections, as they are gathered for one file."""

    objects: dict[str, list[Node]] = field(default_factory=dict)
    connections: list[Node] = field(default_factory=list)
    taken: set[Int64] = field(default_factory=set)

    def add(self, made: Node) -> Int64:
        """Take an object in; its id. Raises ValueError where one of its kind has its name."""
        number = made.values[0]
        if number in self.taken:
            raise ValueError(f"two FBX objects of type {made.name} are named {made.values[1].partition(chr(0))[0]}")
        self.taken.add(number)
        self.objects.setdefault(made.name, []).append(made)
        return number

    def link(self, child: Int64, parent: Int64, channel: str | None = None) -> None:
        """Connect object to object, or object to the property `channel` of one."""
        values = ("OO", child, parent) if channel is None else ("OP", child, parent, channel)
        self.connections.append(node("C", *values))


def texture_path(model: Model, texture: PackedTexture) -> str:
    """The texture's file relative to the model, `/` between folders."""
    return f"{model.texture_folder}/{texture.file}" if model.texture_folder else texture.file


def add_materials(model: Model, parts: Parts) -> dict[int, Int64]:
    """The materials that a mesh uses, with their textures: index in the Model -> id."""
    return {i: _add_material(model, model.materials[i], parts) for i in materials_in_use(model)}


def _add_material(model: Model, material: ModelMaterial, parts: Parts) -> Int64:
    number = parts.add(_material(model, material))
    for role in sorted(material.textures):
        parts.link(_add_texture(model, material.textures[role], parts), number, CHANNELS.get(role, role))
    return number


def _material(model: Model, material: ModelMaterial) -> Node:
    look, bound = material.look, material.textures
    glow = 1.0 if "emissive" in bound else 0.0
    # The power-law Blender and ufbx undo when they read it: roughness = 1 - sqrt(shininess) / 10.
    shininess = (10.0 * (1.0 - look.roughness)) ** 2
    entries = [
        prop("ShadingModel", "string", "phong"),
        prop("EmissiveColor", "color", glow, glow, glow, flags="A"),
        prop("EmissiveFactor", "number", glow, flags="A"),
        prop("AmbientColor", "color", 0.0, 0.0, 0.0, flags="A"),
        prop("DiffuseColor", "color", 1.0, 1.0, 1.0, flags="A"),
        prop("DiffuseFactor", "number", 1.0, flags="A"),
        prop("NormalMap", "vector", 0.0, 0.0, 0.0),
        prop("BumpFactor", "double", 1.0),  # the normal map's strength in Unity, Blender and Godot
        prop("TransparentColor", "color", 0.0, 0.0, 0.0, flags="A"),
        prop("TransparencyFactor", "number", 0.0, flags="A"),
        prop("Opacity", "double", 1.0),
        prop("SpecularColor", "color", 1.0, 1.0, 1.0, flags="A"),
        prop("SpecularFactor", "number", 0.25, flags="A"),
        prop("ShininessExponent", "number", shininess, flags="A"),
        prop("Shininess", "double", shininess),  # the name Blender and older readers know
        prop("ReflectionColor", "color", 0.0, 0.0, 0.0, flags="A"),
        prop("ReflectionFactor", "number", float(look.metallic), flags="A"),
    ]
    entries += [
        prop(role, "string", texture_path(model, bound[role]), flags="A+U")
        for role in sorted(bound)
        if role not in CHANNELS
    ]
    return node(
        "Material",
        object_id("Material", material.name),
        full_name(material.name, "Material"),
        "",
        children=[node("Version", 102), node("ShadingModel", "phong"), node("MultiLayer", 0), properties(*entries)],
    )


def _add_texture(model: Model, texture: PackedTexture, parts: Parts) -> Int64:
    """The texture and its video; a file that several materials use is written once."""
    path = texture_path(model, texture)
    name = texture.file.rpartition(".")[0] or texture.file
    number = object_id("Texture", path)
    if number in parts.taken:
        return number
    parts.add(
        node(
            "Texture",
            number,
            full_name(name, "Texture"),
            "",
            children=[
                node("Type", "TextureVideoClip"),
                node("Version", 202),
                node("TextureName", full_name(name, "Texture")),
                properties(prop("UVSet", "string", UV_NAME), prop("UseMaterial", "bool", 1)),
                node("Media", full_name(name, "Video")),
                node("FileName", path),
                node("RelativeFilename", path),
                node("ModelUVTranslation", 0.0, 0.0),
                node("ModelUVScaling", 1.0, 1.0),
                node("Texture_Alpha_Source", "None"),
                node("Cropping", 0, 0, 0, 0),
            ],
        )
    )
    content = [node("Content", texture.data)] if model.deliverable.textures == "embedded" else []
    video = parts.add(
        node(
            "Video",
            object_id("Video", path),
            full_name(name, "Video"),
            "Clip",
            children=[
                node("Type", "Clip"),
                properties(prop("Path", "url", path)),
                node("UseMipMap", 0),
                node("Filename", path),
                node("RelativeFilename", path),
                *content,
            ],
        )
    )
    parts.link(video, number)
    return number
