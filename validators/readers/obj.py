"""Wavefront OBJ by our own bounded reader: two passes over the bytes in numba, no recursion, no path followed.

Written after the OBJ 3.0 description: v (with colours behind, as ZBrush and MeshLab write them), vt, vn, f with
negative indices, usemtl, mtllib. Lines, points, curves and groups are passed over. trimesh and others read OBJ from
open paths and follow mtllib wherever it leads; this reader sees bytes and the companions it is handed.
"""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import numpy as np

from validators.readers import mtl
from validators.readers.companions import MOST_TEXT, beside, libraries
from validators.readers.image import absent_texture, file_texture
from validators.readers.notes import Bad, Notes
from validators.readers.obj_scan import count, scan
from validators.scene import Binding, Material, Node, Scene, SceneMesh, Texture

MOST_CORNERS = 24_000_000
MOST_EVENTS = 1 << 20  # usemtl statements
_IMAGES = (".png", ".jpg", ".jpeg", ".tga", ".bmp", ".webp")
_ROLES = {
    "albedo": ("base_color", "rgb"),
    "roughness": ("roughness", "r"),
    "metallic": ("metallic", "r"),
    "emissive": ("emissive", "rgb"),
    "opacity": ("opacity", "r"),
    "ao": ("occlusion", "r"),
    "normal": ("normal", "rgb"),
}


def read_obj(data: bytes, file: str, folder: Path, root: Path, notes: Notes) -> Scene:
    """The scene of an OBJ in `folder`; MTL files and textures must lie in `root`. A Bad refuses the file."""
    size = len(data)
    if b"\\\n" in data or b"\\\r\n" in data:
        data = data.replace(b"\\\r\n", b"  ").replace(b"\\\n", b" ")
    raw = np.frombuffer(data, np.uint8)
    counts = count(raw)
    if counts[4] > MOST_CORNERS:
        raise Bad("file.too_big", "It has more faces than we read.", measured=int(counts[4]), limit=MOST_CORNERS)
    points, colours, uvs, normals, sizes, corners, events = scan(raw, counts)
    face_material = np.full(len(sizes), -1, np.int32)
    sizes, corners, keep = _in_range(sizes, corners, (len(points), len(uvs), len(normals)), notes)
    materials, textures = _materials(data, folder, root, notes)
    names = {m.name: i for i, m in reversed(list(enumerate(materials)))}
    unknown: set[str] = set()
    for at, face in events[:MOST_EVENTS]:
        end = min((e for e in (data.find(b"\n", at), len(data)) if e >= 0), default=len(data))
        name = data[at:end].decode("utf-8", "replace").strip()
        if name not in names:
            unknown.add(name)
            names[name] = len(materials)
            materials.append(Material(name))
        face_material[face:] = names[name]
    if unknown and textures:
        notes.add("file.malformed", f'The material "{min(unknown)}" is described nowhere.', severity="warning")
    uv = _gather(uvs, corners[:, 1])
    mesh = SceneMesh(
        name=PurePosixPath(file).stem,
        points=points,
        face_sizes=sizes,
        corner_point=corners[:, 0].astype(np.int32),
        face_material=face_material[keep],
        normals=_gather(normals, corners[:, 2]),
        uvs=() if uv is None else (uv,),
        colours=None
        if np.isnan(colours).all()
        else np.concatenate((np.nan_to_num(colours, nan=1.0), np.ones((len(points), 1))), axis=1)[corners[:, 0]],
    )
    node = Node(mesh.name, "mesh", None, 0)
    return Scene(
        file,
        "obj",
        (node,),
        (mesh,),
        tuple(materials),
        tuple(textures),
        up="",
        unit_m=0.0,
        nbytes=size,
        findings=notes.findings(),
    )


def _gather(values: np.ndarray, index: np.ndarray) -> np.ndarray | None:
    """Values by index, zeros where it is -1; None where there are none."""
    if not len(values) or (index < 0).all():
        return None
    return np.where((index >= 0)[:, None], values[np.maximum(index, 0)], 0.0)


def _in_range(
    sizes: np.ndarray, corners: np.ndarray, limits: tuple[int, int, int], notes: Notes
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Faces whose vertices exist: (sizes, corners, kept face numbers). A wild vt or vn is taken for none."""
    wild = (corners[:, 0] < 0) | (corners[:, 0] >= limits[0])
    owner = np.repeat(np.arange(len(sizes)), sizes)
    bad = np.zeros(len(sizes), bool)
    bad[owner[wild]] = True
    if bad.any():
        notes.add(
            "file.malformed",
            f"{int(bad.sum())} faces name vertices that are not there; they are left out.",
            measured=int(bad.sum()),
        )
    corners = corners[~bad[owner]]
    for k in (1, 2):
        corners[corners[:, k] >= limits[k], k] = -1
    return sizes[~bad], corners, np.flatnonzero(~bad)


def _materials(data: bytes, folder: Path, root: Path, notes: Notes) -> tuple[list[Material], list[Texture]]:
    materials: list[Material] = []
    textures: list[Texture] = []
    places: dict[str, int] = {}
    for name in libraries(data[:MOST_TEXT]):
        path = beside(name, folder, (".mtl",), root)
        if path is None:
            notes.add("file.missing_part", f'The material library "{name[:80]}" is not beside it.', severity="warning")
            continue
        with path.open("rb") as file:
            text = file.read(MOST_TEXT).decode("utf-8", "replace")
        for entry in mtl.parse(text):
            bindings = {}
            for written, reference in sorted(entry.files.items()):
                blue = written == "bump" and "normal" not in entry.files and _is_normal_map(reference, folder, root)
                kind = "normal" if blue else written
                if kind not in _ROLES:
                    notes.add("file.unread_map", f'The {kind} map of "{entry.name}" is not used.', severity="info")
                    continue
                if reference not in places:
                    places[reference] = len(textures)
                    textures.append(_texture(reference, folder, root, notes))
                role, channels = _ROLES[kind]
                bindings[role] = Binding(places[reference], 0, channels)
            materials.append(Material(entry.name, bindings, _factors(entry), alpha=_alpha(entry)))
    return materials, textures


def _factors(entry: mtl.Material) -> dict[str, object]:
    """Kd tints no texture: exporters write whatever stood there before the texture was put in, black too."""
    n = entry.numbers
    colour = (n.get("kd", ()) + (n.get("kd", (1.0,))[-1],) * 3)[:3] if "albedo" not in entry.files else (1.0, 1.0, 1.0)
    glow = (n.get("ke", ()) + (n.get("ke", (0.0,))[-1],) * 3)[:3] if "emissive" not in entry.files else (1.0, 1.0, 1.0)
    return {
        "base_color": (*colour, n.get("d", (1.0,))[0]),
        "emissive": glow,
        "roughness": n["pr"][0] if "pr" in n and "roughness" not in entry.files else None,
        "metallic": n["pm"][0] if "pm" in n and "metallic" not in entry.files else None,
    }


def _alpha(entry: mtl.Material) -> str:
    return "blend" if "opacity" in entry.files or entry.numbers.get("d", (1.0,))[0] < 1.0 else "opaque"


def _texture(reference: str, folder: Path, root: Path, notes: Notes) -> Texture:
    path = beside(reference, folder, _IMAGES, root)
    shown = reference[-80:]
    if path is None:
        notes.add("file.missing_part", f'The texture "{shown}" is not beside it.', severity="warning")
        return absent_texture(shown, reference)
    try:
        return file_texture(path.name, reference, path)
    except Bad as error:
        notes.bad(error)
        return absent_texture(path.name, reference)


def _is_normal_map(reference: str, folder: Path, root: Path) -> bool:
    """Is a bump texture the blue picture of a normal map? A bump map of heights is grey."""
    path = beside(reference, folder, _IMAGES, root)
    if path is None:
        return False
    try:
        texture = file_texture(path.name, reference, path)
        pixels = texture.decode() if texture.decode and texture.channels >= 3 else None
    except (Bad, ValueError):
        return False
    if pixels is None:
        return False
    red, green, blue = pixels[::8, ::8, :3].reshape(-1, 3).mean(axis=0) / np.iinfo(pixels.dtype).max
    return bool(abs(red - 0.5) < 0.1 and abs(green - 0.5) < 0.1 and blue > 0.75)
