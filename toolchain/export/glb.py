"""GLB: one self-contained glTF 2.0 binary, as the Khronos specification says.

Our UVs run upwards and glTF's downwards, so v becomes 1 - v. The tangent's w stays as it is: section
3.7.2.1 makes the bitangent cross(normal, tangent) * w, and section 3.9.3 lets a normal map's green point
up in the picture, which is against glTF's v and along ours.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any

import numpy as np

from toolchain.asset import Mesh, PackedTexture
from toolchain.export.glb_buffer import Buffer
from toolchain.export.glb_extensions import LOD, QUANTIZATION, Grid, coordinates, directions, link_levels, of_material
from toolchain.export.guard import materials_in_use, require_sound, used_slots
from toolchain.export.model import Model, ModelMaterial, part_of

GENERATOR = "Dropforge"
LINEAR, LINEAR_MIPMAP_LINEAR, REPEAT = 9729, 9987, 10497


def write_glb(model: Model) -> bytes:
    """The GLB of `model`; the same model gives the same bytes.

    Raises ValueError where the model has what glTF cannot say, or says unsafely: another up axis than +Y,
    textures beside the file, an image that is neither PNG nor JPEG, a normal map on a mesh without tangents.
    """
    import pygltflib as gl

    require_sound(model)
    if model.deliverable.up != "+Y":
        raise ValueError(f"glTF is +Y up (specification 3.4); the profile asks for {model.deliverable.up}")
    if model.deliverable.textures != "embedded":
        raise ValueError('a GLB carries its textures inside: set textures = "embedded"')
    document = gl.GLTF2(asset=gl.Asset(version="2.0", generator=GENERATOR, extras=model.extras))
    buffer = Buffer(document)
    asked = model.deliverable.extensions
    grid = Grid.over(model) if QUANTIZATION in asked else None
    index = _materials(model, document, buffer)
    for item in model.meshes:
        parts = [(slot, part_of(item.mesh, slot)) for slot in used_slots(item.mesh)]
        for slot, part in parts:
            if part.tangents is None and "normal" in model.materials[slot].textures:
                raise ValueError(f"{item.name}: a normal map is bound and the mesh has no tangents")
        _node(document, item.name, [_primitive(part, buffer, index[slot], grid) for slot, part in parts], grid)
    for item in model.hulls:
        bare = replace(item.mesh, normals=None, uv=None, uv_light=None, tangents=None)
        _node(document, item.name, [_primitive(bare, buffer, None, grid)], grid)
    linked = link_levels(model, document.nodes) if LOD in asked else []
    roots = [i for i in range(len(document.nodes)) if i not in linked]
    if len(roots) > 1:
        document.nodes.append(gl.Node(name=model.object, children=roots))
        roots = [len(document.nodes) - 1]
    document.scenes, document.scene = [gl.Scene(name=model.object, nodes=roots)], 0
    used = {name for part in (*document.materials, *document.nodes) for name in part.extensions or {}}
    document.extensionsUsed = sorted(used | ({QUANTIZATION} if grid else set()))
    document.extensionsRequired = [QUANTIZATION] if grid else []
    return buffer.glb()


def _node(document: Any, name: str, primitives: list[Any], grid: Grid | None) -> None:
    from pygltflib import Mesh as MeshEntry
    from pygltflib import Node

    document.meshes.append(MeshEntry(name=name, primitives=primitives))
    document.nodes.append(Node(name=name, mesh=len(document.meshes) - 1, **(grid.placed() if grid else {})))


def _primitive(mesh: Mesh, buffer: Buffer, material: int | None, grid: Grid | None) -> Any:
    from pygltflib import Attributes, Primitive

    values: dict[str, Any] = {"POSITION": grid.positions(mesh.positions) if grid else mesh.positions}
    if mesh.normals is not None:
        values["NORMAL"] = directions(mesh.normals) if grid else mesh.normals
    if mesh.tangents is not None and mesh.normals is not None and mesh.uv is not None:
        values["TANGENT"] = directions(mesh.tangents) if grid else mesh.tangents
    for i, uv in enumerate(uv for uv in (mesh.uv, mesh.uv_light) if uv is not None):
        down = np.stack((uv[:, 0], 1.0 - uv[:, 1]), axis=1).astype(np.float32)
        values[f"TEXCOORD_{i}"] = coordinates(down) if grid else down
    streams = {}
    for name, rows in values.items():
        whole = rows.dtype.kind in "iu"
        written = rows if whole else rows.astype(np.float32)
        streams[name] = buffer.attribute(written, bounds=name == "POSITION", normalized=whole)
    indices = buffer.indices(mesh.faces, len(mesh.positions))
    return Primitive(attributes=Attributes(**streams), indices=indices, material=material, mode=4)


def _materials(model: Model, document: Any, buffer: Buffer) -> dict[int, int]:
    """Write the materials that are used; slot -> index in the document."""
    known: dict[str, int] = {}
    index = {}
    for slot in materials_in_use(model):
        index[slot] = len(document.materials)
        document.materials.append(_material(model.materials[slot], document, buffer, known))
        if more := of_material(model.materials[slot].look, model.deliverable.extensions):
            document.materials[-1].extensions = more
    return index


def _material(material: ModelMaterial, document: Any, buffer: Buffer, known: dict[str, int]) -> Any:
    import pygltflib as gl

    at = {
        role: _texture(texture, document, buffer, known)
        for role, texture in material.textures.items()
        if role in ("base_color", "orm", "normal", "emissive")
    }

    def info(role: str, kind: Any = gl.TextureInfo) -> Any:
        return kind(index=at[role]) if role in at else None

    # A texture's values are whole: its factors are 1. Without one the factors speak.
    return gl.Material(
        name=material.name,
        pbrMetallicRoughness=gl.PbrMetallicRoughness(
            baseColorFactor=[1.0, 1.0, 1.0, 1.0],
            baseColorTexture=info("base_color"),
            metallicRoughnessTexture=info("orm"),
            metallicFactor=1.0 if "orm" in at else float(material.look.metallic),
            roughnessFactor=1.0 if "orm" in at else float(material.look.roughness),
        ),
        normalTexture=info("normal", gl.NormalMaterialTexture),
        occlusionTexture=info("orm", gl.OcclusionTextureInfo),
        emissiveTexture=info("emissive"),
        emissiveFactor=[1.0, 1.0, 1.0] if "emissive" in at else [0.0, 0.0, 0.0],
        alphaMode="OPAQUE",
        doubleSided=False,
    )


def _texture(texture: PackedTexture, document: Any, buffer: Buffer, known: dict[str, int]) -> int:
    """Index of the glTF texture of an image; the same bytes are stored once."""
    import pygltflib as gl

    digest = hashlib.sha256(texture.data).hexdigest()
    if digest not in known:
        if not document.samplers:
            document.samplers.append(
                gl.Sampler(magFilter=LINEAR, minFilter=LINEAR_MIPMAP_LINEAR, wrapS=REPEAT, wrapT=REPEAT)
            )
        name = texture.file.rpartition(".")[0]
        document.images.append(gl.Image(name=name, mimeType=_mime(texture), bufferView=buffer.view(texture.data)))
        document.textures.append(gl.Texture(name=name, sampler=0, source=len(document.images) - 1))
        known[digest] = len(document.textures) - 1
    return known[digest]


def _mime(texture: PackedTexture) -> str:
    if texture.data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if texture.data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    raise ValueError(f"{texture.file}: glTF takes PNG and JPEG images alone")
