"""STL, binary and text, as a Scene: one mesh without UVs or materials. The format states neither axes nor unit."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from validators.readers.files import MOST_BYTES, read_bytes
from validators.readers.notes import Bad, Notes
from validators.scene import F64, Node, Scene, SceneMesh

_RECORD = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attribute", "<u2")])
MOST_TRIANGLES = 8_000_000
_VERTEX = re.compile(rb"vertex\s+(\S+)\s+(\S+)\s+(\S+)")


def read_stl(path: Path, file: str, notes: Notes) -> Scene:
    """The scene; a Bad refuses the file."""
    data = read_bytes(path, MOST_BYTES)
    corners = _binary(data) if _is_binary(data) else _text(data)
    if not len(corners):
        raise Bad("file.malformed", "The STL has no triangle.")
    cloud = corners.reshape(-1, 3)
    points, index = np.unique(cloud.astype(np.float32), axis=0, return_inverse=True)
    count = len(corners)
    mesh = SceneMesh(
        Path(file).stem,
        points.astype(np.float64),
        np.full(count, 3, np.int32),
        index.reshape(-1).astype(np.int32),
        np.full(count, -1, np.int32),
    )
    node = Node(mesh.name, "mesh", None, 0)
    return Scene(file, "stl", (node,), (mesh,), up="", unit_m=0.0, nbytes=len(data), findings=notes.findings())


def _is_binary(data: bytes) -> bool:
    """A binary file's size follows from its count; a text one begins with "solid" and holds "facet"."""
    if len(data) < 84:
        return not data.startswith(b"solid")
    return len(data) == 84 + 50 * int.from_bytes(data[80:84], "little") or not (
        data.startswith(b"solid") and b"facet" in data[:4096]
    )


def _binary(data: bytes) -> F64:
    if len(data) < 84:
        raise Bad("file.truncated", "The STL ends within its header.", offset=len(data), measured=len(data), limit=84)
    count = int.from_bytes(data[80:84], "little")
    if count > MOST_TRIANGLES:
        raise Bad("file.too_big", "The STL has more triangles than we read.", measured=count, limit=MOST_TRIANGLES)
    if len(data) < 84 + 50 * count:
        raise Bad("file.truncated", f"The STL ends before the last of its {count:,} triangles.", offset=len(data))
    return np.frombuffer(data, _RECORD, count, 84)["corners"].astype(np.float64)


def _text(data: bytes) -> F64:
    found = _VERTEX.findall(data)
    if len(found) > 3 * MOST_TRIANGLES:
        raise Bad("file.too_big", "The STL has more triangles than we read.", limit=MOST_TRIANGLES)
    try:
        values = np.array(found, dtype="S32").astype(np.float64)
    except ValueError:
        raise Bad("file.malformed", "The text STL has a vertex that is not made of numbers.") from None
    if len(values) % 3:
        raise Bad("file.truncated", "The text STL ends within a triangle.", measured=len(values))
    return values.reshape(-1, 3, 3)
