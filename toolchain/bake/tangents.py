"""A mesh with MikkTSpace tangents per vertex; the kernel is the validators', who add missing tangents by it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from toolchain.asset import Mesh
from validators.mikktspace import vertex_tangents


def add_tangents(mesh: Mesh) -> Mesh:
    """`mesh` with `tangents` (V', 4); w is the bitangent's sign for v upwards: b = w * cross(n, t).

    A vertex whose triangles need different frames (mirrored UVs) is split: it keeps its index for the first
    frame, further ones are appended, so V' >= V. Faces keep their order and their slots.
    Raises ValueError where the mesh has no normals or no UVs.
    """
    if mesh.normals is None or mesh.uv is None:
        raise ValueError("tangents need normals and UVs")
    source, faces, tangents = vertex_tangents(mesh.positions, mesh.faces, mesh.normals, mesh.uv)

    def pick(values: Any) -> Any:
        return None if values is None else values[source]

    return replace(
        mesh,
        positions=mesh.positions[source],
        normals=mesh.normals[source],
        uv=mesh.uv[source],
        uv_light=pick(mesh.uv_light),
        faces=faces,
        tangents=tangents,
    )
