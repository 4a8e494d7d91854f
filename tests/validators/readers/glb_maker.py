"""GLB files for the reader's tests, spelled byte by byte, so that no library's idea of the format comes between."""

from __future__ import annotations

import json
import struct
import zlib
from typing import Any

import numpy as np

_CODES = {"i1": 5120, "u1": 5121, "i2": 5122, "u2": 5123, "u4": 5125, "f4": 5126}
_TYPES = {1: "SCALAR", 2: "VEC2", 3: "VEC3", 4: "VEC4", 16: "MAT4"}
SQUARE = np.array([[0, 0, 0], [2, 0, 0], [2, 3, 0], [0, 3, 0]], np.float32)
SQUARE_UV = np.array([[0, 1], [1, 1], [1, 0], [0, 0.25]], np.float32)  # glTF: v downwards


def png(width: int, height: int, colour: int = 6, bits: int = 8) -> bytes:
    """A whole PNG of zeros; `colour` is the PNG colour type."""
    channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour]
    rows = (b"\0" + bytes((width * channels * bits + 7) // 8)) * height

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    palette = chunk(b"PLTE", b"\1\2\3") if colour == 3 else b""
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + palette + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


class Glb:
    """A document under construction; `json` may be bent by a test before `bytes()` is asked for."""

    def __init__(self) -> None:
        self.json: dict[str, Any] = {"asset": {"version": "2.0"}, "scene": 0, "scenes": [{"nodes": []}], "nodes": []}
        self.binary = b""

    def _list(self, key: str, entry: Any) -> int:
        self.json.setdefault(key, []).append(entry)
        return len(self.json[key]) - 1

    def view(self, data: bytes, **more: Any) -> int:
        """A buffer view over `data`."""
        offset = len(self.binary)
        self.binary += data + bytes(-len(data) % 4)
        return self._list("bufferViews", {"buffer": 0, "byteOffset": offset, "byteLength": len(data), **more})

    def accessor(self, values: np.ndarray, **more: Any) -> int:
        """An accessor over `values` (N,) or (N, width), in its own dtype."""
        values = values.reshape(len(values), -1)
        return self._list(
            "accessors",
            {
                "bufferView": self.view(values.tobytes()),
                "componentType": _CODES[values.dtype.str[1:]],
                "count": len(values),
                "type": _TYPES[values.shape[1]],
                **more,
            },
        )

    def square(
        self, material: int | None = None, indices: Any = (0, 1, 2, 0, 2, 3), **attributes: Any
    ) -> dict[str, Any]:
        """A primitive of two triangles, 2 by 3."""
        found: dict[str, Any] = {"POSITION": self.accessor(SQUARE), **attributes}
        out: dict[str, Any] = {"attributes": found, "indices": self.accessor(np.array(indices, np.uint16))}
        return out if material is None else out | {"material": material}

    def mesh(self, *primitives: dict[str, Any], name: str = "Square") -> int:
        """A mesh of primitives."""
        return self._list("meshes", {"name": name, "primitives": list(primitives)})

    def node(self, root: bool = True, **entry: Any) -> int:
        """A node; one of the scene's roots unless told not."""
        index = self._list("nodes", entry)
        if root:
            self.json["scenes"][0]["nodes"].append(index)
        return index

    def image(self, data: bytes, **more: Any) -> int:
        """An embedded image and a texture of it; the texture's index."""
        source = self._list("images", {"bufferView": self.view(data), "mimeType": "image/png", **more})
        return self._list("textures", {"source": source})

    def add(self, key: str, entry: Any) -> int:
        """Any other entry."""
        return self._list(key, entry)

    def bytes(self) -> bytes:
        """The GLB."""
        body = dict(self.json)
        if self.binary:
            body["buffers"] = body.get("buffers") or [{"byteLength": len(self.binary)}]
        return pack(json.dumps(body).encode(), self.binary)


def pack(text: bytes, binary: bytes = b"") -> bytes:
    """A GLB of a JSON chunk and a binary chunk."""
    text += b" " * (-len(text) % 4)
    chunks = struct.pack("<II", len(text), 0x4E4F534A) + text
    if binary:
        chunks += struct.pack("<II", len(binary), 0x004E4942) + binary
    return struct.pack("<4sII", b"glTF", 2, 12 + len(chunks)) + chunks


def rich() -> Glb:
    """A bit of everything that the reader reads: the seed of the hostile tests."""
    made = Glb()
    base, orm = made.image(png(4, 8), name="Base"), made.image(png(2, 2, 2), name="Orm")
    material = made.add(
        "materials",
        {
            "name": "M_Body",
            "doubleSided": True,
            "alphaMode": "MASK",
            "normalTexture": {"index": orm, "scale": 0.5},
            "occlusionTexture": {"index": orm, "texCoord": 1},
            "emissiveFactor": [0.5, 0.25, 0],
            "pbrMetallicRoughness": {
                "baseColorTexture": {"index": base, "extensions": {"KHR_texture_transform": {"offset": [0.5, 0]}}},
                "metallicRoughnessTexture": {"index": orm},
                "baseColorFactor": [1, 0.5, 0.25, 1],
            },
            "extensions": {"KHR_materials_clearcoat": {"clearcoatTexture": {"index": base}}},
        },
    )
    up, along = np.array([[0, 0, 1]] * 4, np.float32), np.array([[1, 0, 0, -1]] * 4, np.float32)
    streams = {
        "NORMAL": made.accessor(up),
        "TEXCOORD_0": made.accessor(SQUARE_UV),
        "TEXCOORD_1": made.accessor(SQUARE_UV),
        "TANGENT": made.accessor(along),
        "COLOR_0": made.accessor(np.full((4, 4), 255, np.uint8), normalized=True),
    }
    first, second = made.square(material, **streams), made.square(**streams)
    places, values = made.view(np.array([1, 3], np.uint16).tobytes()), made.view(SQUARE[:2].tobytes())
    made.json["accessors"][second["attributes"]["POSITION"]]["sparse"] = {
        "count": 2,
        "indices": {"bufferView": places, "componentType": 5123},
        "values": {"bufferView": values},
    }
    mesh = made.mesh(first, second)
    hull = made.mesh(made.square(), name="UCX_Crate_LOD0_00")
    child = made.node(
        root=False, name="Crate_LOD0", mesh=mesh, rotation=[0, 0, 0.70710678, 0.70710678], scale=[2, 2, 2]
    )
    other = made.node(root=False, name="Crate_LOD1", mesh=mesh, matrix=[1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 5, 6, 7, 1])
    made.node(name="Crate", children=[child, other], translation=[10, 0, 0], extras={"tier": "prop"})
    made.node(name="UCX_Crate_LOD0_00", mesh=hull)
    made.node(name="Camera", camera=made.add("cameras", {"type": "perspective"}))
    made.add("skins", {"joints": [made.node(name="Bone")]})
    made.add("animations", {"channels": [], "samplers": []})
    return made
