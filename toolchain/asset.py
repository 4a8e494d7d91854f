"""The things that flow through the pipeline. All frozen; arrays are never written to after they are made.

Inside is canonical: right-handed, +Y up, +Z the asset's front, its left is +X, metres, origin at the
bottom centre, triangles counter-clockwise from outside, colours linear, tangent-space normals Y+.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

F32 = NDArray[np.float32]
I32 = NDArray[np.int32]
U8 = NDArray[np.uint8]

VIEWS = ("front", "back", "left", "right", "top", "bottom", "three_quarter")
#: Evidence of a vertex or texel: how we know its place and colour, best first.
SEEN, MIRRORED, LEARNED, GUESSED = 0, 1, 2, 3
EVIDENCE = ("seen", "mirrored", "learned", "guessed")


@dataclass(frozen=True)
class Concept:
    """What was dropped for one asset: files by view, before anything is read. Paths never reach an output."""

    name: str  # as the artist wrote it: the display name
    id: str  # ASCII, legal in every engine: see safe_name
    views: dict[str, Path]  # view name, or "single" for a picture without one
    slots: dict[str, Path] = field(default_factory=dict)  # view name or "single" -> .slots.png mask
    sidecar: Path | None = None
    model: Path | None = None  # a dropped .glb, .obj, .fbx or .ply: the shape itself, with or without pictures
    companions: tuple[Path, ...] = ()  # what the model file refers to: .mtl, textures; inside its folder


@dataclass(frozen=True, eq=False)
class View:
    """One picture with its subject cut out."""

    name: str  # one of VIEWS, or "single"
    rgba: U8  # (H, W, 4) sRGB, straight alpha
    cutout: str  # how alpha was had: given, border, grabcut, u2netp, whole
    source: str  # file name
    slots: U8 | None = None  # (H, W, 3) painted slot mask, same size, or None


@dataclass(frozen=True, eq=False)
class Mesh:
    """Triangles. Attributes are per vertex; a vertex is split where an attribute breaks."""

    positions: F32  # (V, 3) metres
    faces: I32  # (F, 3)
    normals: F32 | None = None  # (V, 3) unit
    uv: F32 | None = None  # (V, 2) in 0..1, v upwards (glTF's v is 1 - v)
    uv_light: F32 | None = None  # (V, 2) lightmap set
    tangents: F32 | None = None  # (V, 4) MikkTSpace, w = bitangent sign for v upwards
    slots: I32 | None = None  # (F,) index into the slot list; None is all 0

    @property
    def size(self) -> F32:
        """(3,) extents, metres."""
        return np.ptp(self.positions, axis=0)

    @property
    def diagonal(self) -> float:
        """Length of the bounding box's diagonal, metres."""
        return float(np.linalg.norm(self.size))

    def slot_of_faces(self) -> I32:
        """(F,) slot of each face; zeros when there is but one slot."""
        return self.slots if self.slots is not None else np.zeros(len(self.faces), np.int32)


@dataclass(frozen=True, eq=False)
class Paint:
    """One material of a surface that came with its own textures. Maps keep the bytes and size they came in.

    maps, row 0 at the top (v = 1): albedo (H, W, 3) sRGB, normal (H, W, 3) tangent space Y+ as 0..255,
    roughness, metallic, ao, opacity (H, W), emissive (H, W, 3) sRGB; uint8. A map that is not there is
    `factors[name]` all over, where that is given.
    """

    name: str
    maps: dict[str, U8] = field(default_factory=dict)
    factors: dict[str, tuple[float, ...]] = field(default_factory=dict)  # linear; multiplies the map


@dataclass(frozen=True, eq=False)
class Painted:
    """A surface with UVs and the textures it came with: what the bake reads before it reads vertex colours.

    `mesh.slots` indexes `paints`; `mesh.uv` may leave 0..1 (textures repeat); `mesh.tangents` belong to the
    normal maps. `mesh.normals` are the file's own: what they say of hard edges is meant.
    """

    mesh: Mesh
    paints: tuple[Paint, ...]
    colour: F32 | None = None  # (V, 3) linear vertex colours; multiplies albedo


@dataclass(frozen=True, eq=False)
class Dropped:
    """A dropped model file as its reader gave it: in the file's own axes and units, triangles only."""

    painted: Painted
    file: str  # file name
    format: str  # glb, obj, fbx, ply
    up: str = "+Y"  # as the file states it, or the format's habit
    front: str = "+Z"
    unit_m: float = 1.0  # metres in one unit; 0 where the format has none


@dataclass(frozen=True, eq=False)
class Reference:
    """What was dropped for one asset, decoded: pictures cut out and named, or a model, or both."""

    views: tuple[View, ...]
    dropped: Dropped | None = None


@dataclass(frozen=True, eq=False)
class Shot:
    """A picture and where it was taken from: a point P of the sculpt falls on pixel (x / w, y / w).

    (x, y, w) = `matrix` @ (P, 1); edge coordinates: the first pixel's centre is (.5, .5). `eye` is homogeneous:
    the camera's place with a fourth number of 1, or the direction towards it with 0. Both in the sculpt's metres.
    """

    view: str  # one of VIEWS, or "single"
    rgba: U8  # (H, W, 4) sRGB, straight alpha: the subject with a little margin
    matrix: NDArray[np.float64]  # (3, 4)
    eye: NDArray[np.float64]  # (4,)

    def moved(self, origin: NDArray[np.float64], scale: float) -> Shot:
        """The same picture of a sculpt whose points P have become (P - origin) * scale."""
        back = np.eye(4)
        back[:3] = np.column_stack((np.eye(3) / scale, origin))
        return replace(self, matrix=self.matrix @ back, eye=np.linalg.inv(back) @ self.eye)


@dataclass(frozen=True, eq=False)
class Sculpt:
    """A dense mesh with colour, and how we know each vertex."""

    mesh: Mesh
    colour: F32  # (V, 3) linear 0..1
    evidence: U8  # (V,) SEEN, MIRRORED, LEARNED or GUESSED
    generator: str  # "embedded"
    rung: str  # which method answered: hull, revolve, box, plate, inflate
    reason: str  # why that rung, in a sentence
    size_source: str  # "sidecar", "file" or "default": where the metres come from
    notes: dict[str, Any] = field(default_factory=dict)  # JSON-able measures of the generator
    painted: Painted | None = None  # the generator's own UVs and textures, in the sculpt's place and size
    sheet: U8 | None = None  # (H, W, 4) sRGB: the candidates it was chosen from, for the report
    shots: tuple[Shot, ...] = ()  # the pictures it was made from, where the generator knows their places


@dataclass(frozen=True)
class Slot:
    """One material slot: a region. How it looks is a Look, so that changing a look re-bakes nothing."""

    name: str  # ASCII, legal in every engine
    source: str  # "mask", "material", "colour", "single": how the region was had
    colour: tuple[float, float, float] = (0.5, 0.5, 0.5)  # mean linear colour
    area: float = 1.0  # share of the surface
    sure: float = 1.0  # how sure we are that it is a material of its own, and where it lies: 0..1
    guess: tuple[float, float] | None = None  # roughness and metallic that its pictures hint at


@dataclass(frozen=True)
class Look:
    """What a slot is made of, as far as the picture does not say."""

    slot: str  # name of the slot
    preset: str = ""  # steel, wood, ...; "" where none was asked for
    roughness: float = 0.7
    metallic: float = 0.0
    source: str = "default"  # where the values come from: default, guess, measured, preset, sidecar


@dataclass(frozen=True, eq=False)
class Slots:
    """Slots of a sculpt: which face is which."""

    slots: tuple[Slot, ...]
    faces: I32  # (F,) of the repaired sculpt


@dataclass(frozen=True, eq=False)
class Lod:
    """One level of detail. Levels share LOD0's UVs and textures."""

    level: int
    mesh: Mesh
    error: float = 0.0  # greatest two-sided distance to the repaired sculpt, metres
    error_mean: float = 0.0  # mean two-sided distance, metres
    screen: float = 1.0  # largest screen height (share of it the asset fills) at which the error stays within a pixel


@dataclass(frozen=True, eq=False)
class Lods:
    """The chain, LOD0 first, triangles strictly falling."""

    levels: tuple[Lod, ...]


@dataclass(frozen=True, eq=False)
class Hulls:
    """Convex collision shapes: closed, outward, metres.

    `kinds` says what an engine may take each for: "convex", or the exact "box", "sphere" or "capsule" that
    its mesh is drawn from. () is all convex.
    """

    hulls: tuple[Mesh, ...]
    kinds: tuple[str, ...] = ()

    def kind(self, index: int) -> str:
        """Kind of hull `index`."""
        return self.kinds[index] if self.kinds else "convex"


@dataclass(frozen=True, eq=False)
class TextureSet:
    """Canonical maps of one slot, row 0 at the top of the image (v = 1).

    albedo (S, S, 3) linear, normal (S, S, 3) tangent space Y+ in -1..1, ao (S, S) in 0..1, evidence
    (S, S) of EVIDENCE index / 3; roughness and metallic (S, S) only where measured, else the Look's.
    float32. `coverage` (S, S) bool: texels the UVs own before padding.
    """

    slot: int
    maps: dict[str, F32]
    coverage: NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class TextureSets:
    """One texture set a slot, in slot order."""

    sets: tuple[TextureSet, ...]


@dataclass(frozen=True)
class PackedTexture:
    """One encoded texture file as an engine or a format wants it."""

    slot: int
    role: str  # base_color, normal, orm, mask, roughness, ...
    file: str  # name with suffix, no folder
    color_space: str  # srgb, linear
    data: bytes  # the whole file
    loose: bool = True  # delivered as a file; False: only inside a GLB or USDZ
    normal: str = ""  # opengl or directx where role is normal


@dataclass(frozen=True)
class PackedTextures:
    """All texture files of one engine, by slot and then the profile's [[map]] order, and the looks they show."""

    textures: tuple[PackedTexture, ...]
    looks: tuple[Look, ...]  # in slot order


@dataclass(frozen=True)
class DeliveredFile:
    """One file of an engine's delivery."""

    path: str  # relative to the engine's folder, `/` between folders
    data: bytes


@dataclass(frozen=True)
class Delivery:
    """Everything one engine imports, and nothing else."""

    files: tuple[DeliveredFile, ...]


_RESERVED = {"con", "prn", "aux", "nul", *(f"com{i}" for i in range(10)), *(f"lpt{i}" for i in range(10))}
#: What engines read a meaning into at the end of a name; a user's own `_LOD0` must not become one.
_MEANING = re.compile(
    r"(?i)(_lod\d*|_col|_convcol|_att|_outercage|_innercage|_colonly|_wheel|_loop|_rigid|_alpha|_vcol|_noimp)$"
)


def safe_name(text: str, longest: int = 40) -> str:
    """An ASCII name that every engine and file system takes: `Größe 3!` -> `Groesse_3_1b2c`.

    Where anything but the case of a letter had to change meaning, four hex digits of the original's
    hash keep two different originals apart. The same text always gives the same name.
    """
    plain = text.replace("ß", "ss").replace("ä", "ae").replace("ö", "oe").replace("ü", "ue")
    plain = unicodedata.normalize("NFKD", plain).encode("ascii", "ignore").decode()
    slug = re.sub(r"[^A-Za-z0-9]+", "_", plain).strip("_")
    tame = bool(re.fullmatch(r"[A-Za-z0-9 _-]+", text)) and len(slug) <= longest
    if not slug or not slug[0].isalpha() or re.match(r"(?i)(ucx|ubx|usp|ucp|socket)_", slug):
        slug = f"a_{slug}".rstrip("_")
        tame = False
    if slug.lower() in _RESERVED or _MEANING.search(slug):
        slug, tame = f"{slug}_x", False
    if tame:
        return slug
    digest = hashlib.sha256(unicodedata.normalize("NFC", text).encode("utf-8", "surrogatepass")).hexdigest()[:4]
    return f"{slug[:longest].rstrip('_')}_{digest}"
