"""What a delivery was meant to say, taken from the artefacts that the writers were handed, never from the files.

Everything is canonical: metres, +Y up, +Z front, +X the asset's left. :class:`Meant` knows how a file of its
deliverable turns and scales that, so that whatever a stranger reads can be brought back and compared.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from engine_profiles import load
from engine_profiles.schema import Deliverable, Names, Profile
from toolchain.asset import Hulls, Lods, Mesh, PackedTexture, PackedTextures, Slots
from toolchain.store import Store

#: A file's place in what the strangers are asked: the standard materials of glTF and USD, or an FBX's loose files.
OPEN = frozenset(("glb", "usdz", "usdc", "usda"))
BARE = frozenset(("stl", "3mf"))


@dataclass(frozen=True, eq=False)
class Meant:
    """One model file of a delivery, and all that was to be in it."""

    path: Path
    engine: str
    asset: str
    profile: Profile
    deliverable: Deliverable
    lods: Lods
    hulls: Hulls
    packed: PackedTextures
    slots: Slots

    @property
    def label(self) -> str:
        """`unreal fbx`."""
        return f"{self.engine} {self.deliverable.format}"

    @property
    def names(self) -> Names:
        """The profile's templates."""
        return self.profile.names

    @cached_property
    def axes(self) -> np.ndarray:
        """(3, 3), rows: where left, up and front of the asset point in the file."""
        up, front = _axis(self.deliverable.up), _axis(self.deliverable.front)
        return np.stack((np.cross(up, front), up, front))

    def canonical(self, points: np.ndarray, unit_m: float) -> np.ndarray:
        """(V, 3) canonical metres of points in the file's axes, of which one unit is `unit_m`."""
        return np.asarray(points, np.float64).reshape(-1, 3) @ self.axes.T * unit_m

    @cached_property
    def parts(self) -> dict[str, tuple[int, Mesh]]:
        """Render meshes by node name, with their level; a mesh a slot where the profile splits them."""
        levels = self.lods.levels if self.deliverable.lods != "none" else self.lods.levels[:1]
        out: dict[str, tuple[int, Mesh]] = {}
        for lod in levels:
            name = self.names.mesh.format(asset=self.asset, lod=lod.level)
            if self.profile.split_slots and len(self.slots.slots) > 1:
                for slot in np.unique(lod.mesh.slot_of_faces()):
                    split = self.names.mesh_slot.format(mesh=name, slot=self.slots.slots[slot].name)
                    out[split] = lod.level, _only(lod.mesh, slot)
            else:
                out[name] = lod.level, lod.mesh
        return out

    @cached_property
    def shapes(self) -> dict[str, Mesh]:
        """Collision shapes by node name."""
        if not self.deliverable.collision:
            return {}
        first, kinds = next(iter(self.parts)), ("box", "sphere", "capsule")
        named = {k: getattr(self.names, f"collision_{k}") or self.names.collision for k in kinds}
        return {
            named.get(self.hulls.kind(i), self.names.collision).format(mesh=first, index=i): hull
            for i, hull in enumerate(self.hulls.hulls)
        }

    def materials(self, mesh: Mesh) -> set[str]:
        """Names of the materials that `mesh` shows."""
        return {self._material(int(s)) for s in np.unique(mesh.slot_of_faces())}

    def _material(self, slot: int) -> str:
        return self.names.material.format(asset=self.asset, slot=self.slots.slots[slot].name)

    @cached_property
    def uv_sets(self) -> int:
        """How many a render mesh has."""
        mesh = self.lods.levels[0].mesh
        return 0 if self.deliverable.format in BARE else (mesh.uv is not None) + (mesh.uv_light is not None)

    @cached_property
    def textures(self) -> dict[str, dict[str, PackedTexture]]:
        """The texture of each role by material: what glTF and USD speak of, else the profile's own loose files."""
        out: dict[str, dict[str, PackedTexture]] = {}
        for texture in self.packed.textures:
            if self.deliverable.format in OPEN:
                fits = texture.role in ("base_color", "normal", "orm", "emissive") and texture.normal != "directx"
            else:
                fits = texture.loose and self.deliverable.format not in BARE
            if fits:
                out.setdefault(self._material(texture.slot), {})[texture.role] = texture
        return out


def read_meant(outbox: Path, asset: str, store: Path | None = None) -> Iterator[Meant]:
    """Every model file of a published asset. AssertionError when the store no longer has what it was made of."""
    place = outbox / asset
    manifest = json.loads((place / "asset.json").read_text(encoding="utf-8"))
    keys = {s["stage"]: s["key"] for s in manifest["stages"]}
    kept = Store(store or outbox / ".dropforge" / "store")

    def value(label: str) -> Any:
        made = kept.load(keys[label])
        assert made is not None, f"{asset}: the store has no {label}"
        return made.value

    for engine, listed in sorted(manifest["engines"].items()):
        profile = load(engine)
        held = [value(f"{stage}/{engine}") for stage in ("lods", "collision", "pack", "merge")]
        for deliverable in profile.deliverable:
            path = place / listed["folder"] / deliverable.file.format(asset=asset)
            yield Meant(path, engine, asset, profile, deliverable, *held)


def same_bytes(data: bytes) -> str:
    """How a texture is known to a reader that sees the file."""
    return hashlib.sha256(data).hexdigest()[:16]


def same_pixels(rgba: np.ndarray) -> str:
    """How a texture is known to a reader that sees (H, W, 4) uint8, row 0 at the top."""
    return hashlib.sha256(f"{rgba.shape}".encode() + np.ascontiguousarray(rgba).tobytes()).hexdigest()[:16]


def decoded(data: bytes) -> np.ndarray:
    """(H, W, 4) uint8 of an image file."""
    from PIL import Image

    with Image.open(io.BytesIO(data)) as image:
        return np.asarray(image.convert("RGBA"))


def _axis(name: str) -> np.ndarray:
    out = np.zeros(3)
    out["XYZ".index(name[1])] = -1.0 if name[0] == "-" else 1.0
    return out


def _only(mesh: Mesh, slot: int) -> Mesh:
    faces = mesh.faces[mesh.slot_of_faces() == slot]
    return Mesh(mesh.positions, faces, slots=np.full(len(faces), slot, np.int32), uv=mesh.uv, uv_light=mesh.uv_light)
