"""Case: one scene before one profile, with what several rules need worked out once."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import PurePosixPath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine_profiles.schema import AXES, Deliverable, Profile
from validators.finding import Where
from validators.rules.shape import Topology, flatness, topology
from validators.scene import F64, Node, Scene, SceneMesh, Texture

LARGEST = 8192 * 8192  # pixels: a larger image is not decoded for a hint
_FAMILY = {"gltf": "gltf", "glb": "gltf", "usda": "usd", "usdc": "usd", "usdz": "usd", "fbx": "fbx"}
#: What the last word of a texture's name says, where neither a material nor the profile does.
_SUFFIXES = {
    "base_color": "color col diffuse diff albedo alb base basecolor bc d",
    "normal": "normal nor nrm nrml norm normalgl normaldx n",
    "roughness": "roughness rough rgh",
    "metallic": "metallic metalness metal mtl met",
    "occlusion": "occlusion ao",
    "orm": "orm arm",
    "mask": "maskmap",
    "emissive": "emissive emission emit",
}
_BY_SUFFIX = {word: role for role, words in _SUFFIXES.items() for word in words.split()}


@dataclass(frozen=True, eq=False)
class Case:
    """One scene, the profile it is judged by, and the tier whose budget counts."""

    scene: Scene
    profile: Profile
    tier: str = "prop"
    _shapes: dict[int, Topology] = field(default_factory=dict, repr=False)
    _flat: dict[int, tuple[F64, F64]] = field(default_factory=dict, repr=False)
    _pixels: dict[int, NDArray[Any] | None] = field(default_factory=dict, repr=False)

    @cached_property
    def deliverable(self) -> Deliverable | None:
        """What the profile says of such a file: by format, else by family (glb for gltf); None when it wants none."""
        exact = [d for d in self.profile.deliverable if d.format == self.scene.format]
        family = _FAMILY.get(self.scene.format)
        akin = [d for d in self.profile.deliverable if family and _FAMILY.get(d.format) == family]
        return next(iter(exact + akin), None)

    @property
    def is_fbx(self) -> bool:
        """The file is an FBX."""
        return self.scene.format == "fbx"

    @property
    def is_usd(self) -> bool:
        """The file is of the USD family."""
        return _FAMILY.get(self.scene.format) == "usd"

    @property
    def bare(self) -> bool:
        """The format holds triangles alone: no normals, no UVs, no textures."""
        return self.scene.format in ("stl", "3mf")

    @cached_property
    def unit_m(self) -> float:
        """Metres in one file unit.

        glTF states none but metres, so there the profile's word counts (Roblox: studs); STL and OBJ state none at all.
        """
        if self.deliverable and (_FAMILY.get(self.scene.format) == "gltf" or not self.scene.unit_m):
            return self.deliverable.unit_m
        return self.scene.unit_m

    @cached_property
    def up(self) -> str:
        """The up axis that the data ought to have: the profile's, else the one the file states."""
        stated = self.deliverable.up if self.deliverable else self.scene.up
        return stated if stated in AXES else "+Y"

    def drawn(self) -> Iterator[tuple[Node, SceneMesh]]:
        """Each mesh that is drawn, once, with the first node that draws it."""
        return self._meshes(self.scene.render_nodes())

    def finest(self) -> Iterator[tuple[Node, SceneMesh]]:
        """As :meth:`drawn`, of LOD 0 alone."""
        return self._meshes(self.scene.lod0_nodes())

    def hulls(self) -> list[Node]:
        """Mesh nodes that are collision shapes."""
        return [n for n in self.scene.nodes if n.mesh is not None and n.purpose == "collision"]

    def _meshes(self, nodes: list[Node]) -> Iterator[tuple[Node, SceneMesh]]:
        seen: set[int] = set()
        for node in nodes:
            if node.mesh is not None and node.mesh not in seen:
                seen.add(node.mesh)
                yield node, self.scene.meshes[node.mesh]

    def shape(self, node: Node) -> Topology:
        """Edges and shells of a node's mesh, points at one position made one."""
        assert node.mesh is not None
        if node.mesh not in self._shapes:
            self._shapes[node.mesh] = topology(self.scene.meshes[node.mesh].welded_triangles)
        return self._shapes[node.mesh]

    def flatness(self, node: Node) -> tuple[F64, F64]:
        """Doubled area (T,) and longest edge (T,) of a node's triangles, in the mesh's own space."""
        assert node.mesh is not None
        if node.mesh not in self._flat:
            mesh = self.scene.meshes[node.mesh]
            self._flat[node.mesh] = flatness(mesh.points, mesh.triangle_points)
        return self._flat[node.mesh]

    def pixels(self, index: int) -> NDArray[Any] | None:
        """(H, W, C) of a texture as stored, decoded once; None where it is missing, broken or over LARGEST pixels.

        A broken image is tex.missing's, or the reader's, to report.
        """
        if index not in self._pixels:
            texture, made = self.scene.textures[index], None
            if texture.decode is not None and texture.width * texture.height <= LARGEST:
                with contextlib.suppress(ValueError):
                    made = texture.decode()
            self._pixels[index] = made
        return self._pixels[index]

    @cached_property
    def box_m(self) -> tuple[F64, F64] | None:
        """Least and greatest corner of LOD 0, metres, file axes; None without finite points or a unit."""
        bounds = None if not self.unit_m else self.scene.bounds(self.scene.lod0_nodes())
        return (bounds[0] * self.unit_m, bounds[1] * self.unit_m) if bounds else None

    @cached_property
    def roles(self) -> dict[int, frozenset[str]]:
        """What each texture is for: by the materials that bind it, else by the end of its name."""
        roles: dict[int, set[str]] = {i: set() for i in range(len(self.scene.textures))}
        for material in self.scene.materials:
            for role, binding in material.bindings.items():
                if binding.texture in roles and not role.startswith("other:"):
                    roles[binding.texture].add(role)
        for i, texture in enumerate(self.scene.textures):
            if not roles[i] and (role := self._role_by_name(texture)):
                roles[i].add(role)
        return {i: frozenset(r) for i, r in roles.items()}

    def _role_by_name(self, texture: Texture) -> str:
        stem = PurePosixPath((texture.uri or texture.name).replace("\\", "/")).stem
        word = re.split(r"[_\-. ]", stem)[-1].lower()
        by_profile = {m.suffix.lower(): m.role for m in self.profile.map}
        return by_profile.get(word) or (_BY_SUFFIX.get(word, "") if word != stem.lower() else "")

    def at(self, node: Node, faces: tuple[int, ...] = ()) -> Where:
        """The place of a mesh node."""
        mesh = self.scene.meshes[node.mesh].name if node.mesh is not None else ""
        return Where(node=node.name, mesh=mesh, faces=faces, pointer=node.pointer)

    def on(self, texture: Texture) -> Where:
        """The place of a texture."""
        return Where(texture=texture.name or texture.uri)


def sane(matrix: F64) -> bool:
    """A (4, 4) matrix of finite numbers."""
    return matrix.shape == (4, 4) and bool(np.isfinite(matrix).all())


def called(node: Node) -> str:
    """A node's name for a sentence; a nameless one is called so."""
    return node.name or "A nameless object"
