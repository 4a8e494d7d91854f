"""Scene: what any 3D file says, in one neutral form that the rules read.

Numbers stay in the file's own axes and units; `up`, `front` and `unit_m` say what those are as the
file states them. Streams are kept per corner, so that glTF's vertices, FBX's polygon-vertices and
USD's primvars look the same to a rule. Nothing here is repaired: a NaN in the file is a NaN here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from validators.columns import alike, box, finite, keys
from validators.finding import Finding

F64 = NDArray[np.float64]
I32 = NDArray[np.int32]
_IDENTITY = np.eye(4)


@dataclass(frozen=True, eq=False)
class SceneMesh:
    """One mesh as written. P points, N faces, C corners (the sum of the face sizes)."""

    name: str
    points: F64  # (P, 3) file units
    face_sizes: I32  # (N,) corners of each face: 3 for a triangle
    corner_point: I32  # (C,) index into points
    face_material: I32  # (N,) index into Scene.materials, -1 unassigned
    normals: F64 | None = None  # (C, 3)
    tangents: F64 | None = None  # (C, 4) w is the bitangent's sign; w = 1 where the file gives none
    uvs: tuple[F64, ...] = ()  # each (C, 2), v upwards as in FBX and USD
    colours: F64 | None = None  # (C, 4)
    smoothing: bool | None = None  # FBX: a smoothing layer is present; None where the format has none
    stored_vertices: int | None = None  # glTF: vertices as stored; None where the format has none

    @cached_property
    def triangles(self) -> I32:
        """(T, 3) corner indices: every face fanned from its first corner; faces of under three corners are left out."""
        starts = (
            np.concatenate(([0], np.cumsum(self.face_sizes)[:-1])) if len(self.face_sizes) else np.zeros(0, np.int64)
        )
        parts = []
        for size in np.unique(self.face_sizes[self.face_sizes >= 3]):
            first = starts[self.face_sizes == size]
            step = np.arange(1, size - 1)
            fan = np.stack(
                (
                    np.broadcast_to(first[:, None], (len(first), len(step))),
                    first[:, None] + step,
                    first[:, None] + step + 1,
                ),
                axis=-1,
            )
            parts.append(fan.reshape(-1, 3))
        return np.concatenate(parts).astype(np.int32) if parts else np.zeros((0, 3), np.int32)

    @cached_property
    def triangle_points(self) -> I32:
        """(T, 3) point indices of the triangles."""
        return self.corner_point[self.triangles]

    @cached_property
    def welded_triangles(self) -> I32:
        """(T, 3) indices after points at one and the same position are made one."""
        if not len(self.points):
            return self.triangle_points
        with np.errstate(all="ignore"):  # a hostile file's numbers may overflow; rules report them
            number, _ = alike(*self.points.astype(np.float32).T)
        return number[self.triangle_points].astype(np.int32)

    @cached_property
    def split_vertices(self) -> int:
        """Vertices the engine holds: distinct (point, normal, UV sets, colour) among the corners."""
        if self.stored_vertices is not None:
            return self.stored_vertices
        streams = [s for s in (self.normals, self.colours, *self.uvs) if s is not None]
        return len(np.unique(keys(self.corner_point, *(np.round(column, 6) for s in streams for column in s.T))))


@dataclass(frozen=True, eq=False)
class Node:
    """One node. Matrices act on column vectors: world = parent.world @ local."""

    name: str
    kind: str = "empty"  # mesh, empty, lodgroup, camera, light, bone, root
    parent: int | None = None  # index into Scene.nodes
    mesh: int | None = None  # index into Scene.meshes
    local: F64 = field(default_factory=lambda: np.eye(4))  # (4, 4)
    world: F64 = field(default_factory=lambda: np.eye(4))  # (4, 4)
    purpose: str = "render"  # render, collision (by name or USD purpose), guide
    lod: int | None = None  # LOD level, from a LODGroup, a USD variant or a _LODn name
    lod_thresholds: tuple[float, ...] = ()  # on a lodgroup
    properties: dict[str, Any] = field(default_factory=dict)  # custom properties, extras
    pointer: str = ""  # where in the file: /nodes/3, /Root/SM_Helmet


@dataclass(frozen=True, eq=False)
class Binding:
    """A texture in a material's role."""

    texture: int  # index into Scene.textures
    uv_set: int = 0
    channels: str = "rgb"  # the channels read: rgb, r, g, b, a
    color_space: str = ""  # srgb, linear, or "" where the file does not say


@dataclass(frozen=True, eq=False)
class Material:
    """One material. Roles: base_color, normal, occlusion, roughness, metallic, emissive, opacity, other:NAME."""

    name: str
    bindings: dict[str, Binding] = field(default_factory=dict)
    factors: dict[str, Any] = field(default_factory=dict)  # base_color (4,), roughness, metallic ...
    double_sided: bool = False
    alpha: str = "opaque"  # opaque, mask, blend


@dataclass(frozen=True, eq=False)
class Texture:
    """One image, by its header; pixels are decoded when a rule asks."""

    name: str  # file name or the file's own name for it
    uri: str = ""  # as written in the file; "" when embedded
    format: str = ""  # png, jpg, tga, exr, ktx2 by magic; "" when missing or unknown
    width: int = 0
    height: int = 0
    channels: int = 0
    bits: int = 0
    missing: bool = False  # the reference leads to no readable image
    embedded: bool = False
    nbytes: int = 0
    decode: Callable[[], NDArray[Any]] | None = None  # -> (H, W, C) uint8 or uint16; raises ValueError


@dataclass(frozen=True, eq=False)
class Scene:
    """One file as a stranger reads it."""

    file: str  # name relative to what was validated
    format: str  # glb, gltf, fbx, usda, usdc, usdz, image
    nodes: tuple[Node, ...] = ()
    meshes: tuple[SceneMesh, ...] = ()
    materials: tuple[Material, ...] = ()
    textures: tuple[Texture, ...] = ()
    up: str = "+Y"  # as the file states
    unit_m: float = 1.0  # metres in one file unit, as the file states
    header: dict[str, Any] = field(default_factory=dict)  # e.g. {"version": 7400, "UnitScaleFactor": 1.0}
    extras: dict[str, int] = field(default_factory=dict)  # counts of cameras, lights, animations, skins
    nbytes: int = 0
    findings: tuple[Finding, ...] = ()  # what the reader itself found: malformed parts, missing files

    def render_nodes(self) -> list[Node]:
        """Mesh nodes that are drawn: no collision, no guides."""
        return [n for n in self.nodes if n.mesh is not None and n.purpose == "render"]

    def lod0_nodes(self) -> list[Node]:
        """Render nodes of the finest level: those marked LOD 0, or all where none is marked."""
        nodes = self.render_nodes()
        return [n for n in nodes if n.lod in (None, 0)]

    def world_points(self, node: Node) -> F64:
        """(P, 3) points of a mesh node in scene space, file units."""
        if node.mesh is None:
            raise ValueError(f"node {node.name} has no mesh")
        points = self.meshes[node.mesh].points
        if (node.world == _IDENTITY).all():
            return points
        with np.errstate(all="ignore"):  # a hostile file's numbers may overflow; rules report them
            x, y, z = points.T
            rows = [row[0] * x + row[1] * y + row[2] * z + row[3] for row in node.world[:3]]
        return np.stack(rows, axis=1)

    def bounds(self, nodes: list[Node]) -> tuple[F64, F64] | None:
        """Least and greatest corner over `nodes`, file units; None when there are no finite points."""
        boxes = [found for n in nodes if (found := self._box(n)) is not None]
        if not boxes:
            return None
        return np.minimum.reduce([low for low, _ in boxes]), np.maximum.reduce([high for _, high in boxes])

    def _box(self, node: Node) -> tuple[F64, F64] | None:
        if id(node) not in self._boxes:
            points = self.world_points(node)
            whole = points[finite(points)]
            self._boxes[id(node)] = box(whole) if len(whole) else None
        return self._boxes[id(node)]

    @cached_property
    def _boxes(self) -> dict[int, tuple[F64, F64] | None]:
        return {}  # by the id of a node, which lives as long as the scene
