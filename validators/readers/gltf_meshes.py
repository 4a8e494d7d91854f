"""glTF meshes to SceneMesh: primitives joined, streams per corner, v turned upwards (spec section 3.7)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from validators.finding import Where
from validators.readers.gltf_document import Document, extensions, is_whole, table, text
from validators.readers.notes import Bad
from validators.scene import F64, I32, SceneMesh

MOST_VALUES = 50_000_000  # numbers of all points and streams, spread to the corners: two million triangles
MOST_UV_SETS = 8
_WIDTHS = {"NORMAL": 3, "TANGENT": 4, "COLOR": 4, "TEXCOORD": 2}
_CORNERS = {0: 1, 1: 2, 2: 2, 3: 2, 4: 3, 5: 3, 6: 3}  # corners of a face by primitive mode


@dataclass
class _Part:
    """One primitive. `streams`: per corner, by attribute."""

    key: tuple[Any, ...]  # its attribute accessors: equal keys are the same stored vertices
    points: F64
    corners: I32  # (F * size,) into points
    size: int
    material: int
    streams: dict[str, F64]

    @property
    def cost(self) -> int:
        """Numbers that its corners take."""
        return self.corners.size + sum(s.size for s in self.streams.values())


def read_meshes(document: Document) -> list[SceneMesh]:
    """A SceneMesh for each glTF mesh, in order. Parts that cannot be read are left out and noted."""
    meshes, left = [], MOST_VALUES
    for m, entry in enumerate(document.items("meshes")):
        parts: list[_Part] = []
        primitives = entry.get("primitives")
        if not isinstance(primitives, list) or not primitives:
            document.notes.add("file.malformed", "A mesh has no primitives.", where=Where(pointer=f"/meshes/{m}"))
            primitives = []
        for p, primitive in enumerate(primitives):
            pointer = f"/meshes/{m}/primitives/{p}"
            try:
                part = _primitive(document, primitive, pointer, left)
            except Bad as error:
                document.notes.bad(error, pointer)
                continue
            left -= part.cost + (0 if any(part.key == other.key for other in parts) else part.points.size)
            parts.append(part)
        meshes.append(_joined(text(entry, "name"), parts, document, f"/meshes/{m}"))
    return meshes


def _primitive(document: Document, entry: Any, pointer: str, left: int) -> _Part:
    if not isinstance(entry, dict):
        raise Bad("file.malformed", "A primitive is not an object.")
    if "KHR_draco_mesh_compression" in extensions(entry):
        raise Bad("file.unsupported", "The mesh is compressed by Draco, which is not read.")
    mode = entry.get("mode", 4)
    if not is_whole(mode) or mode not in _CORNERS:
        raise Bad("file.malformed", "A primitive has an unknown mode.", pointer=f"{pointer}/mode")
    attributes = table(entry, "attributes")
    position = document.index(attributes, "POSITION", "accessors", f"{pointer}/attributes")
    if position is None:
        raise Bad("file.malformed", "A primitive has no positions.")
    points = np.asarray(document.accessor(position), np.float64)
    if points.shape[1] != 3:
        raise Bad("file.malformed", "Positions do not have three components.", pointer=f"{pointer}/attributes/POSITION")
    indices = document.index(entry, "indices", "accessors", pointer)
    if indices is None:
        order = np.arange(len(points), dtype=np.int64)
    else:
        found = document.accessor(indices)
        if found.shape[1] != 1 or found.dtype.kind != "u":
            raise Bad("file.malformed", "Indices are not unsigned whole numbers.", pointer=f"{pointer}/indices")
        order = found[:, 0].astype(np.int64)
    wide = 1 + sum(_WIDTHS.get(name.rpartition("_")[0] or name, 0) for name in attributes)
    if max((1 if mode < 5 else 3) * wide * len(order), points.size) > left:  # a strip or fan triples its indices
        raise Bad(
            "file.too_big",
            "The file holds more geometry than we read; this part is left out.",
            measured=len(order),
            limit=left // wide,
        )
    faces = _in_range(_faces(order, mode, document, pointer), len(points), document, pointer)
    corners = faces.reshape(-1).astype(np.int32)
    streams = _streams(document, attributes, len(points), corners, pointer)
    material = document.index(entry, "material", "materials", pointer)
    key = tuple(sorted((k, v) for k, v in attributes.items() if is_whole(v)))
    return _Part(key, points, corners, faces.shape[1], -1 if material is None else material, streams)


def _faces(order: np.ndarray, mode: int, document: Document, pointer: str) -> np.ndarray:
    """(F, 1..3) point indices of the faces that `order` draws in `mode`."""
    size = _CORNERS[mode]
    if mode in (0, 1, 4):
        if len(order) % size:
            document.notes.add(
                "file.malformed",
                f"The number of indices is no multiple of {size}.",
                where=Where(pointer=pointer),
                measured=len(order),
            )
        return order[: len(order) // size * size].reshape(-1, size)
    if mode in (2, 3):
        ends = order[1:] if mode == 3 else np.roll(order, -1)
        return np.stack((order[: len(ends)], ends), axis=1)
    if len(order) < 3:
        return np.zeros((0, 3), np.int64)
    if mode == 6:
        return np.stack((np.broadcast_to(order[0], len(order) - 2), order[1:-1], order[2:]), axis=1)
    strip = np.stack((order[:-2], order[1:-1], order[2:]), axis=1)
    strip[1::2] = strip[1::2][:, [0, 2, 1]]  # every other triangle of a strip runs the other way
    return strip


def _in_range(faces: np.ndarray, count: int, document: Document, pointer: str) -> np.ndarray:
    wild = (faces >= count).any(axis=1)
    if not wild.any():
        return faces
    first = tuple(int(f) for f in np.flatnonzero(wild)[:8])
    document.notes.add(
        "file.malformed",
        f"{int(wild.sum())} faces name vertices that are not there; they are left out.",
        where=Where(pointer=f"{pointer}/indices", faces=first),
        measured=int(faces.max()),
        limit=count - 1,
    )
    return faces[~wild]


def _streams(document: Document, attributes: dict[str, Any], count: int, corners: I32, pointer: str) -> dict[str, F64]:
    streams: dict[str, F64] = {}
    uvs = [f"TEXCOORD_{i}" for i in range(MOST_UV_SETS)]
    for name in ("NORMAL", "TANGENT", "COLOR_0", *uvs):
        try:
            index = document.index(attributes, name, "accessors", f"{pointer}/attributes")
            if index is None:
                continue
            values = document.accessor(index)
            widths = {"NORMAL": (3,), "TANGENT": (4,), "COLOR_0": (3, 4)}.get(name, (2,))
            if len(values) != count or values.shape[1] not in widths:
                raise Bad(
                    "file.malformed",
                    f"{name} does not have one value for each position, or a wrong type.",
                    pointer=f"{pointer}/attributes/{name}",
                    measured=len(values),
                    limit=count,
                )
        except Bad as error:
            document.notes.bad(error)
            continue
        stream = values[corners].astype(np.float64)
        if name == "COLOR_0" and stream.shape[1] == 3:
            stream = np.concatenate((stream, np.ones((len(stream), 1))), axis=1)
        if name in uvs:
            stream[:, 1] = 1.0 - stream[:, 1]
        streams[name] = stream
    return streams


def _joined(name: str, parts: list[_Part], document: Document, pointer: str) -> SceneMesh:
    bases: dict[tuple[Any, ...], int] = {}
    clouds: list[F64] = []
    total, corner_point = 0, []
    for part in parts:
        if part.key not in bases:
            bases[part.key] = total
            clouds.append(part.points)
            total += len(part.points)
        corner_point.append(part.corners + bases[part.key])

    def stream(key: str, width: int) -> F64 | None:
        having = [key in part.streams for part in parts]
        if not any(having):
            return None
        if not all(having):
            document.notes.add(
                "file.mixed_streams",
                f"Some parts of the mesh have {key} and others do not; zeros stand in.",
                severity="warning",
                fix="Give every part of the mesh the same vertex data.",
                where=Where(mesh=name, pointer=pointer),
            )
        return _cat([p.streams.get(key, np.zeros((len(p.corners), width))) for p in parts], (0, width))

    most = max((i + 1 for i in range(MOST_UV_SETS) if any(f"TEXCOORD_{i}" in p.streams for p in parts)), default=0)
    uvs = [stream(f"TEXCOORD_{i}", 2) for i in range(most)]
    corners = sum(len(p.corners) for p in parts)
    return SceneMesh(
        name=name,
        points=_cat(clouds, (0, 3)),
        face_sizes=_cat([np.full(len(p.corners) // p.size, p.size) for p in parts], (0,)).astype(np.int32),
        corner_point=_cat(corner_point, (0,)).astype(np.int32),
        face_material=_cat([np.full(len(p.corners) // p.size, p.material) for p in parts], (0,)).astype(np.int32),
        normals=stream("NORMAL", 3),
        tangents=stream("TANGENT", 4),
        uvs=tuple(np.zeros((corners, 2)) if uv is None else uv for uv in uvs),
        colours=stream("COLOR_0", 4),
        stored_vertices=total,
    )


def _cat(arrays: list[Any], empty: tuple[int, ...]) -> np.ndarray:
    return np.concatenate(arrays) if arrays else np.zeros(empty)
