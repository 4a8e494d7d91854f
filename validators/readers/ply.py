"""PLY (Turk 1994) by our own bounded reader: ASCII and both binaries; counts are held against the bytes there are.

Vertex properties x y z, nx ny nz, red green blue, and u v or s t are read; of faces the vertex list and MeshLab's
`texcoord` list. Everything else is stepped over.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from numba import njit

from validators.readers.companions import beside
from validators.readers.image import absent_texture, file_texture
from validators.readers.notes import Bad, Notes
from validators.readers.text import numbers
from validators.scene import Binding, Material, Node, Scene, SceneMesh, Texture

MOST_HEADER = 1 << 16
MOST_ITEMS = 12_000_000  # of one element
_TYPES = {
    **dict.fromkeys(("char", "int8"), "i1"),
    **dict.fromkeys(("uchar", "uint8"), "u1"),
    **dict.fromkeys(("short", "int16"), "i2"),
    **dict.fromkeys(("ushort", "uint16"), "u2"),
    **dict.fromkeys(("int", "int32"), "i4"),
    **dict.fromkeys(("uint", "uint32"), "u4"),
    **dict.fromkeys(("float", "float32"), "f4"),
    **dict.fromkeys(("double", "float64"), "f8"),
}
_LISTS = ("vertex_indices", "vertex_index")
_UVS = (("u", "v"), ("s", "t"), ("texture_u", "texture_v"))
_IMAGES = (".png", ".jpg", ".jpeg", ".tga", ".bmp", ".webp")


@dataclass
class Element:
    """`element NAME COUNT` with its properties: (name, type, type of the list's length or "")."""

    name: str
    count: int
    properties: list[tuple[str, str, str]]


def read_ply(data: bytes, file: str, folder: Path, root: Path, notes: Notes) -> Scene:
    """The scene of a PLY in `folder`; its texture must lie in `root`. Raises Bad where it is cut or its header lies."""
    form, elements, picture, start = _header(data)
    columns: dict[str, np.ndarray] = {}
    lists: dict[str, tuple[np.ndarray, np.ndarray]] = {}
    at = start
    for element in elements:
        if element.count > MOST_ITEMS or element.count > max(len(data) - at, 0):
            raise Bad(
                "file.malformed",
                f"Its header promises {element.count} of {element.name[:20]}, more than the file can hold.",
                measured=element.count,
            )
        read = _ascii if form == "ascii" else _binary
        values, found, at = read(data, at, element, "<" if form == "binary_little_endian" else ">")
        if element.name == "vertex":
            columns = values
        elif element.name == "face":
            lists = found
    if not all(k in columns for k in "xyz"):
        raise Bad("file.malformed", "It has no vertices with x, y and z.")
    index = next((lists[k] for k in _LISTS if k in lists), None)
    if index is None or not len(index[0]):
        raise Bad("file.malformed", "It has points but no faces; a cloud of points has no surface.")
    return _scene(columns, *index, lists.get("texcoord"), picture, file, len(data), (folder, root), notes)


def _header(data: bytes) -> tuple[str, list[Element], str, int]:
    """(format, elements, texture file or "", where the body begins)."""
    head = data[:MOST_HEADER]
    end = head.find(b"end_header")
    if not head.startswith(b"ply") or end < 0:
        raise Bad("file.malformed", "It does not begin with a PLY header.")
    body = data.find(b"\n", end) + 1
    if not body:
        raise Bad("file.truncated", "It ends with its header.")
    form, picture, elements = "", "", []  # type: str, str, list[Element]
    for line in head[:end].decode("latin-1").splitlines():
        words = line.split()
        if words[:1] == ["format"] and len(words) > 1:
            form = words[1]
        elif [w.lower() for w in words[:2]] == ["comment", "texturefile"]:
            picture = picture or [*line.split(None, 2), ""][2].strip()
        elif words[:1] == ["element"] and len(words) == 3 and words[2].isdigit():
            elements.append(Element(words[1], int(words[2][:18]), []))
        elif words[:1] == ["property"] and elements:
            kinds = words[2:4] if words[1:2] == ["list"] else [words[1] if len(words) > 1 else ""]
            if any(k not in _TYPES for k in kinds) or len(words) != (5 if len(kinds) == 2 else 3):
                raise Bad("file.malformed", f'Its header has a property we cannot read: "{line[:60]}".')
            count = _TYPES[kinds[0]] if len(kinds) == 2 else ""
            elements[-1].properties.append((words[-1], _TYPES[kinds[-1]], count))
    if form not in ("ascii", "binary_little_endian", "binary_big_endian"):
        raise Bad("file.unsupported", f'The PLY format "{form[:30]}" is not known.')
    return form, elements, picture, body


Found = tuple[dict[str, np.ndarray], dict[str, tuple[np.ndarray, np.ndarray]], int]


def _binary(data: bytes, at: int, element: Element, order: str) -> Found:
    if not element.properties:
        return {}, {}, at
    if not any(count for _, _, count in element.properties):
        kind = np.dtype([(f"{i}", order + t) for i, (_, t, _) in enumerate(element.properties)])
        if at + kind.itemsize * element.count > len(data):
            raise Bad("file.truncated", f"The file ends inside its {element.name[:20]} list.", offset=len(data))
        rows = np.frombuffer(data, kind, element.count, at)
        out = {name: rows[f"{i}"] for i, (name, _, _) in enumerate(element.properties)}
        return out, {}, at + kind.itemsize * element.count
    widths = np.array([int(t[1]) for _, t, _ in element.properties], np.int64)
    counts = np.array([int(c[1]) if c else 0 for _, _, c in element.properties], np.int64)
    raw = np.frombuffer(data, np.uint8)
    lengths, places, end = _walk(raw, at, element.count, widths, counts, order == "<")
    if end < 0:
        raise Bad("file.truncated", f"The file ends inside its {element.name[:20]} list.", offset=len(data))
    lists = {}
    for i, (name, kind_of, count) in enumerate(element.properties):
        if count:
            size = int(kind_of[1])
            first = np.repeat(places[:, i], lengths[:, i]) + size * _within(lengths[:, i])
            held = raw[(first[:, None] + np.arange(size)).reshape(-1)].tobytes()
            lists[name] = (lengths[:, i], np.frombuffer(held, order + kind_of))
    return {}, lists, int(end)


def _ascii(data: bytes, at: int, element: Element, _order: str) -> Found:
    raw = np.frombuffer(data, np.uint8)
    if not element.properties:
        return {}, {}, at
    if not any(count for _, _, count in element.properties):
        wide = len(element.properties)
        values, found, used = numbers(raw[at:], wide * element.count)
        if found < len(values):
            raise Bad("file.truncated", f"The file ends inside its {element.name[:20]} list.", offset=len(data))
        table = values.reshape(-1, wide)
        return {name: table[:, i] for i, (name, _, _) in enumerate(element.properties)}, {}, at + used
    values, found, _ = numbers(raw[at:], min(len(data) - at, 8 * MOST_ITEMS))
    rest = values[:found]
    listed = np.array([bool(c) for _, _, c in element.properties])
    lengths, places, end = _step(rest, element.count, listed)
    if end < 0:
        raise Bad("file.truncated", f"The file ends inside its {element.name[:20]} list.", offset=len(data))
    lists = {}
    for i, (name, _, count) in enumerate(element.properties):
        if count:
            lists[name] = (lengths[:, i], rest[np.repeat(places[:, i], lengths[:, i]) + _within(lengths[:, i])])
    _, _, used = numbers(raw[at:], int(end))
    return {}, lists, at + used


def _within(lengths: np.ndarray) -> np.ndarray:
    """0 .. n - 1 for each length n, one after the other."""
    ends = np.cumsum(lengths)
    return np.arange(int(ends[-1]) if len(ends) else 0) - np.repeat(ends - lengths, lengths)


@njit(cache=True)
def _walk(raw, at, count, widths, counts, little):
    """Lengths and places (count, properties) of lists in a binary element, and where it ends; -1 where it is cut."""
    lengths = np.zeros((count, len(widths)), np.int64)
    places = np.zeros((count, len(widths)), np.int64)
    for i in range(count):
        for k in range(len(widths)):
            n = np.int64(1)
            if counts[k]:
                if at + counts[k] > len(raw):
                    return lengths, places, -1
                n = np.int64(0)
                for b in range(counts[k]):
                    n |= np.int64(raw[at + b]) << (8 * (b if little else counts[k] - 1 - b))
                at += counts[k]
            if n < 0 or n > len(raw) or at + n * widths[k] > len(raw):
                return lengths, places, -1
            lengths[i, k], places[i, k] = n, at
            at += n * widths[k]
    return lengths, places, at


@njit(cache=True)
def _step(values, count, listed):
    """The same over the numbers of a text."""
    lengths = np.zeros((count, len(listed)), np.int64)
    places = np.zeros((count, len(listed)), np.int64)
    at = 0
    for i in range(count):
        for k in range(len(listed)):
            n = 1
            if listed[k]:
                if at >= len(values) or not 0 <= values[at] <= len(values):
                    return lengths, places, -1
                n = int(values[at])
                at += 1
            if at + n > len(values):
                return lengths, places, -1
            lengths[i, k], places[i, k] = n, at
            at += n
    return lengths, places, at


def _scene(
    columns: dict[str, np.ndarray],
    sizes: np.ndarray,
    corner: np.ndarray,
    texcoord: tuple[np.ndarray, np.ndarray] | None,
    picture: str,
    file: str,
    nbytes: int,
    places: tuple[Path, Path],
    notes: Notes,
) -> Scene:
    points = _stack(columns, ("x", "y", "z"))
    assert points is not None
    with np.errstate(invalid="ignore"):
        corner = np.nan_to_num(corner.astype(np.float64), nan=-1.0).astype(np.int64)
    owner = np.repeat(np.arange(len(sizes)), sizes)
    bad = np.zeros(len(sizes), bool)
    bad[owner[(corner < 0) | (corner >= len(points))]] = True
    if bad.any():
        notes.add("file.malformed", f"{int(bad.sum())} faces name vertices that are not there; they are left out.")
    uv: np.ndarray | None = next((u for pair in _UVS if (u := _stack(columns, pair)) is not None), None)
    uv = None if uv is None else uv[np.clip(corner, 0, len(points) - 1)]
    if texcoord is not None and (texcoord[0] == 2 * sizes).all():
        uv = texcoord[1].astype(np.float64).reshape(-1, 2)
    kept = ~bad[owner]
    corner, uv = corner[kept], None if uv is None else uv[kept]
    normals, colours = _stack(columns, ("nx", "ny", "nz")), _stack(columns, ("red", "green", "blue"))
    if colours is not None:
        top = 255.0 if columns["red"].dtype.kind == "u" or colours.max(initial=0) > 1.0 else 1.0
        colours = np.concatenate((colours / top, np.ones((len(points), 1))), axis=1)[corner]
    textures: list[Texture] = []
    materials: list[Material] = []
    if picture:
        path = beside(picture, places[0], _IMAGES, places[1])
        try:
            textures.append(
                absent_texture(picture, picture) if path is None else file_texture(path.name, picture, path)
            )
        except Bad as error:
            notes.bad(error)
        if path is None:
            notes.add("file.missing_part", f'The texture "{picture[-80:]}" is not beside it.', severity="warning")
        elif textures:
            materials.append(Material("main", {"base_color": Binding(0)}))
    mesh = SceneMesh(
        name=PurePosixPath(file).stem,
        points=points,
        face_sizes=sizes[~bad].astype(np.int32),
        corner_point=corner.astype(np.int32),
        face_material=np.full(int((~bad).sum()), 0 if materials else -1, np.int32),
        normals=None if normals is None else normals[corner],
        uvs=() if uv is None else (uv,),
        colours=colours,
    )
    node = Node(mesh.name, "mesh", None, 0)
    return Scene(
        file,
        "ply",
        (node,),
        (mesh,),
        tuple(materials),
        tuple(textures),
        up="",
        unit_m=0.0,
        nbytes=nbytes,
        findings=notes.findings(),
    )


def _stack(columns: dict[str, Any], names: tuple[str, ...]) -> np.ndarray | None:
    if not all(n in columns for n in names):
        return None
    return np.stack([columns[n].astype(np.float64) for n in names], axis=1)
