"""A mesh as an FBX Geometry: shared control points, and layers of what breaks at them.

The FBX SDK's mesh holds control points and, layer by layer, values a polygon-vertex. Vertices that
were split for UVs or normals are one control point again, so that an importer sees a closed surface.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from toolchain.asset import F32, I32, Mesh
from toolchain.export.fbx_nodes import Node, node
from toolchain.export.fbx_properties import full_name, object_id, properties

UV_NAME, UV_LIGHT_NAME = "UVMap", "UVLight"
#: Normals that differ by less than half a degree along an edge make it a smooth one.
SMOOTH_COS = 0.99996


def weld(rows: NDArray[np.uint32]) -> tuple[I32, I32]:
    """Equal rows made one. `rows` (V, K); first (P,): a row of each group, groups by first appearance; index (V,)."""
    order = np.lexsort(rows.T)
    ordered = rows[order]
    new = np.ones(len(rows), bool)
    new[1:] = (ordered[1:] != ordered[:-1]).any(axis=1)
    first = order[new]  # lexsort is stable, so each group's first is its least
    rank = np.argsort(first, kind="stable")
    place = np.zeros(len(first), np.int32)
    place[rank] = np.arange(len(first), dtype=np.int32)
    index = np.zeros(len(rows), np.int32)
    index[order] = place[np.cumsum(new) - 1]
    return first[rank].astype(np.int32), index


def bits(values: F32) -> NDArray[np.uint32]:
    """(V, K) float32 as bit patterns, -0 as 0, so that equal values are equal rows."""
    return np.ascontiguousarray(values + np.float32(0.0), np.float32).view(np.uint32)


def edges(corners: I32, normals: F32 | None) -> tuple[I32, I32]:
    """Undirected edges of triangles `corners` (F, 3) of control points.

    Returns the polygon-vertex each starts at (E,), rising, and 1 (smooth) or 0 (hard) (E,): hard where
    the two faces' corner normals (3F, 3) part, at borders, where over two faces meet, and without normals.
    """
    start, end = corners.reshape(-1).astype(np.int64), corners[:, (1, 2, 0)].reshape(-1).astype(np.int64)
    key = np.minimum(start, end) * (int(corners.max()) + 1) + np.maximum(start, end)
    order = np.argsort(key, kind="stable")
    order = order[start[order] != end[order]]  # a collapsed side is no edge
    new = np.ones(len(order), bool)
    new[1:] = key[order][1:] != key[order][:-1]
    at = np.flatnonzero(new)
    first = order[at]
    smooth = np.zeros(len(first), np.int32)
    if normals is not None:
        paired = np.flatnonzero(np.diff(np.append(at, len(order))) == 2)
        one, other = first[paired], order[at[paired] + 1]
        follow = np.arange(len(start)).reshape(-1, 3)[:, (1, 2, 0)].reshape(-1)
        opposed = start[one] == end[other]
        same = _close(normals[one], normals[np.where(opposed, follow[other], other)])
        same &= _close(normals[follow[one]], normals[np.where(opposed, other, follow[other])])
        smooth[paired] = same
    rising = np.argsort(first, kind="stable")
    return first[rising].astype(np.int32), smooth[rising]


def _close(a: F32, b: F32) -> NDArray[np.bool_]:
    return np.einsum("ij,ij->i", a, b) > SMOOTH_COS


def geometry(name: str, mesh: Mesh, materials: I32 | None) -> Node:
    """The Geometry object of `mesh`, in the mesh's own units.

    `materials` (F,) indexes the list of the node's own materials; None: it has none.
    """
    first, point = weld(bits(mesh.positions))
    corners = point[mesh.faces]
    polygons = corners.copy()
    polygons[:, 2] = ~polygons[:, 2]  # the last corner of a polygon is stored as -1 - index
    flat = mesh.faces.reshape(-1)
    normals = None if mesh.normals is None else mesh.normals[flat]
    edge, smooth = edges(corners, normals)

    # Normals are Direct: the SDK's documents name IndexToDirect too, but not every importer follows the index.
    layers = [_layer("Smoothing", 0, "", "ByEdge", "Direct", node("Smoothing", smooth))]
    if normals is not None:
        layers.append(_layer("Normal", 0, "", "ByPolygonVertex", "Direct", node("Normals", _flat(normals))))
    if normals is not None and mesh.tangents is not None:
        tangents = mesh.tangents[flat]
        binormals = np.cross(normals, tangents[:, :3]) * tangents[:, 3:]
        layers += [
            _layer("Tangent", 0, UV_NAME, "ByPolygonVertex", "Direct", node("Tangents", _flat(tangents[:, :3]))),
            _layer("Binormal", 0, UV_NAME, "ByPolygonVertex", "Direct", node("Binormals", _flat(binormals))),
        ]
    for at, (label, uv) in enumerate(_uv_sets(mesh)):
        # One UV a place and value: the islands stay whole where only a normal splits the vertex.
        direct, index = weld(np.concatenate((point.astype(np.uint32)[:, None], bits(uv)), axis=1))
        layers.append(
            _layer(
                "UV",
                at,
                label,
                "ByPolygonVertex",
                "IndexToDirect",
                node("UV", _flat(uv[direct])),
                node("UVIndex", index[flat]),
            )
        )
    if materials is not None:
        one = bool((materials == materials[0]).all())
        layers.append(
            _layer(
                "Material",
                0,
                "",
                "AllSame" if one else "ByPolygon",
                "IndexToDirect",
                node("Materials", np.ascontiguousarray(materials[:1] if one else materials, np.int32)),
            )
        )
    return node(
        "Geometry",
        object_id("Geometry", name),
        full_name(name, "Geometry"),
        "Mesh",
        children=[
            properties(),
            node("GeometryVersion", 124),
            node("Vertices", _flat(mesh.positions[first])),
            node("PolygonVertexIndex", polygons.reshape(-1)),
            node("Edges", edge),
            *layers,
            *_stack(layers),
        ],
    )


def _uv_sets(mesh: Mesh) -> list[tuple[str, F32]]:
    return [(name, uv) for name, uv in ((UV_NAME, mesh.uv), (UV_LIGHT_NAME, mesh.uv_light)) if uv is not None]


def _flat(values: NDArray[Any]) -> NDArray[np.float64]:
    return values.astype(np.float64).reshape(-1)


def _layer(kind: str, at: int, name: str, mapping: str, reference: str, *data: Node) -> Node:
    version = 101 if kind in ("Normal", "Tangent", "Binormal", "UV", "Material") else 102
    return node(
        f"LayerElement{kind}",
        at,
        children=[
            node("Version", version),
            node("Name", name),
            node("MappingInformationType", mapping),
            node("ReferenceInformationType", reference),
            *data,
        ],
    )


def _stack(layers: list[Node]) -> list[Node]:
    """The Layer records: the n-th element of each kind stands in Layer n."""
    depth = 1 + max(layer.values[0] for layer in layers)
    return [
        node(
            "Layer",
            at,
            children=[
                node("Version", 100),
                *(
                    node("LayerElement", children=[node("Type", layer.name), node("TypedIndex", at)])
                    for layer in layers
                    if layer.values[0] == at
                ),
            ],
        )
        for at in range(depth)
    ]
