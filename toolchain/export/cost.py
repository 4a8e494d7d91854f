"""What a model costs an engine by level: buffers in video memory, and bytes on disk.

Vertex layouts, bytes a vertex, for U UV sets:

* full: position 12, normal 12, tangent 16, 8 a UV set. What glTF 2.0 (section 3.7.2.1, float accessors) puts into
  the file, and what Unity holds while its vertex compression leaves a channel alone (Unity manual, "Mesh
  compression"; VertexAttributeFormat.Float32).
* packed: position 12, normal and tangent 4 each, 4 a UV set. Unreal's static mesh while "Use High Precision Tangent
  Basis" and "Use Full Precision UVs" stand off, as they do (Epic, "Static Mesh build settings").

An index takes 2 bytes in a mesh of at most 65,535 vertices and 4 in a larger one, in either. What an engine keeps
besides (depth-only and reversed index buffers, distance fields, ray tracing structures) is its own affair.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from toolchain.asset import Mesh
from toolchain.export.model import Model, ModelMesh

SHORT_INDEX = 65_535  # most vertices that 16-bit indices reach
LAYOUTS = {"full": (12, 12, 16, 8), "packed": (12, 4, 4, 4)}  # position, normal, tangent, a UV set


def buffer_bytes(mesh: Mesh, vertices: int, layout: str) -> int:
    """Bytes of the vertex and index buffers of a mesh that a GPU holds as `vertices` vertices."""
    position, normal, tangent, uv = LAYOUTS[layout]
    stride = position
    stride += normal if mesh.normals is not None else 0
    stride += tangent if mesh.tangents is not None else 0
    stride += uv * sum(s is not None for s in (mesh.uv, mesh.uv_light))
    return vertices * stride + mesh.faces.size * (2 if vertices <= SHORT_INDEX else 4)


def disk_bytes(model: Model, data: bytes, write: Callable[[Model], bytes]) -> dict[str, Any]:
    """What each level and the collision add to the file `data` that `write` made of `model`.

    `levels`: bytes by level, measured by writing the file again without it; of a file with one level, all that is
    neither collision nor an image inside. `collision` and `images` the same; `rest` is what they share: header,
    materials, names.
    """
    size, levels = len(data), model.levels()
    inside = 0
    if model.deliverable.textures == "embedded":
        bare = tuple(replace(m, textures={}) for m in model.materials)
        inside = size - len(write(replace(model, materials=bare)))
    collision = size - len(write(replace(model, hulls=()))) if model.hulls else 0
    if len(levels) == 1:
        by_level = {str(level): size - collision - inside for level in levels}
    else:
        by_level = {str(level): size - len(write(_without(model, level))) for level in sorted(levels)}
    return {
        "levels": by_level,
        "collision": collision,
        "images": inside,
        "rest": size - collision - inside - sum(by_level.values()),
    }


def _without(model: Model, level: int) -> Model:
    """`model` less one level; what remains is numbered as before, its thresholds kept in step."""
    place = sorted(model.levels()).index(level)
    meshes: tuple[ModelMesh, ...] = tuple(m for m in model.meshes if m.level != level)
    return replace(model, meshes=meshes, screen=model.screen[:place] + model.screen[place + 1 :])


def summary(models: dict[str, dict[str, Any]], delivered: int) -> dict[str, Any]:
    """One engine's cost in one place: the first model's (the one to import), and the bytes of everything delivered.

    `models`: measures by path, as the export stage makes them.
    """
    path, first = next(iter(models.items()))
    disk = first["disk"]
    return {
        "file": path,
        "levels": [level | {"disk_bytes": disk["levels"][str(level["level"])]} for level in first["levels"]],
        "collision": {
            "hulls": first["hulls"],
            "kinds": first["hull_kinds"],
            "triangles": first["hull_triangles"],
            "disk_bytes": disk["collision"],
        },
        "texture_video_bytes_raw": first["texture_raw_bytes"],
        "texture_video_bytes_block": first["texture_block_bytes"],
        "delivered_bytes": delivered,
    }
